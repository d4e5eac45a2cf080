/* SPDX-License-Identifier: MIT */
#include "profile/pair_threads.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Threads of all profiles that are one, if no profile has two of them. */
struct same {
	uint32_t process, name; /* in the joined profile; name MAIN: its main thread */
	uint32_t thread;	/* in the joined profile; PROFILE_NONE: not added yet */
	const struct profile *last; /* that had one */
	bool several;		    /* a profile has */
};

#define MAIN PROFILE_NONE

struct threads {
	struct profile *joined;
	const struct match_side *sides;
	struct same *same;
	size_t n_same, cap_same;
	struct map map;
};

static uint32_t own_string(struct profile *joined, const struct profile *from, uint32_t string)
{
	return profile_string(joined, from->strings[string], from->string_lengths[string]);
}

/* ---- processes -------------------------------------------------------------------- */

/* An own one of the joined profile: what profile_process() finds to be there may be taken. */
static uint32_t new_process(struct profile *joined, const struct profile *from, uint32_t process)
{
	const struct profile_process *p = &from->processes[process];
	size_t n = joined->n_processes;
	uint32_t id = profile_process(joined, p->pid, own_string(joined, from, p->command));

	/* A pid comes again in another run, of a process that is not the same. */
	if (id != PROFILE_NONE && joined->n_processes == n) {
		if (!array_grow(joined->processes, n, joined->cap_processes))
			return PROFILE_NONE;
		joined->processes[n] = joined->processes[id];
		id = (uint32_t)joined->n_processes++;
	}
	return id;
}

/* The joined profile's processes by command, in order: the first of each, and the next of its. */
struct commands {
	uint32_t *first; /* by string */
	uint32_t *next;	 /* by process */
	size_t n_strings;
};

static bool commands_init(struct commands *c, const struct profile *joined)
{
	c->n_strings = joined->n_strings;
	c->first = profile_id_table(c->n_strings);
	c->next = profile_id_table(joined->n_processes);
	if (!c->first || !c->next)
		return false;
	for (size_t k = joined->n_processes; k-- > 0;) {
		uint32_t command = joined->processes[k].command;

		c->next[k] = c->first[command];
		c->first[command] = (uint32_t)k;
	}
	return true;
}

static void commands_deinit(struct commands *c)
{
	free(c->first);
	free(c->next);
}

/* The next one of that command that nobody has taken; PROFILE_NONE: there is none. */
static uint32_t take_one(struct commands *c, uint32_t command)
{
	uint32_t process = command < c->n_strings ? c->first[command] : PROFILE_NONE;

	if (process != PROFILE_NONE)
		c->first[command] = c->next[process];
	return process;
}

/* of[i]: which of the joined profile's first `n` the profile's process i is; `taken`: those. */
static bool match_processes(struct profile *joined, size_t n, const struct profile *from,
			    struct commands *commands, uint32_t *of, bool *taken)
{
	size_t left = from->n_processes, free_ones = n;

	for (uint32_t i = 0; i < from->n_processes; i++) {
		uint32_t command = own_string(joined, from, from->processes[i].command);

		if (command == PROFILE_NONE)
			return false;
		of[i] = take_one(commands, command);
		if (of[i] != PROFILE_NONE) {
			taken[of[i]] = true;
			left--;
			free_ones--;
		}
	}
	for (uint32_t i = 0, k = 0; left == free_ones && i < from->n_processes; i++) {
		if (of[i] != PROFILE_NONE)
			continue;
		while (taken[k])
			k++;
		taken[k] = true;
		of[i] = k;
	}
	for (uint32_t i = 0; i < from->n_processes; i++) {
		if (of[i] == PROFILE_NONE)
			of[i] = new_process(joined, from, i);
		if (of[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

/* The caller frees it; NULL: no memory. */
static uint32_t *join_processes(struct profile *joined, const struct profile *from)
{
	size_t n = joined->n_processes;
	uint32_t *of = profile_id_table(from->n_processes);
	bool *taken = calloc(n + 1, sizeof(*taken));
	struct commands commands = { 0 };
	bool ok = commands_init(&commands, joined) && of && taken &&
		  match_processes(joined, n, from, &commands, of, taken);

	commands_deinit(&commands);
	free(taken);
	if (ok)
		return of;
	free(of);
	return NULL;
}

/* ---- threads ------------------------------------------------------------------------ */

static bool same_equal(const void *entries, uint32_t index, const void *key)
{
	const struct same *same = (const struct same *)entries + index;
	const struct same *k = key;

	return same->process == k->process && same->name == k->name;
}

/* MAP_NONE: no memory. */
static uint32_t find_same(struct threads *t, uint32_t process, uint32_t name)
{
	struct same key = { .process = process, .name = name, .thread = PROFILE_NONE };
	uint64_t hash = hash_u64((uint64_t)process << 32 | name);
	uint32_t id = map_find(&t->map, hash, same_equal, t->same, &key);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)t->n_same;
	if (!array_grow(t->same, t->n_same, t->cap_same) || !map_insert(&t->map, hash, id))
		return MAP_NONE;
	t->same[t->n_same++] = key;
	return id;
}

/* of[thread] of the profile: which `same` it is. */
static bool note_threads(struct threads *t, const struct profile *from, uint32_t *of)
{
	uint32_t *processes = join_processes(t->joined, from);
	bool ok = processes != NULL;

	for (size_t i = 0; ok && i < from->n_threads; i++) {
		const struct profile_thread *thread = &from->threads[i];
		uint64_t pid = from->processes[thread->process].pid;
		uint32_t name = own_string(t->joined, from, thread->name);
		struct same *same;

		ok = name != PROFILE_NONE;
		if (ok && thread->tid && thread->tid == pid)
			name = MAIN;
		if (ok)
			of[i] = find_same(t, processes[thread->process], name);
		ok = ok && of[i] != MAP_NONE;
		if (ok) {
			same = &t->same[of[i]];
			same->several |= same->last == from;
			same->last = from;
		}
	}
	free(processes);
	return ok;
}

/* of[thread] is then its id in the joined profile. */
static bool add_threads(struct threads *t, const struct profile *from, uint32_t *of)
{
	for (size_t i = 0; i < from->n_threads; i++) {
		const struct profile_thread *thread = &from->threads[i];
		struct same *same = &t->same[of[i]];

		of[i] = same->several ? PROFILE_NONE : same->thread;
		if (of[i] == PROFILE_NONE)
			of[i] = profile_thread(t->joined, same->process, thread->tid,
					       own_string(t->joined, from, thread->name));
		if (of[i] == PROFILE_NONE)
			return false;
		same->thread = of[i];
		t->joined->threads[of[i]].ended |= thread->ended;
	}
	return true;
}

typedef bool each_fn(struct threads *t, const struct profile *from, uint32_t *of);

/* The head's first: their ids and pids are those that are shown. */
static bool each(struct threads *t, uint32_t **of[SIDES], each_fn *fn)
{
	for (size_t side = SIDES; side-- > 0;)
		for (size_t i = 0; i < t->sides[side].n; i++)
			if (!of[side][i] || !fn(t, t->sides[side].profiles[i], of[side][i]))
				return false;
	return true;
}

static bool make_tables(const struct match_side sides[SIDES], uint32_t **of[SIDES])
{
	for (size_t side = 0; side < SIDES; side++)
		of[side] = calloc(sides[side].n + 1, sizeof(*of[side]));
	for (size_t side = 0; side < SIDES; side++) {
		if (!of[side])
			return false;
		for (size_t i = 0; i < sides[side].n; i++) {
			of[side][i] = profile_id_table(sides[side].profiles[i]->n_threads);
			if (!of[side][i])
				return false;
		}
	}
	return true;
}

bool pair_threads(struct profile *joined, const struct match_side sides[SIDES],
		  uint32_t **of[SIDES])
{
	struct threads t = { .joined = joined, .sides = sides };
	bool ok = make_tables(sides, of) && each(&t, of, note_threads) &&
		  each(&t, of, add_threads);

	free(t.same);
	map_deinit(&t.map);
	return ok;
}

void pair_threads_free(const struct match_side sides[SIDES], uint32_t **of[SIDES])
{
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; of[side] && i < sides[side].n; i++)
			free(of[side][i]);
		free(of[side]);
		of[side] = NULL;
	}
}
