/* SPDX-License-Identifier: MIT */
/*
 * What people should know of a verdict beside it: what is odd of the runs, and which rules were not
 * judged. How many runs a wanted sight takes is in the items; what makes recordings hard to compare, in
 * diff/comparable.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diff/glob.h"
#include "diff/verdict_parts.h"

/* A run is far off: so many median deviations, and so much, from its side's median. */
#define FAR_DEVIATIONS 5
#define FAR_CHANGE 0.05

static const char *const side_names[SIDES] = {"base", "head"};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* ---- the runs ------------------------------------------------------------------------ */

static bool note_few(struct judge *judge)
{
	const size_t *n = judge->runs->n_runs;

	if (n[SIDE_BASE] < 2 || n[SIDE_HEAD] < 2)
		return verdict_note(judge->verdict,
				    "nothing was tested: that takes two runs a side, and there "
				    "are %zu of base and %zu of head",
				    n[SIDE_BASE], n[SIDE_HEAD]);
	if (n[SIDE_BASE] < VERDICT_FEW_RUNS || n[SIDE_HEAD] < VERDICT_FEW_RUNS)
		return verdict_note(judge->verdict,
				    "%zu runs of base and %zu of head are few, and tell hardly "
				    "anything of their own noise: with %d a side or more, "
				    "smaller changes are found",
				    n[SIDE_BASE], n[SIDE_HEAD], VERDICT_FEW_RUNS);
	return true;
}

static double total_log(const struct judge *judge, enum side side, size_t run)
{
	const struct runs *runs = judge->runs;

	return log(fmax(runs->cost[side][run * runs->n_items], 0) + runs->run[side][run].grain / 2);
}

static bool note_far(struct judge *judge, enum side side)
{
	const struct runs *runs = judge->runs;
	size_t n = runs->n_runs[side];
	double middle, deviation;

	if (n < 4)
		return true;
	for (size_t r = 0; r < n; r++)
		judge->scratch[r] = total_log(judge, side, r);
	middle = median(judge->scratch, n);
	for (size_t r = 0; r < n; r++)
		judge->scratch[r] = fabs(total_log(judge, side, r) - middle);
	deviation = median(judge->scratch, n);
	for (size_t r = 0; r < n; r++) {
		double off = total_log(judge, side, r) - middle;

		if (fabs(off) <= FAR_DEVIATIONS * deviation || fabs(off) < log1p(FAR_CHANGE))
			continue;
		if (!verdict_note(judge->verdict,
				  "%s of %s cost %.0f%% %s than the median of its side: that "
				  "alone makes changes harder to find",
				  runs->run[side][r].label, side_names[side],
				  100 * fabs(expm1(off)), off > 0 ? "more" : "less"))
			return false;
	}
	return true;
}

/* ---- what could not be judged ---------------------------------------------------------- */

static bool is_about(const struct judge *judge, const struct rule *rule)
{
	static const enum item_kind kinds[] = {
		[RULE_FUNCTION] = ITEM_FUNCTION,
		[RULE_MODULE] = ITEM_MODULE,
	};
	struct rules one = {.items = (struct rule *)rule, .n = 1};

	if (rule->of == RULE_TOTAL)
		return true;
	for (size_t i = 1; i < judge->runs->n_items; i++) {
		const struct runs_item *it = &judge->runs->items[i];

		if (rule->of == RULE_ALLOW) {
			if (!runs_item_is_nobodys(it) && rules_find(&one, RULE_ALLOW, it->name, it->file))
				return true;
		} else if (it->kind == kinds[rule->of] &&
		    rules_find_limit(&one, rule->of, rule->absolute, it->name, it->file))
			return true;
	}
	return false;
}

/* A glob of which nothing that fits was tested; where another rule comes before it, that is its own. */
static bool is_untested(const struct judge *judge, const struct rule *rule)
{
	bool any = false;

	if (rule->absolute || !glob_is(rule->pattern))
		return false;
	for (size_t i = 1; i < judge->runs->n_items; i++) {
		if (judge->items[i].relative != rule)
			continue;
		if (judge->items[i].out.tested)
			return false;
		any = true;
	}
	return any;
}

/* A limit: of a function that has another name now, or not one to hold against such costs. */
static bool note_unjudged(struct judge *judge, const struct rule *rule)
{
	const char *kind = rule->of == RULE_MODULE ? "module" : "function";
	struct verdict *verdict = judge->verdict;

	verdict->n_urgent++;
	if (!is_about(judge, rule))
		return verdict_note(verdict, "%s guards nothing: no run has a %s %s", rule->from, kind,
				    rule->pattern);
	if (rule->absolute && !verdict_budget_applies(judge->runs, rule))
		return verdict_note(verdict,
				    judge->runs->per_second
					    ? "%s was not judged: these are recordings of a part of "
					      "a run, whose costs are known by the second alone"
					    : "%s was not judged: its limit is not one of %s",
				    rule->from, judge->runs->metric);
	if (is_untested(judge, rule))
		return verdict_note(verdict,
				    "%s was not judged: no %s that fits has %g%% of the total, and "
				    "samples enough; a name without *, ? and [ is judged in any case",
				    rule->from, kind, 100 * judge->opts.min_share);
	verdict->n_urgent--;
	return true;
}

/* Those of limits first: they are to be seen. */
static bool note_rules(struct judge *judge)
{
	const struct rules *rules = judge->opts.rules;

	for (size_t i = 0; rules && i < rules->n; i++)
		if (rules->items[i].of != RULE_ALLOW && !note_unjudged(judge, &rules->items[i]))
			return false;
	for (size_t i = 0; rules && i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		if (rule->of == RULE_ALLOW && !is_about(judge, rule) &&
		    !verdict_note(judge->verdict,
				  "%s allows nothing: no run has a function or module %s",
				  rule->from, rule->pattern))
			return false;
	}
	return true;
}

static const char *name_of(const struct runs_item *it)
{
	return it->kind == ITEM_TOTAL ? "the total" : it->name;
}

bool verdict_note_unsure(struct verdict *verdict, const struct rule *absolute,
			 const struct runs_item *it)
{
	return verdict_note(verdict,
			    "%s: %s is above its limit by its mean, but not surely: more runs would "
			    "tell",
			    absolute->from, name_of(it));
}

bool verdict_note_too_small(struct verdict *verdict, const struct rule *relative,
			    const struct runs_item *it, double sight)
{
	if (!isfinite(sight))
		return verdict_note(verdict,
				    "%s: no change of %s could have been found with these runs",
				    relative->from, name_of(it));
	return verdict_note(verdict,
			    "%s: of %s these runs could have found a change of %.1f%% only",
			    relative->from, name_of(it), 100 * sight);
}

/* Of an early look only what would be too little at the level of the last one, too. */
static bool note_item(struct judge *judge, const struct judged *item)
{
	const struct verdict_item *out = &item->out;

	if (item->unsure && !verdict_note_unsure(judge->verdict, item->absolute, out->item))
		return false;
	if (!item->too_small || !verdict_too_small(item->relative, out, out->detectable))
		return true;
	return verdict_note_too_small(judge->verdict, item->relative, out->item, out->detectable);
}

bool verdict_add_notes(struct judge *judge)
{
	if (!note_rules(judge) || !note_few(judge) || !note_far(judge, SIDE_BASE) ||
	    !note_far(judge, SIDE_HEAD))
		return false;
	for (size_t i = 0; i < judge->runs->n_items; i++)
		if (!note_item(judge, &judge->items[i]))
			return false;
	return true;
}
