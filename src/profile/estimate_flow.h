/* SPDX-License-Identifier: MIT */
/*
 * The call graph of profile/estimate.h as a flow that is conserved: what comes into a
 * group of functions is what stays in them and what goes on from them, to the last unit.
 * A group is a cycle, or a function that is in none.
 *
 * Of use to estimate.c, estimate_flow.c and estimate_walk.c alone.
 */
#ifndef PYPROF_PROFILE_ESTIMATE_FLOW_H
#define PYPROF_PROFILE_ESTIMATE_FLOW_H

#include "profile/estimate.h"

/*
 * Lists of ids, one behind the other: those of i are ids[first[i]] up to ids[first[i +
 * 1]].
 */
struct id_lists {
	uint32_t *first, *ids;
};

struct flow {
	const struct estimate *e;
	size_t m;
	struct id_lists calls;	/* of each node, those that count */
	struct id_lists selves; /* of each node */
	uint32_t *group; /* of each node; callees' groups come before their callers' */
	size_t n_groups;
	struct id_lists members;	 /* nodes of each group */
	uint64_t *self_left, *call_left; /* m each: what no stack has yet */
	uint64_t *roots;		 /* by group, m each: what nothing called */
	uint32_t *root_nodes; /* by group: the node to begin these stacks with */
};

/* False: no memory; flow_deinit() has to be called all the same. */
bool flow_init(struct flow *flow, const struct estimate *e);
void flow_deinit(struct flow *flow);

/* Makes the stacks. False: no memory. */
bool flow_walk(struct flow *flow, size_t max_nodes, size_t *truncated);

/* What apportion() needs, once for all calls. */
struct apportioning {
	struct remainder *remainders;
	size_t cap;
};

/*
 * Shares of `budget` in proportion to `left`, by the largest remainder (of equal ones,
 * the first); none is above its `left`, and all are `budget`, or everything where that is
 * less. False: no memory.
 */
bool apportion(struct apportioning *a, uint64_t *shares, const uint64_t *left, size_t n,
	       uint64_t budget);

#endif
