/* SPDX-License-Identifier: MIT */
/*
 * Two profiles as one, for showing what changed: one call tree, and two values a metric.
 *
 * Functions that profile/match.h finds to be the same are the same function in it, with the head's
 * line numbers: a line of the base is moved by as much as its function's start has moved (lines of
 * one whose start is not known stay as they are). File names are shortened where the two sides'
 * folders differ. Threads of equal names are one thread where each profile has one of that name at
 * most, and so are main threads. A process is the same process: the only one, or one of equal
 * command, or else, where as many are left, the next one: what is compared is the program and not
 * the run. Marks are kept; labels, mappings, sources and times are dropped.
 *
 * For one metric of both sides there are views whose nodes have the same ids and texts: those that
 * view_create() makes with all_metrics, of the metrics pair_metric() gives. What is shown, and in
 * which order, does not depend on the metric then; only self and total do.
 */
#ifndef PYPROF_PROFILE_PAIR_H
#define PYPROF_PROFILE_PAIR_H

#include "profile/match.h"

/* A function that one side alone has, and one of the other side that may be the same. */
struct pair_rename {
	uint32_t base, head; /* functions of pair->profile */
	/* Why: the same callers and callees by this share of the cost, 0 to 1; the higher the surer. */
	double likeness;
};

struct pair {
	/*
	 * Metrics [0, n_metrics) are the head's, [n_metrics, 2 * n_metrics) the base's, of the same
	 * names and in the same order: those that both sides have. Its info is the head's, of
	 * several profiles merged.
	 */
	struct profile *profile;
	size_t n_metrics;
	uint32_t *match_of; /* by function of `profile`: its id in the match it was made with */
	uint32_t *in;	    /* by function of `profile`: bit SIDE_BASE, bit SIDE_HEAD */
	struct pair_rename *renames; /* the likeliest first; a function is in one at most */
	size_t n_renames;
};

/*
 * Of several profiles a side values are the sums: divide by how many there are. pair_destroy() it.
 * Errors: USAGE (no metric that all have; the metrics are named), LIMIT (more than
 * PROFILE_MAX_METRICS / 2 that all have), NOMEM.
 */
enum pyprof_status pair_create(struct pair **out, const struct match *match,
			       const struct match_side sides[SIDES], struct pyprof_error *err);
void pair_destroy(struct pair *pair); /* NULL is fine */

/* The index of `metric`'s (below n_metrics) values of a side among the profile's metrics. */
static inline size_t pair_metric(const struct pair *pair, size_t metric, enum side side)
{
	return side == SIDE_HEAD ? metric : pair->n_metrics + metric;
}

/* Head minus base, of values as they are added up; saturating. */
static inline int64_t pair_delta(uint64_t base, uint64_t head)
{
	uint64_t d = head > base ? head - base : base - head;

	if (d > INT64_MAX)
		d = INT64_MAX;
	return head > base ? (int64_t)d : -(int64_t)d;
}

#endif
