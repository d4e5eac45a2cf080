/* SPDX-License-Identifier: MIT */
/*
 * A view of two profiles, with what each of its nodes costs on both sides and how wide it is.
 *
 * A node is as wide as its head value. Where nothing is left of it in the head it is a ghost, as
 * wide as its base value, and so is all below it; a node's weight is then what the head has of it
 * and what ghosts below it had: weights add up, as widths must. Ghosts come behind their siblings.
 *
 * Values of a side are per run. As a sum of several runs need not divide by how many they are, they
 * are kept in parts: `parts` of them are one of the metric's unit. So everything adds up exactly,
 * and the changes of self values are, all together, the difference of the totals.
 *
 * Of shares a node is as wide as its share of the head, and a ghost as its share of the base was.
 */
#ifndef PYPROF_RENDER_DIFF_TREE_H
#define PYPROF_RENDER_DIFF_TREE_H

#include "profile/pair.h"
#include "profile/view.h"

/* So fine that what rounding takes from a share cannot be seen. */
#define DIFF_TREE_WHOLE (1ull << 40)

struct diff_amount {
	uint64_t self, total;
};

struct diff_tree {
	const struct view *view;
	/* As the view's, but self and total are weights, and ghosts come behind their siblings. */
	struct view_node *nodes;
	size_t n;
	struct diff_amount *side[SIDES]; /* by node, in parts */
	uint64_t parts;
	bool shares; /* weights are shares, of which DIFF_TREE_WHOLE is all of a side */
};

struct diff_tree_opts {
	size_t metric;	    /* below pair->n_metrics */
	size_t runs[SIDES]; /* 0 is 1 */
	bool shares;
};

/*
 * `view` is of pair->profile, of that metric and with all_metrics; it and the pair must outlive the
 * tree. diff_tree_deinit() it, also after a failure. Errors: NOMEM.
 */
enum pyprof_status diff_tree_init(struct diff_tree *tree, const struct pair *pair,
				  const struct view *view, const struct diff_tree_opts *opts,
				  struct pyprof_error *err);
void diff_tree_deinit(struct diff_tree *tree);

/* What a whole side costs, in parts. */
static inline uint64_t diff_tree_sum(const struct diff_tree *tree, enum side side)
{
	return tree->side[side][PROFILE_ROOT].total;
}

/* It was there, and nothing is left of it. */
static inline bool diff_tree_ghost(const struct diff_tree *tree, uint32_t node)
{
	return !tree->side[SIDE_HEAD][node].total && tree->side[SIDE_BASE][node].total;
}

/* It is there, and nothing of it was. */
static inline bool diff_tree_new(const struct diff_tree *tree, uint32_t node)
{
	return tree->side[SIDE_HEAD][node].total && !tree->side[SIDE_BASE][node].total;
}

#endif
