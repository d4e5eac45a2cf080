/* SPDX-License-Identifier: MIT */
/*
 * The sampler of one process: at each tick it looks at every thread that counts, and adds what
 * it saw to the profile. A running thread whose stack could not be proven whole is paused for a
 * moment and looked at again, within a budget; what is not whole all the same is marked and
 * counted. One thread of ours makes all the calls from the first tick on: ptrace(2) asks for that.
 */
#ifndef PYPROF_SAMPLE_SAMPLER_H
#define PYPROF_SAMPLE_SAMPLER_H

#include "profile/profile.h"
#include "python/runtime.h"
#include "sample/extra.h"

struct sampler_opts {
	bool include_idle; /* also threads that are not on a CPU */
	bool gil_only;	   /* only the thread that holds the GIL */
	enum pyprof_pause pause;
	double max_pause; /* share of a thread's time that pauses may take */
	pid_t launched;	  /* the target is a child of ours, and this its id; else 0 */
	const struct extra_set *extra; /* what else to record; checked; NULL: nothing */
	uint64_t period_ns; /* of the clock: what a thread's first look stands for */
};

struct sampler;

/*
 * `rt` has been found in an open target; both, and the profile (whose first metrics are those of
 * sample/metrics.h), stay the caller's and outlive the sampler. Errors: NOMEM, and those of
 * py_threads_refresh().
 */
enum pyprof_status sampler_create(struct sampler **out, struct py_runtime *rt,
				  struct profile *profile, const struct sampler_opts *opts,
				  struct pyprof_error *err);
void sampler_destroy(struct sampler *sampler); /* NULL is fine */

/*
 * One tick at `now_ns`, or where the clock is faster than looks are as many of `ticks` as one
 * system call can answer: *answered, at least 1. Errors: NOMEM. A target that dies under the look is no error here: its
 * looks fail and are counted; the owner asks target_check().
 */
enum pyprof_status sampler_tick(struct sampler *sampler, uint64_t now_ns, uint64_t ticks,
				uint64_t *answered);

/* As opts.include_idle, from the next tick on. */
void sampler_set_idle(struct sampler *sampler, bool include_idle);

/* The last tick was answered: what is still owed to samples is given to them. */
void sampler_finish(struct sampler *sampler, uint64_t now_ns);

/*
 * Asks the target for the names of its threads, where some are not known or the last answer is
 * old, or anyway. Costs some 15 reads a thread.
 */
void sampler_name_threads(struct sampler *sampler, uint64_t now_ns, bool anyway);

/*
 * Lets go of threads that stopped too late to be looked at. While it returns true it has to be
 * called again within a millisecond.
 */
bool sampler_settle(struct sampler *sampler);

/* Counters: ticks are the owner's, all others are kept here. */
const struct pyprof_stats *sampler_stats(const struct sampler *sampler);

/* Looks at every thread once, outside of the profile; see pyprof_recorder_look(). */
enum pyprof_status sampler_look(struct sampler *sampler, pyprof_stack_fn *fn, void *arg,
				struct pyprof_error *err);

#endif
