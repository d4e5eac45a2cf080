/* SPDX-License-Identifier: MIT */
/* The loop of a recording: sleep until the next tick, look, ask now and then how it goes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "api/recorder.h"
#include "target/spawn.h"

#define TICK_CALL_NS 250000000u /* between two calls of the caller's tick function */
/* A rate that is lowered is not lowered further. */
#define RATE_LOWEST  1.0
#define LAST_MOMENTS 200 /* milliseconds that a program may take to end */
#define CHECK_NS     50000000u	/* between two checks that the target is still itself */

/* A thread that stopped too late is let go within so long. */
#define SETTLE_NS 500000u
/* But nothing else is put off for it longer than that. */
#define PATIENCE_NS 20000000u

/* What is slower than its ticks never waits, and asks this often whether there is a key. */
#define HURRY_NS 10000000u

struct run {
	struct pyprof_recorder *recorder;
	pyprof_tick_fn *tick;
	void *arg;
	uint64_t tick_due, check_due, stop_at; /* stop_at 0: never */
	uint64_t budget_ns, budget_cpu_ns; /* when the budget was looked at last */
	uint64_t unsettled_ns; /* since when a thread is on its way to a stop; 0: none is */
	uint64_t waited_ns; /* when it waited last, or looked whether it would have to */
	bool exited;
	int timer_slack; /* what the caller's thread had, in ns */
};

/*
 * What the caller does may take a while, and Ctrl-Z may stop all of us there: a thread that stopped
 * too late is let go before, or it would stand as long. But one that does not come to its stop is
 * not waited for.
 */
static bool may_call(struct run *run, uint64_t now)
{
	if (!members_settle(&run->recorder->members))
		run->unsettled_ns = 0;
	else if (!run->unsettled_ns)
		run->unsettled_ns = now;
	return !run->unsettled_ns || now - run->unsettled_ns > PATIENCE_NS;
}

/*
 * Sleeps until `due`, or until the target exits, somebody asks to stop, or there is something to
 * read for the caller.
 */
static void wait_until(struct run *run, uint64_t due, uint64_t now)
{
	struct pyprof_recorder *recorder = run->recorder;
	/* Of several the end of one is no end; it is noticed between ticks. */
	const struct target *only =
		recorder->group ? NULL : recorder->members.members[0]->target;
	struct pollfd fds[3] = {
		{ .fd = recorder->wake_fd, .events = POLLIN },
		{ .fd = only ? only->pidfd : -1, .events = POLLIN },
		may_call(run, now) ? ready_entry(&recorder->ready, now) :
				     (struct pollfd){ .fd = -1 },
	};
	uint64_t wake = ready_wake(&recorder->ready, now, due);
	uint64_t left = wake > now ? wake - now : 0;
	struct timespec timeout = { .tv_sec = (time_t)(left / 1000000000u),
				    .tv_nsec = (long)(left % 1000000000u) };

	if (ppoll(fds, 3, &timeout, NULL) <= 0)
		return;
	run->exited |= fds[1].revents != 0;
	/* Once it has ended, or is to stop, that comes first. */
	if (!fds[0].revents && !fds[1].revents)
		ready_tell(&recorder->ready, recorder, fds[2].revents, clock_monotonic_ns());
}

/* Of the only process: the end by exec is told apart. */
static enum pyprof_end ended_alone(struct run *run, uint64_t now)
{
	struct members *members = &run->recorder->members;
	struct member *member = members->members[0];

	member_check(member, now, &members->retired);
	switch (member->state) {
	case MEMBER_SAMPLED:
		return PYPROF_END_RUNNING;
	case MEMBER_SOUGHT:
		return PYPROF_END_EXEC;
	case MEMBER_OVER:
		break;
	}
	return PYPROF_END_EXIT;
}

/* Has the recording come to its end? */
static enum pyprof_end ended(struct run *run, uint64_t now, enum pyprof_status *status)
{
	struct pyprof_recorder *recorder = run->recorder;

	if (recorder->stop)
		return PYPROF_END_STOPPED;
	if (run->exited)
		return PYPROF_END_EXIT;
	if (run->stop_at && now >= run->stop_at)
		return PYPROF_END_DURATION;
	if (now < run->check_due)
		return PYPROF_END_RUNNING;
	if (!recorder->group) {
		run->check_due = now + CHECK_NS;
		return ended_alone(run, now);
	}
	run->check_due = now + MEMBERS_TEND_NS;
	*status = members_tend(&recorder->members, now);
	return members_alive(&recorder->members) ? PYPROF_END_RUNNING : PYPROF_END_EXIT;
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

/* Above that rate hardly anything of the target's has a period as short as ours. */
#define JITTER_BELOW_HZ 1000

static uint64_t jitter_seed(const struct pyprof_recorder *recorder, uint64_t now)
{
	const struct pyprof_record_opts *opts = &recorder->opts;
	bool on = opts->jitter == PYPROF_JITTER_AUTO ? opts->rate_hz < JITTER_BELOW_HZ :
						       opts->jitter == PYPROF_JITTER_ON;

	return on ? now | 1 : 0;
}

/* How often the rate is fitted to what may be used of a CPU, and how much below that it aims. */
#define BUDGET_NS 250000000u
#define BUDGET_AIM 0.95
/* For the first time earlier, where so many looks were taken by then: they may cost a lot. */
#define BUDGET_FIRST_NS	   20000000u
#define BUDGET_FIRST_TICKS 50
/* Faster again by at most so much at a time. */
#define FASTER 1.25

static bool first_budget(const struct run *run, uint64_t now)
{
	const struct pyprof_recorder *recorder = run->recorder;

	return run->budget_ns == recorder->start_ns && now - run->budget_ns < BUDGET_NS &&
	       recorder->ticks + recorder->late_ticks >= BUDGET_FIRST_TICKS;
}

/* Lowers the rate where looking takes more of a CPU than it may, and raises it again. */
static void keep_to_budget(struct run *run, uint64_t now)
{
	struct pyprof_recorder *recorder = run->recorder;
	double asked = recorder->opts.rate_hz, share, hz;
	double lowest = asked < RATE_LOWEST ? asked : RATE_LOWEST;
	uint64_t cpu;

	if (recorder->opts.max_cpu >= 1 ||
	    now - run->budget_ns < (first_budget(run, now) ? BUDGET_FIRST_NS : BUDGET_NS))
		return;
	cpu = clock_cpu_ns();
	share = (double)(cpu - run->budget_cpu_ns) / (double)(now - run->budget_ns);
	run->budget_ns = now;
	run->budget_cpu_ns = cpu;
	hz = recorder->rate_hz * BUDGET_AIM * recorder->opts.max_cpu / (share > 1e-6 ? share : 1e-6);
	if (hz > recorder->rate_hz * FASTER)
		hz = recorder->rate_hz * FASTER;
	if (hz > asked)
		hz = asked;
	if (hz < lowest)
		hz = lowest;
	/* A little more or less is not worth a new clock. */
	if (hz > recorder->rate_hz * 0.9 && hz < recorder->rate_hz * 1.1 && hz < asked)
		return;
	if (hz == recorder->rate_hz)
		return;
	if (hz < asked && (!recorder->lowest_rate_hz || hz < recorder->lowest_rate_hz))
		recorder->lowest_rate_hz = hz;
	recorder->rate_hz = hz;
	sample_clock_init(&recorder->clock, now, hz, jitter_seed(recorder, now));
}

/* The first of what there is to wait for; `due`: the next tick. */
static uint64_t wake_at(const struct run *run, uint64_t now, uint64_t due)
{
	uint64_t wake = due;

	if (run->stop_at && run->stop_at < wake)
		wake = run->stop_at;
	if (run->check_due < wake)
		wake = run->check_due;
	if (run->tick && run->tick_due > now && run->tick_due < wake)
		wake = run->tick_due;
	else if (run->tick && run->tick_due <= now && now + SETTLE_NS < wake)
		wake = now + SETTLE_NS; /* it is put off */
	if (members_settle(&run->recorder->members) && now + SETTLE_NS < wake)
		wake = now + SETTLE_NS;
	return wake;
}

static enum pyprof_status sample_until_end(struct run *run, enum pyprof_end *end,
					   struct pyprof_error *err)
{
	struct pyprof_recorder *recorder = run->recorder;
	enum pyprof_status status = PYPROF_OK;

	for (;;) {
		uint64_t now = clock_monotonic_ns(), due;

		keep_to_budget(run, now);
		due = sample_clock_due(&recorder->clock);
		*end = ended(run, now, &status);
		if (status)
			return error_nomem(err);
		if (*end)
			return PYPROF_OK;
		if (now < due || now - run->waited_ns > HURRY_NS) {
			wait_until(run, wake_at(run, now, due), now);
			now = clock_monotonic_ns();
			run->waited_ns = now;
		}
		/* The tick that falls on the end belongs to the time after it. */
		if (now >= due && !run->exited && !recorder->stop &&
		    !(run->stop_at && due >= run->stop_at)) {
			uint64_t ticks = 1 + sample_clock_answer(&recorder->clock, now);
			uint64_t answered;

			if (members_tick(&recorder->members, now,
					 may_burst(recorder) ? ticks : 1, &answered))
				return error_nomem(err);
			recorder->ticks += answered;
			recorder->late_ticks += ticks - answered;
		}
		if (run->tick && now >= run->tick_due && may_call(run, now)) {
			run->tick_due = now + TICK_CALL_NS;
			pyprof_recorder_stats(recorder, &recorder->profile->info.stats);
			run->tick(recorder, run->arg);
		}
	}
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
	if (recorder->profile->timeline)
		recorder->profile->timeline->origin_ns = now;
	recorder->start_cpu_ns = clock_cpu_ns();
	recorder->rate_hz = recorder->opts.rate_hz;
	run->budget_ns = now;
	run->budget_cpu_ns = recorder->start_cpu_ns;
	sample_clock_init(&recorder->clock, now, recorder->rate_hz, jitter_seed(recorder, now));
	run->tick_due = now;
	run->check_due = now + CHECK_NS;
	if (recorder->opts.duration_ns && recorder->opts.duration_ns < UINT64_MAX - now)
		run->stop_at = now + recorder->opts.duration_ns;
}

/* For who compares it: a whole run is not a part of one. Without memory it is not known. */
static void note_end(struct profile_info *info, enum pyprof_end end)
{
	static const char *const names[] = { [PYPROF_END_DURATION] = "duration",
					     [PYPROF_END_STOPPED] = "stopped",
					     [PYPROF_END_EXIT] = "exit",
					     [PYPROF_END_EXEC] = "exec" };

	free(info->ended);
	info->ended = end ? strdup(names[end]) : NULL;
}

/*
 * The kernel's account of the launched program. One that is gone from memory is not a zombie yet: that
 * may take it some milliseconds, in which its account is not there.
 */
static bool take_cpu_time(struct pyprof_recorder *recorder, enum pyprof_end end)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < LAST_MOMENTS; i++) {
		if (spawn_cpu_time(recorder->launched, &recorder->run_cpu_ns))
			return true;
		if (end != PYPROF_END_EXIT)
			return false;
		nanosleep(&moment, NULL);
	}
	return false;
}

static void finish(struct run *run, enum pyprof_end end)
{
	struct pyprof_recorder *recorder = run->recorder;

	recorder->end_ns = clock_monotonic_ns();
	/* What the last look took too long for is late as well. */
	recorder->late_ticks += sample_clock_passed(&recorder->clock, recorder->end_ns);
	members_finish(&recorder->members, recorder->end_ns,
		       end == PYPROF_END_DURATION || end == PYPROF_END_STOPPED);
	recorder->end_cpu_ns = clock_cpu_ns();
	if (recorder->launched && take_cpu_time(recorder, end))
		recorder->run_wall_ns = recorder->end_ns - recorder->launched_ns;
	prctl(PR_SET_TIMERSLACK, (unsigned long)run->timer_slack);
	pyprof_recorder_stats(recorder, &recorder->profile->info.stats);
	note_end(&recorder->profile->info, end);
}

/* A launched target: from its first instruction to an interpreter. */
static enum pyprof_status wait_for_python(struct pyprof_recorder *recorder,
					  struct pyprof_error *err)
{
	struct member *member = recorder->members.members[0];
	enum pyprof_status status = target_open(&member->target, recorder->launched, err);

	if (!status && recorder->group)
		status = recorder_wait_for_any(recorder, recorder->find_ns, err);
	else if (!status)
		status = recorder_find(recorder, member, recorder->find_ns, true, err);
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
	if (!members_sampled(&recorder->members))
		status = wait_for_python(recorder, err);
	/* Who is there already is there from the first tick on. */
	if (!status && recorder->group &&
	    members_begin(&recorder->members, clock_monotonic_ns()))
		status = error_nomem(err);
	if (status)
		return status;
	begin(&run);
	status = sample_until_end(&run, end, err);
	finish(&run, *end);
	return status;
}
