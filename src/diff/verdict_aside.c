/* SPDX-License-Identifier: MIT */
/*
 * What allowed functions cost is set aside where the change of what they are a part of is judged: of
 * the total, and of their module.
 */
#include <math.h>
#include <string.h>

#include "diff/verdict_parts.h"

/* The function's own name, or the module that it is in. */
const struct rule *verdict_allowed(const struct verdict_opts *opts, const struct runs_item *it)
{
	const struct rules *rules = opts->rules;
	const struct rule *rule;

	if (!rules || it->kind == ITEM_TOTAL)
		return NULL;
	rule = rules_find(rules, RULE_ALLOW, it->name, it->file);
	if (!rule && it->kind == ITEM_FUNCTION && *it->module)
		rule = rules_find(rules, RULE_ALLOW, it->module, "");
	return rule;
}

static bool allows_any(const struct verdict_opts *opts)
{
	for (size_t i = 0; opts->rules && i < opts->rules->n; i++)
		if (opts->rules->items[i].of == RULE_ALLOW)
			return true;
	return false;
}

static double mean_of(const struct runs *runs, enum side side, size_t item)
{
	double sum = 0;

	for (size_t r = 0; r < runs->n_runs[side]; r++)
		sum += runs->cost[side][r * runs->n_items + item];
	return sum / (double)runs->n_runs[side];
}

/* What is nobody's is allowed by "*" alone, and in no module. */
static bool is_part(const struct runs_item *it, const struct runs_item *of)
{
	if (of->kind == ITEM_TOTAL)
		return it->kind == ITEM_FUNCTION || runs_item_is_nobodys(it);
	return it->kind == ITEM_FUNCTION && !strcmp(it->module, of->name);
}

/* Adds the allowed functions' costs of the side's runs; the rule of the one that changed most. */
static const struct rule *add_allowed(const struct verdict_opts *opts, const struct runs *runs,
				      const struct runs_item *of, enum side side, double *costs)
{
	const struct rule *most = NULL;
	double most_changed = -1;

	memset(costs, 0, runs->n_runs[side] * sizeof(*costs));
	for (size_t i = 1; i < runs->n_items; i++) {
		const struct rule *rule = is_part(&runs->items[i], of)
						  ? verdict_allowed(opts, &runs->items[i])
						  : NULL;
		double changed;

		if (!rule)
			continue;
		for (size_t r = 0; r < runs->n_runs[side]; r++)
			costs[r] += runs->cost[side][r * runs->n_items + i];
		changed = fabs(mean_of(runs, SIDE_HEAD, i) - mean_of(runs, SIDE_BASE, i));
		if (changed > most_changed) {
			most_changed = changed;
			most = rule;
		}
	}
	return most;
}

void verdict_set_aside(struct verdict_aside *aside, const struct verdict_opts *opts,
		       const struct runs *runs, const struct runs_item *of, double *scratch)
{
	size_t at = (size_t)(of - runs->items);
	double *values[SIDES] = {scratch, scratch + runs->n_runs[SIDE_BASE]};
	struct stats_sample allowed[SIDES], rest[SIDES], whole[SIDES];

	*aside = (struct verdict_aside){0};
	if (!allows_any(opts) || of->kind == ITEM_FUNCTION || runs_item_is_nobodys(of))
		return;
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		aside->rule = add_allowed(opts, runs, of, side, values[side]);
	if (!aside->rule)
		return;
	verdict_pair_logs(runs, scratch, allowed);
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		add_allowed(opts, runs, of, side, values[side]);
		for (size_t r = 0; r < runs->n_runs[side]; r++)
			values[side][r] = runs->cost[side][r * runs->n_items + at] - values[side][r];
	}
	verdict_pair_logs(runs, scratch, rest);
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		aside->mean[side] = exp(rest[side].mean);
		verdict_costs(runs, at, side, values[side]);
	}
	verdict_pair_logs(runs, scratch, whole);
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		aside->whole[side] = exp(whole[side].mean);
	aside->allowed = stats_welch(&allowed[SIDE_BASE], &allowed[SIDE_HEAD]);
	aside->rest = stats_welch(&rest[SIDE_BASE], &rest[SIDE_HEAD]);
}

bool verdict_aside_shows(const struct verdict_aside *aside, bool slower)
{
	return aside->rule && (aside->allowed.difference > 0) == slower &&
	       aside->allowed.p / 2 < VERDICT_CONFIRMS;
}

bool verdict_rest_changed(const struct verdict_aside *aside, bool slower, double level, double limit)
{
	enum side from = slower ? SIDE_BASE : SIDE_HEAD, to = slower ? SIDE_HEAD : SIDE_BASE;
	double more = aside->mean[to] - aside->mean[from];

	return aside->rest.p <= level && more > 0 && log1p(more / aside->whole[from]) >= limit;
}
