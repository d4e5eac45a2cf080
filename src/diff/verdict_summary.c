/* SPDX-License-Identifier: MIT */
/* What the verdict as a whole comes to: in one line, what it could have found, how it was judged. */
#include <math.h>

#include "base/cleanup.h"
#include "diff/verdict_amount.h"
#include "diff/verdict_parts.h"
#include "diff/verdict_words.h"
#include "render/amount.h"

#define LEVEL_LEAST 0.0001
#define DASH "\xe2\x80\x94"

/* ---- what could have been found ------------------------------------------------------------ */

/* Could a change that is asked for have been missed? */
static bool is_blind(const struct verdict *verdict)
{
	return !(verdict->items[0].detectable <= verdict->opts.sensitivity);
}

void words_power(struct str *out, const struct verdict *verdict)
{
	const struct verdict_item *total = &verdict->items[0];

	if (!(total->detectable < INFINITY)) {
		str_add_cstr(out, "With these runs no change of the total could have been found.");
		return;
	}
	if (total->detectable > 1) {
		str_add_cstr(out, "These runs are too few, or too different, to be sure to find that the "
				  "total takes twice as much.");
		return;
	}
	str_add_cstr(out, "These runs find a slowdown of the total of ");
	amount_share(out, total->detectable);
	str_add_cstr(out, " in 80 of 100 cases");
	if (verdict->opts.last_alpha > 0) {
		str_add_cstr(out, ", judged at the usual level of ");
		amount_setting(out, verdict->opts.last_alpha);
		str_add_cstr(out, "; what ends the runs early has to be surer than that.");
		return;
	}
	str_add_cstr(out, "; smaller ones are missed more often.");
}

void words_detectable(struct str *out, const struct verdict_item *item)
{
	if (!(item->detectable < INFINITY))
		str_add_cstr(out, "none");
	else if (item->detectable > 1)
		str_add_cstr(out, ">100%");
	else
		amount_change(out, item->detectable);
}

void words_wanted(struct str *out, const struct verdict_item *item)
{
	if (item->below_floor)
		str_add_cstr(out, DASH);
	else if (item->runs_wanted)
		amount_count(out, item->runs_wanted);
	else
		str_add_cstr(out, ">10,000");
}

void words_below_floor(struct str *out, const struct verdict *verdict, const size_t *top, size_t n)
{
	bool any = verdict->items[0].below_floor;

	for (size_t i = 0; i < n; i++)
		any = any || verdict->items[top[i]].below_floor;
	if (!any)
		return;
	str_add_cstr(out, DASH ": ");
	amount_setting(out, verdict->opts.sensitivity);
	str_add_cstr(out, " of it is less than ");
	amount_setting(out, verdict->opts.min_cost);
	str_add_cstr(out, " of the total, which is no finding, however many runs.");
}

bool words_few_runs(const struct verdict *verdict)
{
	const size_t *n = verdict->runs->n_runs;

	return n[SIDE_BASE] < VERDICT_FEW_RUNS || n[SIDE_HEAD] < VERDICT_FEW_RUNS;
}

void words_advice(struct str *out, const struct verdict *verdict)
{
	const struct runs *runs = verdict->runs;
	uint64_t wanted = verdict->items[0].runs_wanted;

	if (!is_blind(verdict)) {
		str_add_cstr(out, "Make more runs, or let each do more work.");
		return;
	}
	if (words_few_runs(verdict)) {
		str_add_cstr(out, "So few runs tell hardly anything of their own noise, and so not how "
				  "many it takes: make ten a side.");
		return;
	}
	str_add_cstr(out, "To find a change of ");
	amount_setting(out, verdict->opts.sensitivity);
	str_add_cstr(out, " in 80 of 100 cases takes ");
	if (wanted) {
		amount_count(out, wanted);
		str_add_cstr(out, " runs a side; there are ");
		amount_count(out, runs->n_runs[SIDE_BASE]);
		str_add_cstr(out, " and ");
		amount_count(out, runs->n_runs[SIDE_HEAD]);
		str_add_cstr(out, ". Make more runs, or let each do more work.");
	} else {
		str_add_cstr(out, "more than 10,000 runs a side: let each run do more work, and the "
				  "same work, on a quieter machine, or ask for less (--sensitivity).");
	}
}

size_t words_top(const struct verdict *verdict, size_t *top, size_t max)
{
	size_t n = 0;

	for (size_t i = 1; i < verdict->n_items; i++) {
		const struct verdict_item *item = &verdict->items[i];
		size_t k;

		/* Of what is new there is no change; more than twice as slow is seen by anybody. */
		if (!item->tested || item->item->kind != ITEM_FUNCTION ||
		    !(item->mean[SIDE_HEAD] > 0) || !(item->mean[SIDE_BASE] > 0) ||
		    !(item->detectable <= 1))
			continue;
		for (k = n < max ? n++ : max; k; k--) {
			if (verdict->items[top[k - 1]].mean[SIDE_HEAD] >= item->mean[SIDE_HEAD])
				break;
			if (k < max)
				top[k] = top[k - 1];
		}
		if (k < max)
			top[k] = i;
	}
	return n;
}

/* An early look's may be far below what a setting has digits for: 0% it is not. */
static void add_test_level(struct str *out, double level)
{
	if (level < LEVEL_LEAST) {
		str_add_cstr(out, "less than ");
		level = LEVEL_LEAST;
	}
	amount_setting(out, level);
}

static void say_test(struct str *out, const struct verdict *verdict)
{
	size_t n = verdict->n_tested - verdict->items[0].tested;

	str_add_cstr(out, "Each run is one measurement. Asked is whether the two sides' runs differ by "
			  "more than chance explains: the total by itself");
	if (n) {
		str_add_cstr(out, ", then ");
		amount_of(out, n, "function or module", "functions and modules together");
	}
	str_add_char(out, '.');
	if (!n)
		str_add_cstr(out, " No function cost enough, or was seen often enough, to be tested.");
}

static void say_terms(struct str *out, const struct verdict *verdict)
{
	if (verdict->runs->total_exact)
		str_add_cstr(out, "The total is the kernel's account of the whole run; functions "
				  "and modules are from samples. ");
	str_add_cstr(out, "Costs are geometric means of the runs', of a function without those that it "
			  "calls. The interval (CI) holds the true change in ");
	amount_setting(out, verdict->opts.confidence);
	str_add_cstr(out, " of cases. q: how likely the finding is chance, counted over all that were "
			  "tested.");
}

/* In one line, for who knows the names. */
static void say_settings(struct str *out, const struct verdict *verdict)
{
	const struct verdict_opts *opts = &verdict->opts;

	str_add_cstr(out, "Welch's t-test of logarithms");
	if (verdict->runs->turn[SIDE_BASE])
		str_add_cstr(out, ", as the runs took turns in blocks of four");
	str_add_cstr(out, ": level ");
	add_test_level(out, opts->alpha);
	str_add_cstr(out, ", false discovery rate ");
	add_test_level(out, opts->fdr);
	str_add_cstr(out, " (Benjamini-Hochberg); floors: ");
	amount_setting(out, opts->min_share);
	str_add_cstr(out, " of the cost, changes of ");
	amount_setting(out, expm1(verdict_floor(opts, NULL)));
	str_add_cstr(out, " and of ");
	amount_setting(out, opts->min_cost);
	str_add_cstr(out, " of the total.");
}

static void say_confirmed(struct str *out, const struct verdict *verdict)
{
	(void)verdict;
	str_add_cstr(out, "What was found so had to show again in as many fresh runs, in the same "
			  "direction, one-sided at ");
	amount_setting(out, VERDICT_CONFIRMS);
	str_add_cstr(out, "; what is detectable is what passes both.");
}

bool words_method(struct str *out, const struct verdict *verdict, size_t i)
{
	static void (*const sentences[])(struct str *, const struct verdict *) = {
		say_test,
		say_terms,
		say_settings,
		say_confirmed, /* the last: there may be none */
	};

	if (i >= ARRAY_SIZE(sentences) - !verdict->opts.confirmed)
		return false;
	sentences[i](out, verdict);
	return true;
}

/* ---- in one line --------------------------------------------------------------------------- */

/* The item that the headline is about: 0, the total, unless it is another one that decides. */
static size_t decides(const struct verdict *verdict)
{
	bool worse = verdict->outcome == VERDICT_REGRESSION;
	const struct verdict_item *items = verdict->items;

	if ((!worse && verdict->outcome != VERDICT_IMPROVEMENT) ||
	    (worse ? items[0].fails : items[0].gains))
		return 0;
	for (size_t i = 1; i < verdict->n_items; i++)
		if (worse ? items[i].fails : items[i].gains)
			return i;
	return 0;
}

/* How many more of its kind there are. */
static size_t count_more(const struct verdict *verdict, size_t first)
{
	bool worse = verdict->outcome == VERDICT_REGRESSION;
	size_t n = 0;

	for (size_t i = first + 1; i < verdict->n_items; i++)
		n += worse ? verdict->items[i].fails : verdict->items[i].gains;
	return n;
}

/* Why it is inconclusive. A limit that cannot be told comes first: it was asked for. */
static void add_doubt(struct str *out, const struct verdict *verdict)
{
	const struct verdict_item *total = &verdict->items[0];

	for (size_t i = 0; i < verdict->n_items; i++) {
		if (!verdict->items[i].blind)
			continue;
		str_add_cstr(out, "these runs cannot tell whether ");
		words_item(out, verdict->items[i].item);
		str_add_cstr(out, " keeps its limit; ");
		return;
	}
	if (!(total->detectable < INFINITY)) {
		str_add_cstr(out, "these runs cannot find any change; ");
	} else if (total->detectable > 1) {
		str_add_cstr(out, "nothing was found, but even twice the cost may have been missed; ");
	} else if (is_blind(verdict)) {
		str_add_cstr(out, "nothing was found, but a change of less than ");
		amount_share(out, total->detectable);
		str_add_cstr(out, " may have been missed; ");
	}
}

/* What it passes by, where something got slower: its limit is not the reader's own idea of much. */
static void add_passed(struct str *out, const struct verdict *verdict)
{
	const struct verdict_item *total = &verdict->items[0];
	const struct rule *relative = verdict_rule(&verdict->opts, total->item, false);
	const struct rule *rule = relative ? relative
					   : verdict_rule(&verdict->opts, total->item, true);
	const struct rules *rules = verdict->opts.rules;
	bool slower = false;

	for (size_t i = 0; i < verdict->n_items && !slower; i++)
		slower = verdict->items[i].found == CHANGE_SLOWER;
	if (total->allowed) {
		str_add_cstr(out, "slower by allowed functions only; ");
	} else if (total->found == CHANGE_SLOWER && rule &&
		   (!rule->absolute || verdict_budget_applies(verdict->runs, rule))) {
		str_add_cstr(out, "nothing is above its limit, the total's is ");
		words_limit(out, verdict, rule);
		str_add_cstr(out, "; ");
	} else if (slower && rules && rules->fail_on > 0) {
		str_add_cstr(out, "nothing is above its limit (--fail-on ");
		amount_setting(out, rules->fail_on);
		str_add_cstr(out, "); ");
	} else {
		str_add_cstr(out, "nothing fails; ");
	}
}

static void add_reason(struct str *out, const struct verdict *verdict)
{
	const struct verdict_item *total = &verdict->items[0];
	size_t i = decides(verdict), more;

	if (i) {
		words_reason(out, verdict, &verdict->items[i]);
		more = count_more(verdict, i);
		if (more) {
			str_add_cstr(out, " and ");
			amount_count(out, more);
			str_add_cstr(out, " more");
		}
		str_add_cstr(out, "; ");
	} else if (verdict->outcome == VERDICT_INCONCLUSIVE) {
		add_doubt(out, verdict);
	} else if (verdict->outcome == VERDICT_PASS && !verdict->n_findings &&
		   total->found == CHANGE_NONE) {
		str_add_cstr(out, "no change found; ");
	} else if (verdict->outcome == VERDICT_PASS) {
		add_passed(out, verdict);
	}
}

void verdict_headline(struct str *out, const struct verdict *verdict)
{
	const struct verdict_item *total = &verdict->items[0];

	str_printf(out, "%s: ", verdict_outcome_name(verdict->outcome));
	add_reason(out, verdict);
	words_change(out, verdict, total);
	str_add_cstr(out, ", ");
	words_costs(out, verdict, total);
	str_add_cstr(out, ", ");
	amount_count(out, verdict->runs->n_runs[SIDE_BASE]);
	str_add_cstr(out, " and ");
	amount_of(out, verdict->runs->n_runs[SIDE_HEAD], "run", "runs");
}
