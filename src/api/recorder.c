/* SPDX-License-Identifier: MIT */
/* A recorder's life: made by attaching or launching, asked for numbers, destroyed. */
#include "api/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "api/mappings.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "profile/machine.h"
#include "python/runtime_wait.h"
#include "target/machine.h"
#include "target/revision.h"
#include "target/spawn.h"

#define RATE_MIN 0.01
#define RATE_MAX 1e6

static bool is_metric(const char *name, size_t len)
{
	for (size_t i = 0; i < SAMPLE_N_METRICS; i++)
		if (strlen(sample_metrics[i].name) == len &&
		    !memcmp(sample_metrics[i].name, name, len))
			return true;
	return false;
}

/* That a name is wrong is not to be said when the recording is over. */
static enum pyprof_status check_metrics(const char *names, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str known = STR_INIT;

	for (size_t i = 0; i < SAMPLE_N_METRICS; i++)
		str_printf(&known, "%s%s", i ? ", " : "", sample_metrics[i].name);
	for (const char *name = names; name; name = strchr(name, ',')) {
		name += *name == ',';
		size_t len = strcspn(name, ",");
		if (is_metric(name, len))
			continue;
		error_set(err, PYPROF_ERR_USAGE, "there is no metric '%.*s'",
			  (int)(len < 60 ? len : 60), name);
		error_hint(err, "there are: %s", str_cstr(&known));
		return PYPROF_ERR_USAGE;
	}
	return PYPROF_OK;
}

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
	if (!(out->max_cpu > 0 && out->max_cpu <= 1))
		return error_set(err, PYPROF_ERR_USAGE,
				 "the share of a CPU to be used is %g; it can be above 0 to 1",
				 out->max_cpu);
	return check_metrics(out->metrics, err);
}

/* Can what is asked for be counted at all? Asked of ourselves, before anything is recorded. */
static enum pyprof_status check_counters(struct counter_set *set, struct pyprof_error *err)
{
	struct target *ourselves;
	enum pyprof_status status;

	if (!set->n)
		return PYPROF_OK;
	status = target_open(&ourselves, getpid(), err);
	if (status)
		return status;
	status = counters_check(set, ourselves, err);
	target_close(ourselves);
	return status;
}

static enum pyprof_status choose_metrics(struct pyprof_recorder *recorder,
					 struct pyprof_error *err)
{
	struct profile_metric metrics[PROFILE_MAX_METRICS];
	enum pyprof_status status =
		extra_set_parse(&recorder->extra, recorder->opts.metrics, err);

	if (!status)
		status = check_counters(&recorder->extra.counters, err);
	if (status)
		return status;
	status = profile_create(&recorder->profile, metrics,
				extra_set_metrics(&recorder->extra, metrics), err);
	if (status || !recorder->opts.timeline)
		return status;
	recorder->profile->timeline = timeline_create(TIMELINE_BUDGET);
	return recorder->profile->timeline ? PYPROF_OK : error_nomem(err);
}

static void init_members(struct pyprof_recorder *recorder)
{
	struct sampler_opts opts = {
		.include_idle = recorder->opts.include_idle,
		.gil_only = recorder->opts.gil_only,
		.pause = recorder->opts.pause,
		.max_pause = recorder->opts.max_pause,
		.extra = &recorder->extra,
		.period_ns = (uint64_t)(1e9 / recorder->opts.rate_hz),
	};

	members_init(&recorder->members, recorder->profile, &opts);
}

enum pyprof_status recorder_create(struct pyprof_recorder **out,
				 const struct pyprof_record_opts *opts,
				 struct pyprof_error *err)
{
	struct pyprof_recorder *recorder = calloc(1, sizeof(*recorder));
	enum pyprof_status status;

	if (!recorder)
		return error_nomem(err);
	recorder->owner = getpid();
	recorder->wake_fd = recorder->root.fd = recorder->ready.fd = -1;
	status = take_opts(&recorder->opts, opts, err);
	if (!status)
		status = choose_metrics(recorder, err);
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
	init_members(recorder);
	*out = recorder;
	return PYPROF_OK;
}

static bool take_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text ? text : "");
	return *to != NULL;
}

static const struct member *first_sampled(const struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		if (members->members[i]->sampler)
			return members->members[i];
	return NULL;
}

/* Takes the text over, where there is one; no text is what is not known, and an error is no memory. */
static bool take_str(char **to, struct str *text)
{
	bool ok = !text->failed;

	free(*to);
	*to = ok && text->len ? str_take(text) : NULL;
	str_deinit(text);
	return ok;
}

/* Where it ran, and what: so that nobody compares what cannot be. */
static bool describe_place(struct pyprof_recorder *recorder)
{
	struct profile_info *info = &recorder->profile->info;
	struct str revision = STR_INIT, machine = STR_INIT;
	struct machine m;
	bool ok;

	if (machine_read(&m))
		machine_text(&machine, m.arch, str_cstr(&m.model), m.cpus, m.kernel);
	machine_deinit(&m);
	revision_read(&recorder->root, info->cwd, &revision);
	ok = take_str(&info->machine, &machine);
	return take_str(&info->revision, &revision) && ok; /* both are freed, whatever comes */
}

enum pyprof_status recorder_describe(struct pyprof_recorder *recorder, struct pyprof_error *err)
{
	struct profile_info *info = &recorder->profile->info;
	const struct member *first = recorder->members.members[0];
	const struct member *python = first_sampled(&recorder->members);
	const struct target *target = first->target ? first->target : python->target;
	char version[32];

	py_version_text(python->rt.version, version, sizeof(version));
	info->pid = (uint64_t)pyprof_recorder_pid(recorder);
	if (!take_text(&info->command, target->cmdline) || !take_text(&info->cwd, target->cwd) ||
	    !take_text(&info->python_version, version) ||
	    !take_text(&info->period_type, "wall") ||
	    !take_text(&info->period_unit, "nanoseconds") ||
	    !mappings_add(recorder->profile, python->target))
		return error_nomem(err);
	info->period = (uint64_t)(1e9 / recorder->opts.rate_hz);
	source_root_close(&recorder->root);
	recorder->root = source_root_open(first->target ? first->pid : python->pid);
	if (!describe_place(recorder))
		return error_nomem(err);
	log_info("CPython %s in %s, layout %s: %s", version, python->target->exe,
		 python->rt.layout.name, python->rt.proof);
	return PYPROF_OK;
}

enum pyprof_status recorder_find(struct pyprof_recorder *recorder, struct member *member,
				 uint64_t wait_ns, bool starting, struct pyprof_error *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	enum pyprof_status status;

	for (;;) {
		status = py_runtime_wait(&member->rt, &member->target, wait_ns, starting,
					 &recorder->stop, err);
		if (!status)
			status = sampler_create(&member->sampler, &member->rt, recorder->profile,
						&recorder->members.opts, err);
		/* A program that starts may exec, or unmap what was just found. */
		if (!status || !starting || recorder->stop ||
		    (status != PYPROF_ERR_FAULT && status != PYPROF_ERR_CORRUPT &&
		     status != PYPROF_ERR_NOT_READY) ||
		    target_check(member->target) == PYPROF_ERR_GONE)
			break;
		nanosleep(&pause, NULL);
	}
	if (status)
		return status;
	member->state = MEMBER_SAMPLED;
	member->recorded = true;
	return recorder_describe(recorder, err);
}

/* Nothing of what was to be recorded can be. */
static enum pyprof_status tell_none(const struct pyprof_recorder *recorder,
				    struct pyprof_error *err)
{
	const struct members *members = &recorder->members;
	const struct member *first = members->members[0];

	if (members->unread.status) {
		if (err)
			*err = members->unread;
		return members->unread.status;
	}
	if (members->n + members->n_missed > 1)
		error_set(err, PYPROF_ERR_NOT_PYTHON,
			  "CPython was not seen to run in any of %zu processes, PID %d and others",
			  members->n + members->n_missed, (int)first->pid);
	else
		error_set(err, PYPROF_ERR_NOT_PYTHON,
			  "CPython was not seen to run in PID %d, nor in any that came from it",
			  (int)first->pid);
	if (!recorder->launched)
		error_hint(err, "what is found in a process is told by: pyprof doctor -p %d",
			   (int)first->pid);
	return PYPROF_ERR_NOT_PYTHON;
}

enum pyprof_status recorder_wait_for_any(struct pyprof_recorder *recorder, uint64_t wait_ns,
					 struct pyprof_error *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t begin = clock_monotonic_ns(), now;
	struct members *members = &recorder->members;

	do {
		now = clock_monotonic_ns();
		if (members_tend(members, now))
			return error_nomem(err);
		if (members_sampled(members))
			return recorder_describe(recorder, err);
		nanosleep(&pause, NULL);
	} while (!recorder->stop && members_alive(members) && now - begin < wait_ns);
	return tell_none(recorder, err);
}

pid_t pyprof_recorder_pid(const struct pyprof_recorder *recorder)
{
	if (recorder->launched)
		return recorder->launched;
	return recorder->members.n ? recorder->members.members[0]->pid : 0;
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
	members_stats(&recorder->members, stats);
	stats->lowest_rate_hz = recorder->lowest_rate_hz;
	stats->ticks = recorder->ticks;
	stats->late_ticks = recorder->late_ticks;
	stats->rate_asked_hz = recorder->opts.rate_hz;
	stats->run_cpu_ns = recorder->run_cpu_ns;
	stats->run_wall_ns = recorder->run_wall_ns;
	if (recorder->profile->timeline) {
		stats->timeline_every = 1ull << recorder->profile->timeline->level;
		stats->timeline_lost = recorder->profile->timeline->lost;
	}
	if (!recorder->start_ns)
		return;
	if (!now) {
		now = clock_monotonic_ns();
		/* A child has another account: there it is what its parent was told last. */
		cpu = recorder->owner == getpid() ?
			      clock_cpu_ns() :
			      recorder->start_cpu_ns + recorder->profile->info.stats.cpu_ns;
	}
	stats->elapsed_ns = now - recorder->start_ns;
	stats->cpu_ns = cpu - recorder->start_cpu_ns;
	if (stats->elapsed_ns)
		stats->rate_hz = (double)stats->ticks * 1e9 / (double)stats->elapsed_ns;
}

enum pyprof_status pyprof_recorder_wait(struct pyprof_recorder *recorder, int *exit_status,
					struct pyprof_error *err)
{
	int ended = 0;

	if (!recorder->launched)
		return error_set(err, PYPROF_ERR_USAGE,
				 "PID %d was not launched here, so it cannot be waited for",
				 (int)pyprof_recorder_pid(recorder));
	if (!recorder->reaped) {
		/* A thread that stopped late would stand for ever, and the program with it. */
		while (!ended && members_settle(&recorder->members)) {
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
			ended = spawn_wait(recorder->launched, &recorder->exit_status, false);
		}
		if (!ended)
			ended = spawn_wait(recorder->launched, &recorder->exit_status, true);
		if (ended < 0)
			return error_set_errno(err, PYPROF_ERR_GONE, errno,
					       "cannot wait for PID %d",
					       (int)recorder->launched);
		recorder->reaped = true;
	}
	*exit_status = recorder->exit_status;
	return PYPROF_OK;
}

void pyprof_recorder_set_idle(struct pyprof_recorder *recorder, bool include_idle)
{
	recorder->opts.include_idle = include_idle;
	members_set_idle(&recorder->members, include_idle);
}

void pyprof_recorder_leave_out(struct pyprof_recorder *recorder, pid_t pid)
{
	members_leave_out(&recorder->members, pid);
}

enum pyprof_status pyprof_recorder_look(struct pyprof_recorder *recorder, pyprof_stack_fn *fn,
					void *arg, struct pyprof_error *err)
{
	const struct member *member = first_sampled(&recorder->members);

	if (!member)
		return error_set(err, PYPROF_ERR_NOT_READY,
				 "PID %d has not been seen to run an interpreter yet",
				 (int)pyprof_recorder_pid(recorder));
	return sampler_look(member->sampler, fn, arg, err);
}

void pyprof_recorder_destroy(struct pyprof_recorder *recorder)
{
	if (!recorder)
		return;
	members_deinit(&recorder->members);
	profile_destroy(recorder->profile);
	source_root_close(&recorder->root);
	if (recorder->wake_fd >= 0)
		close(recorder->wake_fd);
	free(recorder);
}
