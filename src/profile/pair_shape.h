/* SPDX-License-Identifier: MIT */
/*
 * What functions that one side alone has look like in the call tree: their callers, callees and
 * lines, each by its share of the function's cost. Part of pair.c, for pair_renames.c.
 */
#ifndef PYPROF_PROFILE_PAIR_SHAPE_H
#define PYPROF_PROFILE_PAIR_SHAPE_H

#include "profile/pair.h"

enum shape_part { SHAPE_CALLERS, SHAPE_CALLEES, SHAPE_LINES, SHAPE_PARTS };

#define SHAPE_SELF UINT64_MAX /* among callees: what the function cost itself */
/* A bit of the keys of functions that one side alone has, as far as is known. */
#define SHAPE_CAME_OR_WENT (1ULL << 63)
#define SHAPE_KEPT 8	      /* the costliest of each part */

struct shape_share {
	uint64_t what; /* a function; SHAPE_SELF; a line counted from the start; root: PROFILE_NONE */
	double cost;
};

/* Of one function: slices of shapes->shares, the costliest first. */
struct shape {
	uint32_t first[SHAPE_PARTS], n[SHAPE_PARTS];
	double sum[SHAPE_PARTS]; /* of all there were, those that were not kept too */
	double cost;		 /* with all that it called, as a share of its side's total */
	double seen;		 /* how many samples, with all that it called; 0 not known */
};

struct shapes {
	struct shape *of; /* by function of the joined profile; cost 0: it was not looked at */
	struct shape_share *shares;
	size_t n;
};

/*
 * Of each side the `limit` costliest functions that it has alone, and that have `least_seen`
 * samples, where there is a metric that says so. False: no memory. shapes_deinit() in any case.
 */
bool shapes_init(struct shapes *shapes, const struct pair *pair, size_t limit, double least_seen);
void shapes_deinit(struct shapes *shapes);

/*
 * How much of two functions' cost is in the same parts, 0 to 1; 0 where a part is not known.
 * keys[function]: equal for what is the same, of callers and callees; NULL for lines. Of what came
 * or went half counts: it may be the same.
 */
double shapes_likeness(const struct shapes *shapes, enum shape_part part, uint32_t a, uint32_t b,
		       const uint64_t *keys);

/*
 * Of the lines that cost 2% at least in either, how many do in both, as a share; 0 where one of them
 * has fewer than `least` such lines.
 */
double shapes_lines_in_common(const struct shapes *shapes, uint32_t a, uint32_t b, size_t least);

#endif
