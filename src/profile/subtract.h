/* SPDX-License-Identifier: MIT */
/*
 * One profile minus another, as `pprof -base` has it: https://github.com/google/pprof, profile/merge.go.
 *
 * What is equal cancels out: samples of the same stack (name, file, first line, line and column of
 * each frame), the same thread (of one process, id and name), marks and labels. Nothing is guessed
 * about code that moved: that is what profile/match.h is for, and a diff. Samples of which nothing is
 * left are dropped. The difference has no times; of its info, start and duration are those of the two
 * merged, texts that differ are forgotten, and there are no counters.
 */
#ifndef PYPROF_PROFILE_SUBTRACT_H
#define PYPROF_PROFILE_SUBTRACT_H

#include "profile/profile.h"

/*
 * The new profile is the caller's; it is_difference where a value is below 0. `label`: samples of the
 * base are kept apart, with the label "pprof::base", and nothing cancels out: -diff_base. Errors: USAGE
 * (other metrics; one is a difference), NOMEM.
 */
enum pyprof_status profile_subtract(struct profile **out, const struct profile *profile,
				    const struct profile *base, bool label,
				    struct pyprof_error *err);

/* Is a value of it below 0? Of what is no difference none is. */
bool profile_has_negative(const struct profile *profile);

#endif
