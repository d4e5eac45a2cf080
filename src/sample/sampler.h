/* SPDX-License-Identifier: MIT */
/*
 * The sampler of one process: at each tick it looks at every thread that counts, and adds what
 * it saw to the profile. Pauses nothing; what it could not prove it marks and counts.
 */
#ifndef PYPROF_SAMPLE_SAMPLER_H
#define PYPROF_SAMPLE_SAMPLER_H

#include "profile/profile.h"
#include "python/runtime.h"

struct sampler_opts {
	bool include_idle; /* also threads that are not on a CPU */
	bool gil_only;	   /* only the thread that holds the GIL */
};

struct sampler;

/*
 * `rt` has been found in an open target; both, and the profile (whose first metric counts
 * samples), stay the caller's and outlive the sampler. Errors: NOMEM, and those of
 * py_threads_refresh().
 */
enum pyprof_status sampler_create(struct sampler **out, struct py_runtime *rt,
				  struct profile *profile, const struct sampler_opts *opts,
				  struct pyprof_error *err);
void sampler_destroy(struct sampler *sampler); /* NULL is fine */

/*
 * One tick at `now_ns`. Errors: NOMEM. A target that dies under the look is no error here: its
 * looks fail and are counted; the owner asks target_check().
 */
enum pyprof_status sampler_tick(struct sampler *sampler, uint64_t now_ns);

/*
 * Asks the target for the names of its threads, where some are not known or the last answer
 * is `max_age_ns` old; 0 asks anyway. Not for every tick: costs some reads a thread.
 */
void sampler_name_threads(struct sampler *sampler, uint64_t now_ns, uint64_t max_age_ns);

/* Counters: ticks are the owner's, all others are kept here. */
const struct pyprof_stats *sampler_stats(const struct sampler *sampler);

/* Looks at every thread once, outside of the profile; see pyprof_recorder_look(). */
enum pyprof_status sampler_look(struct sampler *sampler, pyprof_stack_fn *fn, void *arg,
				struct pyprof_error *err);

#endif
