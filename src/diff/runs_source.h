/* SPDX-License-Identifier: MIT */
/* What runs were made from; of runs.c, runs_inclusive.c and moved.c alone. */
#ifndef PYPROF_DIFF_RUNS_SOURCE_H
#define PYPROF_DIFF_RUNS_SOURCE_H

#include "diff/runs.h"

struct runs_source {
	const struct match *match;
	struct match_side sides[SIDES];
	/* By side and run: which of the profile's metrics it is, and what its values are times this. */
	size_t *metric[SIDES];
	double *scale[SIDES];
	char (*labels[SIDES])[32];
	uint32_t *module_item; /* by function of the match: its module's item; 0 none */
	double unit_is;	       /* 1e-9 for nanoseconds */
};

/* runs_inclusive() without the self costs of functions: by function of the match; NULL: with all. */
enum pyprof_status runs_inclusive_without(const struct runs *runs, const uint32_t *functions,
					  size_t n, const bool *without,
					  double *const cost[SIDES], struct pyprof_error *err);

/* The function of the match whose self cost a sample is; PROFILE_NONE: nobody's. */
static inline uint32_t runs_leaf_function(const struct profile *p, const uint32_t *of,
					  size_t sample)
{
	const struct profile_sample *s = &p->samples[sample];

	if (s->node == PROFILE_ROOT || s->marks & PROFILE_MARK_TRUNCATED)
		return PROFILE_NONE;
	return of[p->locations[p->nodes[s->node].location].function];
}

/* Sets `turn`. False: no memory. */
bool runs_find_turns(struct runs *runs);

#endif
