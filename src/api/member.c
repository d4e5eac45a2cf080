/* SPDX-License-Identifier: MIT */
#include "api/member.h"

#include <stdlib.h>

#include "base/log.h"
#include "python/runtime_wait.h"

/*
 * The first attempt comes when most children have done their exec, the others so that an
 * interpreter is met within 100 ms of its start however long that took.
 */
#define FIRST_TRY_NS 10000000u
#define PAUSE_NS     5000000u
#define PAUSE_MAX_NS 60000000u
/* Whether a program that is not Python has become one by loading it is asked this often. */
#define OTHER_PAUSE_NS 1000000000u

/* It is sought from now on, first when `after_ns` are over. */
static void begin_seeking(struct member *member, uint64_t now_ns, uint64_t after_ns)
{
	member->state = MEMBER_SOUGHT;
	member->begun_ns = now_ns;
	member->try_ns = now_ns + after_ns;
	member->pause_ns = PAUSE_NS;
}

struct member *member_create(pid_t pid, uint64_t start_time, uint64_t now_ns)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		return NULL;
	member->pid = pid;
	member->start_time = start_time;
	begin_seeking(member, now_ns, FIRST_TRY_NS);
	return member;
}

void member_destroy(struct member *member)
{
	if (!member)
		return;
	sampler_destroy(member->sampler);
	target_close(member->target);
	free(member);
}

static void over(struct member *member, enum pyprof_status why)
{
	member->state = MEMBER_OVER;
	member->why = why;
	target_close(member->target);
	member->target = NULL;
}

/* Opens it, or looks what it has become since the last attempt. */
static enum pyprof_status look(struct member *member, uint64_t now_ns, struct pyprof_error *err)
{
	const struct target *before = member->target;
	enum pyprof_status status;

	if (!member->target) {
		status = target_open(&member->target, member->pid, err);
		if (!status && member->start_time && member->target->start_time &&
		    member->target->start_time != member->start_time)
			return error_set(err, PYPROF_ERR_GONE, "PID %d is another process now",
					 (int)member->pid);
		return status;
	}
	status = py_runtime_look_again(&member->target, true, err);
	if (member->target != before) {
		member->begun_ns = now_ns;
		member->pause_ns = PAUSE_NS;
	}
	return status;
}

/* Asks again after a while: soon at first, then seldom. */
static void postpone(struct member *member, enum pyprof_status status, uint64_t now_ns)
{
	uint64_t most = PAUSE_MAX_NS;

	/* As long as it runs the same program only loading a library can make it Python. */
	if (status == PYPROF_ERR_NOT_PYTHON && now_ns - member->begun_ns > OTHER_PAUSE_NS)
		most = OTHER_PAUSE_NS;
	member->pause_ns = member->pause_ns * 3 / 2 < most ? member->pause_ns * 3 / 2 : most;
	member->try_ns = now_ns + member->pause_ns;
}

enum pyprof_status member_seek(struct member *member, struct profile *profile,
			       const struct sampler_opts *opts, uint64_t now_ns,
			       struct pyprof_error *why)
{
	enum pyprof_status status;

	if (member->state != MEMBER_SOUGHT)
		return PYPROF_OK;
	if (now_ns < member->try_ns) {
		/* An end, or another program, is to be noticed soon. */
		if (member->target && member->pause_ns >= PAUSE_MAX_NS &&
		    target_check(member->target) != PYPROF_OK)
			member->try_ns = now_ns;
		return PYPROF_OK;
	}
	status = look(member, now_ns, why);
	if (!status)
		status = py_runtime_find(&member->rt, member->target, why);
	if (!status)
		status = sampler_create(&member->sampler, &member->rt, profile, opts, why);
	if (!status) {
		member->state = MEMBER_SAMPLED;
		member->recorded = true;
		log_info("PID %d: CPython in %s", (int)member->pid, member->target->exe);
		return PYPROF_OK;
	}
	if (status == PYPROF_ERR_NOMEM)
		return status;
	if (member->target &&
	    py_runtime_worth_waiting(&member->rt, status, true, now_ns - member->begun_ns)) {
		postpone(member, status, now_ns);
		return PYPROF_OK;
	}
	log_info("PID %d is left out: %s", (int)member->pid, why->message);
	over(member, status);
	return PYPROF_OK;
}

void member_add_stats(struct pyprof_stats *sum, const struct pyprof_stats *stats)
{
	sum->samples += stats->samples;
	sum->idle += stats->idle;
	sum->empty += stats->empty;
	for (int i = 0; i < PYPROF_N_CAUSES; i++) {
		sum->truncated[i] += stats->truncated[i];
		sum->failed[i] += stats->failed[i];
	}
	sum->threads += stats->threads;
	sum->lost_frames += stats->lost_frames;
	sum->read_once += stats->read_once;
	sum->paused += stats->paused;
	sum->paused_ns += stats->paused_ns;
	sum->unpaused_budget += stats->unpaused_budget;
	sum->unpaused_refused += stats->unpaused_refused;
}

void member_retire(struct member *member, uint64_t now_ns, struct pyprof_stats *stats)
{
	struct pyprof_stats last;

	if (!member->sampler)
		return;
	sampler_finish(member->sampler, now_ns);
	last = *sampler_stats(member->sampler);
	last.threads = 0;
	member_add_stats(stats, &last);
	sampler_destroy(member->sampler);
	member->sampler = NULL;
}

/* The thread by whose id memory is read may end before its process does. */
static void keep_reading(struct member *member)
{
	const struct module *module = &member->target->maps.modules[member->rt.module];
	char byte;

	if (memory_read(member->target->memory, module->base, &byte, 1, NULL) ==
	    PYPROF_ERR_GONE)
		target_rebind(member->target);
}

void member_check(struct member *member, uint64_t now_ns, struct pyprof_stats *stats)
{
	enum pyprof_status status;

	if (member->state != MEMBER_SAMPLED)
		return;
	status = target_check(member->target);
	if (!status) {
		keep_reading(member);
		return;
	}
	member_retire(member, now_ns, stats);
	if (status != PYPROF_ERR_EXEC) {
		over(member, status);
		return;
	}
	begin_seeking(member, now_ns, PAUSE_NS);
}
