/* SPDX-License-Identifier: MIT */
#include "render/fold.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "render/amount.h"

/*
 * A frame that is wide enough for a box. Its caller is at least as wide, and so is one too. There
 * may be a million frames of which some thousands are: only of these anything is kept.
 */
struct candidate {
	uint64_t total;
	uint64_t below; /* frames under it that have no box of their own */
	uint64_t rest;	/* weight of its callees that have no box of their own */
	uint64_t next;	/* where its next callee's box starts */
	uint32_t node, caller; /* the caller is a candidate's number; NONE: the root's */
	uint32_t level;
	bool kept;
};

#define NONE UINT32_MAX

struct folding {
	const struct view_node *nodes;
	const struct fold_limits *limits;
	struct candidate *candidates; /* callers before callees, left before right */
	size_t n, cap;
	uint32_t *by_width; /* their numbers, the widest first */
	uint64_t boxes;	    /* so many are to be drawn, gathering ones included */
};

static void folding_deinit(struct folding *f)
{
	free(f->candidates);
	free(f->by_width);
}

static bool wide_enough(const struct folding *f, uint64_t weight)
{
	const struct fold_limits *limits = f->limits;

	return weight && amount_scale(weight, limits->width, f->nodes[0].total) >=
				 limits->min_width;
}

/* A frame is met, the `met`th of the tree, below the candidate `caller`. Gives its own number. */
static bool enter(struct folding *f, uint32_t node, uint32_t level, uint64_t met, uint32_t caller,
		  uint32_t *number)
{
	const struct view_node *n = &f->nodes[node];

	if (node && (caller == NONE || f->candidates[caller].level + 1 != level ||
		     level >= f->limits->max_levels || !wide_enough(f, n->total)))
		return true;
	if (f->n == NONE || !array_grow(f->candidates, f->n, f->cap))
		return false;
	*number = (uint32_t)f->n++;
	f->candidates[*number] = (struct candidate){
		.total = n->total,
		.below = met, /* until it is left */
		.node = node,
		.caller = caller,
		.level = level,
	};
	for (uint32_t child = n->first_child; child != PROFILE_NONE;
	     child = f->nodes[child].next_sibling)
		f->candidates[*number].rest = profile_add_saturating(
			f->candidates[*number].rest, f->nodes[child].total);
	return true;
}

/* The first sibling from `node` on that was seen at all: a view may have other metrics' too. */
static uint32_t weighty(const struct folding *f, uint32_t node)
{
	while (node != PROFILE_NONE && !f->nodes[node].total)
		node = f->nodes[node].next_sibling;
	return node;
}

/* Goes through the tree without recursion: it may be a million frames deep. */
static bool find_candidates(struct folding *f, uint32_t *levels)
{
	uint32_t node = 0, level = 0, open = NONE;
	uint64_t met = 0;

	*levels = 1;
	if (!enter(f, 0, 0, met++, NONE, &open))
		return false;
	for (;;) {
		uint32_t next = weighty(f, f->nodes[node].first_child);

		for (level++; next == PROFILE_NONE; level--) {
			if (open != NONE && f->candidates[open].node == node) {
				f->candidates[open].below = met - f->candidates[open].below - 1;
				open = f->candidates[open].caller;
			}
			if (node == 0)
				return true;
			next = weighty(f, f->nodes[node].next_sibling);
			node = f->nodes[node].parent;
		}
		node = next;
		if (level >= *levels)
			*levels = level + 1;
		if (!enter(f, node, level, met++, open, &open))
			return false;
	}
}

/* The widest first; of equals the lower, so that a caller always precedes its callees. */
static int by_width(const void *a, const void *b, void *arg)
{
	const struct candidate *candidates = arg;
	const struct candidate *x = &candidates[*(const uint32_t *)a];
	const struct candidate *y = &candidates[*(const uint32_t *)b];

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Gives a candidate a box of its own, where the picture has room for what that changes. */
static bool keep(struct folding *f, struct candidate *c)
{
	struct candidate *caller = &f->candidates[c->caller];
	uint64_t boxes;

	/* A callee wider than its caller: not a tree of ours, but nothing may break. */
	if (!caller->kept || c->total > caller->rest)
		return true;
	boxes = f->boxes + 1 + wide_enough(f, c->rest) - wide_enough(f, caller->rest) +
		wide_enough(f, caller->rest - c->total);
	if (boxes > f->limits->max_boxes)
		return false;
	f->boxes = boxes;
	c->kept = true;
	caller->rest -= c->total;
	caller->below -= c->below + 1;
	return true;
}

static bool choose(struct folding *f)
{
	f->by_width = malloc(f->n * sizeof(*f->by_width));
	if (!f->by_width)
		return false;
	for (uint32_t i = 0; i < f->n; i++)
		f->by_width[i] = i;
	qsort_r(f->by_width, f->n, sizeof(*f->by_width), by_width, f->candidates);
	f->candidates[0].kept = true;
	f->boxes = 1 + wide_enough(f, f->candidates[0].rest);
	for (size_t i = 0; i < f->n; i++)
		if (f->by_width[i] && !keep(f, &f->candidates[f->by_width[i]]))
			break;
	return true;
}

static void add_box(struct fold *fold, struct fold_box box)
{
	fold->boxes[fold->n++] = box;
	if (box.level >= fold->levels)
		fold->levels = box.level + 1;
}

/* The gathering box of a frame, once all its drawn callees have their place. Gives its caller. */
static uint32_t add_rest(struct fold *fold, const struct folding *f, uint32_t number)
{
	const struct candidate *c = &f->candidates[number];

	fold->folded_frames += c->below;
	fold->folded_weight += c->rest;
	if (wide_enough(f, c->rest))
		add_box(fold, (struct fold_box){
				      .node = c->node,
				      .more = c->below,
				      .level = c->level + 1,
				      .start = c->next,
				      .weight = c->rest,
			      });
	return c->caller;
}

static void add_frame(struct fold *fold, struct folding *f, struct candidate *c)
{
	if (c->caller != NONE) {
		c->next = f->candidates[c->caller].next;
		f->candidates[c->caller].next += c->total;
	}
	add_box(fold, (struct fold_box){
			      .node = c->node,
			      .level = c->level,
			      .start = c->next,
			      .weight = c->total,
		      });
}

/* Gives the kept frames their places, callers first. */
static bool place(struct fold *fold, struct folding *f)
{
	uint32_t open = NONE;

	fold->boxes = malloc(f->boxes * sizeof(*fold->boxes));
	if (!fold->boxes)
		return false;
	for (uint32_t i = 0; i < f->n; i++) {
		struct candidate *c = &f->candidates[i];

		if (!c->kept)
			continue;
		while (open != c->caller)
			open = add_rest(fold, f, open);
		add_frame(fold, f, c);
		open = i;
	}
	while (open != NONE)
		open = add_rest(fold, f, open);
	return true;
}

enum pyprof_status fold_init(struct fold *fold, const struct view_node *nodes,
			     const struct fold_limits *limits, struct pyprof_error *err)
{
	_cleanup_(folding_deinit) struct folding f = { .nodes = nodes, .limits = limits };

	*fold = (struct fold){ 0 };
	if (!find_candidates(&f, &fold->all_levels) || !choose(&f) || !place(fold, &f))
		return error_nomem(err);
	return PYPROF_OK;
}

void fold_deinit(struct fold *fold)
{
	free(fold->boxes);
	*fold = (struct fold){ 0 };
}
