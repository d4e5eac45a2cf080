/* SPDX-License-Identifier: MIT */
/* A recorder's life: made by attaching or launching, asked for numbers, destroyed. */
#include "api/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sample/metrics.h"
#include "target/spawn.h"

#define RATE_MIN 0.01
#define RATE_MAX 1e6

/* The caller's struct may be older and shorter, or newer and longer, than ours. */
static enum pyprof_status take_opts(struct pyprof_record_opts *out,
				    const struct pyprof_record_opts *opts,
				    struct pyprof_error *err)
{
	struct pyprof_record_opts init = PYPROF_RECORD_OPTS_INIT;
	size_t size;

	*out = init;
	if (opts) {
		size = opts->size < sizeof(*out) ? opts->size : sizeof(*out);
		memcpy(out, opts, size);
		out->size = sizeof(*out);
	}
	if (!(out->rate_hz >= RATE_MIN && out->rate_hz <= RATE_MAX))
		return error_set(err, PYPROF_ERR_USAGE,
				 "the rate is %g Hz; it can be %g to %g", out->rate_hz,
				 RATE_MIN, RATE_MAX);
	if (!(out->max_pause >= 0 && out->max_pause <= 1))
		return error_set(err, PYPROF_ERR_USAGE,
				 "pauses may take %g of a thread's time; it can be 0 to 1",
				 out->max_pause);
	return PYPROF_OK;
}

static enum pyprof_status create(struct pyprof_recorder **out,
				 const struct pyprof_record_opts *opts,
				 struct pyprof_error *err)
{
	struct pyprof_recorder *recorder = calloc(1, sizeof(*recorder));
	enum pyprof_status status;

	if (!recorder)
		return error_nomem(err);
	recorder->wake_fd = -1;
	status = take_opts(&recorder->opts, opts, err);
	if (!status)
		status = profile_create(&recorder->profile, sample_metrics, SAMPLE_N_METRICS, err);
	if (!status) {
		recorder->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (recorder->wake_fd < 0)
			status = error_set_errno(err, PYPROF_ERR_IO, errno,
						 "cannot make an eventfd");
	}
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}

static bool take_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text ? text : "");
	return *to != NULL;
}

/* What the profile says of the target as a whole. */
static enum pyprof_status describe_target(struct pyprof_recorder *recorder,
					  struct pyprof_error *err)
{
	struct profile_info *info = &recorder->profile->info;
	char version[32];

	py_version_text(recorder->rt.version, version, sizeof(version));
	info->pid = (uint64_t)recorder->target->pid;
	if (!take_text(&info->command, recorder->target->cmdline) ||
	    !take_text(&info->cwd, recorder->target->cwd) ||
	    !take_text(&info->python_version, version))
		return error_nomem(err);
	log_info("CPython %s in %s, layout %s: %s", version, recorder->target->exe,
		 recorder->rt.layout.name, recorder->rt.proof);
	return PYPROF_OK;
}

enum pyprof_status recorder_find(struct pyprof_recorder *recorder, uint64_t wait_ns,
				 bool starting, struct pyprof_error *err)
{
	struct sampler_opts opts = { .include_idle = recorder->opts.include_idle,
				     .gil_only = recorder->opts.gil_only,
				     .pause = recorder->opts.pause,
				     .max_pause = recorder->opts.max_pause,
				     .launched = recorder->launched,
				     .period_ns = (uint64_t)(1e9 / recorder->opts.rate_hz) };
	const struct timespec pause = { .tv_nsec = 1000000 };
	enum pyprof_status status;

	for (;;) {
		status = py_runtime_wait(&recorder->rt, &recorder->target, wait_ns, starting,
					 &recorder->stop, err);
		if (!status)
			status = describe_target(recorder, err);
		if (!status)
			status = sampler_create(&recorder->sampler, &recorder->rt,
						recorder->profile, &opts, err);
		/* A program that starts may exec, or unmap what was just found. */
		if (!status || !starting || recorder->stop ||
		    (status != PYPROF_ERR_FAULT && status != PYPROF_ERR_CORRUPT &&
		     status != PYPROF_ERR_NOT_READY) ||
		    target_check(recorder->target) == PYPROF_ERR_GONE)
			break;
		nanosleep(&pause, NULL);
	}
	return status;
}

enum pyprof_status pyprof_recorder_attach(struct pyprof_recorder **out, pid_t pid,
					  const struct pyprof_record_opts *opts,
					  struct pyprof_error *err)
{
	struct pyprof_recorder *recorder;
	enum pyprof_status status = create(&recorder, opts, err);

	if (status)
		return status;
	status = target_open(&recorder->target, pid, err);
	if (!status)
		status = recorder_find(recorder, recorder->opts.wait_ns, false, err);
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}

enum pyprof_status pyprof_recorder_launch(struct pyprof_recorder **out, char *const argv[],
					  const struct pyprof_record_opts *opts,
					  struct pyprof_error *err)
{
	struct pyprof_recorder *recorder;
	enum pyprof_status status = create(&recorder, opts, err);

	if (status)
		return status;
	status = spawn_start(&recorder->launched, argv, err);
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}

void pyprof_recorder_stop(struct pyprof_recorder *recorder)
{
	uint64_t one = 1;
	int saved = errno;

	recorder->stop = 1;
	/* Nothing to do where it fails: the flag is looked at before every wait. */
	if (write(recorder->wake_fd, &one, sizeof(one)) < 0)
		errno = saved;
	errno = saved;
}

void pyprof_recorder_stats(const struct pyprof_recorder *recorder, struct pyprof_stats *stats)
{
	uint64_t now = recorder->end_ns, cpu = recorder->end_cpu_ns;

	*stats = (struct pyprof_stats){ 0 };
	if (recorder->sampler)
		*stats = *sampler_stats(recorder->sampler);
	stats->ticks = recorder->ticks;
	stats->late_ticks = recorder->late_ticks;
	stats->rate_asked_hz = recorder->opts.rate_hz;
	if (!recorder->start_ns)
		return;
	if (!now) {
		now = clock_monotonic_ns();
		cpu = clock_cpu_ns();
	}
	stats->elapsed_ns = now - recorder->start_ns;
	stats->cpu_ns = cpu - recorder->start_cpu_ns;
	if (stats->elapsed_ns)
		stats->rate_hz = (double)stats->ticks * 1e9 / (double)stats->elapsed_ns;
}

pid_t pyprof_recorder_pid(const struct pyprof_recorder *recorder)
{
	return recorder->launched ? recorder->launched : recorder->target->pid;
}

enum pyprof_status pyprof_recorder_wait(struct pyprof_recorder *recorder, int *exit_status,
					struct pyprof_error *err)
{
	if (!recorder->launched)
		return error_set(err, PYPROF_ERR_USAGE,
				 "PID %d was not launched here, so it cannot be waited for",
				 (int)pyprof_recorder_pid(recorder));
	if (!recorder->reaped) {
		if (spawn_wait(recorder->launched, &recorder->exit_status, true) < 0)
			return error_set_errno(err, PYPROF_ERR_GONE, errno,
					       "cannot wait for PID %d",
					       (int)recorder->launched);
		recorder->reaped = true;
	}
	*exit_status = recorder->exit_status;
	return PYPROF_OK;
}

enum pyprof_status pyprof_recorder_look(struct pyprof_recorder *recorder, pyprof_stack_fn *fn,
					void *arg, struct pyprof_error *err)
{
	if (!recorder->sampler)
		return error_set(err, PYPROF_ERR_NOT_READY,
				 "PID %d has not been seen to run an interpreter yet",
				 (int)pyprof_recorder_pid(recorder));
	return sampler_look(recorder->sampler, fn, arg, err);
}

void pyprof_recorder_destroy(struct pyprof_recorder *recorder)
{
	if (!recorder)
		return;
	sampler_destroy(recorder->sampler);
	profile_destroy(recorder->profile);
	target_close(recorder->target);
	if (recorder->wake_fd >= 0)
		close(recorder->wake_fd);
	free(recorder);
}
