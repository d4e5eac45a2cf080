/* SPDX-License-Identifier: MIT */
/* Which items changed, by how much, and which changes could have been found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/moved.h"
#include "diff/verdict_parts.h"

#define POWER 0.8 /* found in 80 of 100: */
#define POWER_Z 0.8416212335729143 /* so many standard errors above what is asked for */
#define RUNS_MOST 10000
/* Where cost may have moved: what changed less surely than this is still… */
#define STILL 0.99
#define LESS 0.95 /* …and how surely what it moved in changed less than itself */
#define ALONE 0.05 /* the level at which the rest of a module has to have changed by itself */

/* The relative change, and what it lies between. A side without any cost has no ratio. */
static void set_change(const struct judge *judge, struct judged *item)
{
	struct verdict_item *out = &item->out;
	double d = item->welch.difference;
	double margin = out->tested ? stats_margin(&item->welch, judge->opts.confidence)
				    : INFINITY;
	bool base = out->mean[SIDE_BASE] > 0, head = out->mean[SIDE_HEAD] > 0;

	out->change = expm1(d);
	out->low = expm1(d - margin);
	out->high = expm1(d + margin);
	if (!base && !head) {
		out->change = 0;
	} else if (!base) {
		out->change = out->high = INFINITY;
	} else if (!head) {
		out->change = out->low = -1;
	}
}

/* As much of the total as the item's change is, of logarithms of costs. */
static bool costs_enough(const struct judge *judge, const double mean[SIDES])
{
	return fabs(mean[SIDE_HEAD] - mean[SIDE_BASE]) >= judge->opts.min_cost * judge->total;
}

static bool above_floors(const struct judge *judge, const struct judged *item)
{
	return fabs(item->welch.difference) >= item->floor &&
	       (item->relative || costs_enough(judge, item->out.mean));
}

double verdict_asked(const struct verdict_opts *opts, double floor)
{
	double fail_on = opts->rules ? opts->rules->fail_on : 0;

	floor = fmin(floor, .6 * opts->sensitivity);
	return fail_on > 0 ? fmin(floor, fail_on) : floor;
}

double verdict_floor(const struct verdict_opts *opts, const struct rule *relative)
{
	double floor = verdict_asked(opts, opts->min_change);

	if (relative)
		floor = fmin(floor, relative->limit);
	return log1p(floor);
}

double verdict_limit(const struct verdict_opts *opts, const struct rule *relative)
{
	double fail_on = opts->rules ? opts->rules->fail_on : 0;

	if (relative)
		return log1p(relative->limit);
	return fail_on > 0 ? log1p(fail_on) : verdict_floor(opts, NULL);
}

/* ---- what could have been found --------------------------------------------------- */

static double normal_below(double z)
{
	return .5 * erfc(-z * M_SQRT1_2);
}

/*
 * By how many standard errors a change has to be beyond the first look's threshold, to pass that and,
 * in fresh runs, a second one that is lower by `less`, in 80 of 100 cases.
 */
static double beyond_both(double less)
{
	double low = POWER_Z, high = 2;

	for (int i = 0; i < 30; i++) {
		double z = (low + high) / 2;

		if (normal_below(z) * normal_below(z + less) < POWER)
			low = z;
		else
			high = z;
	}
	return high;
}

/* What it has to change by to be told, were there no noise. */
static double floor_of(const struct judge *judge, const struct judged *item)
{
	double share = (item->out.share[SIDE_BASE] + item->out.share[SIDE_HEAD]) / 2;

	if (item->relative || !(share > 0))
		return item->floor;
	return fmax(item->floor, log1p(judge->opts.min_cost / share));
}

/*
 * A change has to pass the test and the floors, so it has to be beyond the higher of the two by what
 * noise takes from it in 20 of 100 cases. At a level as if it were the only one that changed: with
 * others, Benjamini and Hochberg ask for less.
 */
static double detectable(const struct judge *judge, const struct judged *item,
			 const struct stats_sample logs[SIDES], double alpha)
{
	struct stats_welch w = stats_welch(&logs[SIDE_BASE], &logs[SIDE_HEAD]);
	double z = POWER_Z, test;

	if (!isfinite(w.error))
		return INFINITY;
	if (judge->opts.confirmed)
		z = beyond_both(stats_t_quantile(1 - alpha / 2, w.df) -
				stats_t_quantile(1 - VERDICT_CONFIRMS, w.df));
	test = stats_detectable(&logs[SIDE_BASE], &logs[SIDE_HEAD], alpha, normal_below(z),
				item->welch.df);
	z = judge->opts.confirmed ? beyond_both(0) : POWER_Z;
	return fmax(test, floor_of(judge, item) + z * w.error);
}

/* How many runs a side make `wanted` detectable; about the square of how far off these few are. */
static uint64_t runs_wanted(const struct judge *judge, const struct judged *item, double alpha,
			    double wanted)
{
	struct stats_sample logs[SIDES] = {item->logs[SIDE_BASE], item->logs[SIDE_HEAD]};
	uint64_t low = 1, high = RUNS_MOST + 1, n = (logs[SIDE_BASE].n + logs[SIDE_HEAD].n) / 2;

	while (high - low > 1) {
		double now;

		logs[SIDE_BASE].n = logs[SIDE_HEAD].n = n;
		logs[SIDE_BASE].lost = logs[SIDE_HEAD].lost = verdict_lost(judge->runs, n);
		now = detectable(judge, item, logs, alpha);
		if (now > wanted)
			low = n;
		else
			high = n;
		now = ceil((double)n * (now / wanted) * (now / wanted));
		n = (uint64_t)fmin(fmax(now, (double)low + 1), (double)high - 1);
	}
	return high > RUNS_MOST ? 0 : high;
}

static void set_power(const struct judge *judge, struct judged *item)
{
	const struct verdict_opts *opts = &judge->opts;
	bool total = item->out.item->kind == ITEM_TOTAL;
	double others = total ? 1 : (double)judge->n_family;
	double alpha = (total ? opts->alpha : opts->fdr) / others;
	double last = (total ? opts->last_alpha : opts->last_fdr) / others;

	/* Of nothing there is no change in percent. */
	if (!(item->out.mean[SIDE_BASE] > 0) || !(item->out.mean[SIDE_HEAD] > 0)) {
		item->sight = item->out.detectable = INFINITY;
		return;
	}
	item->sight = item->out.detectable =
		expm1(detectable(judge, item, item->logs, alpha));
	if (last > 0) {
		alpha = last;
		item->out.detectable = expm1(detectable(judge, item, item->logs, alpha));
	}
	item->out.below_floor = floor_of(judge, item) >= log1p(opts->sensitivity);
	if (!item->out.below_floor)
		item->out.runs_wanted =
			runs_wanted(judge, item, alpha, log1p(opts->sensitivity));
}

/* ---- what changed -------------------------------------------------------------------- */

static void set_found(const struct judge *judge, struct judged *item)
{
	struct verdict_item *out = &item->out;

	if (!out->tested ||
	    out->q > (out->item->kind == ITEM_TOTAL ? judge->opts.alpha : judge->opts.fdr))
		return;
	if (!above_floors(judge, item))
		out->small = true;
	else
		out->found = item->welch.difference > 0 ? CHANGE_SLOWER : CHANGE_FASTER;
}

/* Costs of the module's runs less those of its functions that changed; the dearest of these. */
static uint32_t without_found(const struct judge *judge, const struct judged *module, enum side side,
			      double *rest)
{
	const struct runs *runs = judge->runs;
	size_t at = (size_t)(module - judge->items);
	uint32_t most = PROFILE_NONE;
	double most_cost = -1;

	verdict_costs(runs, at, side, rest);
	for (size_t f = 0; f < judge->n_family; f++) {
		const struct verdict_item *out = &judge->items[judge->family[f]].out;
		double cost = fabs(out->mean[SIDE_HEAD] - out->mean[SIDE_BASE]);

		if (out->item->kind != ITEM_FUNCTION || out->found == CHANGE_NONE ||
		    strcmp(out->item->module, module->out.item->name) != 0)
			continue;
		for (size_t r = 0; r < runs->n_runs[side]; r++)
			rest[r] -= runs->cost[side][r * runs->n_items + judge->family[f]];
		if (cost > most_cost) {
			most_cost = cost;
			most = judge->family[f];
		}
	}
	return most;
}

/*
 * One change is told once: a module whose rest, without the functions that are told, shows no change
 * in that direction, tested by itself, is told by these. A rule about the module is about itself.
 */
static void tell_by_function(const struct judge *judge, struct judged *module)
{
	struct judged rest = *module;
	double mean[SIDES];

	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		uint32_t most = without_found(judge, module, side,
					      judge->scratch + side * judge->runs->n_runs[SIDE_BASE]);

		if (most == PROFILE_NONE)
			return;
		module->out.told_by = most;
	}
	verdict_pair_logs(judge->runs, judge->scratch, rest.logs);
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		mean[side] = exp(rest.logs[side].mean);
	rest.welch = stats_welch(&rest.logs[SIDE_BASE], &rest.logs[SIDE_HEAD]);
	if (rest.welch.p < ALONE && costs_enough(judge, mean) &&
	    fabs(rest.welch.difference) >= module->floor &&
	    (rest.welch.difference > 0) == (module->welch.difference > 0))
		module->out.told_by = PROFILE_NONE;
	else
		module->out.found = CHANGE_NONE;
}

/* A group of places that seems not to have changed is held against the floor of the total's costs. */
static enum pyprof_status find_moved(struct judge *judge, struct pyprof_error *err)
{
	_cleanup_free_ uint32_t *items = malloc((judge->n_family + 1) * sizeof(*items));
	_cleanup_free_ struct moved *moved = malloc((judge->n_family + 1) * sizeof(*moved));
	double df = (double)(judge->runs->n_runs[SIDE_BASE] + judge->runs->n_runs[SIDE_HEAD] - 2);
	struct moved_opts opts = {
		.still = stats_t_quantile(.5 + STILL / 2, df),
		.sure = stats_t_quantile(.5 + LESS / 2, df),
		.floor = judge->opts.min_cost * judge->total,
	};
	enum pyprof_status status = PYPROF_OK;
	size_t n = 0;

	if (!items || !moved)
		return error_nomem(err);
	for (size_t i = 0; i < judge->n_family; i++)
		if (judge->items[judge->family[i]].out.found)
			items[n++] = judge->family[i];
	if (n)
		status = moved_find(moved, judge->runs, judge->pair, items, n, &opts, err);
	for (size_t i = 0; i < n && !status; i++) {
		struct verdict_item *out = &judge->items[items[i]].out;

		if (!moved[i].moved)
			continue;
		out->found = CHANGE_MOVED;
		out->with = moved[i].with;
		out->ancestor = moved[i].ancestor;
	}
	return status;
}

void verdict_test(struct judge *judge)
{
	for (size_t i = 0; i < judge->n_family; i++)
		judge->p[i] = judge->items[judge->family[i]].out.p;
	stats_adjust(judge->p, judge->n_family);
	for (size_t i = 0; i < judge->n_family; i++)
		judge->items[judge->family[i]].out.q = judge->p[i];
	for (size_t i = 0; i < judge->runs->n_items; i++) {
		struct judged *item = &judge->items[i];

		set_change(judge, item);
		item->floor = verdict_floor(&judge->opts, item->relative);
		item->limit = verdict_limit(&judge->opts, item->relative);
		set_found(judge, item);
		if (item->out.tested)
			set_power(judge, item);
		else
			item->sight = item->out.detectable = INFINITY;
	}
}

/* A function that moved is told, too, and may be all that there is to tell of its module. */
enum pyprof_status verdict_explain(struct judge *judge, struct pyprof_error *err)
{
	enum pyprof_status status = judge->pair ? find_moved(judge, err) : PYPROF_OK;

	for (size_t i = 0; i < judge->n_family && !status; i++) {
		struct judged *item = &judge->items[judge->family[i]];

		if (item->out.item->kind == ITEM_MODULE && item->out.found && !item->relative)
			tell_by_function(judge, item);
	}
	return status;
}
