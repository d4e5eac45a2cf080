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
	bool **start[SIDES];   /* by run and node: is it of Python's start? */
	uint32_t *module_item; /* by function of the match: its module's item; 0 none */
	double unit_is;	       /* 1e-9 for nanoseconds */
};

/* runs_inclusive() without the self costs of functions: by function of the match; NULL: with all. */
enum pyprof_status runs_inclusive_without(const struct runs *runs, const uint32_t *functions,
					  size_t n, const bool *without,
					  double *const cost[SIDES], struct pyprof_error *err);

/* Whose self cost a sample of a run is: an item of the runs. */
static inline size_t runs_item_of_sample(const struct runs *runs, enum side side, size_t run,
					 size_t sample)
{
	const struct runs_source *s = runs->source;
	const struct profile *p = s->sides[side].profiles[run];
	const struct profile_sample *at = &p->samples[sample];

	if (at->node == PROFILE_ROOT || at->marks & PROFILE_MARK_TRUNCATED)
		return runs->n_items - 1;
	if (s->start[side][run][at->node])
		return runs->n_items - 2;
	return 1 + (size_t)s->match->of[side][run][p->locations[p->nodes[at->node].location].function];
}

/* Sets `turn`. False: no memory. */
bool runs_find_turns(struct runs *runs);

#endif
