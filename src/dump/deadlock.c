/* SPDX-License-Identifier: MIT */
/*
 * Each thread waits for one lock at most, which one thread at most is known to hold: who follows
 * these steps comes to an end, or walks in a circle. Each thread is walked once.
 */
#include "dump/deadlock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "dump/words.h"

/* Whom the thread waits for; SNAPSHOT_NONE: nobody, or nobody that is known. */
static size_t holder_of(const struct snapshot *snapshot, size_t thread)
{
	const struct snapshot_wait *wait = &snapshot->threads[thread].wait;

	if (wait->kind == SNAPSHOT_NO_LOCK || wait->holder >= snapshot->n_threads)
		return SNAPSHOT_NONE;
	return wait->holder;
}

/* The circle that `first` is in, from it on. */
static bool add_cycle(struct snapshot *snapshot, size_t *cap, size_t first)
{
	struct snapshot_cycle cycle = { .n = 0 };
	size_t at = first;

	do {
		cycle.n++;
		at = holder_of(snapshot, at);
	} while (at != first);
	cycle.threads = calloc(cycle.n, sizeof(*cycle.threads));
	if (!cycle.threads || !array_grow(snapshot->cycles, snapshot->n_cycles, *cap)) {
		free(cycle.threads);
		return false;
	}
	for (size_t i = 0; i < cycle.n; i++) {
		cycle.threads[i] = at;
		at = holder_of(snapshot, at);
	}
	snapshot->cycles[snapshot->n_cycles++] = cycle;
	return true;
}

static bool find_cycles(struct snapshot *snapshot)
{
	/* By which walk a thread was met first; 0: by none yet. */
	_cleanup_free_ size_t *met = calloc(snapshot->n_threads + 1, sizeof(*met));
	size_t cap = snapshot->n_cycles;

	if (!met)
		return false;
	for (size_t start = 0; start < snapshot->n_threads; start++) {
		size_t at = start;

		while (at != SNAPSHOT_NONE && !met[at]) {
			met[at] = start + 1;
			at = holder_of(snapshot, at);
		}
		if (at != SNAPSHOT_NONE && met[at] == start + 1 &&
		    !add_cycle(snapshot, &cap, at))
			return false;
	}
	return true;
}

/* ---- namesakes -------------------------------------------------------------------- */

/* That of a lock with a name and an address; else NULL. */
static struct snapshot_wait *named_wait(struct snapshot_thread *thread)
{
	struct snapshot_wait *wait = &thread->wait;
	bool lock = wait->kind == SNAPSHOT_LOCK_LOCK || wait->kind == SNAPSHOT_LOCK_RLOCK;
	size_t len = wait->name ? strlen(wait->name) : 0;

	/* "jobs (Queue)": the lock is one that nobody else knows, and is not what is called so. */
	return lock && wait->lock && len && wait->name[len - 1] != ')' ? wait : NULL;
}

static int compare_waits(const void *a, const void *b)
{
	const struct snapshot_wait *x = *(struct snapshot_wait *const *)a;
	const struct snapshot_wait *y = *(struct snapshot_wait *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->lock > y->lock) - (x->lock < y->lock);
}

static bool find_namesakes(struct snapshot *snapshot)
{
	_cleanup_free_ struct snapshot_wait **waits =
		calloc(snapshot->n_threads + 1, sizeof(struct snapshot_wait *));
	size_t n = 0;

	if (!waits)
		return false;
	for (size_t i = 0; i < snapshot->n_threads; i++) {
		waits[n] = named_wait(&snapshot->threads[i]);
		n += waits[n] != NULL;
	}
	qsort(waits, n, sizeof(struct snapshot_wait *), compare_waits);
	for (size_t from = 0, to = 0; from < n; from = to) {
		while (to < n && strcmp(waits[to]->name, waits[from]->name) == 0)
			to++;
		/* In the order of their addresses: are the first and the last one the same? */
		for (size_t i = from; i < to; i++)
			waits[i]->namesake = waits[from]->lock != waits[to - 1]->lock;
	}
	return true;
}

bool deadlock_find(struct snapshot *snapshot)
{
	return find_namesakes(snapshot) && find_cycles(snapshot);
}

/* ---- words -------------------------------------------------------------------------- */

static void add_thread(const struct snapshot *snapshot, size_t i, bool with_tid, struct str *out)
{
	const struct snapshot_thread *thread = &snapshot->threads[i];

	str_printf(out, "thread '%s'", thread->name ? thread->name : "");
	if (with_tid && thread->tid)
		str_printf(out, " (%d)", (int)thread->tid);
}

static void add_lock(const struct snapshot_wait *wait, struct str *out)
{
	static const char *const unnamed[] = {
		[SNAPSHOT_LOCK_LOCK] = "a Lock",
		[SNAPSHOT_LOCK_RLOCK] = "an RLock",
		[SNAPSHOT_LOCK_MUTEX] = "a mutex of the interpreter",
		[SNAPSHOT_LOCK_IMPORT] = "the import lock",
	};

	if (wait->name && wait->name[0] && strcmp(wait->name, "import") != 0) {
		/* "the import of json" */
		str_add_cstr(out, wait->kind == SNAPSHOT_LOCK_IMPORT ? "the " : "");
		str_add_cstr(out, wait->name);
		if (wait->namesake)
			str_printf(out, " (at 0x%" PRIx64 ")", wait->lock);
	} else if ((size_t)wait->kind < ARRAY_SIZE(unnamed) && unnamed[wait->kind])
		str_add_cstr(out, unnamed[wait->kind]);
	else
		str_add_cstr(out, "a lock");
}

void deadlock_sentence(const struct snapshot *snapshot, size_t i, struct str *out)
{
	const struct snapshot_cycle *cycle = &snapshot->cycles[i];

	str_add_cstr(out, "deadlock: ");
	add_thread(snapshot, cycle->threads[0], true, out);
	for (size_t k = 0; k < cycle->n; k++) {
		const struct snapshot_wait *wait = &snapshot->threads[cycle->threads[k]].wait;
		bool last = k + 1 == cycle->n, join = words_is_join(wait);

		str_add_cstr(out, k ? ", which waits for " : " waits for ");
		if (!join)
			add_lock(wait, out);
		if (cycle->n == 1) {
			str_add_cstr(out, join ? "itself to end" : ", which it holds itself");
			return;
		}
		if (!join)
			str_add_cstr(out, ", held by ");
		add_thread(snapshot, cycle->threads[last ? 0 : k + 1], !last, out);
		if (join)
			str_add_cstr(out, " to end");
	}
}
