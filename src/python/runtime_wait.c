/* SPDX-License-Identifier: MIT */
#include "python/runtime_wait.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"

#define PAUSE_MIN_NS 1000000ull
#define PAUSE_MAX_NS 50000000ull

/* An interpreter that starts may not look like itself for so long. */
#define SETTLE_NS 2000000000ull

bool py_runtime_worth_waiting(const struct py_runtime *rt, enum pyprof_status status,
			      bool starting, uint64_t age_ns)
{
	switch (status) {
	case PYPROF_ERR_NOT_READY:
		return true;
	case PYPROF_ERR_UNSUPPORTED:
		return rt->version && py_version_supported(rt->version) &&
		       age_ns < SETTLE_NS;
	case PYPROF_ERR_NOT_PYTHON:
	case PYPROF_ERR_EXEC:
	case PYPROF_ERR_FAULT:
	case PYPROF_ERR_CORRUPT:
		return starting;
	default:
		return false;
	}
}

static enum pyprof_status tell_gone(const struct target *target, enum pyprof_status status,
				    struct pyprof_error *err)
{
	return error_set(err, status, "PID %d (%s) has %s", (int)target->pid, target->exe,
			 status == PYPROF_ERR_EXEC ? "replaced itself by another program"
						   : "exited");
}

enum pyprof_status py_runtime_look_again(struct target **target, bool starting,
					 struct pyprof_error *err)
{
	enum pyprof_status status = target_check(*target);
	struct target *anew;

	if (!status)
		return target_refresh_maps(*target, err);
	if (status != PYPROF_ERR_EXEC || !starting)
		return tell_gone(*target, status, err);
	status = target_open(&anew, (*target)->pid, err);
	if (status)
		return status;
	log_info("PID %d is %s now", (int)anew->pid, anew->exe);
	target_close(*target);
	*target = anew;
	return PYPROF_OK;
}

enum pyprof_status py_runtime_wait(struct py_runtime *rt, struct target **target,
				   uint64_t wait_ns, bool starting, const volatile int *stop,
				   struct pyprof_error *err)
{
	uint64_t begin = clock_monotonic_ns(), pause = PAUSE_MIN_NS;
	/* As long as it takes, where the sum passes the end of time. */
	uint64_t deadline = wait_ns > UINT64_MAX - begin ? UINT64_MAX : begin + wait_ns;
	const struct target *before;
	enum pyprof_status status;

	for (;;) {
		uint64_t now;

		status = py_runtime_find(rt, *target, err);
		now = clock_monotonic_ns();
		if (!py_runtime_worth_waiting(rt, status, starting, now - begin) || now >= deadline ||
		    (stop && *stop))
			return status;
		if (pause > deadline - now)
			pause = deadline - now;
		nanosleep(&(struct timespec){ .tv_nsec = (long)pause }, NULL);
		/* Late by a fifth of the time that it took, at most. */
		pause = pause * 6 / 5 < PAUSE_MAX_NS ? pause * 6 / 5 : PAUSE_MAX_NS;
		before = *target;
		status = py_runtime_look_again(target, starting, err);
		if (*target != before) { /* another program starts */
			pause = PAUSE_MIN_NS;
			begin = now;
		}
		if (status && !py_runtime_worth_waiting(rt, status, starting, 0))
			return status;
	}
}
