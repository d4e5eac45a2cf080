/* SPDX-License-Identifier: MIT */
/*
 * Self costs by place and run, for moved.c. A place is a function and the nearest function above it
 * that both sides have and that is another one; PROFILE_NONE where there is none.
 */
#ifndef PYPROF_DIFF_PLACES_H
#define PYPROF_DIFF_PLACES_H

#include "base/map.h"
#include "diff/runs.h"

struct place {
	uint32_t function, caller; /* of the match */
};

struct places {
	struct place *items;
	size_t n, cap;
	struct map map;
	double *cost[SIDES]; /* [place * n_runs[side] + run], in the runs' unit */
	size_t n_runs[SIDES];
};

/* `runs` are made by runs_create(). places_deinit() it, also after a failure. False: no memory. */
bool places_init(struct places *places, const struct runs *runs);
void places_deinit(struct places *places);

/* Head's mean minus base's, of one place. */
double places_change(const struct places *places, size_t place);

#endif
