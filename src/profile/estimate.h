/* SPDX-License-Identifier: MIT */
/*
 * Stacks from a call graph: for files that know who called whom, and what that cost, but
 * not what had called the caller.
 *
 * Where a function has two callers, nobody knows which of them what it cost below was
 * spent for. The estimate is that it was for both in proportion to what their calls cost,
 * as gprof has it. It is exact where it can be:
 *   - what a function (and each of its lines) cost itself, always;
 *   - what each call cost with all below it, unless it is part of a cycle: then only for
 * the cycle as a whole, what is called from it and what calls it. All parts are whole
 * numbers and add up to the whole, in each metric. The function that is called by
 * nothing, or costs more than its calls do, is a root with what is left.
 *
 * In a cycle (functions that call each other, directly or not) no stack comes back to a
 * function that it has already: what is in the cycle is reached from where it was entered
 * by the fewest calls. A call of a function by itself is left out: the files count what
 * it cost in the outer call.
 *
 * Where the file contradicts itself, and calls of a function cost more than it and what
 * it calls, the calls are made less, each in proportion: what the functions themselves
 * cost is believed first.
 *
 * A graph can have more paths than there are atoms. The costliest are followed first and
 * divided in proportion; when the tree has `max_nodes` more nodes than there are calls and
 * selves, or as many branches are left, these are not divided any more, but go on to where
 * most is left: there the proportions are lost, and all else stays as exact as said above.
 * Only if that takes ESTIMATE_UNDIVIDED times as many nodes, or goes on for seconds, the
 * rest ends in marks of truncated stacks, which have been part of what functions cost then:
 * estimate_add() says how many there are.
 *
 * Use: estimate_init(), a node for each function, selves and calls in any order,
 * estimate_add(), estimate_deinit(). Equal ones add up. Node ids are handed out from 0.
 * Values are the profile's n_metrics; the profile is not changed before estimate_add(),
 * and must not get other metrics.
 */
#ifndef PYPROF_PROFILE_ESTIMATE_H
#define PYPROF_PROFILE_ESTIMATE_H

#include "profile/profile.h"

#define ESTIMATE_MAX_NODES ((size_t)1 << 16)
#define ESTIMATE_UNDIVIDED 32u

struct estimate_node {
	uint32_t function; /* PROFILE_NONE: the mark of truncated stacks */
};

struct estimate_self {
	uint32_t node;
	int32_t line; /* 0 unknown */
};

struct estimate_call {
	uint32_t caller, callee;
	int32_t line; /* of the caller; 0 unknown */
};

struct estimate {
	struct profile *profile;
	size_t m; /* metrics */
	struct estimate_node *nodes;
	size_t n_nodes, cap_nodes;
	struct estimate_self *selves;
	size_t n_selves, cap_selves;
	struct estimate_call *calls;
	size_t n_calls, cap_calls;
	uint64_t *self_values, *call_values; /* m each, side by side */
	size_t cap_self_values, cap_call_values;
	struct map node_map, self_map, call_map;
	uint64_t totals[PROFILE_MAX_METRICS]; /* of all selves */
	bool overflow; /* they are beyond 64 bits: the caller's to ask */
};

void estimate_init(struct estimate *e, struct profile *profile);
void estimate_deinit(struct estimate *e);

/* The node of a function of the profile; PROFILE_NONE: no memory. */
uint32_t estimate_node(struct estimate *e, uint32_t function);

/* What was spent in a line of the node itself. False: no memory. */
bool estimate_add_self(struct estimate *e, uint32_t node, int32_t line,
		       const uint64_t *values);

/*
 * What calls cost, with all that they called. The mark calls nothing. False: no memory.
 * Sums beyond 64 bits stay at UINT64_MAX: they are more than the callee can have.
 */
bool estimate_add_call(struct estimate *e, uint32_t caller, int32_t line, uint32_t callee,
		       const uint64_t *values);

/*
 * Adds the stacks to the profile, and to its comments that they are an estimate;
 * max_nodes 0 is ESTIMATE_MAX_NODES. *truncated (may be NULL) is how many branches were
 * cut off. Errors: NOMEM, LIMIT (selves that add up beyond 64 bits).
 */
enum pyprof_status estimate_add(struct estimate *e, size_t max_nodes, size_t *truncated,
				struct pyprof_error *err);

#endif
