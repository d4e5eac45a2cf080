/* SPDX-License-Identifier: MIT */
#include "cmd/attach.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "cmd/message.h"

struct pyprof_record_opts attach_opts(const struct record_values *values)
{
	struct pyprof_record_opts opts = PYPROF_RECORD_OPTS_INIT;

	opts.rate_hz = values->rate_hz;
	opts.duration_ns = values->duration_ns;
	opts.include_idle = values->idle;
	opts.gil_only = values->gil;
	opts.pause = values->blocking	 ? PYPROF_PAUSE_ALWAYS :
		     values->nonblocking ? PYPROF_PAUSE_NEVER :
					   PYPROF_PAUSE_MOVED;
	opts.max_pause = values->max_pause;
	opts.max_cpu = values->max_cpu;
	opts.subprocesses = values->subprocesses;
	opts.metrics = values->metric;
	opts.timeline = values->timeline;
	opts.jitter = values->jitter	? PYPROF_JITTER_ON :
		      values->no_jitter ? PYPROF_JITTER_OFF :
					  PYPROF_JITTER_AUTO;
	return opts;
}

enum pyprof_status attach_asked(struct pyprof_recorder **out, const struct record_values *values,
				const struct pyprof_record_opts *opts, struct pyprof_error *err)
{
	attach_take_descriptors();
	if (values->pattern)
		return pyprof_recorder_attach_matching(out, values->pattern, opts, err);
	return pyprof_recorder_attach_all(out, values->pids.pids, values->pids.n, opts, err);
}

void attach_take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int attach_launch_failed(const char *command, const char *name, struct pyprof_error *err)
{
	size_t len = strlen(name);

	if (err->status == PYPROF_ERR_USAGE)
		return message_error(err);
	if (len > 3 && !strcmp(name + len - 3, ".py"))
		error_hint(err, "to run a script: pyprof %s python3 %.60s", command, name);
	else if (name[strspn(name, "0123456789")] == '\0')
		error_hint(err, "to %s a running process: pyprof %s -p %.60s",
			   strcmp(command, "record") != 0 ? "watch" : "record", command, name);
	message_error(err);
	switch (err->status) {
	case PYPROF_ERR_NO_PROCESS:
		return EXIT_NOT_FOUND;
	case PYPROF_ERR_PERMISSION:
	case PYPROF_ERR_IO:
		return EXIT_NOT_EXECUTABLE;
	default:
		return EXIT_FAILURE;
	}
}

int attach_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) :
					  WEXITSTATUS(wait_status);
}
