/* SPDX-License-Identifier: MIT */
#include "sample/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/*
 * Texts of a kept frame's code object are compared this often at least: below 200 Hz at every
 * look. In between, a name could be wrong only where a code object that had lived for long was
 * followed, at its address and with all its parts, by another in a frame at the same place.
 */
#define RECHECK_NS 5000000u
/* A code object that lived so long at an address where others died is taken for one that stays. */
#define VOLATILE_NS 10000000000u
/* The same for one at whose address no other has been seen yet. */
#define YOUNG_NS 500000000u

void stacks_init(struct stacks *stacks, struct py_runtime *rt, struct profile *profile)
{
	*stacks = (struct stacks){ .profile = profile };
	py_codes_init(&stacks->codes, rt);
}

static void forget_ids(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->n_ids; i++)
		free(stacks->ids[i].locations);
	stacks->n_ids = 0;
	stacks->ids_epoch = stacks->codes.epoch;
}

void stacks_deinit(struct stacks *stacks)
{
	forget_ids(stacks);
	free(stacks->ids);
	py_code_watch_deinit(&stacks->check);
	free(stacks->deaths);
	py_codes_deinit(&stacks->codes);
	*stacks = (struct stacks){ 0 };
}

void stack_memory_deinit(struct stack_memory *memory)
{
	py_code_watch_deinit(&memory->watch);
	py_code_watch_deinit(&memory->after);
	py_code_watch_deinit(&memory->before);
	free(memory->entries);
	*memory = (struct stack_memory){ 0 };
}

/* ---- locations ------------------------------------------------------------------ */

/* The ids of entry `index`, emptied where they belong to what it was before. */
static struct code_ids *code_ids(struct stacks *stacks, uint32_t index)
{
	const struct py_code *code = &stacks->codes.codes[index];
	size_t want = (size_t)code->n_units + 1;
	struct profile *profile = stacks->profile;
	struct code_ids *ids;

	if (stacks->ids_epoch != stacks->codes.epoch)
		forget_ids(stacks);
	while (stacks->n_ids <= index) {
		if (!array_grow(stacks->ids, stacks->n_ids, stacks->cap_ids))
			return NULL;
		stacks->ids[stacks->n_ids++] = (struct code_ids){ 0 };
	}
	ids = &stacks->ids[index];
	if (ids->locations && ids->generation == code->generation)
		return ids;

	uint32_t name = profile_string(profile, code->name_text, code->name_len);
	uint32_t file = profile_string(profile, code->file_text, code->file_len);

	free(ids->locations);
	ids->locations = malloc(want * sizeof(ids->locations[0]));
	if (name == PROFILE_NONE || file == PROFILE_NONE || !ids->locations)
		return NULL;
	memset(ids->locations, 0xff, want * sizeof(ids->locations[0]));
	ids->n_locations = want;
	ids->function = profile_function(profile, name, file, code->firstlineno);
	ids->generation = code->generation;
	return ids->function == PROFILE_NONE ? NULL : ids;
}

/* Of a unit of the code, -1 for before the first. */
static uint32_t location(struct stacks *stacks, uint32_t index, int32_t unit)
{
	struct code_ids *ids = code_ids(stacks, index);
	const struct py_code *code = &stacks->codes.codes[index];
	uint32_t *slot;

	if (!ids || (size_t)unit + 1 >= ids->n_locations)
		return PROFILE_NONE;
	slot = &ids->locations[(size_t)unit + 1];
	if (*slot == PROFILE_NONE)
		*slot = profile_location(stacks->profile, ids->function,
					 py_code_line(code, unit), py_code_column(code, unit));
	return *slot;
}

/* ---- what has to be compared ------------------------------------------------------ */

static bool same_frame(const struct py_frame *a, const struct py_frame *b)
{
	return a->addr == b->addr && a->code == b->code && a->lasti == b->lasti &&
	       a->tlbc == b->tlbc;
}

/* How many frames from the root up are as they were in the thread's last stack. */
static size_t unchanged(const struct stacks *stacks, const struct stack_memory *memory,
			const struct py_stack *stack)
{
	size_t n = memory->n < stack->n ? memory->n : stack->n;
	size_t i = stack->same < n ? stack->same : n;

	if (memory->epoch != stacks->codes.epoch)
		return 0;
	while (i < n && same_frame(&memory->entries[i].frame, &stack->frames[i]))
		i++;
	return i;
}

/* The interpreter's entry, made where it is new; NULL: no memory. */
static struct deaths *deaths_of(struct stacks *stacks, uint64_t interp)
{
	for (size_t i = 0; i < stacks->n_deaths; i++)
		if (stacks->deaths[i].interp == interp)
			return &stacks->deaths[i];
	if (!array_grow(stacks->deaths, stacks->n_deaths, stacks->cap_deaths))
		return NULL;
	stacks->deaths[stacks->n_deaths] = (struct deaths){ .interp = interp };
	return &stacks->deaths[stacks->n_deaths++];
}

/*
 * Asks for the count of deaths. Returns whether there is one; where it moved, nothing is trusted
 * that was compared before, nor in this round: what is still to be seen where it lay may have been
 * dead already, and its death counted. In the next round another may lie there with no other death.
 */
static bool note_deaths(struct stacks *stacks, struct stack_memory *memory, uint64_t interp,
			bool read)
{
	const struct py_runtime *rt = stacks->codes.rt;
	uint32_t offset = rt->layout.interpreter.code_generation;
	struct deaths *deaths;

	if (offset == PY_ABSENT)
		return false;
	deaths = deaths_of(stacks, interp);
	if (!deaths || (!read && memory_read_u64(rt->target->memory, interp + offset,
						 &memory->deaths, NULL)))
		return false;
	if (memory->deaths != deaths->count || !memory->deaths)
		stacks->trusted_since = stacks->codes.checks + 1;
	deaths->count = memory->deaths;
	return true;
}

/*
 * Where code objects have followed each other at one address they will go on to do so, perhaps
 * the same few in turn: what is found there now may not be what was there a moment ago. Not where
 * each has a number of its own.
 */
static bool is_volatile(const struct py_codes *codes, const struct py_code *code)
{
	return !py_code_is_unique(codes, code) &&
	       code->checked_ns - code->read_ns <
		       (code->generation ? VOLATILE_NS : YOUNG_NS);
}

enum due {
	DUE_NOT,
	DUE_OBJECT,   /* the object alone */
	DUE_CONTENTS, /* and the texts that it points at */
};

/* Must the texts be compared too? `kept`: its frame is as it was at the last look. */
static bool texts_due(const struct stacks *stacks, const struct py_code *code, bool kept,
		      uint64_t now_ns)
{
	uint64_t lived = code->checked_ns - code->read_ns;
	uint64_t rest = lived / 64 < RECHECK_NS ? lived / 64 : RECHECK_NS;

	if (py_code_is_unique(&stacks->codes, code))
		return false;
	return !kept || is_volatile(&stacks->codes, code) || now_ns - code->checked_ns >= rest;
}

/* What of the entry must be compared? */
static enum due due(const struct stacks *stacks, const struct py_code *code, bool counted,
		    bool kept, uint64_t now_ns)
{
	bool done = code->checked_in == stacks->codes.checks;

	if (counted) {
		/* What was read once only may have been dead then, and its death counted before. */
		bool once = code->checked_in == code->read_in;

		if (done)
			return DUE_NOT;
		return once || code->checked_in < stacks->trusted_since ? DUE_CONTENTS :
									 DUE_NOT;
	}
	if (code->texts_in != stacks->codes.checks && texts_due(stacks, code, kept, now_ns))
		return DUE_CONTENTS;
	return done ? DUE_NOT : DUE_OBJECT;
}

/*
 * What of the stack is volatile will be read with the next walk. Returns whether the entry is
 * among that, and so not to be compared now.
 */
static bool watch(struct stacks *stacks, struct stack_memory *memory, uint32_t index,
		  size_t *unsure)
{
	struct py_code *code = &stacks->codes.codes[index];
	uint64_t round = stacks->codes.checks;

	if (code->watched_in == round)
		return true; /* recursion asks once */
	if (!is_volatile(&stacks->codes, code) ||
	    !py_code_watch_add(&memory->watch, &stacks->codes, index, true))
		return false;
	code->watched_in = round;
	if (code->seen_in != round) {
		code->unsure_in = round;
		++*unsure;
	}
	return true;
}

/*
 * The next walk of the thread will most probably meet the code objects of the last two: it reads
 * them too, in the same system call. What is new then is compared by itself.
 */
static void begin_following(struct stacks *stacks, struct stack_memory *memory)
{
	struct py_code_watch unused = memory->before;

	memory->before = memory->after;
	memory->after = unused;
	py_code_watch_clear(&memory->after, &stacks->codes);
}

static void follow_up(struct stacks *stacks, struct stack_memory *memory, uint32_t index, bool kept,
		      uint64_t next_ns)
{
	struct py_code *code = &stacks->codes.codes[index];

	if (code->watched_in == stacks->codes.checks)
		return;
	code->watched_in = stacks->codes.checks;
	py_code_watch_add(&memory->after, &stacks->codes, index,
			  texts_due(stacks, code, kept, next_ns));
}

static void end_following(struct stacks *stacks, struct stack_memory *memory, uint64_t next_ns)
{
	const struct py_code_watch *before = &memory->before;
	size_t of_last = memory->n_before;

	memory->n_before = memory->after.n;
	for (size_t i = 0; i < of_last && before->epoch == stacks->codes.epoch; i++)
		follow_up(stacks, memory, before->codes[i].index, true, next_ns);
}

/*
 * Compares what stacks->check has: in one system call, or one by one where something of it is gone.
 * Gives how many turned out to be others.
 */
static size_t compare(struct stacks *stacks, uint64_t now_ns)
{
	struct py_code_watch *check = &stacks->check;
	size_t unsure = 0;

	if (!check->n || !py_code_watch_ready(check))
		return check->n;
	if (py_code_watch_read(check, &stacks->codes))
		return py_code_watch_compare(check, &stacks->codes, false, now_ns);
	for (size_t i = 0; i < check->n; i++)
		unsure += py_codes_check(&stacks->codes, check->codes[i].index, now_ns);
	return unsure;
}

/* One code object of a stack: watched, followed up, or compared now. Adds to *unsure. */
static void check_code(struct stacks *stacks, struct stack_memory *memory, uint32_t index,
		       bool kept, uint64_t now_ns, uint64_t next_ns, size_t *unsure)
{
	struct py_code *code = &stacks->codes.codes[index];
	bool counted = stacks->counted;
	enum due what;

	if (!counted && watch(stacks, memory, index, unsure))
		return;
	if (!counted)
		follow_up(stacks, memory, index, kept, next_ns);
	what = due(stacks, code, counted, kept, now_ns);
	if (what == DUE_NOT)
		return;
	memory->trusted = false;
	/* One that could not be watched: at least right before the walk as well. */
	if (!counted && is_volatile(&stacks->codes, code) &&
	    code->checked_in + 1 != stacks->codes.checks)
		++*unsure;
	code->checked_in = stacks->codes.checks; /* recursion asks once */
	if (what == DUE_CONTENTS)
		code->texts_in = stacks->codes.checks;
	if (!py_code_watch_add(&stacks->check, &stacks->codes, index,
			       what == DUE_CONTENTS && !py_code_is_unique(&stacks->codes, code)))
		*unsure += py_codes_check(&stacks->codes, index, now_ns);
}

/*
 * Of the last stack's first `same` frames, which are this one's too: what of their code objects is
 * to be asked, without visiting each frame. Returns how many frames that is true of; the others are
 * visited.
 */
static size_t check_same(struct stacks *stacks, struct stack_memory *memory, size_t same,
			 bool first, uint64_t now_ns, uint64_t next_ns, size_t *unsure)
{
	const struct py_code_watch *before = &memory->before;

	if (!same || !memory->clean || memory->renewals != stacks->codes.renewals)
		return 0;
	if (stacks->counted) {
		bool trusted = memory->trusted && memory->trusted_since == stacks->trusted_since;

		return trusted ? same : 0;
	}
	/* A later moment of the look that asked for these. */
	if (!first)
		return same;
	if (memory->had_volatile || before->epoch != stacks->codes.epoch)
		return 0;
	/* All that were asked for, some of an older stack too: until each frame is visited again. */
	for (size_t i = 0; i < before->n; i++)
		check_code(stacks, memory, before->codes[i].index, true, now_ns, next_ns, unsure);
	return same;
}

/*
 * Compares the code objects that are due; returns how many turned out to be others, or were not
 * compared with the walk although others come and go at their address. The frames before `kept`
 * are as they were; of those before `same` all is known.
 */
static size_t check_codes(struct stacks *stacks, struct stack_memory *memory, size_t same,
			  size_t kept, uint64_t now_ns)
{
	uint64_t next_ns = now_ns + (now_ns - memory->looked_ns);
	bool first = memory->round != stacks->codes.checks;
	size_t unsure = 0, i;

	if (first) {
		memory->round = stacks->codes.checks;
		memory->looked_ns = now_ns;
		memory->had_volatile = memory->watch.n > 0;
		py_code_watch_clear(&memory->watch, &stacks->codes);
		begin_following(stacks, memory);
	}
	py_code_watch_clear(&stacks->check, &stacks->codes);
	i = check_same(stacks, memory, same, first, now_ns, next_ns, &unsure);
	if (!i || !stacks->counted)
		memory->trusted = stacks->counted;
	for (; i < memory->n; i++)
		check_code(stacks, memory, memory->entries[i].code, i < kept, now_ns, next_ns,
			   &unsure);
	py_code_watch_ready(&memory->watch);
	if (first)
		end_following(stacks, memory, next_ns);
	py_code_watch_ready(&memory->after);
	memory->trusted_since = stacks->trusted_since;
	return unsure + compare(stacks, now_ns);
}

/* ---- the stack --------------------------------------------------------------------- */

/*
 * Gives every new frame its code entry; returns how many frames have one. Frames run code objects
 * alone (C's, which stand for None, were left out): what is none has died since the walk.
 */
static size_t find_codes(struct stacks *stacks, struct stack_memory *memory,
			 const struct py_stack *stack, size_t kept, uint64_t now_ns,
			 bool *any_new)
{
	uint32_t epoch = stacks->codes.epoch;

	for (size_t i = kept; i < stack->n; i++) {
		bool is_new;
		uint32_t index;

		if (!array_grow(memory->entries, i, memory->cap))
			return i;
		index = py_codes_get(&stacks->codes, stack->frames[i].code, now_ns, &is_new);
		*any_new |= is_new;
		if (index == PY_CODE_NONE)
			return i;
		memory->entries[i] = (struct stack_entry){ .frame = stack->frames[i],
							   .code = index };
	}
	/* The table was full and began anew: what was found before is void. */
	return stacks->codes.epoch == epoch ? stack->n : 0;
}

/*
 * Turns entries from `first` on into nodes, those before `from` being known to hold; returns how
 * many held. With `sure_only`, what was
 * read in this round, behind the walk, does not, nor what had to be seen with it and was not.
 */
static size_t make_nodes(struct stacks *stacks, struct stack_memory *memory, size_t from,
			 size_t first, bool sure_only, uint32_t *node)
{
	if (from)
		*node = memory->entries[from - 1].node;
	for (size_t i = from; i < memory->n; i++) {
		struct stack_entry *entry = &memory->entries[i];
		const struct py_code *code;
		uint32_t at;

		code = &stacks->codes.codes[entry->code];
		if (sure_only && (code->read_in == stacks->codes.checks ||
				  code->unsure_in == stacks->codes.checks))
			return i;
		if (i < first && entry->generation == code->generation) {
			*node = entry->node;
			continue;
		}
		first = i; /* from here on every node is another one */
		if (!code->name_text ||
		    !py_code_unit(&stacks->codes, entry->code, &entry->frame, &entry->unit))
			return i;
		entry->generation = code->generation;
		if (code->hidden) {
			entry->node = *node;
			continue;
		}
		at = location(stacks, entry->code, entry->unit);
		entry->node = at == PROFILE_NONE ?
				      PROFILE_NONE :
				      profile_node(stacks->profile, *node, at);
		*node = entry->node;
		if (*node == PROFILE_NONE)
			return i;
	}
	return memory->n;
}

void stacks_ask(struct stacks *stacks, struct stack_memory *memory, uint64_t interp,
		struct py_walker *walker)
{
	uint32_t deaths = stacks->codes.rt->layout.interpreter.code_generation;

	memory->deaths_piece = (struct memory_piece){ interp + deaths, &memory->deaths, 8 };
	walker->asides[PY_ASIDE_CODES] =
		(struct py_aside_pieces){ memory->watch.pieces, memory->watch.n_pieces, false };
	walker->asides[PY_ASIDE_DEATHS] =
		(struct py_aside_pieces){ &memory->deaths_piece, deaths != PY_ABSENT, false };
	walker->asides[PY_ASIDE_AFTER] =
		(struct py_aside_pieces){ memory->after.pieces, memory->after.n_pieces, false };
}

void stacks_begin(struct stacks *stacks, struct stack_memory *memory, uint64_t interp,
		  const struct py_walker *walker, uint64_t now_ns)
{
	const struct py_aside_pieces *asides = walker->asides;

	py_codes_begin(&stacks->codes);
	stacks->counted = note_deaths(stacks, memory, interp, asides[PY_ASIDE_DEATHS].read);
	stacks->anew = 0;
	if (asides[PY_ASIDE_CODES].read)
		py_code_watch_compare(&memory->watch, &stacks->codes, true, now_ns);
	if (asides[PY_ASIDE_AFTER].read)
		stacks->anew = py_code_watch_compare(&memory->after, &stacks->codes, false,
						     now_ns);
}

static bool same_root(const struct stack_memory *memory, const struct py_stack *stack)
{
	return memory->n && stack->n && memory->entries[0].frame.addr == stack->frames[0].addr &&
	       memory->entries[0].frame.code == stack->frames[0].code;
}

/* Where nothing has changed since the last moment of the same look nothing is to be asked. */
static bool same_again(const struct stacks *stacks, const struct stack_memory *memory,
		       const struct py_stack *stack, size_t kept)
{
	return memory->clean && memory->round == stacks->codes.checks && kept == stack->n &&
	       memory->n == stack->n && kept > 0;
}

struct stack_result stacks_node(struct stacks *stacks, struct stack_memory *memory,
				const struct py_stack *stack, uint64_t now_ns, bool last)
{
	struct stack_result result = { .node = PROFILE_ROOT,
				       .truncated = stack->truncated,
				       .climbed = stack->climbed,
				       .lost = stack->lost,
				       .cause = stack->cause,
				       .apart = !same_root(memory, stack) };
	size_t kept = unchanged(stacks, memory, stack), held;
	size_t same = stack->same < kept ? stack->same : kept;
	bool any_new = stacks->anew > 0;

	if (same_again(stacks, memory, stack, kept)) {
		result.node = memory->entries[kept - 1].node;
		return result;
	}
	memory->n = find_codes(stacks, memory, stack, kept, now_ns, &any_new);
	memory->epoch = stacks->codes.epoch;
	any_new |= check_codes(stacks, memory, same, kept, now_ns) > 0;
	/* Where anything was read anew each frame is looked at. */
	if (any_new || !memory->clean || memory->renewals != stacks->codes.renewals)
		same = 0;
	memory->clean = false;
	if (any_new && !last) {
		memory->n = kept;
		result.again = true;
		return result;
	}
	held = make_nodes(stacks, memory, same, kept, any_new, &result.node);
	memory->renewals = stacks->codes.renewals;
	memory->n = held;
	memory->clean = held == stack->n && !any_new;
	if (held < stack->n && result.node != PROFILE_NONE) {
		result.truncated = true;
		result.climbed = false;
		result.lost += stack->n - held;
		result.cause = PYPROF_CAUSE_CODE;
	}
	return result;
}
