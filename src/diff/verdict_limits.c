/* SPDX-License-Identifier: MIT */
/* What fails: by the usual floor or --fail-on, by a rule of its own, by a budget. */
#include <math.h>
#include <string.h>

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

void verdict_limits(struct judge *judge)
{
	for (size_t i = 0; i < judge->runs->n_items; i++) {
		struct judged *item = &judge->items[i];
		struct verdict_item *out = &item->out;
		bool over = over_budget(judge, item);
		bool beyond = fabs(item->welch.difference) >= item->limit;
		const struct rule *allowed;

		if (!over && !item->unsure && !item->relative && out->found == CHANGE_NONE)
			continue;
		allowed = find_allowed(judge, out->item);
		if (over || (out->found == CHANGE_SLOWER && beyond)) {
			out->rule = over ? item->absolute : item->relative;
			out->allowed = allowed;
			out->fails = !allowed;
		}
		item->unsure = item->unsure && !allowed;
		out->gains = out->found == CHANGE_FASTER && beyond && !allowed;
		item->too_small = item->relative && !allowed && out->found == CHANGE_NONE &&
				  !(log1p(item->sight) <= item->limit);
		out->blind = item->unsure || item->too_small;
	}
}
