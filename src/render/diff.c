/* SPDX-License-Identifier: MIT */
#include "render/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/diff_chance.h"
#include "render/diff_notes.h"
#include "render/diff_scale.h"
#include "render/diff_text.h"
#include "render/diff_tree.h"
#include "render/svg.h"

/* What a box stands for: a node, or all that is gathered beside its kin. */
struct box_amounts {
	struct diff_amount side[SIDES];
};

struct drawing {
	const struct fold *fold;
	const struct diff_svg_opts *opts;
	struct diff_tree tree;
	struct diff_terms terms;
	struct box_amounts *boxes; /* by box of the fold */
	double grains[SIDES];	   /* what a sample is worth, in parts; 0: not known */
};

static void drawing_deinit(struct drawing *d)
{
	diff_tree_deinit(&d->tree);
	free(d->boxes);
}

/* ---- boxes -------------------------------------------------------------------------- */

static struct diff_amount amount_of_node(const struct drawing *d, uint32_t node, unsigned side)
{
	return d->tree.side[side][node];
}

/* All below the box's frame that has no box of its own: their totals are the box's own cost. */
static void add_gathered(const struct drawing *d, uint32_t node, const bool *kept,
			 struct box_amounts *box)
{
	const struct view_node *nodes = d->tree.nodes;

	for (uint32_t child = nodes[node].first_child; child != PROFILE_NONE;
	     child = nodes[child].next_sibling) {
		if (kept[child])
			continue;
		for (unsigned side = 0; side < SIDES; side++) {
			struct diff_amount *sum = &box->side[side];

			sum->total = profile_add_saturating(
				sum->total, amount_of_node(d, child, side).total);
			sum->self = sum->total;
		}
	}
}

static enum pyprof_status placed(void *arg, const struct fold *fold, struct pyprof_error *err)
{
	struct drawing *d = arg;
	_cleanup_free_ bool *kept = calloc(d->tree.n, sizeof(*kept));

	d->fold = fold;
	d->boxes = calloc(fold->n + 1, sizeof(*d->boxes));
	if (!kept || !d->boxes)
		return error_nomem(err);
	for (size_t i = 0; i < fold->n; i++)
		if (!fold->boxes[i].more)
			kept[fold->boxes[i].node] = true;
	for (size_t i = 0; i < fold->n; i++) {
		const struct fold_box *box = &fold->boxes[i];

		if (box->more)
			add_gathered(d, box->node, kept, &d->boxes[i]);
		for (unsigned side = 0; !box->more && side < SIDES; side++)
			d->boxes[i].side[side] = amount_of_node(d, box->node, side);
	}
	return PYPROF_OK;
}

static bool is_chance(const struct drawing *d, uint64_t base, uint64_t head)
{
	double values[SIDES] = { (double)base, (double)head };
	double grains[SIDES] = { d->grains[SIDE_BASE], d->grains[SIDE_HEAD] };

	for (unsigned side = 0; d->opts->shares && side < SIDES; side++) {
		double sum = (double)d->terms.sum[side];

		values[side] = sum > 0 ? values[side] / sum : 0;
		grains[side] = sum > 0 ? grains[side] / sum : 0;
	}
	return diff_is_chance(values, grains);
}

/* The step of a change, of values or of shares. */
static unsigned step(const struct drawing *d, uint64_t base, uint64_t head)
{
	const uint64_t *sum = d->terms.sum;

	if (is_chance(d, base, head))
		return DIFF_HALF;
	if (d->opts->shares)
		return diff_step_of_shares(sum, base, head);
	return diff_step(base, head,
			 sum[SIDE_BASE] > sum[SIDE_HEAD] ? sum[SIDE_BASE] : sum[SIDE_HEAD]);
}

static struct picture_fill step_fill(unsigned i)
{
	struct picture_fill fill = { .fill = diff_light(i) };

	snprintf(fill.class, sizeof(fill.class), "d%u", i);
	return fill;
}

static const struct picture_fill truncated_fill = { .class = "c2", .fill = "url(#hatch)" };
_Static_assert(PALETTE_TRUNCATED == 2, "the class of what is truncated");

static const struct picture_fill ghost_fill = { .class = "ghost",
						.fill = "url(#ghosts)",
						.edge = DIFF_GHOST_EDGE };

static bool is_truncated(const struct drawing *d, const struct fold_box *box)
{
	return !box->more && view_text_parts(d->tree.view, d->tree.nodes[box->node].text).kind ==
				     VIEW_TRUNCATED;
}

static struct picture_fill fill(const void *arg, size_t i)
{
	const struct drawing *d = arg;
	const struct diff_amount *base = &d->boxes[i].side[SIDE_BASE];
	const struct diff_amount *head = &d->boxes[i].side[SIDE_HEAD];
	struct picture_fill found;

	if (!head->total && base->total)
		return ghost_fill;
	/* No code became slower there: more or fewer stacks were cut off. */
	found = is_truncated(d, &d->fold->boxes[i]) ? truncated_fill :
						      step_fill(step(d, base->self, head->self));
	found.bar = base->total ? NULL : DIFF_NEW;
	return found;
}

static void tell(const void *arg, size_t i, struct str *out)
{
	const struct drawing *d = arg;
	const struct diff_amount *base = &d->boxes[i].side[SIDE_BASE];
	const struct diff_amount *head = &d->boxes[i].side[SIDE_HEAD];

	str_add_cstr(out, "total ");
	diff_text_change(out, &d->terms, base->total, head->total);
	str_add_cstr(out, "\nself ");
	diff_text_change(out, &d->terms, base->self, head->self);
	str_add_cstr(out, "\nshare ");
	diff_text_shares(out, &d->terms, base->total, head->total);
	if (!d->opts->shares)
		return;
	str_add_cstr(out, "\nshare of self ");
	diff_text_shares(out, &d->terms, base->self, head->self);
}

static void tell_value(const void *arg, uint64_t weight, struct str *out)
{
	const struct drawing *d = arg;

	diff_text_value(out, &d->terms, weight);
}

/* ---- legend -------------------------------------------------------------------------- */

#define LEGEND_TEXT 64

struct legend {
	struct picture_key keys[6];
	char less[LEGEND_TEXT], more[LEGEND_TEXT];
};

static void init_legend(struct legend *legend, const struct drawing *d)
{
	struct picture_key *key = legend->keys;

	snprintf(legend->less, sizeof(legend->less), "%s in HEAD", diff_less(d->opts, &d->terms));
	snprintf(legend->more, sizeof(legend->more), "%s in HEAD", diff_more(d->opts, &d->terms));
	key[0] = (struct picture_key){ .text = legend->less, .n_fills = DIFF_HALF };
	key[1] = (struct picture_key){ .text = "about the same", .n_fills = 1 };
	key[2] = (struct picture_key){ .text = legend->more, .n_fills = DIFF_HALF };
	key[3] = (struct picture_key){ .text = "only in BASE", .n_fills = 1 };
	key[4] = (struct picture_key){ .text = "only in HEAD", .n_fills = 1 };
	key[5] = (struct picture_key){ .text = "truncated", .n_fills = 1 };
	for (unsigned i = 0; i < DIFF_HALF; i++) {
		key[0].fills[i] = step_fill(i);
		key[2].fills[i] = step_fill(DIFF_HALF + 1 + i);
	}
	key[1].fills[0] = step_fill(DIFF_HALF);
	key[3].fills[0] = ghost_fill;
	key[4].fills[0] = step_fill(DIFF_STEPS - 1);
	key[4].fills[0].bar = DIFF_NEW;
	key[5].fills[0] = truncated_fill;
}

/* ---- the whole ------------------------------------------------------------------------ */

static enum pyprof_status draw(FILE *out, const struct pair *pair, const struct view *view,
			       struct drawing *d, const struct notes *notes,
			       struct pyprof_error *err)
{
	_cleanup_(paint_deinit) struct paint paint = { 0 };
	const struct diff_data data = { pair, d->opts };
	struct legend legend = { 0 };
	struct picture_look look = { .nodes = d->tree.nodes,
				     .arg = d,
				     .placed = placed,
				     .fill = fill,
				     .tell = tell,
				     .value = d->opts->shares ? NULL : tell_value,
				     .keys = legend.keys,
				     .n_keys = sizeof(legend.keys) / sizeof(*legend.keys) };
	enum pyprof_status status = paint_init(&paint, pair->profile, err);

	if (status)
		return status;
	init_legend(&legend, d);
	return svg_write(out,
			 &(struct svg){ .profile = pair->profile,
					.view = view,
					.paint = &paint,
					.notes = notes,
					.look = &look,
					.diff = &data },
			 err);
}

static enum pyprof_status draw_view(FILE *out, const struct pair *pair, const struct view *view,
				    const struct diff_svg_opts *opts, struct pyprof_error *err)
{
	const struct profile_metric *metric = &pair->profile->metrics[opts->metric];
	const struct diff_tree_opts tree_opts = { .metric = opts->metric,
						  .runs = { opts->sides[SIDE_BASE].runs,
							    opts->sides[SIDE_HEAD].runs },
						  .shares = opts->shares };
	_cleanup_(drawing_deinit) struct drawing d = { .opts = opts };
	_cleanup_(notes_deinit) struct notes notes = { 0 };
	enum pyprof_status status = diff_tree_init(&d.tree, pair, view, &tree_opts, err);

	if (status)
		return status;
	d.terms = (struct diff_terms){ .metric = metric->name,
				       .unit = metric->unit,
				       .parts = d.tree.parts };
	for (unsigned side = 0; side < SIDES; side++) {
		size_t runs = opts->sides[side].runs;

		d.terms.sum[side] = diff_tree_sum(&d.tree, (enum side)side);
		d.grains[side] = diff_looks_grain(diff_looks_of(pair, opts->metric, (enum side)side)) *
				 (double)d.tree.parts / (double)(runs ? runs : 1);
	}
	status = diff_notes_init(&notes, pair, opts, &d.terms, d.tree.nodes[PROFILE_ROOT].total, err);
	return status ? status : draw(out, pair, view, &d, &notes, err);
}

enum pyprof_status diff_svg_write(FILE *out, const struct pair *pair,
				  const struct diff_svg_opts *opts, struct pyprof_error *err)
{
	const struct view_opts view_opts = { .by_process = opts->by_process,
					     .by_thread = opts->by_thread,
					     .by_function = opts->by_function,
					     .full_path = opts->full_path,
					     .all_metrics = true,
					     .metric = opts->metric };
	struct view *view;
	enum pyprof_status status;

	if (opts->metric >= pair->n_metrics)
		return error_set(err, PYPROF_ERR_USAGE, "the two sides have no metric %zu",
				 opts->metric);
	status = view_create(&view, pair->profile, &view_opts, err);
	if (!status)
		status = draw_view(out, pair, view, opts, err);
	view_destroy(view);
	return status;
}
