/* SPDX-License-Identifier: MIT */
/* What the target's threads are called, as its own `threading` says. */
#include <string.h>

#include "base/clock.h"
#include "sample/sampler_state.h"

/* Unnamed threads are asked for again this often. */
#define NAMES_RETRY_NS 100000000u
/*
 * Who has just begun has a thread state before it has a name, by some milliseconds where it waits for the
 * GIL. What the program knows nothing of, a thread of a library's, is asked about so often.
 */
#define NAMES_TRIES 10u
/* That may take as much of our time. */
#define NAMES_SHARE 20u
/*
 * Others may get another name, which matters for those that end before the recording does: they
 * are asked so often, less and less. Of many processes not all at the same tick: it takes some
 * 50 us a thread.
 */
#define NAMES_AGAIN_NS	   2000000000u
#define NAMES_LONGEST_NS   60000000000u
#define NAMES_SPREAD_STEPS 199u

struct name_search {
	struct sampler *sampler;
	uint64_t interp;
};

static void name_thread(uint64_t ident, const char *name, void *arg)
{
	struct name_search *search = arg;
	struct sampler *sampler = search->sampler;
	uint32_t id = PROFILE_NONE;

	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct py_thread *thread = sampler->threads.threads[i];
		struct thread_state *state = thread->user_data;

		if (thread->ident != ident || thread->interp != search->interp ||
		    thread->user == UINT32_MAX)
			continue;
		if (id == PROFILE_NONE)
			id = profile_string(sampler->profile, name, strlen(name));
		if (id == PROFILE_NONE)
			return;
		sampler->profile->threads[thread->user].name = id;
		state->named = true;
	}
}

/* After they were asked for. */
static bool are_missing(const struct sampler *sampler)
{
	bool missing = false;

	for (size_t i = 0; i < sampler->threads.n; i++) {
		const struct py_thread *thread = sampler->threads.threads[i];
		struct thread_state *state = thread->user_data;

		if (thread->user == UINT32_MAX || state->named ||
		    state->names_asked == NAMES_TRIES)
			continue;
		state->names_asked++;
		missing = true;
	}
	return missing;
}

static bool names_are_due(struct sampler *sampler, uint64_t now_ns)
{
	uint64_t age = now_ns - sampler->named_ns;

	/* Nobody to name yet is no reason to ask at every tick either. */
	if (sampler->unnamed || !sampler->names_age_ns)
		sampler->names_age_ns = NAMES_AGAIN_NS + (uint64_t)sampler->rt->target->pid %
				NAMES_SPREAD_STEPS * (NAMES_AGAIN_NS / NAMES_SPREAD_STEPS);
	if (sampler->unnamed)
		return age >= NAMES_RETRY_NS && age >= NAMES_SHARE * sampler->naming_ns;
	if (age < sampler->names_age_ns)
		return false;
	if (sampler->names_age_ns < NAMES_LONGEST_NS)
		sampler->names_age_ns *= 2;
	return true;
}

void sampler_name_threads(struct sampler *sampler, uint64_t now_ns, bool anyway)
{
	uint64_t begin;

	if (sampler->replaced || (!names_are_due(sampler, now_ns) && !anyway))
		return;
	begin = clock_monotonic_ns();
	sampler->named_ns = now_ns;
	for (size_t i = 0; i < sampler->threads.n_interpreters; i++) {
		struct name_search search = { sampler,
					      sampler->threads.interpreters[i].addr };

		py_thread_names_each(sampler->rt, search.interp, name_thread, &search, NULL);
	}
	sampler->unnamed = are_missing(sampler);
	sampler->naming_ns = clock_monotonic_ns() - begin;
}
