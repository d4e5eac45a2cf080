/* SPDX-License-Identifier: MIT */
/* The rows: what each function has on both sides, by how much that changed. */
#include "diff/changes.h"

#include <stdlib.h>
#include <string.h>

#include "diff/changes_parts.h"

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Head minus base, of delta_runs runs a side; saturating. */
static int64_t delta_of(const struct changed *changed, const uint64_t sums[SIDES])
{
	uint64_t times[SIDES], scaled[SIDES];

	for (int side = 0; side < SIDES; side++) {
		times[side] = changed->delta_runs / changed->runs[side];
		if (__builtin_mul_overflow(sums[side], times[side], &scaled[side]))
			scaled[side] = UINT64_MAX;
	}
	return pair_delta(scaled[SIDE_BASE], scaled[SIDE_HEAD]);
}

static bool share_changed(const struct changed *changed, const uint64_t sums[SIDES])
{
	return (unsigned __int128)sums[SIDE_BASE] * changed->whole[SIDE_HEAD] !=
	       (unsigned __int128)sums[SIDE_HEAD] * changed->whole[SIDE_BASE];
}

/* By how much its share changed, of 1. */
static double share_change(const struct changed *changed, const uint64_t sums[SIDES])
{
	double change = changed_share_delta(changed, sums);

	return change < 0 ? -change : change;
}

static uint64_t size_of(int64_t delta)
{
	return delta < 0 ? -(uint64_t)delta : (uint64_t)delta;
}

/* ---- rows that are only noise ----------------------------------------------------------- */

/* It is shown as 0.00, or as less than that, on both sides. */
static bool too_small_to_read(const struct changed *changed, const uint64_t sums[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		double whole = (double)changed->whole[side], of_run;

		of_run = (double)sums[side] / (double)changed->runs[side];
		if (changed->opts->shares ? (double)sums[side] * 20000 >= whole && sums[side] :
					    of_run * 200 >= changed->scale.divisor && sums[side])
			return false;
	}
	return true;
}

static bool changed_little(const struct changed *changed, const uint64_t sums[SIDES], int64_t delta)
{
	double whole = 0;

	if (too_small_to_read(changed, sums))
		return true;
	if (changed->opts->shares)
		return share_change(changed, sums) * CHANGES_SMALL < 1;
	for (int side = 0; side < SIDES; side++) {
		double own = (double)changed->whole[side] / (double)changed->runs[side];

		whole = own > whole ? own : whole;
	}
	return (double)size_of(delta) / (double)changed->delta_runs * CHANGES_SMALL < whole;
}

static bool is_few(const struct changed *changed, const uint64_t samples[SIDES])
{
	return changed->sample_metric < changed->pair->n_metrics &&
	       samples[SIDE_BASE] < CHANGES_FEW && samples[SIDE_HEAD] < CHANGES_FEW;
}

/* ---- rows --------------------------------------------------------------------------------- */

static void add_row(struct changed *changed, struct changed_row row)
{
	if (!(row.self[SIDE_BASE] | row.self[SIDE_HEAD] | row.total[SIDE_BASE] |
	      row.total[SIDE_HEAD]))
		return;
	row.self_delta = delta_of(changed, row.self);
	row.total_delta = delta_of(changed, row.total);
	row.changed = changed->opts->shares ?
			      share_changed(changed, row.self) || share_changed(changed, row.total) :
			      row.self_delta || row.total_delta;
	changed->n_changed += row.changed;
	row.small = row.changed && changed->opts->limit &&
		    changed_little(changed, row.self, row.self_delta) &&
		    changed_little(changed, row.total, row.total_delta);
	changed->n_small += row.small;
	changed->rows[changed->n++] = row;
}

/* What was seen without a frame is in no node of the graph. */
static struct changed_row without_frame(const struct changed *changed)
{
	const struct profile *p = changed->pair->profile;
	struct changed_row row = { .function = CHANGED_NO_FRAME };

	for (size_t i = 0; i < p->n_samples; i++) {
		const uint64_t *values = p->values + i * p->n_metrics;

		if (p->samples[i].node != PROFILE_ROOT ||
		    p->samples[i].marks & PROFILE_MARK_TRUNCATED)
			continue;
		for (int side = 0; side < SIDES; side++) {
			size_t metric = pair_metric(changed->pair, changed->opts->metric,
						    (enum side)side);

			row.self[side] = profile_add_saturating(row.self[side], values[metric]);
			row.total[side] = row.self[side];
		}
	}
	return row;
}

static void take(const struct changed *changed, const struct graph_node *node, size_t metric,
		 uint64_t self[SIDES], uint64_t total[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		size_t own = pair_metric(changed->pair, metric, (enum side)side);

		self[side] = node->self[own];
		total[side] = node->total[own];
	}
}

static bool add_rows(struct changed *changed, const struct graph *graph)
{
	changed->rows = calloc(graph->n_nodes + 1, sizeof(*changed->rows));
	if (!changed->rows)
		return false;
	for (size_t i = 0; i < graph->n_nodes; i++) {
		const struct graph_node *node = &graph->nodes[i];
		struct changed_row row = { .function = node->function, .line = node->line };
		uint64_t self[SIDES] = { 0 }, total[SIDES] = { 0 }; /* samples */

		take(changed, node, changed->opts->metric, row.self, row.total);
		if (changed->sample_metric < changed->pair->n_metrics)
			take(changed, node, changed->sample_metric, self, total);
		row.few_self = is_few(changed, self);
		row.few_total = is_few(changed, total);
		add_row(changed, row);
	}
	add_row(changed, without_frame(changed));
	return true;
}

/* ---- their order ------------------------------------------------------------------------ */

static int compare_shares(const struct changed *changed, const uint64_t x[SIDES],
			  const uint64_t y[SIDES])
{
	double change_x = share_change(changed, x), change_y = share_change(changed, y);

	return (change_x < change_y) - (change_x > change_y);
}

static int compare_strings(const struct profile *p, uint32_t a, uint32_t b)
{
	uint32_t len_a = p->string_lengths[a], len_b = p->string_lengths[b];
	int order = memcmp(p->strings[a], p->strings[b], len_a < len_b ? len_a : len_b);

	return order ? order : (len_a > len_b) - (len_a < len_b);
}

/* Those that are no functions come last. */
static int compare_names(const struct profile *p, const struct changed_row *a,
			 const struct changed_row *b)
{
	bool no_a = a->function >= CHANGED_NO_FRAME, no_b = b->function >= CHANGED_NO_FRAME;
	int order;

	if (no_a || no_b)
		return no_a && no_b ? (a->function > b->function) - (a->function < b->function) :
				      no_a - no_b;
	order = compare_strings(p, p->functions[a->function].name, p->functions[b->function].name);
	if (!order)
		order = compare_strings(p, p->functions[a->function].file,
					p->functions[b->function].file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	return order ? order : (a->function > b->function) - (a->function < b->function);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct changed *changed = arg;
	const struct changed_row *x = a, *y = b;
	uint64_t self_x = size_of(x->self_delta), self_y = size_of(y->self_delta);
	uint64_t total_x = size_of(x->total_delta), total_y = size_of(y->total_delta);

	int order = y->changed - x->changed;

	if (!order)
		order = x->small - y->small;
	if (!order && changed->opts->shares) {
		order = compare_shares(changed, x->self, y->self);
		if (!order)
			order = compare_shares(changed, x->total, y->total);
	} else if (!order) {
		order = (self_x < self_y) - (self_x > self_y);
		if (!order)
			order = (total_x < total_y) - (total_x > total_y);
	}
	return order ? order : compare_names(changed->pair->profile, x, y);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static void find_totals(struct changed *changed)
{
	const struct profile *p = changed->pair->profile;
	uint64_t largest = 0;

	for (int side = 0; side < SIDES; side++) {
		changed->runs[side] = changed->opts->sides[side].runs;
		changed->runs[side] += !changed->runs[side];
		changed->whole[side] = profile_total(
			p, pair_metric(changed->pair, changed->opts->metric, (enum side)side));
		if (changed->whole[side] / changed->runs[side] > largest)
			largest = changed->whole[side] / changed->runs[side];
	}
	changed->delta_runs = changed->runs[SIDE_BASE] /
			      greatest_divisor(changed->runs[SIDE_BASE], changed->runs[SIDE_HEAD]) *
			      changed->runs[SIDE_HEAD];
	changed->delta = delta_of(changed, changed->whole);
	changed->scale = scale_of(p->metrics[changed->opts->metric].unit, largest);
}

enum pyprof_status changed_init(struct changed *changed, const struct pair *pair,
				const struct changed_opts *opts, struct pyprof_error *err)
{
	const struct graph_opts graph_opts = { .by_line = opts->by_line };
	struct graph *graph;
	enum pyprof_status status;

	*changed = (struct changed){ .pair = pair, .opts = opts };
	changed->sample_metric = changed_sample_metric(pair);
	find_totals(changed);
	status = graph_create(&graph, pair->profile, &graph_opts, err);
	if (status)
		return status;
	if (!add_rows(changed, graph))
		status = error_nomem(err);
	else
		qsort_r(changed->rows, changed->n, sizeof(*changed->rows), compare, changed);
	graph_destroy(graph);
	return status;
}

void changed_deinit(struct changed *changed)
{
	free(changed->rows);
	*changed = (struct changed){ 0 };
}
