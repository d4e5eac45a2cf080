/* SPDX-License-Identifier: MIT */
/*
 * A timeline as bytes, for a field of a file. All numbers are varints, signed ones zigzag:
 *
 *   timeline = version level lost streams*         version is 1
 *   stream   = runs first run*                     a number of runs, 1 and up; the time, in
 *                                                  nanoseconds from the recording's start, at
 *                                                  which the first begins
 *   run      = step [looks] [gap] length
 *     step     the difference (zigzag) of the sample to that of the run before, or from 0, times
 *              4, plus 1 where `looks` stands, plus 2 where `gap` does; samples are numbered
 *              in the order of the file
 *     looks    1 where it does not stand
 *     gap      nanoseconds since the end of the run before, 0 where it does not stand
 *     length   nanoseconds
 *
 * The thread of a stream is that of its samples, which is the same for all of them.
 */
#ifndef PYPROF_PROFILE_TIMELINE_BYTES_H
#define PYPROF_PROFILE_TIMELINE_BYTES_H

#include "base/error.h"
#include "base/str.h"
#include "profile/profile.h"
#include "profile/timeline.h"

#define TIMELINE_VERSION   1u
#define TIMELINE_HAS_LOOKS 1u
#define TIMELINE_HAS_GAP   2u
#define TIMELINE_RUN_MAX   40u /* bytes */

/*
 * Writes a run behind one of `last_sample` that ended at `last_ns`, TIMELINE_RUN_MAX bytes at most,
 * and returns where it ends.
 */
uint8_t *timeline_put_run(uint8_t *p, const struct timeline_run *run, uint32_t last_sample,
			  int64_t last_ns);

/*
 * Appends the timeline to *out. `numbers`: the number that each sample has in the file,
 * PROFILE_NONE where it is not in it, and its runs are left out then; NULL: its id. Whether there
 * was memory is for the caller to ask, out->failed.
 */
void timeline_write(struct str *out, const struct timeline *timeline, const uint32_t *numbers);

/*
 * Reads one into profile->timeline, which is NULL before. `samples`: for each of the `n` numbers of
 * the file the id of its sample in the profile. Errors: CORRUPT (names the byte, `at` being that of
 * bytes[0]), LIMIT (a version that is not known), NOMEM; then it stays NULL.
 */
enum pyprof_status timeline_read(struct profile *profile, const void *bytes, size_t len,
				 uint64_t at, const uint32_t *samples, size_t n,
				 struct pyprof_error *err);

#endif
