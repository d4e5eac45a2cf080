/* SPDX-License-Identifier: MIT */
/*
 * What each run cost, function by function: the numbers that a verdict is made of.
 *
 * A run is one recording. Its cost is the metric's sum: CPU seconds mostly. Where recordings were
 * ended by a duration and not by the program's own end (info.ended), how much work they saw is not
 * known, and costs are per second of recording; `per_second` says so.
 */
#ifndef PYPROF_DIFF_RUNS_H
#define PYPROF_DIFF_RUNS_H

#include "profile/pair.h"

enum item_kind {
	ITEM_TOTAL = 0, /* the whole run; item 0, and the only one */
	ITEM_FUNCTION,	/* self cost */
	ITEM_MODULE,	/* self cost of all its functions */
};

struct runs_item {
	enum item_kind kind;
	uint32_t function; /* in the match; PROFILE_NONE */
	const char *name;  /* function or module; "" of the total */
	const char *file, *path; /* as match.h has them; "" */
	const char *module;
	int32_t line; /* start line, the head's where there is one; 0 unknown */
};

struct runs_run {
	const char *label;	   /* file name, or "run 3" */
	int64_t start_realtime_ns; /* 0 unknown */
	uint64_t elapsed_ns;	   /* 0 unknown */
};

struct runs {
	size_t n_runs[SIDES];
	struct runs_run *run[SIDES];
	struct runs_item *items;
	size_t n_items;
	/* By side: cost[side][run * n_items + item], in the metric's unit (seconds for nanoseconds). */
	double *cost[SIDES];
	double grain; /* what one sample is worth, the same unit: below it nothing was seen; > 0 */
	const char *metric, *unit; /* "cpu", "seconds"; the pair's or static */
	bool per_second;
};

/*
 * `exact_totals[side][run]`, where not NULL: the runs' totals as the kernel has them, in seconds, for
 * item 0 (samples of a run miss what ran before the first). `match` and the profiles must outlive it.
 * runs_destroy() it. Errors: USAGE (no such metric; a side without runs), NOMEM.
 */
enum pyprof_status runs_create(struct runs **out, const struct match *match,
			       const struct match_side sides[SIDES], const char *metric,
			       const double *const exact_totals[SIDES], struct pyprof_error *err);
void runs_destroy(struct runs *runs); /* NULL is fine */

#endif
