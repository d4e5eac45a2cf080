/* SPDX-License-Identifier: MIT */
/* Writing a profile: which part, which format, which view, whole or not at all. Private. */
#ifndef PYPROF_API_WRITE_H
#define PYPROF_API_WRITE_H

#include "profile/filter.h"
#include "profile/profile.h"
#include "target/source_file.h"

/* Which metric is called so? NULL: the usual one. Errors: USAGE, naming those there are. */
enum pyprof_status find_metric(const struct profile *profile, const char *name, size_t *metric,
			       struct pyprof_error *err);

/*
 * Makes the part that is asked for: *part is the caller's to destroy, NULL where all is asked for.
 * `filter` may be NULL. `granularity` instead of the filter's own. Errors: those of profile_filter().
 */
enum pyprof_status take_part(struct profile **part, const struct profile *profile,
			     const struct pyprof_filter *filter,
			     enum pyprof_granularity granularity, struct pyprof_error *err);

/* The same of files or modules, which are what `parts` says: see profile_filter.parts. */
enum pyprof_status take_folded_part(struct profile **part, const struct profile *profile,
				    const struct pyprof_filter *filter,
				    const struct profile_part *parts, struct pyprof_error *err);

/*
 * Errors: USAGE, where a value is below 0, and `what` ("svg", "a report") has no place for such.
 */
enum pyprof_status check_not_negative(const struct profile *profile, const char *what,
				      struct pyprof_error *err);

/*
 * `root`: where source files are to be read, those older than `before_ns`. The profile gains
 * sources.
 */
enum pyprof_status write_profile(struct profile *profile, const struct source_root *root,
				 int64_t before_ns, const char *path, const struct pyprof_write_opts *opts,
				 struct pyprof_error *err);

#endif
