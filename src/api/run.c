/* SPDX-License-Identifier: MIT */
/* The loop of a recording: sleep until the next tick, look, ask now and then how it goes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "api/recorder.h"

#define TICK_CALL_NS 250000000u /* between two calls of the caller's tick function */
#define CHECK_NS     50000000u	/* between two checks that the target is still itself */

/* A thread that stopped too late is let go within so long. */
#define SETTLE_NS 500000u

/* Sleeps until `due`, or until the target exits or somebody asks to stop. */
static void wait_until(const struct pyprof_recorder *recorder, uint64_t due, uint64_t now,
		       bool *exited)
{
	struct pollfd fds[2] = {
		{ .fd = recorder->wake_fd, .events = POLLIN },
		{ .fd = recorder->target->pidfd, .events = POLLIN },
	};
	uint64_t left = due > now ? due - now : 0;
	struct timespec timeout = { .tv_sec = (time_t)(left / 1000000000u),
				    .tv_nsec = (long)(left % 1000000000u) };

	if (ppoll(fds, 2, &timeout, NULL) > 0 && fds[1].revents)
		*exited = true;
}

struct run {
	struct pyprof_recorder *recorder;
	pyprof_tick_fn *tick;
	void *arg;
	uint64_t tick_due, check_due, stop_at; /* stop_at 0: never */
	bool exited;
	int timer_slack; /* what the caller's thread had, in ns */
};

/* The thread by whose id memory is read may end before its process does. */
static void keep_reading(struct pyprof_recorder *recorder)
{
	const struct module *module = &recorder->target->maps.modules[recorder->rt.module];
	char byte;

	if (memory_read(recorder->target->memory, module->base, &byte, 1, NULL) ==
	    PYPROF_ERR_GONE)
		target_rebind(recorder->target);
}

/* Has the recording come to its end? */
static enum pyprof_end ended(struct run *run, uint64_t now)
{
	if (run->recorder->stop)
		return PYPROF_END_STOPPED;
	if (run->exited)
		return PYPROF_END_EXIT;
	if (run->stop_at && now >= run->stop_at)
		return PYPROF_END_DURATION;
	if (now < run->check_due)
		return PYPROF_END_RUNNING;
	run->check_due = now + CHECK_NS;
	switch (target_check(run->recorder->target)) {
	case PYPROF_ERR_EXEC:
		return PYPROF_END_EXEC;
	case PYPROF_OK:
		keep_reading(run->recorder);
		return PYPROF_END_RUNNING;
	default:
		return PYPROF_END_EXIT;
	}
}

/*
 * A look costs some microseconds. Where ticks come faster several are answered by one, at moments
 * as far apart as it can read; where they do not, a late tick is one that was held up, and looking
 * several times at once would not bring it back.
 */
#define BURST_PERIOD_NS 10000

static bool may_burst(const struct pyprof_recorder *recorder)
{
	return recorder->clock.period_ns < BURST_PERIOD_NS;
}

static enum pyprof_status sample_until_end(struct run *run, enum pyprof_end *end,
					   struct pyprof_error *err)
{
	struct pyprof_recorder *recorder = run->recorder;

	for (;;) {
		uint64_t now = clock_monotonic_ns(), due = sample_clock_due(&recorder->clock);

		*end = ended(run, now);
		if (*end)
			return PYPROF_OK;
		if (now < due) {
			uint64_t wake = due;

			if (run->stop_at && run->stop_at < wake)
				wake = run->stop_at;
			if (run->tick && run->tick_due < wake)
				wake = run->tick_due;
			if (run->check_due < wake)
				wake = run->check_due;
			if (sampler_settle(recorder->sampler) && now + SETTLE_NS < wake)
				wake = now + SETTLE_NS;
			wait_until(recorder, wake, now, &run->exited);
			now = clock_monotonic_ns();
		}
		/* The tick that falls on the end belongs to the time after it. */
		if (now >= due && !run->exited && !recorder->stop &&
		    !(run->stop_at && due >= run->stop_at)) {
			uint64_t ticks = 1 + sample_clock_answer(&recorder->clock, now);
			uint64_t answered;

			if (sampler_tick(recorder->sampler, now, may_burst(recorder) ? ticks : 1,
					 &answered))
				return error_nomem(err);
			recorder->ticks += answered;
			recorder->late_ticks += ticks - answered;
		}
		if (run->tick && now >= run->tick_due) {
			run->tick_due = now + TICK_CALL_NS;
			run->tick(recorder, run->arg);
		}
	}
}

/* Above that rate hardly anything of the target's has a period as short as ours. */
#define JITTER_BELOW_HZ 1000

static uint64_t jitter_seed(const struct pyprof_recorder *recorder, uint64_t now)
{
	const struct pyprof_record_opts *opts = &recorder->opts;
	bool on = opts->jitter == PYPROF_JITTER_AUTO ? opts->rate_hz < JITTER_BELOW_HZ :
						       opts->jitter == PYPROF_JITTER_ON;

	return on ? now | 1 : 0;
}

static void begin(struct run *run)
{
	struct pyprof_recorder *recorder = run->recorder;
	struct timespec wall;
	uint64_t now;

	/* The kernel may be 50 us late by default, so as to batch wake-ups. */
	run->timer_slack = prctl(PR_GET_TIMERSLACK);
	prctl(PR_SET_TIMERSLACK, 1);
	clock_gettime(CLOCK_REALTIME, &wall);
	recorder->profile->info.start_realtime_ns =
		(int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
	now = clock_monotonic_ns();
	recorder->start_ns = now;
	recorder->start_cpu_ns = clock_cpu_ns();
	sample_clock_init(&recorder->clock, now, recorder->opts.rate_hz, jitter_seed(recorder, now));
	run->tick_due = now;
	run->check_due = now + CHECK_NS;
	if (recorder->opts.duration_ns && recorder->opts.duration_ns < UINT64_MAX - now)
		run->stop_at = now + recorder->opts.duration_ns;
}

static void finish(struct run *run, enum pyprof_end end)
{
	struct pyprof_recorder *recorder = run->recorder;

	recorder->end_ns = clock_monotonic_ns();
	/* What the last look took too long for is late as well. */
	recorder->late_ticks += sample_clock_passed(&recorder->clock, recorder->end_ns);
	sampler_finish(recorder->sampler, recorder->end_ns);
	recorder->end_cpu_ns = clock_cpu_ns();
	prctl(PR_SET_TIMERSLACK, (unsigned long)run->timer_slack);
	if (end == PYPROF_END_DURATION || end == PYPROF_END_STOPPED)
		sampler_name_threads(recorder->sampler, recorder->end_ns, 0);
	pyprof_recorder_stats(recorder, &recorder->profile->info.stats);
}

/* A launched target: from its first instruction to an interpreter. */
static enum pyprof_status wait_for_python(struct pyprof_recorder *recorder,
					  struct pyprof_error *err)
{
	enum pyprof_status status = target_open(&recorder->target, recorder->launched, err);

	if (!status)
		status = recorder_find(recorder, UINT64_MAX, true, err);
	if (recorder->stop)
		return error_set(err, PYPROF_ERR_NOT_PYTHON,
				 "stopped before PID %d ran an interpreter",
				 (int)recorder->launched);
	if (status == PYPROF_ERR_GONE || status == PYPROF_ERR_NO_PROCESS)
		return error_set(err, PYPROF_ERR_NOT_PYTHON,
				 "PID %d ended before CPython was seen to run in it",
				 (int)recorder->launched);
	return status;
}

enum pyprof_status pyprof_recorder_run(struct pyprof_recorder *recorder, pyprof_tick_fn *tick,
				       void *arg, enum pyprof_end *end,
				       struct pyprof_error *err)
{
	struct run run = { .recorder = recorder, .tick = tick, .arg = arg };
	enum pyprof_status status = PYPROF_OK;

	*end = PYPROF_END_RUNNING;
	if (recorder->ran)
		return error_set(err, PYPROF_ERR_USAGE,
				 "PID %d: a recorder records once; make another one",
				 (int)pyprof_recorder_pid(recorder));
	recorder->ran = true;
	if (!recorder->sampler)
		status = wait_for_python(recorder, err);
	if (status)
		return status;
	begin(&run);
	status = sample_until_end(&run, end, err);
	finish(&run, *end);
	return status;
}
