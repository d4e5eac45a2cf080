/* SPDX-License-Identifier: MIT */
/*
 * Metrics that are recorded when asked for: counters of the kernel and the processor, thread by
 * thread, and the growth of the process's resident memory.
 *
 * What a thread's counters moved since it was last sampled goes to the sample that is taken now, as
 * long as the thread runs; what the memory grew, to the next sample of a thread that runs.
 */
#ifndef PYPROF_SAMPLE_EXTRA_H
#define PYPROF_SAMPLE_EXTRA_H

#include "profile/profile.h"
#include "sample/metrics.h"
#include "target/counters.h"
#include "target/rss.h"

/* Which ones. Begins as { 0 }. */
struct extra_set {
	struct counter_set counters;
	bool rss;
};

/*
 * Adds those that a list names, "instructions,rss"; names of sample/metrics.h are recorded
 * anyway. `list` may be NULL. Errors: USAGE (says the names that there are).
 */
enum pyprof_status extra_set_parse(struct extra_set *set, const char *list,
				   struct pyprof_error *err);

/* All metrics of a recording, in the order of its values; returns how many. */
size_t extra_set_metrics(const struct extra_set *set,
			 struct profile_metric metrics[PROFILE_MAX_METRICS]);

/* The counters of one thread. Begins as { 0 }. */
struct extra_thread {
	struct counter_group group;
	bool open, failed;
	uint64_t seen[COUNTERS_MAX];
};

/* Adds what they moved to the values of a sample; opens them the first time. */
void extra_thread_add(struct extra_thread *thread, const struct extra_set *set,
		      const struct target *target, pid_t tid, uint64_t *values);
void extra_thread_close(struct extra_thread *thread);

/* The memory of one process. Begins as { .watch = { .fd = -1 } }. */
struct extra_memory {
	struct rss_watch watch;
	uint64_t seen, grown;
};

/* Asks; what it grew since the last time waits for a sample. */
void extra_memory_ask(struct extra_memory *memory, const struct target *target);
void extra_memory_close(struct extra_memory *memory);

#endif
