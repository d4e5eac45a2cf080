/* SPDX-License-Identifier: MIT */
/* Who waits for the GIL, or for which lock, and whether garbage is collected. */
#include <stdlib.h>

#include "base/clock.h"
#include "dump/take_state.h"
#include "python/exception.h"

static void find_gil_waiters(struct take *take)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		thread->waits_gil = !thread->holds_gil && !thread->now.runs &&
				    py_gil_awaited(&take->threads, thread->py, thread->now.futex);
	}
}

static void find_collecting(struct take *take)
{
	take->collecting_known = take->threads.n_interpreters > 0;
	for (size_t i = 0; i < take->threads.n_interpreters; i++) {
		bool collecting = false;

		take->collecting_known &=
			py_gc_collecting(take->rt, take->threads.interpreters[i].addr, &collecting,
					 NULL) == PYPROF_OK;
		take->collecting |= collecting;
	}
}

static enum pyprof_status find_locks(struct take *take, struct pyprof_error *err)
{
	size_t n = take->threads.n;
	struct py_lock_thread *locks = calloc(n + 1, sizeof(*locks));
	enum pyprof_status status;

	if (!locks)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const struct take_thread *thread = take_thread(take, i);

		locks[i] = (struct py_lock_thread){
			.tstate = thread->py->tstate,
			.ident = thread->py->ident,
			.futex = thread->waits_gil ? 0 : thread->now.futex,
			.frames = thread->frames,
			.n_frames = thread->n,
			.whole = thread->walked == PY_WALK_STACK && !thread->truncated,
			.holder = PY_LOCK_NOBODY,
			.holder_frame = SIZE_MAX,
		};
	}
	status = py_locks_find(take->rt, locks, n, err);
	for (size_t i = 0; i < n; i++) {
		struct take_thread *thread = take_thread(take, i);

		thread->lock = locks[i];
		/* The list is put into another order later. */
		thread->holder = locks[i].holder < n ? take_thread(take, locks[i].holder) : NULL;
	}
	free(locks);
	/* It has just ended: what was seen of it before stands. */
	return status == PYPROF_ERR_GONE ? PYPROF_OK : status;
}

enum pyprof_status take_waits(struct take *take, struct pyprof_error *err)
{
	find_gil_waiters(take);
	find_collecting(take);
	return find_locks(take, err);
}
