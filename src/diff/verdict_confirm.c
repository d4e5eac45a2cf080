/* SPDX-License-Identifier: MIT */
/*
 * Findings of a first look, asked of fresh runs. Of the many that could have been found one or the
 * other is by chance; each by itself is not likely to be so twice, and in the same direction.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_parts.h"

/* Of several in one file, of one name, the one of that line. */
static const struct runs_item *same_item(const struct runs *runs, const struct runs_item *as)
{
	const struct runs_item *found = NULL;

	for (size_t i = 0; i < runs->n_items; i++) {
		const struct runs_item *it = &runs->items[i];

		if (it->kind != as->kind || strcmp(it->name, as->name) != 0 ||
		    strcmp(it->file, as->file) != 0 || strcmp(it->module, as->module) != 0)
			continue;
		if (it->line == as->line)
			return it;
		if (!found)
			found = it;
	}
	return found;
}

static struct stats_sample logs_of(const struct runs *runs, const struct runs_item *it,
				   enum side side, double *scratch)
{
	size_t at = it ? (size_t)(it - runs->items) : 0;

	for (size_t r = 0; r < runs->n_runs[side]; r++)
		scratch[r] = it ? runs->cost[side][r * runs->n_items + at] : 0;
	return verdict_logs(runs, side, scratch);
}

/* What fails by a budget is asked of the fresh head. */
static bool still_over(const struct verdict *fresh, const struct verdict_item *item, double *scratch)
{
	const struct runs_item *it = same_item(fresh->runs, item->item);
	struct stats_sample head = logs_of(fresh->runs, it, SIDE_HEAD, scratch);

	return verdict_budget_applies(fresh->runs, item->rule) &&
	       verdict_over(&head, item->rule->limit, verdict_grain(fresh->runs, SIDE_HEAD), VERDICT_CONFIRMS);
}

/* Whatever its share is in these runs: what is asked is about this one alone. */
static bool still_changed(const struct verdict *fresh, const struct verdict_item *item,
			  double *scratch)
{
	const struct runs *runs = fresh->runs;
	const struct rule *relative = verdict_rule(&fresh->opts, item->item, false);
	const struct runs_item *it = same_item(runs, item->item);
	struct stats_sample base = logs_of(runs, it, SIDE_BASE, scratch);
	struct stats_sample head = logs_of(runs, it, SIDE_HEAD, scratch);
	struct stats_welch welch = stats_welch(&base, &head);
	struct stats_sample totals[SIDES] = {
		logs_of(runs, runs->items, SIDE_BASE, scratch),
		logs_of(runs, runs->items, SIDE_HEAD, scratch),
	};
	double total = exp((totals[SIDE_BASE].mean + totals[SIDE_HEAD].mean) / 2);

	return (welch.difference > 0) == (item->found == CHANGE_SLOWER) &&
	       welch.p / 2 < VERDICT_CONFIRMS &&
	       fabs(welch.difference) >= verdict_floor(&fresh->opts, relative) &&
	       (relative ||
		fabs(exp(head.mean) - exp(base.mean)) >= fresh->opts.min_cost * total);
}

static bool is_confirmed(const struct verdict *fresh, const struct verdict_item *item,
			 double *scratch)
{
	if (item->fails && item->rule && item->rule->absolute && still_over(fresh, item, scratch))
		return true;
	return (item->found == CHANGE_SLOWER || item->found == CHANGE_FASTER) &&
	       still_changed(fresh, item, scratch);
}

static bool can_be_struck(const struct verdict_item *item)
{
	return item->fails || item->found == CHANGE_SLOWER || item->found == CHANGE_FASTER;
}

enum pyprof_status verdict_confirm(struct verdict *verdict, const struct verdict *fresh,
				   struct pyprof_error *err)
{
	size_t n = verdict->n_items, n_struck = 0;
	const size_t *runs = fresh->runs->n_runs;
	_cleanup_free_ double *scratch =
		malloc((runs[SIDE_BASE] + runs[SIDE_HEAD]) * sizeof(*scratch));
	_cleanup_free_ bool *strike = calloc(n, sizeof(*strike));

	if (!scratch || !strike)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		strike[i] = can_be_struck(&verdict->items[i]) &&
			    !is_confirmed(fresh, &verdict->items[i], scratch);
		n_struck += strike[i];
	}
	if (n_struck && !verdict_note(verdict,
				      "%zu of what the first runs seemed to show did not show "
				      "again in fresh ones, and is not told",
				      n_struck))
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct verdict_item *item = &verdict->items[i];

		if (!strike[i])
			continue;
		item->struck = true;
		item->fails = item->gains = false;
		item->found = CHANGE_NONE;
		item->rule = item->allowed = NULL;
	}
	/* After as many fresh runs it is no early look any more. */
	verdict->sight = verdict->items[0].detectable;
	verdict->outcome = verdict_outcome_of(verdict);
	return verdict_order(verdict) ? PYPROF_OK : error_nomem(err);
}
