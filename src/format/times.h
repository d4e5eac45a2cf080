/* SPDX-License-Identifier: MIT */
/*
 * What formats that show times have in common: which runs they show, and ids that are unique.
 */
#ifndef PYPROF_FORMAT_TIMES_H
#define PYPROF_FORMAT_TIMES_H

#include <inttypes.h>
#include <stdio.h>

#include "profile/profile.h"

/* The largest process or thread id that Linux gives; what is above stands for none (unknown). */
#define TIMES_PID_MAX 4194304u

struct times {
	const struct profile *profile;
	size_t metric;
	int64_t zero_ns; /* the time that is shown as 0: the start, or where the first look's begins */
	uint32_t *pids;	 /* by process of the profile: its pid, or where another has it, or it is */
	uint32_t *tids;	 /* not known, a number above TIMES_PID_MAX; the same by stream */
};

/* The owner calls times_deinit(), also after a failure (NOMEM). */
enum pyprof_status times_init(struct times *times, const struct profile *profile, size_t metric,
			      struct pyprof_error *err);
void times_deinit(struct times *times);

/*
 * The next run of a sample that has a value in the metric, and takes any time at all. What a
 * recording kept beside (a thread that waited for the GIL, say) is of use with the metric that it
 * counts for.
 */
bool times_next(const struct times *times, struct timeline_cursor *cursor,
		struct timeline_run *run);

/* How many looks of each sample times_next() gives: the caller frees it; NULL: no memory. */
uint64_t *times_count(const struct times *times);

/* The process of a stream, or PROFILE_NONE. */
uint32_t times_process(const struct times *times, size_t stream);

/* The number of a process, or of none (PROFILE_NONE). */
uint32_t times_pid(const struct times *times, uint32_t process);

/* The thread's name, "" where it has none or is not known; not NUL-terminated. */
const char *times_thread_name(const struct times *times, size_t stream, size_t *len);

#endif
