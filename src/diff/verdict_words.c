/* SPDX-License-Identifier: MIT */
#include "diff/verdict_words.h"

#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_amount.h"
#include "render/amount.h"
#include "render/text.h"

#define DOT	    " \xc2\xb7 "
#define MAX_COMMAND 200 /* columns */
#define MAX_RAW	    65536 /* bytes that are looked at of a text that will be cut */

bool words_is_told(const struct verdict *verdict, size_t i)
{
	const struct verdict_item *item = &verdict->items[i];

	return (i && i <= verdict->n_findings) || item->fails || item->found != CHANGE_NONE;
}

const char *words_found(const struct verdict_item *item)
{
	static const char *const found[] = {
		[CHANGE_NONE] = "nothing",
		[CHANGE_SLOWER] = "slower",
		[CHANGE_FASTER] = "faster",
		[CHANGE_MOVED] = "moved",
	};

	if (item->fails)
		return "FAILS";
	return item->allowed ? "allowed" : found[item->found];
}

const char *words_check(const struct verdict_item *item)
{
	static const char *const checks[] = {
		[CHANGE_NONE] = "unchanged",
		[CHANGE_SLOWER] = "slower",
		[CHANGE_FASTER] = "faster",
		[CHANGE_MOVED] = "moved",
	};

	return item->fails && item->found != CHANGE_SLOWER ? "over-limit" : checks[item->found];
}

/* ---- names ---------------------------------------------------------------------------- */

const char *words_kind(const struct runs_item *item)
{
	static const char *const kinds[] = {
		[ITEM_TOTAL] = "total",
		[ITEM_FUNCTION] = "function",
		[ITEM_MODULE] = "module",
		[ITEM_START] = "start",
		[ITEM_UNKNOWN] = "unknown",
	};

	return kinds[item->kind];
}

size_t words_nth(const struct verdict *verdict, size_t i)
{
	const struct runs_item *item = verdict->items[i].item;
	size_t n = 0;

	for (size_t k = 0; item->kind == ITEM_FUNCTION && k < verdict->n_items; k++) {
		const struct runs_item *other = verdict->items[k].item;

		n += other->kind == ITEM_FUNCTION && other->line < item->line &&
		     !strcmp(other->name, item->name) && !strcmp(other->file, item->file);
	}
	return n;
}

static void add_visible(struct str *out, const char *text)
{
	text_visible(out, text, strlen(text));
}

/* As much of it as fits, of a path its end. */
static void add_cut(struct str *out, const char *text, size_t columns, bool keep_end)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT;
	size_t len = strlen(text), skipped = 0;

	if (keep_end && len > MAX_RAW)
		skipped = len - MAX_RAW;
	text_visible(&visible, text + skipped, len - skipped > MAX_RAW ? MAX_RAW : len - skipped);
	if (keep_end)
		text_fit_end(out, str_cstr(&visible), visible.len, columns);
	else
		text_fit(out, str_cstr(&visible), visible.len, columns);
	out->failed |= visible.failed;
}

static const char *name_of(const struct runs_item *item)
{
	if (item->kind == ITEM_TOTAL)
		return "total";
	if (item->kind == ITEM_START)
		return "(Python's start)";
	if (item->kind == ITEM_UNKNOWN)
		return "(no function known)";
	return *item->name ? item->name : "(no name)";
}

void words_name(struct str *out, const struct runs_item *item)
{
	add_visible(out, name_of(item));
}

void words_place(struct str *out, const struct runs_item *item)
{
	if (item->kind == ITEM_MODULE)
		str_add_cstr(out, "module");
	if (item->kind != ITEM_FUNCTION || !*item->file)
		return;
	add_visible(out, item->file);
	if (item->line > 0)
		str_printf(out, ":%d", item->line);
}

static void add_function(struct str *out, const char *name, const char *file, int32_t line)
{
	add_cut(out, name, WORDS_NAME_MAX, false);
	if (!*file)
		return;
	str_add_cstr(out, " (");
	add_cut(out, file, WORDS_NAME_MAX, true);
	if (line > 0)
		str_printf(out, ":%d", line);
	str_add_char(out, ')');
}

void words_item(struct str *out, const struct runs_item *item)
{
	if (item->kind == ITEM_TOTAL) {
		str_add_cstr(out, "the whole run");
		return;
	}
	if (item->kind == ITEM_MODULE)
		str_add_cstr(out, "module ");
	add_function(out, name_of(item), item->kind == ITEM_FUNCTION ? item->file : "",
		     item->line);
}

void words_note(struct str *out, const char *before, const char *note)
{
	str_add_cstr(out, before);
	add_cut(out, note, WORDS_NOTE_MAX, false);
	if (*before)
		str_add_char(out, '\n');
}

/* ---- sides ---------------------------------------------------------------------------- */

bool words_has_label(const struct verdict_say_opts *opts, enum side side)
{
	const char *label = opts->sides[side].label;

	return label && *label && strcmp(label, side == SIDE_BASE ? "base" : "head") != 0;
}

void words_label(struct str *out, const struct verdict_say_opts *opts, enum side side)
{
	const char *label = opts->sides[side].label;

	if (label && *label)
		add_cut(out, label, WORDS_NAME_MAX, true);
	else
		str_add_cstr(out, side == SIDE_BASE ? "base" : "head");
}

static void add_fact(struct str *out, const char *before, const char *fact)
{
	if (!fact || !*fact)
		return;
	str_add_cstr(out, before);
	add_cut(out, fact, MAX_COMMAND, false);
	str_add_cstr(out, DOT);
}

void words_side(struct str *out, const struct verdict *verdict,
		const struct verdict_say_opts *opts, enum side side)
{
	const struct verdict_side *s = &opts->sides[side];

	add_fact(out, "", s->revision);
	add_fact(out, "", s->command);
	add_fact(out, "Python ", s->python);
	add_fact(out, "", s->machine);
	amount_of(out, verdict->runs->n_runs[side], "run", "runs");
}

/* ---- what was found --------------------------------------------------------------------- */

/* "95% CI +9.1 to +15.6%" and what follows; nothing where there is none. */
static void add_interval(struct str *out, const struct verdict *verdict,
			 const struct verdict_item *item, const char *before, const char *after)
{
	_cleanup_(str_deinit) struct str interval = STR_INIT;

	amount_interval(&interval, item->low, item->high);
	out->failed |= interval.failed;
	if (!interval.len)
		return;
	str_add_cstr(out, before);
	amount_setting(out, verdict->opts.confidence);
	str_printf(out, " CI %s%s", str_cstr(&interval), after);
}

void words_change(struct str *out, const struct verdict *verdict, const struct verdict_item *item)
{
	if (item->item->kind == ITEM_TOTAL)
		str_add_cstr(out, "total");
	else
		words_item(out, item->item);
	str_add_char(out, ' ');
	amount_change(out, item->change);
	add_interval(out, verdict, item, " (", ")");
}

/* " (95% CI +9.1 to +15.6%, q <0.001)" */
static void add_certainty(struct str *out, const struct verdict *verdict,
			  const struct verdict_item *item)
{
	str_add_cstr(out, " (");
	add_interval(out, verdict, item, "", ", ");
	str_add_cstr(out, item->item->kind == ITEM_TOTAL ? "p " : "q ");
	amount_chance(out, item->q);
	str_add_char(out, ')');
}

static void add_share(struct str *out, const struct verdict_item *item)
{
	if (item->item->kind == ITEM_TOTAL)
		return;
	str_add_cstr(out, ", ");
	if (item->share[SIDE_BASE] > 0 && item->share[SIDE_HEAD] > 0)
		amount_shares(out, item->share[SIDE_BASE], item->share[SIDE_HEAD]);
	else
		amount_share(out, fmax(item->share[SIDE_BASE], item->share[SIDE_HEAD]));
	str_add_cstr(out, " of the total");
}

void words_costs(struct str *out, const struct verdict *verdict, const struct verdict_item *item)
{
	amount_metric(out, verdict->runs);
	str_add_char(out, ' ');
	amount_costs(out, verdict->runs, item->mean[SIDE_BASE], item->mean[SIDE_HEAD]);
	str_printf(out, " %s", amount_per(verdict->runs));
}

/* "120 ms of CPU a run", "1.20 G instructions a run" */
static void add_cost(struct str *out, const struct verdict *verdict, double cost)
{
	amount_cost(out, verdict->runs, cost);
	str_add_cstr(out, strcmp(verdict->runs->unit, "seconds") == 0 ? " of " : " ");
	amount_metric(out, verdict->runs);
	str_printf(out, " %s", amount_per(verdict->runs));
}

static void add_what_changed(struct str *out, const struct verdict *verdict,
			     const struct verdict_item *item)
{
	_cleanup_(str_deinit) struct str change = STR_INIT;
	double size = fabs(item->change);

	if (item->change == INFINITY) {
		str_add_cstr(out, " is new: ");
		add_cost(out, verdict, item->mean[SIDE_HEAD]);
	} else if (item->change <= -1) {
		str_add_cstr(out, " is gone; it took ");
		add_cost(out, verdict, item->mean[SIDE_BASE]);
	} else {
		amount_change(&change, size);
		str_printf(out, " takes %s %s: ", str_cstr(&change) + (*str_cstr(&change) == '+'),
			   item->change < 0 ? "less" : "more");
		words_costs(out, verdict, item);
		out->failed |= change.failed;
	}
	add_certainty(out, verdict, item);
	add_share(out, item);
}

static void add_no_change(struct str *out, const struct verdict *verdict,
			  const struct verdict_item *item)
{
	if (item->struck)
		str_add_cstr(out, " changed, but not in fresh runs: ");
	else
		str_add_cstr(out, item->small ? " changed by less than what counts: "
					      : " did not change, as far as these runs can tell: ");
	amount_change(out, item->change);
	add_certainty(out, verdict, item);
	str_add_cstr(out, ", ");
	words_costs(out, verdict, item);
	add_share(out, item);
	if (item->small || item->struck || !item->tested || !(item->detectable < INFINITY))
		return;
	str_add_cstr(out, "; ");
	amount_share(out, item->detectable);
	str_add_cstr(out, " more would have been found");
	if (verdict->opts.last_alpha > 0)
		str_add_cstr(out, " at the usual level");
}

/* Is it too much by itself, whatever it was before? */
static bool is_level(const struct verdict_item *item)
{
	return item->found == CHANGE_NONE && item->fails && item->rule && item->rule->absolute;
}

static void add_level(struct str *out, const struct verdict *verdict,
		      const struct verdict_item *item)
{
	str_add_cstr(out, " takes ");
	add_cost(out, verdict, item->mean[SIDE_HEAD]);
}

void words_reason(struct str *out, const struct verdict *verdict, const struct verdict_item *item)
{
	if (!is_level(item)) {
		words_change(out, verdict, item);
		return;
	}
	words_item(out, item->item);
	add_level(out, verdict, item);
	str_add_cstr(out, ", above its limit");
}

void words_limit(struct str *out, const struct verdict *verdict, const struct rule *rule)
{
	if (!rule->absolute) {
		amount_setting(out, rule->limit);
		return;
	}
	amount_cost(out, verdict->runs, rule->limit);
	str_printf(out, " %s", amount_per(verdict->runs));
}

/* "budget.txt:3 allows 3% more: the check fails" */
static void add_rule(struct str *out, const struct verdict *verdict,
		     const struct verdict_item *item, const char *before)
{
	if (item->fails || item->allowed)
		str_add_cstr(out, before);
	if (item->fails && item->rule) {
		add_cut(out, item->rule->from, WORDS_NAME_MAX, true);
		str_add_cstr(out, " allows ");
		words_limit(out, verdict, item->rule);
		str_add_cstr(out, item->rule->absolute ? ": the check fails"
						       : " more: the check fails");
	} else if (item->fails) {
		str_add_cstr(out, "the check fails");
	} else if (item->allowed) {
		str_add_cstr(out, item->item->kind == ITEM_TOTAL
					  ? "slower by allowed functions only: "
					  : "allowed by ");
		add_cut(out, item->allowed->from, WORDS_NAME_MAX, true);
		str_add_char(out, ' ');
		add_cut(out, item->allowed->pattern, WORDS_NAME_MAX, false);
	}
}

bool words_rule(struct str *out, const struct verdict *verdict, size_t i)
{
	const struct verdict_item *item = &verdict->items[i];

	if (item->fails ? !item->rule : !item->allowed)
		return false;
	words_item(out, item->item);
	add_rule(out, verdict, item, ": ");
	return true;
}

/* ---- what moved -------------------------------------------------------------------------- */

static double delta_of(const struct verdict_item *item)
{
	return item->mean[SIDE_HEAD] - item->mean[SIDE_BASE];
}

/* The other end of a move; NULL where none is known. */
static const struct verdict_item *partner_of(const struct verdict *verdict, size_t i)
{
	const struct verdict_item *item = &verdict->items[i];

	if (item->found != CHANGE_MOVED || item->with >= verdict->n_items || item->with == i)
		return NULL;
	return &verdict->items[item->with];
}

static bool add_ancestor(struct str *out, const struct verdict *verdict,
			 const struct verdict_say_opts *opts, uint32_t function)
{
	const struct runs *runs = verdict->runs;

	if (opts->match && function < opts->match->n) {
		const struct match_function *f = &opts->match->functions[function];

		add_function(out, f->name,
			     f->file, f->line[SIDE_HEAD] ? f->line[SIDE_HEAD] : f->line[SIDE_BASE]);
		return true;
	}
	for (size_t i = 0; i < runs->n_items; i++) {
		if (runs->items[i].kind == ITEM_FUNCTION && runs->items[i].function == function) {
			words_item(out, &runs->items[i]);
			return true;
		}
	}
	return false;
}

static void add_move(struct str *out, const struct verdict *verdict,
		     const struct verdict_say_opts *opts, const struct verdict_item *item,
		     const struct verdict_item *with)
{
	bool grew = delta_of(item) > 0;
	const struct verdict_item *from = grew ? with : item, *to = grew ? item : with;
	_cleanup_(str_deinit) struct str ancestor = STR_INIT;

	add_cost(out, verdict, fmin(fabs(delta_of(item)), fabs(delta_of(with))));
	str_add_cstr(out, " moved from ");
	words_item(out, from->item);
	str_add_cstr(out, " to ");
	words_item(out, to->item);
	if (item->ancestor == PROFILE_NONE) {
		str_add_cstr(out, ", which seems to be the same function, ");
		str_add_cstr(out, strcmp(from->item->name, to->item->name) ?
					  "renamed" :
					  "moved to another place");
	} else if (add_ancestor(&ancestor, verdict, opts, item->ancestor)) {
		str_add_cstr(out, ", both below ");
		str_add(out, str_cstr(&ancestor), ancestor.len);
		str_add_cstr(out, ", which did not get slower");
	}
	out->failed |= ancestor.failed;
}

bool words_move(struct str *out, const struct verdict *verdict,
		const struct verdict_say_opts *opts, size_t i)
{
	const struct verdict_item *with = partner_of(verdict, i);

	if (!with)
		return false;
	if (with->found == CHANGE_MOVED && with->with == i && verdict->items[i].with < i)
		return false;
	add_move(out, verdict, opts, &verdict->items[i], with);
	return true;
}

void words_finding(struct str *out, const struct verdict *verdict,
		   const struct verdict_say_opts *opts, size_t i)
{
	const struct verdict_item *item = &verdict->items[i], *with = partner_of(verdict, i);
	size_t start = out->len;

	if (with) {
		add_move(out, verdict, opts, item, with);
	} else {
		words_item(out, item->item);
		if (item->item->kind == ITEM_TOTAL && out->len > start)
			out->data[start] = 'T';
		if (item->found != CHANGE_NONE)
			add_what_changed(out, verdict, item);
		else if (is_level(item))
			add_level(out, verdict, item);
		else
			add_no_change(out, verdict, item);
	}
	add_rule(out, verdict, item, "; ");
}
