/* SPDX-License-Identifier: MIT */
#include "dump/take.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "dump/deadlock.h"
#include "dump/take_state.h"

static bool take_init(struct take *take, struct py_runtime *rt, const struct take_opts *opts)
{
	*take = (struct take){ .rt = rt, .opts = opts };
	take->live = target_lives(rt->target);
	take->accounts = take->live && cpu_time_available();
	take->can_pause = take->live && !opts->nonblocking;
	py_threads_init(&take->threads, rt);
	take->threads.unwatched = true;
	take->threads.gone = take_thread_gone;
	take->threads.gone_arg = take;
	py_codes_init(&take->codes, rt);
	pauser_init(&take->pauser, rt->target->pid, 0);
	py_values_init(&take->short_values, rt, &py_value_short, opts->redact);
	py_values_init(&take->values, rt, opts->locals > 1 ? &py_value_long : &py_value_short,
		       opts->redact);
	take->values.redact_text = take->short_values.redact_text = opts->redact_text;
	return py_walker_init(&take->walker, rt);
}

static void take_deinit(struct take *take)
{
	take_resume(take);
	take_forget_pages(take);
	page_cache_destroy(take->pages);
	py_threads_deinit(&take->threads);
	pauser_deinit(&take->pauser);
	py_walker_deinit(&take->walker);
	py_code_watch_deinit(&take->watch);
	py_codes_deinit(&take->codes);
	py_values_deinit(&take->short_values);
	py_values_deinit(&take->values);
}

/* How long each part took, for who asks why. */
struct take_times {
	uint64_t begin, found, moment, waits, values, resumed, late, end;
};

static void tell(const struct take *take, const struct snapshot *snapshot,
		 const struct take_times *t)
{
	log_info("PID %d: %zu threads in %.1f ms: found and named %.1f, looked at %.1f (%u rounds), locks %.1f, values %.1f and %.1f later, put together %.1f",
		 (int)take->rt->target->pid, snapshot->n_threads, (double)(t->end - t->begin) / 1e6,
		 (double)(t->found - t->begin) / 1e6, (double)(t->moment - t->found) / 1e6,
		 take->rounds, (double)(t->waits - t->moment) / 1e6,
		 (double)(t->values - t->waits) / 1e6, (double)(t->late - t->resumed) / 1e6,
		 (double)(t->end - t->late) / 1e6);
	log_info("PID %d: %zu threads paused, for %.2f ms at most", (int)take->rt->target->pid,
		 take->n_paused, (double)take->paused_ns / 1e6);
}

static enum pyprof_status look(struct take *take, struct snapshot *out, struct take_times *t,
			       struct pyprof_error *err)
{
	enum pyprof_status status = take_find_threads(take, err);

	if (!status)
		status = take_name_threads(take, err);
	t->found = clock_monotonic_ns();
	if (!status)
		status = take_moment(take, err);
	if (status)
		return status;
	t->moment = clock_monotonic_ns();
	take_remember_pages(take);
	take_fetch_frames(take);
	status = take_waits(take, err);
	t->waits = clock_monotonic_ns();
	if (!status)
		status = take_values_now(take, err);
	t->values = clock_monotonic_ns();
	take_resume(take);
	take_forget_pages(take);
	t->resumed = clock_monotonic_ns();
	if (!status)
		status = take_name_beginners(take, err);
	if (!status) {
		take_remember_pages(take);
		take_fetch_frames(take);
		status = take_waits_late(take, err);
		take_forget_pages(take);
	}
	if (!status)
		status = take_values_late(take, err);
	t->late = clock_monotonic_ns();
	if (!status)
		status = take_build(take, out, err);
	if (!status && !deadlock_find(out))
		status = error_nomem(err);
	if (!status && take->opts->source)
		status = take_source(take, out, err);
	t->end = clock_monotonic_ns();
	return status;
}

enum pyprof_status snapshot_take(struct snapshot **out, struct py_runtime *rt,
				 const struct take_opts *opts, struct pyprof_error *err)
{
	struct take_times times = { .begin = clock_monotonic_ns() };
	struct snapshot *snapshot = snapshot_create();
	enum pyprof_status status;
	struct take take;

	*out = NULL;
	if (!snapshot)
		return error_nomem(err);
	if (take_init(&take, rt, opts))
		status = look(&take, snapshot, &times, err);
	else
		status = error_set(err, PYPROF_ERR_UNSUPPORTED,
				   "PID %d: the layout of its frames makes no sense",
				   (int)rt->target->pid);
	/* That it has ended, or become another program, is why it could not be read. */
	if (status && status != PYPROF_ERR_NOMEM && target_check(rt->target))
		status = target_check_error(rt->target, err);
	/* Where the other has its interpreter at the same place it could. */
	if (!status && take.live && target_check(rt->target) == PYPROF_ERR_EXEC)
		status = target_check_error(rt->target, err);
	snapshot->took_ns = times.end - times.begin;
	if (!status)
		tell(&take, snapshot, &times);
	take_deinit(&take);
	if (status)
		snapshot_destroy(snapshot);
	else
		*out = snapshot;
	return status;
}
