/* SPDX-License-Identifier: MIT */
/* What fails: by the usual floor or --fail-on, by a rule of its own, by a budget. */
#include <math.h>
#include <string.h>

#include "diff/glob.h"
#include "diff/verdict_parts.h"

/* The function's own name, or the module that it is in. */
static const struct rule *find_allowed(const struct judge *judge, const struct runs_item *it)
{
	const struct rules *rules = judge->opts.rules;
	const struct rule *rule;

	if (!rules || it->kind == ITEM_TOTAL)
		return NULL;
	rule = rules_find(rules, RULE_ALLOW, it->name, it->file);
	if (!rule && it->kind == ITEM_FUNCTION && *it->module)
		rule = rules_find(rules, RULE_ALLOW, it->module, "");
	return rule;
}

/* Can this limit be held against costs as these? verdict_notes.c says why not. */
bool verdict_budget_applies(const struct runs *runs, const struct rule *rule)
{
	bool seconds = !strcmp(runs->unit, "seconds");

	return !runs->per_second && rule->seconds == seconds;
}

bool verdict_over(const struct stats_sample *logs, double limit, double grain, double level)
{
	double above = logs->mean - log(limit + grain / 2);

	if (level >= .5 || logs->n < 2)
		return level >= .5 && above > 0;
	return above > sqrt(logs->variance / (double)logs->n) *
			       stats_t_quantile(1 - level, (double)logs->n - 1);
}

/*
 * A budget is the head's alone. It is exceeded where the head's mean is above it by more than chance
 * explains: the lower end of a one-sided interval, at the level of the total's test. What is above
 * it, but not surely, is no regression; but neither is it a pass.
 */
static bool over_budget(const struct judge *judge, struct judged *item)
{
	if (!item->absolute || !verdict_budget_applies(judge->runs, item->absolute))
		return false;
	item->unsure = verdict_over(&item->logs[SIDE_HEAD], item->absolute->limit,
				    verdict_grain(judge->runs, SIDE_HEAD), 0.5);
	if (!item->unsure)
		return false;
	item->unsure = !verdict_over(&item->logs[SIDE_HEAD], item->absolute->limit,
				     verdict_grain(judge->runs, SIDE_HEAD), judge->opts.alpha);
	return !item->unsure;
}

/* Whose only rule is an absolute limit is judged by that alone: not by the usual floor, nor --fail-on. */
bool verdict_level_alone(const struct judge *judge, const struct judged *item)
{
	return item->absolute && !item->relative &&
	       verdict_budget_applies(judge->runs, item->absolute);
}

/* A glob is about those that are tested, of which nobody named one. */
bool verdict_too_small(const struct rule *relative, const struct verdict_item *item, double sight)
{
	if (!relative || item->found != CHANGE_NONE)
		return false;
	if (!item->tested && glob_is(relative->pattern))
		return false;
	return !(log1p(sight) <= log1p(relative->limit));
}

static void limit_item(struct judge *judge, struct judged *item)
{
	struct verdict_item *out = &item->out;
	bool over = over_budget(judge, item);
	bool beyond = fabs(item->welch.difference) >= item->limit;
	bool asked = !verdict_level_alone(judge, item);
	const struct rule *allowed;

	if (!over && !item->unsure && !item->relative && out->found == CHANGE_NONE)
		return;
	allowed = find_allowed(judge, out->item);
	if (over || (asked && out->found == CHANGE_SLOWER && beyond)) {
		out->rule = over ? item->absolute : item->relative;
		out->allowed = allowed;
		out->fails = !allowed;
	}
	item->unsure = item->unsure && !allowed;
	out->gains = out->found == CHANGE_FASTER && beyond && !allowed;
	item->too_small = !allowed && verdict_too_small(item->relative, out, item->sight);
	out->blind = item->unsure || item->too_small;
}

/* ---- what allowed functions make of the total ------------------------------------------ */

/*
 * The runs' totals without allowed functions (those of allowed modules are, too), as logarithms. What
 * was cut off and is nobody's goes with "*" alone.
 */
static struct stats_sample without_allowed(struct judge *judge, enum side side)
{
	const struct runs *runs = judge->runs;
	size_t n = runs->n_runs[side];

	for (size_t r = 0; r < n; r++)
		judge->scratch[r] = runs->cost[side][r * runs->n_items];
	for (size_t i = 1; i < runs->n_items; i++)
		if (runs->items[i].kind != ITEM_MODULE && find_allowed(judge, &runs->items[i]))
			for (size_t r = 0; r < n; r++)
				judge->scratch[r] -= runs->cost[side][r * runs->n_items + i];
	return verdict_logs(runs, side, judge->scratch);
}

/*
 * What an allowed finding costs is set aside in the total, run by run: where the rest, judged as the
 * total is, by a change that is counted in parts of the whole total, would not fail, neither does that.
 * An absolute limit of the total is one of all that it costs.
 */
static void allow_total(struct judge *judge)
{
	struct judged *total = &judge->items[0];
	const struct rule *allowed = NULL;
	struct stats_sample rest[SIDES];
	struct stats_welch welch;
	double more;

	if (!total->out.fails || total->out.found != CHANGE_SLOWER ||
	    (total->out.rule && total->out.rule->absolute))
		return;
	for (size_t i = 1; i < judge->runs->n_items && !allowed; i++)
		if (judge->items[i].out.found == CHANGE_SLOWER)
			allowed = judge->items[i].out.allowed;
	if (!allowed)
		return;
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		rest[side] = without_allowed(judge, side);
	welch = stats_welch(&rest[SIDE_BASE], &rest[SIDE_HEAD]);
	more = exp(rest[SIDE_HEAD].mean) - exp(rest[SIDE_BASE].mean);
	if (welch.p <= judge->opts.alpha && more > 0 &&
	    log1p(more / exp(total->logs[SIDE_BASE].mean)) >= total->limit)
		return;
	total->out.fails = false;
	total->out.allowed = allowed;
}

void verdict_limits(struct judge *judge)
{
	for (size_t i = 0; i < judge->runs->n_items; i++)
		limit_item(judge, &judge->items[i]);
	allow_total(judge);
}
