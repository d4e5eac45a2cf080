/* SPDX-License-Identifier: MIT */
/*
 * Each thread waits for one lock at most, which one thread at most is known to hold: who follows
 * these steps comes to an end, or walks in a circle. Each thread is walked once.
 */
#include "dump/deadlock.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

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

bool deadlock_find(struct snapshot *snapshot)
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

	if (wait->name && wait->name[0])
		str_add_cstr(out, wait->name);
	else if ((size_t)wait->kind < ARRAY_SIZE(unnamed) && unnamed[wait->kind])
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
		bool last = k + 1 == cycle->n;

		str_add_cstr(out, k ? ", which waits for " : " waits for ");
		add_lock(&snapshot->threads[cycle->threads[k]].wait, out);
		if (cycle->n == 1) {
			str_add_cstr(out, ", which it holds itself");
			return;
		}
		str_add_cstr(out, ", held by ");
		add_thread(snapshot, cycle->threads[last ? 0 : k + 1], !last, out);
	}
}
