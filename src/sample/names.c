/* SPDX-License-Identifier: MIT */
/* What the target's threads are called, as its own `threading` says. */
#include <string.h>

#include "sample/sampler_state.h"

/* Unnamed threads are asked for again this often. */
#define NAMES_RETRY_NS 100000000u

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

		if (thread->ident != ident || thread->interp != search->interp ||
		    thread->user == UINT32_MAX)
			continue;
		if (id == PROFILE_NONE)
			id = profile_string(sampler->profile, name, strlen(name));
		if (id != PROFILE_NONE)
			sampler->profile->threads[thread->user].name = id;
	}
}

void sampler_name_threads(struct sampler *sampler, uint64_t now_ns, uint64_t max_age_ns)
{
	uint64_t age = now_ns - sampler->named_ns;

	if (max_age_ns && age < (sampler->unnamed ? NAMES_RETRY_NS : max_age_ns))
		return;
	sampler->named_ns = now_ns;
	sampler->unnamed = false;
	for (size_t i = 0; i < sampler->threads.n_interpreters; i++) {
		struct name_search search = { sampler,
					      sampler->threads.interpreters[i].addr };

		py_thread_names_each(sampler->rt, search.interp, name_thread, &search, NULL);
	}
}
