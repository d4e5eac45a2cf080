/* SPDX-License-Identifier: MIT */
#include "diff/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "diff/verdict_parts.h"

/* See docs/ci.md for what they mean, tests/tools/simulate-verdict.c for what they come to. */
const struct verdict_opts verdict_usual = {
	.alpha = 0.01,
	.fdr = 0.01,
	.min_share = 0.01,
	.min_change = 0.03,
	.min_cost = 0.005,
	.confidence = 0.95,
};

const struct verdict_opts verdict_screening = {
	.alpha = 0.05,
	.fdr = 0.05,
	.min_share = 0.01,
	.min_change = 0.03,
	.min_cost = 0.005,
	.confidence = 0.95,
	.confirmed = true,
};

const char *verdict_outcome_name(enum verdict_outcome outcome)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "pass",
		[VERDICT_REGRESSION] = "regression",
		[VERDICT_IMPROVEMENT] = "improvement",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
	};

	return names[outcome];
}

int verdict_exit_status(enum verdict_outcome outcome)
{
	static const int statuses[] = {
		[VERDICT_PASS] = 0,
		[VERDICT_REGRESSION] = 1,
		[VERDICT_IMPROVEMENT] = 0,
		[VERDICT_INCONCLUSIVE] = 3,
	};

	return statuses[outcome];
}

bool verdict_note(struct verdict *verdict, const char *format, ...)
{
	struct str text = STR_INIT;
	char **notes;
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	/* Names of functions may hold anything. */
	if (!text.failed && text.len)
		str_one_line(text.data, text.len + 1, (int)text.len);
	notes = realloc(verdict->notes, (verdict->n_notes + 1) * sizeof(*notes));
	if (notes)
		verdict->notes = notes;
	if (!notes || text.failed) {
		str_deinit(&text);
		return false;
	}
	verdict->notes[verdict->n_notes++] = str_take(&text);
	return true;
}

void verdict_destroy(struct verdict *verdict)
{
	if (!verdict)
		return;
	for (size_t i = 0; i < verdict->n_notes; i++)
		free(verdict->notes[i]);
	free(verdict->notes);
	free(verdict->items);
	free(verdict);
}

/* ---- options ----------------------------------------------------------------------- */

static enum pyprof_status check_opts(struct verdict_opts *opts, struct pyprof_error *err)
{
	const struct {
		const char *name;
		double value, low, high;
	} rows[] = {
		{"level of the total's test", opts->alpha, 1e-9, 0.5},
		{"false discovery rate", opts->fdr, 1e-9, 0.5},
		{"level of the last look", opts->last_alpha, 0, 0.5},
		{"false discovery rate of the last look", opts->last_fdr, 0, 0.5},
		{"share floor", opts->min_share, 0, 1},
		{"floor of changes", opts->min_change, 0, 100},
		{"floor of costs", opts->min_cost, 0, 1},
		{"confidence of intervals", opts->confidence, 0.5, 0.999999},
		{"sensitivity", opts->sensitivity, 0, 100},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!(rows[i].value >= rows[i].low && rows[i].value <= rows[i].high))
			return error_set(err, PYPROF_ERR_USAGE,
					 "cannot judge with a %s of %g: it is %g to %g",
					 rows[i].name, rows[i].value, rows[i].low,
					 rows[i].high);
	if (opts->sensitivity == 0)
		opts->sensitivity = opts->rules && opts->rules->fail_on > 0
					    ? opts->rules->fail_on
					    : 0.05;
	/* A floor above it would leave the total, however still the runs, neither found nor seen. */
	opts->min_cost = verdict_asked(opts, opts->min_cost);
	return PYPROF_OK;
}

/* ---- the order of items ---------------------------------------------------------------- */

static bool is_finding(const struct verdict_item *item)
{
	return item->found != CHANGE_NONE || item->fails;
}

static double weight(const struct verdict_item *item)
{
	return is_finding(item) ? fabs(item->mean[SIDE_HEAD] - item->mean[SIDE_BASE])
				: fmax(item->mean[SIDE_BASE], item->mean[SIDE_HEAD]);
}

static int in_order(const void *a, const void *b, void *of)
{
	const struct verdict_item *items = of;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct verdict_item *x = &items[i], *y = &items[j];
	double by_x = weight(x), by_y = weight(y);

	if (is_finding(x) != is_finding(y))
		return is_finding(x) ? -1 : 1;
	if (x->fails != y->fails)
		return x->fails ? -1 : 1;
	return by_x > by_y ? -1 : by_x < by_y ? 1 : i < j ? -1 : i > j;
}

bool verdict_order(struct verdict *verdict)
{
	size_t n = verdict->n_items; /* the total at least */
	struct verdict_item *sorted = malloc((n + 1) * sizeof(*sorted));
	_cleanup_free_ uint32_t *order = malloc((n + 1) * sizeof(*order));
	_cleanup_free_ uint32_t *place = malloc((n + 1) * sizeof(*place));

	if (!order || !place || !sorted) {
		free(sorted);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order + 1, n - 1, sizeof(*order), in_order, verdict->items);
	for (size_t i = 0; i < n; i++)
		place[order[i]] = (uint32_t)i;
	verdict->n_findings = verdict->n_tested = 0;
	for (size_t i = 0; i < n; i++) {
		struct verdict_item *item = &sorted[i];

		*item = verdict->items[order[i]];
		if (item->with != PROFILE_NONE)
			item->with = place[item->with];
		if (item->told_by != PROFILE_NONE)
			item->told_by = place[item->told_by];
		verdict->n_findings += i && is_finding(item);
		verdict->n_tested += item->tested;
	}
	free(verdict->items);
	verdict->items = sorted;
	return true;
}

/*
 * Anything that fails is a regression, whatever else got faster; and a limit that was asked for and
 * could not be judged is not made up for by that either. A pass says more than that nothing was
 * found: that it could have been.
 */
enum verdict_outcome verdict_outcome_of(const struct verdict *verdict)
{
	bool fails = false, gains = false, blind = false;

	for (size_t i = 0; i < verdict->n_items; i++) {
		fails = fails || verdict->items[i].fails;
		gains = gains || verdict->items[i].gains;
		blind = blind || verdict->items[i].blind;
	}
	if (fails)
		return VERDICT_REGRESSION;
	if (blind)
		return VERDICT_INCONCLUSIVE;
	if (gains)
		return VERDICT_IMPROVEMENT;
	if (!verdict->level_alone && !(verdict->sight <= verdict->opts.sensitivity))
		return VERDICT_INCONCLUSIVE;
	return VERDICT_PASS;
}

/* ---- all of it --------------------------------------------------------------------------- */

static void judge_deinit(struct judge *judge)
{
	free(judge->items);
	free(judge->scratch);
	free(judge->family);
	free(judge->p);
	verdict_destroy(judge->verdict);
}

static bool judge_init(struct judge *judge)
{
	const struct runs *runs = judge->runs;

	judge->items = calloc(runs->n_items, sizeof(*judge->items));
	judge->scratch = calloc(verdict_pair_room(runs), sizeof(*judge->scratch));
	judge->family = calloc(runs->n_items, sizeof(*judge->family));
	judge->p = calloc(runs->n_items, sizeof(*judge->p));
	judge->verdict = calloc(1, sizeof(*judge->verdict));
	if (judge->verdict)
		judge->verdict->items = calloc(runs->n_items, sizeof(*judge->verdict->items));
	return judge->items && judge->scratch && judge->family && judge->p &&
	       judge->verdict && judge->verdict->items;
}

/* A function that was seen, but never at a cost in this metric: there is nothing to tell of it. */
static bool costs_nothing(const struct runs *runs, size_t item)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t r = 0; r < runs->n_runs[side]; r++)
			if (runs->cost[side][r * runs->n_items + item] > 0)
				return false;
	return true;
}

/* The items of which there is something to tell, in their order. False: no memory. */
static bool take_items(struct judge *judge)
{
	struct verdict *verdict = judge->verdict;
	size_t n = judge->runs->n_items;
	_cleanup_free_ uint32_t *place = malloc(n * sizeof(*place));

	if (!place)
		return false;
	for (size_t i = 0; i < n; i++) {
		place[i] = PROFILE_NONE;
		if (i && costs_nothing(judge->runs, i))
			continue;
		place[i] = (uint32_t)verdict->n_items;
		verdict->items[verdict->n_items++] = judge->items[i].out;
	}
	for (size_t i = 0; i < verdict->n_items; i++) {
		struct verdict_item *item = &verdict->items[i];

		if (item->with != PROFILE_NONE)
			item->with = place[item->with];
		if (item->told_by != PROFILE_NONE)
			item->told_by = place[item->told_by];
	}
	return true;
}

static bool conclude(struct judge *judge)
{
	struct verdict *verdict = judge->verdict;

	verdict_limits(judge);
	if (!take_items(judge))
		return false;
	verdict->sight = judge->items[0].sight;
	verdict->level_alone = !judge->sensitive &&
			       verdict_level_alone(judge->runs, judge->items[0].relative,
						   judge->items[0].absolute);
	verdict->outcome = verdict_outcome_of(verdict);
	return verdict_add_notes(judge) && verdict_order(verdict);
}

enum pyprof_status verdict_create(struct verdict **out, const struct runs *runs,
				  const struct pair *pair, const struct verdict_opts *opts,
				  struct pyprof_error *err)
{
	struct judge judge = {.runs = runs, .pair = pair, .opts = opts ? *opts : verdict_usual,
			      .sensitive = opts && opts->sensitivity > 0};
	enum pyprof_status status = check_opts(&judge.opts, err);

	if (status)
		return status;
	if (!judge_init(&judge)) {
		judge_deinit(&judge);
		return error_nomem(err);
	}
	judge.verdict->runs = runs;
	judge.verdict->opts = judge.opts;
	verdict_measure(&judge);
	verdict_test(&judge);
	status = verdict_explain(&judge, err);
	if (!status && !conclude(&judge))
		status = error_nomem(err);
	if (!status)
		*out = take_ptr(judge.verdict);
	judge_deinit(&judge);
	return status;
}
