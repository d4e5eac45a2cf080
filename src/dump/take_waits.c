/* SPDX-License-Identifier: MIT */
/* Who waits for the GIL, or for which lock, and whether garbage is collected. */
#include <stdlib.h>
#include <string.h>

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

/* ---- locks --------------------------------------------------------------------------------- */

/*
 * Locks that are looked for while threads stand, some 15 us each; those of most threads first. The
 * others come when all go on.
 */
#define LOCKS_STANDING 400u

/* Threads that wait for one futex. */
struct waiters {
	uint64_t futex;
	size_t first, n; /* within the sorted list */
};

struct locks {
	struct take *take;
	struct py_lock_thread *threads; /* of each thread of the take */
	size_t *order;			/* those that wait for a futex, by futex */
	size_t n_waiting;
	struct waiters *groups;
	size_t n_groups;
};

static int compare_futexes(const void *a, const void *b, void *arg)
{
	const struct py_lock_thread *threads = arg;
	uint64_t x = threads[*(const size_t *)a].futex, y = threads[*(const size_t *)b].futex;

	return (x > y) - (x < y);
}

static int larger_first(const void *a, const void *b)
{
	const struct waiters *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static bool group_waiters(struct locks *locks)
{
	size_t n = locks->take->threads.n;

	locks->order = calloc(n + 1, sizeof(locks->order[0]));
	locks->groups = calloc(n + 1, sizeof(locks->groups[0]));
	if (!locks->order || !locks->groups)
		return false;
	for (size_t i = 0; i < n; i++)
		if (locks->threads[i].futex)
			locks->order[locks->n_waiting++] = i;
	qsort_r(locks->order, locks->n_waiting, sizeof(locks->order[0]), compare_futexes,
		locks->threads);
	for (size_t i = 0; i < locks->n_waiting; i++) {
		uint64_t futex = locks->threads[locks->order[i]].futex;
		struct waiters *last = &locks->groups[locks->n_groups];

		if (locks->n_groups && last[-1].futex == futex)
			last[-1].n++;
		else
			locks->groups[locks->n_groups++] = (struct waiters){ futex, i, 1 };
	}
	qsort(locks->groups, locks->n_groups, sizeof(locks->groups[0]), larger_first);
	return true;
}

/* Has it neither moved since it was looked at, nor begun to wait for something else? */
static bool still_waits(struct take *take, struct take_thread *thread)
{
	uint64_t times;

	if (!take->live)
		return true;
	return thread && thread->how == TAKE_ASLEEP && !thread->moved && thread->counted &&
	       take_times(take, thread, &times) && times == thread->times;
}

static void keep_lock(struct take *take, struct take_thread *thread,
		      const struct py_lock_thread *found, bool standing)
{
	/* The list is put into another order later. */
	struct take_thread *holder =
		found->holder < take->threads.n ? take_thread(take, found->holder) : NULL;

	if (!standing && !still_waits(take, thread))
		return;
	thread->lock = *found;
	thread->holder = standing || still_waits(take, holder) ? holder : NULL;
}

/* Of the groups from..to, by way of one thread of each. */
static enum pyprof_status find_locks(struct locks *locks, size_t from, size_t to, bool standing,
				     struct pyprof_error *err)
{
	struct take *take = locks->take;
	size_t n = take->threads.n;
	struct py_lock_thread *asked; /* of the others it is not known what they wait for */
	enum pyprof_status status;

	if (from >= to)
		return PYPROF_OK;
	asked = calloc(n + 1, sizeof(*asked));
	if (!asked)
		return error_nomem(err);
	memcpy(asked, locks->threads, n * sizeof(*asked));
	for (size_t i = 0; i < n; i++)
		asked[i].futex = 0;
	for (size_t g = from; g < to; g++)
		asked[locks->order[locks->groups[g].first]].futex = locks->groups[g].futex;
	status = py_locks_find(take->rt, asked, n, standing ? take_deadline(take) : 0, err);
	/* They were not all looked at in time: all are, when all go on. */
	if (standing && status == PYPROF_ERR_LIMIT)
		take->n_locks = 0;
	for (size_t g = from; g < to && !status; g++) {
		const struct waiters *group = &locks->groups[g];

		for (size_t k = 0; k < group->n; k++)
			keep_lock(take, take_thread(take, locks->order[group->first + k]),
				  &asked[locks->order[group->first]], standing);
	}
	free(asked);
	/* It has just ended: what was seen of it before stands. */
	return status == PYPROF_ERR_NOMEM ? status : PYPROF_OK;
}

static void locks_deinit(struct locks *locks)
{
	free(locks->threads);
	free(locks->order);
	free(locks->groups);
}

static bool locks_init(struct locks *locks, struct take *take)
{
	*locks = (struct locks){ .take = take };
	locks->threads = calloc(take->threads.n + 1, sizeof(locks->threads[0]));
	if (!locks->threads)
		return false;
	for (size_t i = 0; i < take->threads.n; i++) {
		const struct take_thread *thread = take_thread(take, i);
		bool waits = !thread->waits_gil && !thread->now.runs && thread->how != TAKE_ENDED;

		locks->threads[i] = (struct py_lock_thread){
			.tstate = thread->py->tstate,
			.ident = thread->py->ident,
			.futex = waits ? thread->now.futex : 0,
			.frames = thread->frames,
			.n_frames = thread->n,
			.whole = thread->walked == PY_WALK_STACK && !thread->truncated,
			.holder = PY_LOCK_NOBODY,
			.holder_frame = SIZE_MAX,
		};
	}
	return group_waiters(locks);
}

/* The groups come in the same order as long as nothing is asked anew. */
static enum pyprof_status look_for_locks(struct take *take, bool standing,
					 struct pyprof_error *err)
{
	struct locks locks;
	enum pyprof_status status;

	if (locks_init(&locks, take)) {
		if (standing && take_has_time(take))
			take->n_locks =
				locks.n_groups < LOCKS_STANDING ? locks.n_groups : LOCKS_STANDING;
		status = standing ?
				 find_locks(&locks, 0, take->n_locks, true, err) :
				 find_locks(&locks, take->n_locks, locks.n_groups, false, err);
	} else {
		status = error_nomem(err);
	}
	locks_deinit(&locks);
	return status;
}

enum pyprof_status take_waits(struct take *take, struct pyprof_error *err)
{
	find_gil_waiters(take);
	find_collecting(take);
	return look_for_locks(take, true, err);
}

enum pyprof_status take_waits_late(struct take *take, struct pyprof_error *err)
{
	return look_for_locks(take, false, err);
}
