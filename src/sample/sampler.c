/* SPDX-License-Identifier: MIT */
#include "sample/sampler_state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* The thread list is read anew this often even where nothing seems to have changed. */
#define REFRESH_NS 1000000000u
/* Whether something has changed is asked this often: a thread that began is met so much later. */
#define CHANGED_NS 5000000u
/* A thread that is about to begin is looked for so soon; some never do. */
#define BEGINS_NS 10000000u
/* At most this often although something changes all the time. */
#define REFRESH_MIN_NS 1000000u

/* Of one that was never seen with the GIL, --gil has nothing to tell. */
static void finish_account(struct sampler *sampler, struct py_thread *thread)
{
	struct thread_state *state = thread->user_data;

	if (state->cpu.sampled || !sampler->opts.gil_only)
		cpu_account_finish(&state->cpu, sampler->profile, thread->user);
}

static void thread_gone(struct py_thread *thread, void *arg)
{
	struct thread_state *state = thread->user_data;
	struct sampler *sampler = arg;

	if (!state)
		return;
	sampler_forget_sleeper(sampler, state);
	finish_account(sampler, thread);
	if (thread->user != UINT32_MAX)
		sampler->profile->threads[thread->user].ended = true;
	cpu_account_close(&state->cpu);
	extra_thread_close(&state->counters);
	stack_memory_deinit(&state->stacks);
	free(state);
	thread->user_data = NULL;
}

static bool add_process(struct sampler *sampler)
{
	const struct target *target = sampler->rt->target;
	const char *command = target->cmdline ? target->cmdline : "";
	uint32_t text = profile_string(sampler->profile, command, strlen(command));

	if (text == PROFILE_NONE)
		return false;
	sampler->process = profile_process(sampler->profile, (uint64_t)target->pid, text);
	return sampler->process != PROFILE_NONE;
}

/* Threads that come and go make the list unreadable for a moment. */
#define FIRST_TRIES 50

static enum pyprof_status first_refresh(struct sampler *sampler, struct pyprof_error *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	enum pyprof_status status;

	for (int i = 0; i < FIRST_TRIES; i++) {
		status = py_threads_refresh(&sampler->threads, err);
		if (status != PYPROF_ERR_FAULT && status != PYPROF_ERR_CORRUPT)
			break;
		nanosleep(&pause, NULL);
	}
	/* Those that could be read are enough to begin with. */
	return sampler->threads.n ? PYPROF_OK : status;
}

/* What takes longer is done before the first tick, which has enough to do. */
static bool introduce_all(struct sampler *sampler)
{
	for (size_t i = 0; i < sampler->threads.n; i++)
		if (sampler->threads.threads[i]->tid &&
		    !sampler_introduce(sampler, sampler->threads.threads[i]))
			return false;
	sampler_name_threads(sampler, clock_monotonic_ns(), true);
	return true;
}

/* `--gil` where nothing tells who holds it would record nothing, and not say why. */
static enum pyprof_status check_gil_known(struct sampler *sampler, struct pyprof_error *err)
{
	char text[32];
	struct holders holders;

	if (!sampler->opts.gil_only || sampler->rt->layout.gil_model != PY_GIL_NONE)
		return PYPROF_OK;
	sampler_holders(sampler, &holders);
	if (holders.all)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_UNSUPPORTED,
		  "nothing in this build of CPython %s tells who holds the GIL",
		  py_version_text(sampler->rt->version, text, sizeof(text)));
	error_hint(err, "record without --gil: threads that do not run are left out anyway");
	return PYPROF_ERR_UNSUPPORTED;
}

enum pyprof_status sampler_create(struct sampler **out, struct py_runtime *rt,
				  struct profile *profile, const struct sampler_opts *opts,
				  struct pyprof_error *err)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));
	enum pyprof_status status;

	if (!sampler)
		return error_nomem(err);
	sampler->rt = rt;
	sampler->profile = profile;
	sampler->opts = *opts;
	if (opts->extra)
		sampler->extra = *opts->extra;
	sampler->memory.watch.fd = -1;
	py_threads_init(&sampler->threads, rt);
	sampler->threads.gone = thread_gone;
	sampler->threads.gone_arg = sampler;
	stacks_init(&sampler->stacks, rt, profile);
	pauser_init(&sampler->pauser, rt->target->pid, opts->launched);
	status = add_process(sampler) ? first_refresh(sampler, err) : error_nomem(err);
	if (!status && !py_walker_init(&sampler->walker, rt))
		status = error_set(err, PYPROF_ERR_UNSUPPORTED,
				   "the layout of its frames makes no sense");
	/* Where each thread has a copy of the bytecode, a frame does not tell whether it has begun. */
	sampler->walker.climbs = rt->layout.frame.tlbc_index == PY_ABSENT;
	if (!status)
		status = check_gil_known(sampler, err);
	if (!status && !introduce_all(sampler))
		status = error_nomem(err);
	if (status) {
		sampler_destroy(sampler);
		return status;
	}
	*out = sampler;
	return PYPROF_OK;
}

void sampler_destroy(struct sampler *sampler)
{
	if (!sampler)
		return;
	pauser_deinit(&sampler->pauser);
	extra_memory_close(&sampler->memory);
	py_threads_deinit(&sampler->threads);
	py_walker_deinit(&sampler->walker);
	stacks_deinit(&sampler->stacks);
	free(sampler);
}

void sampler_finish(struct sampler *sampler, uint64_t now_ns)
{
	/* What the threads have used since the last settling is, in part, another program's. */
	bool same = sampler_same_memory(sampler) || !sampler->replaced;

	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct py_thread *thread = sampler->threads.threads[i];
		struct thread_state *state = thread->user_data;

		if (!state || thread->user == UINT32_MAX)
			continue;
		if (thread->tid && same)
			cpu_account_settle(&state->cpu, sampler->rt->target, thread->tid,
					   sampler->profile, thread->user, now_ns, true);
		finish_account(sampler, thread);
	}
}

const struct pyprof_stats *sampler_stats(const struct sampler *sampler)
{
	return &sampler->stats;
}

/* ---- ticks -------------------------------------------------------------------- */

bool sampler_introduce(struct sampler *sampler, struct py_thread *thread)
{
	char comm[64] = "";
	uint32_t name;

	if (!thread->user_data) {
		struct thread_state *state = calloc(1, sizeof(*state));

		if (!state)
			return false;
		cpu_account_init(&state->cpu);
		thread->user_data = state;
	}
	if (thread->user != UINT32_MAX)
		return true;
	if (thread->tid)
		target_thread_comm(sampler->rt->target, thread->tid, comm, sizeof(comm));
	name = profile_string(sampler->profile, comm, strlen(comm));
	if (name == PROFILE_NONE)
		return false;
	thread->user = profile_thread(sampler->profile, sampler->process,
				      (uint64_t)thread->tid, name);
	sampler->unnamed = true;
	return thread->user != PROFILE_NONE;
}

bool sampler_same_memory(struct sampler *sampler)
{
	const struct target *target = sampler->rt->target;

	if (!sampler->replaced && target_same_memory(target))
		return true;
	if (!sampler->replaced)
		sampler->replaced = target_check(target) == PYPROF_ERR_EXEC;
	return false;
}

void sampler_holders(struct sampler *sampler, struct holders *holders)
{
	py_gil_holders(&sampler->threads, holders->tstates, HOLDERS_MAX, &holders->n,
		       &holders->all);
}

bool sampler_holds(const struct holders *holders, uint64_t tstate)
{
	for (size_t i = 0; i < holders->n; i++)
		if (holders->tstates[i] == tstate)
			return true;
	return holders->all;
}

static void refresh(struct sampler *sampler, uint64_t now_ns)
{
	uint64_t age = now_ns - sampler->refreshed_ns;
	bool changed = true, begins = sampler->beginners && age >= BEGINS_NS;

	if (!sampler->stale && !begins && age < REFRESH_NS) {
		if (now_ns - sampler->asked_ns < CHANGED_NS)
			return;
		sampler->asked_ns = now_ns;
		py_threads_changed(&sampler->threads, &changed);
	}
	if (!changed || (sampler->refreshed_ns && age < REFRESH_MIN_NS))
		return;
	sampler->beginners = false;
	/* A list that changes under the reading is read again at the next tick. */
	sampler->stale = py_threads_refresh(&sampler->threads, NULL) != PYPROF_OK;
	sampler->refreshed_ns = now_ns;
	/* Before anybody who is in the list by now gets a place in the profile. */
	sampler_same_memory(sampler);
}

void sampler_set_idle(struct sampler *sampler, bool include_idle)
{
	if (include_idle && !sampler->opts.include_idle)
		sampler_wake_all(sampler);
	sampler->opts.include_idle = include_idle;
}

enum pyprof_status sampler_tick(struct sampler *sampler, uint64_t now_ns, uint64_t ticks,
				uint64_t *answered)
{
	struct holders holders = { .n = 0 };
	enum pyprof_status status = PYPROF_OK;

	*answered = 1;
	if (!sampler->replaced)
		refresh(sampler, now_ns);
	if (sampler->replaced)
		return PYPROF_OK;
	sampler->walker.burst = ticks;
	if (sampler->extra.rss)
		extra_memory_ask(&sampler->memory, sampler->rt->target);
	sampler->stats.threads = (uint32_t)sampler->threads.n;
	for (size_t i = 0; i < sampler->threads.n && !status; i++) {
		size_t moments = sampler_visit(sampler, sampler->threads.threads[i], &holders,
					       now_ns, &status);

		if (moments > *answered)
			*answered = moments;
	}
	if (!sampler->replaced)
		sampler_tend(sampler, now_ns);
	sampler_name_threads(sampler, now_ns, false);
	return status;
}
