/* SPDX-License-Identifier: MIT */
#include "api/diff_fold.h"

#include "api/diff_files.h"

bool diff_folds(const struct pyprof_filter *filter)
{
	return filter && filter->granularity >= PYPROF_FILES;
}

static enum pyprof_status make_fold(struct match_fold **fold, const struct diff_runs runs[SIDES],
				    bool files, struct pyprof_error *err)
{
	struct match_side sides[SIDES];
	struct match *match;
	enum pyprof_status status;

	for (int side = 0; side < SIDES; side++)
		sides[side] = (struct match_side){
			.profiles = (const struct profile *const *)runs[side].profiles,
			.n = runs[side].n,
		};
	status = match_create(&match, sides, err);
	if (status)
		return status;
	status = match_fold_create(fold, match, sides, files, err);
	match_destroy(match);
	return status;
}

enum pyprof_status diff_fold(struct match_fold **fold, struct diff_runs runs[SIDES],
			     const struct pyprof_filter *filter, struct pyprof_error *err)
{
	enum pyprof_status status;

	*fold = NULL;
	status = make_fold(fold, runs, filter->granularity == PYPROF_FILES, err);
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; !status && i < runs[side].n; i++) {
			bool empty = false;

			status = diff_take_part(&runs[side].profiles[i], filter,
						match_fold_parts(*fold, (enum side)side, i), &empty,
						err);
			if (status)
				error_prefix(err, "%.100s", runs[side].names[i]);
			else
				profile_shrink(runs[side].profiles[i]);
			runs[side].n_empty += empty;
		}
	return status;
}
