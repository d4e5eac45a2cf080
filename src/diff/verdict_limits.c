/* SPDX-License-Identifier: MIT */
/* What fails: by the usual floor or --fail-on, by a rule of its own, by a budget. */
#include <math.h>
#include <string.h>

#include "diff/glob.h"
#include "diff/verdict_parts.h"

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

static struct stats_sample head_alone(const struct judge *judge, const struct judged *item)
{
	const struct runs *runs = judge->runs;

	verdict_costs(runs, (size_t)(item - judge->items), SIDE_HEAD, judge->scratch);
	return verdict_logs(runs, SIDE_HEAD, judge->scratch);
}

/*
 * A budget is the head's alone. It is exceeded where the head's mean is above it by more than chance
 * explains: the lower end of a one-sided interval, at the level of the total's test. What is above
 * it, but not surely, is no regression; but neither is it a pass.
 */
static bool over_budget(const struct judge *judge, struct judged *item)
{
	struct stats_sample head;

	if (!item->absolute || !verdict_budget_applies(judge->runs, item->absolute))
		return false;
	head = head_alone(judge, item);
	item->unsure = verdict_over(&head, item->absolute->limit,
				    verdict_grain(judge->runs, SIDE_HEAD), 0.5);
	if (!item->unsure)
		return false;
	item->unsure = !verdict_over(&head, item->absolute->limit,
				     verdict_grain(judge->runs, SIDE_HEAD), judge->opts.alpha);
	return !item->unsure;
}

/* Whose only rule is an absolute limit is judged by that alone: not by the usual floor, nor --fail-on. */
bool verdict_level_alone(const struct runs *runs, const struct rule *relative,
			 const struct rule *absolute)
{
	return absolute && !relative && verdict_budget_applies(runs, absolute);
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
	bool asked = !verdict_level_alone(judge->runs, item->relative, item->absolute);
	const struct rule *allowed;

	if (!over && !item->unsure && !item->relative && out->found == CHANGE_NONE)
		return;
	allowed = verdict_allowed(&judge->opts, out->item);
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

/* ---- what allowed functions make of what they are in ------------------------------------ */

/* The p up to which Benjamini and Hochberg's rule found something in this family. */
static double family_level(const struct judge *judge)
{
	size_t n = 0;

	for (size_t i = 0; i < judge->n_family; i++)
		n += judge->items[judge->family[i]].out.q <= judge->opts.fdr;
	return judge->n_family ? judge->opts.fdr * (double)n / (double)judge->n_family : 0;
}

/*
 * What allowed functions cost more, all together, is set aside, run by run: where the rest, judged as
 * the whole is, by a change that is counted in parts of the whole, would not fail, neither does that.
 * The same where they cost less. An absolute limit is one of all that it costs; a module's own is
 * about that module.
 */
static void allow_parts(struct judge *judge, struct judged *item)
{
	struct verdict_item *out = &item->out;
	bool total = out->item->kind == ITEM_TOTAL, slower = out->found == CHANGE_SLOWER;
	struct verdict_aside aside;

	if (!(slower ? out->fails : out->gains) || (!total && item->relative) ||
	    (out->rule && out->rule->absolute))
		return;
	verdict_set_aside(&aside, &judge->opts, judge->runs, out->item, judge->scratch);
	if (!verdict_aside_shows(&aside, slower) ||
	    verdict_rest_changed(&aside, slower,
				 total ? judge->opts.alpha : family_level(judge), item->limit))
		return;
	if (slower)
		out->allowed = aside.rule;
	out->fails = out->gains = false;
}

void verdict_limits(struct judge *judge)
{
	for (size_t i = 0; i < judge->runs->n_items; i++)
		limit_item(judge, &judge->items[i]);
	for (size_t i = 0; i < judge->runs->n_items; i++)
		if (judge->items[i].out.item->kind != ITEM_FUNCTION)
			allow_parts(judge, &judge->items[i]);
}
