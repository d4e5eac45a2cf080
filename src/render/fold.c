/* SPDX-License-Identifier: MIT */
#include "render/fold.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "render/amount.h"

/* What is known of each node while we choose. */
struct folding {
	const struct view_node *nodes;
	size_t n;
	const struct fold_limits *limits;
	uint32_t *level;
	uint64_t *below; /* frames under it that have no box of their own */
	uint64_t *rest;	 /* weight of its callees that have no box of their own */
	uint64_t *next;	 /* where its next callee's box starts */
	bool *kept;
	uint64_t boxes; /* so many are to be drawn, gathering ones included */
};

static void folding_deinit(struct folding *f)
{
	free(f->level);
	free(f->below);
	free(f->rest);
	free(f->next);
	free(f->kept);
}

static bool folding_alloc(struct folding *f)
{
	f->level = calloc(f->n, sizeof(*f->level));
	f->below = calloc(f->n, sizeof(*f->below));
	f->rest = calloc(f->n, sizeof(*f->rest));
	f->next = calloc(f->n, sizeof(*f->next));
	f->kept = calloc(f->n, sizeof(*f->kept));
	return f->level && f->below && f->rest && f->next && f->kept;
}

static bool wide_enough(const struct folding *f, uint64_t weight)
{
	const struct fold_limits *limits = f->limits;

	return weight && amount_scale(weight, limits->width, f->nodes[0].total) >=
				 limits->min_width;
}

/* Levels from the root up, counts of what is below from the leaves down. */
static uint32_t measure(struct folding *f)
{
	uint32_t deepest = 0;

	for (size_t i = 1; i < f->n; i++) {
		f->level[i] = f->level[f->nodes[i].parent] + 1;
		if (f->level[i] > deepest)
			deepest = f->level[i];
	}
	for (size_t i = f->n; i-- > 1;) {
		uint32_t parent = f->nodes[i].parent;

		f->below[parent] += f->below[i] + 1;
		f->rest[parent] = profile_add_saturating(f->rest[parent], f->nodes[i].total);
	}
	return deepest + 1;
}

struct candidate {
	uint64_t total;
	uint32_t level, node;
};

/* The widest first; of equals the lower, so that a caller always precedes its callees. */
static int by_width(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static size_t find_candidates(const struct folding *f, struct candidate *out)
{
	size_t n = 0;

	for (uint32_t i = 1; i < f->n; i++)
		if (f->level[i] < f->limits->max_levels &&
		    wide_enough(f, f->nodes[i].total))
			out[n++] = (struct candidate){ f->nodes[i].total, f->level[i], i };
	return n;
}

/* Gives `node` a box of its own, where the picture has room for what that changes. */
static bool keep(struct folding *f, uint32_t node)
{
	uint32_t parent = f->nodes[node].parent;
	uint64_t total = f->nodes[node].total, boxes;

	/* A callee wider than its caller: not a tree of ours, but nothing may break. */
	if (!f->kept[parent] || total > f->rest[parent])
		return true;
	boxes = f->boxes + 1 + wide_enough(f, f->rest[node]) -
		wide_enough(f, f->rest[parent]) +
		wide_enough(f, f->rest[parent] - total);
	if (boxes > f->limits->max_boxes)
		return false;
	f->boxes = boxes;
	f->kept[node] = true;
	f->rest[parent] -= total;
	f->below[parent] -= f->below[node] + 1;
	return true;
}

static enum pyprof_status choose(struct folding *f, struct pyprof_error *err)
{
	_cleanup_free_ struct candidate *candidates = malloc(f->n * sizeof(*candidates));
	size_t n;

	if (!candidates)
		return error_nomem(err);
	f->kept[0] = true;
	f->boxes = 1 + wide_enough(f, f->rest[0]);
	n = find_candidates(f, candidates);
	qsort(candidates, n, sizeof(*candidates), by_width);
	for (size_t i = 0; i < n; i++)
		if (!keep(f, candidates[i].node))
			break;
	return PYPROF_OK;
}

static void add_box(struct fold *fold, struct fold_box box)
{
	fold->boxes[fold->n++] = box;
	if (box.level >= fold->levels)
		fold->levels = box.level + 1;
}

/* The gathering box of `node`, once all its drawn callees have their place. */
static void add_rest(struct fold *fold, const struct folding *f, uint32_t node)
{
	fold->folded_frames += f->below[node];
	fold->folded_weight += f->rest[node];
	if (!wide_enough(f, f->rest[node]))
		return;
	add_box(fold, (struct fold_box){
			      .node = node,
			      .more = f->below[node],
			      .level = f->level[node] + 1,
			      .start = f->next[node],
			      .weight = f->rest[node],
		      });
}

static void add_frame(struct fold *fold, struct folding *f, uint32_t node, uint64_t start)
{
	f->next[node] = start;
	add_box(fold, (struct fold_box){
			      .node = node,
			      .level = f->level[node],
			      .start = start,
			      .weight = f->nodes[node].total,
		      });
}

/* From `node` on, itself included, the first sibling that is drawn. */
static uint32_t first_kept(const struct folding *f, uint32_t node)
{
	while (node != PROFILE_NONE && !f->kept[node])
		node = f->nodes[node].next_sibling;
	return node;
}

/* Walks the kept frames, callers first, and gives them their places. */
static enum pyprof_status place(struct fold *fold, struct folding *f,
				struct pyprof_error *err)
{
	uint32_t node = 0;

	fold->boxes = malloc(f->boxes * sizeof(*fold->boxes));
	if (!fold->boxes)
		return error_nomem(err);
	add_frame(fold, f, 0, 0);
	for (;;) {
		uint32_t next = first_kept(f, f->nodes[node].first_child);

		while (next == PROFILE_NONE) {
			add_rest(fold, f, node);
			if (node == 0)
				return PYPROF_OK;
			next = first_kept(f, f->nodes[node].next_sibling);
			node = f->nodes[node].parent;
		}
		add_frame(fold, f, next, f->next[node]);
		f->next[node] += f->nodes[next].total;
		node = next;
	}
}

enum pyprof_status fold_init(struct fold *fold, const struct view *view,
			     const struct fold_limits *limits, struct pyprof_error *err)
{
	_cleanup_(folding_deinit) struct folding f = { .limits = limits };
	enum pyprof_status status;

	*fold = (struct fold){ 0 };
	f.nodes = view_nodes(view, &f.n);
	if (!folding_alloc(&f))
		return error_nomem(err);
	fold->all_levels = measure(&f);
	status = choose(&f, err);
	return status ? status : place(fold, &f, err);
}

void fold_deinit(struct fold *fold)
{
	free(fold->boxes);
	*fold = (struct fold){ 0 };
}
