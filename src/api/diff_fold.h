/* SPDX-License-Identifier: MIT */
/*
 * Rows that are files or modules: which of them are the same is found out by the functions of whole
 * recordings, before any is a part of one.
 */
#ifndef PYPROF_API_DIFF_FOLD_H
#define PYPROF_API_DIFF_FOLD_H

#include "api/diff.h"
#include "profile/match_fold.h"

/* Are rows files or modules? `filter` NULL: no. */
bool diff_folds(const struct pyprof_filter *filter);

/*
 * Puts the filter's parts in the place of the runs' profiles, which are whole and the runs' own, and
 * counts the runs that have nothing of it. *fold is the caller's to destroy. Errors: those of
 * match_create() and take_part().
 */
enum pyprof_status diff_fold(struct match_fold **fold, struct diff_runs runs[SIDES],
			     const struct pyprof_filter *filter, struct pyprof_error *err);

#endif
