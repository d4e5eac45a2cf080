/* SPDX-License-Identifier: MIT */
/* Looking once at every thread, outside of a recording. */
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "sample/sampler_state.h"

/* The frames of a profile node, root first, into *frames. */
static bool node_frames(const struct profile *profile, uint32_t node,
			struct pyprof_frame **frames, size_t *cap, size_t *n)
{
	size_t at = 0;

	for (uint32_t i = node; i != PROFILE_ROOT; i = profile->nodes[i].parent)
		at++;
	*n = at;
	if (!array_reserve((void **)frames, cap, at + 1, sizeof(**frames)))
		return false;
	while (at > 0) {
		const struct profile_node *step = &profile->nodes[node];
		const struct profile_location *where = &profile->locations[step->location];
		const struct profile_function *function =
			&profile->functions[where->function];

		(*frames)[--at] = (struct pyprof_frame){
			.name = profile_str(profile, function->name),
			.file = profile_str(profile, function->file),
			.line = where->line,
		};
		node = step->parent;
	}
	return true;
}

struct look {
	struct sampler *sampler;
	struct holders holders;
	struct pyprof_frame *frames;
	size_t cap;
	pyprof_stack_fn *fn;
	void *arg;
};

static enum pyprof_status look_once(struct look *look, struct py_thread *thread)
{
	struct sampler *sampler = look->sampler;
	struct pyprof_thread_stack out = { .tid = (uint64_t)thread->tid };
	struct walk walk;

	sampler_walk(sampler, thread, clock_monotonic_ns(), &walk);
	if (walk.result.node == PROFILE_NONE ||
	    !node_frames(sampler->profile, walk.result.node, &look->frames, &look->cap,
			 &out.n_frames))
		return PYPROF_ERR_NOMEM;
	out.frames = look->frames;
	out.truncated = walk.result.truncated;
	out.cause = walk.result.cause;
	out.on_cpu = thread->tid && thread_watch_ask(&thread->watch, NULL) == THREAD_RUNS;
	out.holds_gil = sampler_holds(&look->holders, thread->tstate);
	out.name = profile_str(sampler->profile,
			       sampler->profile->threads[thread->user].name);
	look->fn(&out, look->arg);
	return PYPROF_OK;
}

enum pyprof_status sampler_look(struct sampler *sampler, pyprof_stack_fn *fn, void *arg,
				struct pyprof_error *err)
{
	struct look look = { .sampler = sampler, .fn = fn, .arg = arg };
	enum pyprof_status status = py_threads_refresh(&sampler->threads, err);

	for (size_t i = 0; i < sampler->threads.n && !status; i++)
		if (!sampler_introduce(sampler, sampler->threads.threads[i]))
			status = error_nomem(err);
	if (!status)
		sampler_name_threads(sampler, clock_monotonic_ns(), true);
	sampler_holders(sampler, &look.holders);
	for (size_t i = 0; i < sampler->threads.n && !status; i++)
		if (look_once(&look, sampler->threads.threads[i]))
			status = error_nomem(err);
	free(look.frames);
	return status;
}
