/* SPDX-License-Identifier: MIT */
#include "dump/take.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "dump/take_state.h"

static bool take_init(struct take *take, struct py_runtime *rt, const struct take_opts *opts)
{
	*take = (struct take){ .rt = rt, .opts = opts };
	take->live = rt->target->proc_fd >= 0;
	take->accounts = take->live && cpu_time_available();
	take->can_pause = take->live && !opts->nonblocking;
	py_threads_init(&take->threads, rt);
	take->threads.unwatched = true;
	take->threads.gone = take_thread_gone;
	take->threads.gone_arg = take;
	py_codes_init(&take->codes, rt);
	pauser_init(&take->pauser, rt->target->pid, 0);
	return py_walker_init(&take->walker, rt);
}

static void take_deinit(struct take *take)
{
	take_resume(take);
	py_threads_deinit(&take->threads);
	pauser_deinit(&take->pauser);
	py_walker_deinit(&take->walker);
	py_code_watch_deinit(&take->watch);
	py_codes_deinit(&take->codes);
}

/* What each waiting thread waits for, as far as it is the GIL. */
static void find_waiters(struct take *take)
{
	for (size_t i = 0; i < take->threads.n; i++) {
		struct take_thread *thread = take_thread(take, i);

		thread->waits_gil = !thread->holds_gil && !thread->now.runs &&
				    py_gil_awaited(&take->threads, thread->py, thread->now.futex);
	}
}

static enum pyprof_status look(struct take *take, struct snapshot *out, uint64_t *found_ns,
			       struct pyprof_error *err)
{
	enum pyprof_status status = take_find_threads(take, err);

	if (!status)
		status = take_name_threads(take, err);
	*found_ns = clock_monotonic_ns();
	if (!status)
		status = take_moment(take, err);
	if (status)
		return status;
	find_waiters(take);
	take_resume(take);
	return take_build(take, out, err);
}

enum pyprof_status snapshot_take(struct snapshot **out, struct py_runtime *rt,
				 const struct take_opts *opts, struct pyprof_error *err)
{
	uint64_t begin = clock_monotonic_ns(), found = begin;
	struct snapshot *snapshot = snapshot_create();
	enum pyprof_status status;
	struct take take;

	if (!snapshot)
		return error_nomem(err);
	if (take_init(&take, rt, opts))
		status = look(&take, snapshot, &found, err);
	else
		status = error_set(err, PYPROF_ERR_UNSUPPORTED,
				   "PID %d: the layout of its frames makes no sense",
				   (int)rt->target->pid);
	snapshot->took_ns = clock_monotonic_ns() - begin;
	if (!status)
		log_info("PID %d: %zu threads found within %.1f ms, %u rounds, %zu paused for %.2f ms at most, %.1f ms in all",
			 (int)rt->target->pid, snapshot->n_threads, (double)(found - begin) / 1e6,
			 take.rounds, take.n_paused, (double)take.paused_ns / 1e6,
			 (double)snapshot->took_ns / 1e6);
	take_deinit(&take);
	if (status)
		snapshot_destroy(snapshot);
	else
		*out = snapshot;
	return status;
}
