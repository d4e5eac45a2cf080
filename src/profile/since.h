/* SPDX-License-Identifier: MIT */
/*
 * What a profile gained since a moment, as a profile of its own.
 *
 * A mark is taken at that moment: it keeps the values of all samples, 8 bytes each, and of a timeline
 * how many looks it had, so the difference is exact and no value is guessed. Between the two the
 * profile may only be fed: ids stay, values grow.
 */
#ifndef PYPROF_PROFILE_SINCE_H
#define PYPROF_PROFILE_SINCE_H

#include "profile/profile.h"

struct profile_mark {
	uint64_t *values; /* as in the profile */
	size_t n_values;
	uint64_t *seen; /* looks of each stream of the timeline */
	size_t n_streams;
	struct pyprof_stats stats; /* of the recording, at the mark */
};

/* `stats` are those of this moment. False: no memory, and nothing to free. */
bool profile_mark_take(struct profile_mark *mark, const struct profile *profile,
		       const struct pyprof_stats *stats);
void profile_mark_deinit(struct profile_mark *mark);

/*
 * Samples that gained nothing are not in it, nor are threads and frames that only those had. Counters
 * of the info (which have to be those of now) are since the mark, `processes` those that are in it;
 * `threads`, the lowest rate and processes_missed are what they are. It begins at the mark: of a
 * run of looks that stands for both sides of it, this one has what comes after. Errors: NOMEM.
 */
enum pyprof_status profile_since(struct profile **out, const struct profile *profile,
				 const struct profile_mark *mark, struct pyprof_error *err);

#endif
