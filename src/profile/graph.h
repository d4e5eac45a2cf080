/* SPDX-License-Identifier: MIT */
/*
 * The call graph of a profile: what was seen in each function, with and without what it
 * called, and who called whom.
 *
 * A stack counts once for a function and once for an edge, however often recursion brings them
 * into it: so no total is above the profile's. Where there is recursion, the edges that lead to a
 * function have more than it has, all together; `entered` takes each stack only at the outermost
 * call of the callee, so that it and what was seen with the function as root add up to the total. The mark of truncated stacks is a node of its own,
 * called by the last frame that was proven: what is missing is not that frame's own time.
 * Samples at the root, without a frame, belong to nothing.
 *
 * All metrics are kept, n_metrics values a node or edge, side by side; sums are saturating. A graph
 * belongs to the caller (graph_destroy()) and is immutable; the profile must live longer and not
 * be fed meanwhile. Time is linear in the nodes of the profile's tree.
 */
#ifndef PYPROF_PROFILE_GRAPH_H
#define PYPROF_PROFILE_GRAPH_H

#include "profile/profile.h"

struct graph_opts {
	bool by_line; /* a node a line of a function, not one a function */
	bool sites;   /* an edge for each line of the caller that calls, not one for all of them */
};

struct graph_node {
	uint32_t function; /* PROFILE_NONE: the mark of truncated stacks */
	int32_t line;	   /* by_line only; 0 unknown */
	uint64_t *self, *total; /* n_metrics each */
};

struct graph_edge {
	uint32_t caller, callee; /* indexes of nodes */
	int32_t line; /* sites only: where the caller calls; 0 unknown */
	/* n_metrics each: of the stacks that have this call, that have the callee through it for
	 * the first time from the root, and that end with it */
	uint64_t *total, *entered, *self;
};

struct graph {
	const struct profile *profile;
	struct graph_opts opts;
	struct graph_node *nodes; /* in the order in which the tree meets them */
	size_t n_nodes;
	struct graph_edge *edges;
	size_t n_edges;
};

/* `opts` may be NULL: functions, and one edge for all sites. Errors: NOMEM. */
enum pyprof_status graph_create(struct graph **out, const struct profile *profile,
				const struct graph_opts *opts, struct pyprof_error *err);
void graph_destroy(struct graph *graph); /* NULL is fine */

#endif
