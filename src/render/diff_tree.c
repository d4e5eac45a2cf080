/* SPDX-License-Identifier: MIT */
#include "render/diff_tree.h"

#include <stdlib.h>
#include <string.h>

#include "render/amount.h"

static uint64_t multiply_saturating(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t greatest_common(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static bool allocate(struct diff_tree *tree)
{
	const struct view_node *nodes = view_nodes(tree->view, &tree->n);

	tree->nodes = malloc(tree->n * sizeof(*tree->nodes));
	for (unsigned side = 0; side < SIDES; side++)
		tree->side[side] = calloc(tree->n, sizeof(*tree->side[side]));
	if (!tree->nodes || !tree->side[SIDE_BASE] || !tree->side[SIDE_HEAD])
		return false;
	memcpy(tree->nodes, nodes, tree->n * sizeof(*nodes));
	return true;
}

/* Parents come before their children. */
static void add_up(struct diff_tree *tree)
{
	for (size_t i = tree->n; i-- > 0;) {
		for (unsigned side = 0; side < SIDES; side++) {
			struct diff_amount *of = tree->side[side];

			of[i].total = profile_add_saturating(of[i].total, of[i].self);
			if (i != PROFILE_ROOT)
				of[tree->nodes[i].parent].total = profile_add_saturating(
					of[tree->nodes[i].parent].total, of[i].total);
		}
	}
}

static void add_values(struct diff_tree *tree, const struct pair *pair,
		       const struct diff_tree_opts *opts)
{
	const struct profile *p = pair->profile;
	const uint32_t *leaves = view_leaves(tree->view);
	uint64_t runs[SIDES], times[SIDES];

	for (unsigned side = 0; side < SIDES; side++)
		runs[side] = opts->runs[side] ? opts->runs[side] : 1;
	tree->parts = multiply_saturating(
		runs[SIDE_BASE] / greatest_common(runs[SIDE_BASE], runs[SIDE_HEAD]),
		runs[SIDE_HEAD]);
	for (unsigned side = 0; side < SIDES; side++)
		times[side] = tree->parts / runs[side];
	for (size_t i = 0; i < p->n_samples; i++) {
		if (leaves[i] == PROFILE_NONE)
			continue;
		for (unsigned side = 0; side < SIDES; side++) {
			size_t metric = pair_metric(pair, opts->metric, (enum side)side);
			uint64_t *self = &tree->side[side][leaves[i]].self;

			*self = profile_add_saturating(
				*self, multiply_saturating(p->values[i * p->n_metrics + metric],
							   times[side]));
		}
	}
	add_up(tree);
}

/* What a node's own weight is: the head's, or of a ghost the base's. */
static uint64_t own_weight(const struct diff_tree *tree, uint32_t node)
{
	enum side side = diff_tree_ghost(tree, node) ? SIDE_BASE : SIDE_HEAD;
	uint64_t self = tree->side[side][node].self;

	return tree->shares ? amount_scale(self, DIFF_TREE_WHOLE, diff_tree_sum(tree, side)) : self;
}

static void weigh(struct diff_tree *tree)
{
	struct view_node *nodes = tree->nodes;

	for (size_t i = 0; i < tree->n; i++) {
		nodes[i].self = own_weight(tree, (uint32_t)i);
		nodes[i].total = 0;
	}
	for (size_t i = tree->n; i-- > 0;) {
		nodes[i].total = profile_add_saturating(nodes[i].total, nodes[i].self);
		if (i != PROFILE_ROOT)
			nodes[nodes[i].parent].total = profile_add_saturating(
				nodes[nodes[i].parent].total, nodes[i].total);
	}
}

/* Ghosts behind the others, each of the two as they were. */
static void order_children(struct diff_tree *tree, uint32_t parent)
{
	struct view_node *nodes = tree->nodes;
	uint32_t first[2] = { PROFILE_NONE, PROFILE_NONE }, last[2] = { PROFILE_NONE, PROFILE_NONE };

	for (uint32_t child = nodes[parent].first_child; child != PROFILE_NONE;) {
		uint32_t next = nodes[child].next_sibling;
		bool ghost = diff_tree_ghost(tree, child);

		if (last[ghost] == PROFILE_NONE)
			first[ghost] = child;
		else
			nodes[last[ghost]].next_sibling = child;
		nodes[child].next_sibling = PROFILE_NONE;
		last[ghost] = child;
		child = next;
	}
	nodes[parent].first_child = first[first[false] == PROFILE_NONE];
	if (last[false] != PROFILE_NONE)
		nodes[last[false]].next_sibling = first[true];
}

enum pyprof_status diff_tree_init(struct diff_tree *tree, const struct pair *pair,
				  const struct view *view, const struct diff_tree_opts *opts,
				  struct pyprof_error *err)
{
	*tree = (struct diff_tree){ .view = view, .shares = opts->shares };
	if (!allocate(tree))
		return error_nomem(err);
	add_values(tree, pair, opts);
	weigh(tree);
	for (size_t i = 0; i < tree->n; i++)
		order_children(tree, (uint32_t)i);
	return PYPROF_OK;
}

void diff_tree_deinit(struct diff_tree *tree)
{
	free(tree->nodes);
	for (unsigned side = 0; side < SIDES; side++)
		free(tree->side[side]);
	*tree = (struct diff_tree){ 0 };
}
