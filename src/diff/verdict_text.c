/* SPDX-License-Identifier: MIT */
/* For people at a terminal: the verdict first, then what it stands on. */
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_amount.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_words.h"
#include "render/amount.h"
#include "render/paragraph.h"
#include "render/table.h"
#include "render/text.h"

#define WIDE	  100  /* columns from which on shares and q have their place */
#define MAX_LINES 12   /* of a note: it may hold a name of a megabyte… */
#define MAX_ANY	  2000 /* …columns where lines are not broken */
#define TOP	  10   /* functions of which is told what could have been found */

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	FILE *out;
	bool failed; /* memory ran out: lines are missing */
};

static void put_line(struct teller *teller, const char *before, const char *text, size_t len,
		     enum ink ink)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;

	while (len && text[len - 1] == ' ')
		len--;
	str_add_cstr(&line, before);
	ink_on(&line, teller->opts->color ? ink : INK_NONE);
	str_add(&line, text, len);
	ink_off(&line, teller->opts->color ? ink : INK_NONE);
	str_add_char(&line, '\n');
	teller->failed |= line.failed;
	if (!line.failed)
		fwrite(line.data, 1, line.len, teller->out);
}

/* A text in as many lines as it takes, the first begun by `before`, the others as far in. */
static void put_text(struct teller *teller, const char *before, const struct str *text,
		     enum ink ink)
{
	size_t width = teller->opts->width, indent = strlen(before);
	_cleanup_(str_deinit) struct str cut = STR_INIT;
	_cleanup_(paragraph_deinit) struct paragraph lines = { 0 };
	char blanks[16] = "";

	teller->failed |= text->failed;
	if (!width) {
		_cleanup_(str_deinit) struct str visible = STR_INIT;

		text_visible(&visible, str_cstr(text), text->len);
		text_fit(&cut, str_cstr(&visible), visible.len, MAX_ANY);
		teller->failed |= visible.failed || cut.failed;
		put_line(teller, before, str_cstr(&cut), cut.len, ink);
		return;
	}
	paragraph_add_lines(&lines, text, width > indent + 20 ? width - indent : 20, MAX_LINES);
	teller->failed |= lines.failed;
	snprintf(blanks, sizeof(blanks), "%*s", (int)indent, "");
	for (size_t i = 0; i < lines.n; i++)
		put_line(teller, i ? blanks : before, str_cstr(&lines.lines[i].text),
			 lines.lines[i].text.len, ink);
}

static void put_heading(struct teller *teller, const char *text)
{
	putc('\n', teller->out);
	put_line(teller, "", text, strlen(text), INK_BOLD);
}

/* ---- what and who ---------------------------------------------------------------------- */

static enum ink ink_of_outcome(enum verdict_outcome outcome)
{
	static const enum ink inks[] = {
		[VERDICT_PASS] = INK_MILD,
		[VERDICT_REGRESSION] = INK_HOT,
		[VERDICT_IMPROVEMENT] = INK_MILD,
		[VERDICT_INCONCLUSIVE] = INK_WARM,
	};

	return inks[outcome];
}

static void tell_outcome(struct teller *teller)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	verdict_headline(&text, teller->verdict);
	put_text(teller, "", &text, ink_of_outcome(teller->verdict->outcome));
	str_clear(&text);
	if (teller->verdict->outcome == VERDICT_INCONCLUSIVE) {
		words_advice(&text, teller->verdict);
		put_text(teller, "", &text, INK_NONE);
	}
	for (size_t i = 0; i < teller->verdict->n_urgent; i++) {
		str_clear(&text);
		str_add_cstr(&text, teller->verdict->notes[i]);
		put_text(teller, "warning: ", &text, INK_WARM);
	}
	putc('\n', teller->out);
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		str_clear(&text);
		if (words_has_label(teller->opts, side)) {
			words_label(&text, teller->opts, side);
			str_add_cstr(&text, " \xc2\xb7 ");
		}
		words_side(&text, teller->verdict, teller->opts, side);
		put_text(teller, side == SIDE_BASE ? "base  " : "head  ", &text, INK_NONE);
	}
}

/* ---- what changed ------------------------------------------------------------------------ */

static enum ink ink_of(const struct verdict_item *item)
{
	if (item->fails)
		return INK_HOT;
	switch (item->found) {
	case CHANGE_SLOWER:
		return INK_WARM;
	case CHANGE_FASTER:
		return INK_MILD;
	case CHANGE_NONE:
	case CHANGE_MOVED:
		break;
	}
	return INK_NONE;
}

static void put_cell(struct table *table, struct str *text, enum ink ink)
{
	table_cell(table, ink, str_cstr(text), text->len);
	table->failed |= text->failed;
	str_clear(text);
}

static void add_change_row(struct table *table, const struct verdict *verdict,
			   const struct verdict_item *item)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum ink ink = ink_of(item);
	const char *found = words_found(item);

	table_cell(table, ink, found, strlen(found));
	words_name(&text, item->item);
	put_cell(table, &text, INK_NONE);
	words_place(&text, item->item);
	put_cell(table, &text, INK_DIM);
	amount_costs(&text, verdict->runs, item->mean[SIDE_BASE], item->mean[SIDE_HEAD]);
	put_cell(table, &text, INK_NONE);
	amount_change(&text, item->change);
	put_cell(table, &text, ink);
	amount_interval(&text, item->low, item->high);
	put_cell(table, &text, INK_NONE);
	if (table->n_columns <= 6)
		return;
	if (item->item->kind != ITEM_TOTAL)
		amount_shares(&text, item->share[SIDE_BASE], item->share[SIDE_HEAD]);
	put_cell(table, &text, INK_NONE);
	amount_chance(&text, item->q);
	put_cell(table, &text, INK_NONE);
}

static enum pyprof_status tell_changes(struct teller *teller, struct pyprof_error *err)
{
	const struct verdict *verdict = teller->verdict;
	_cleanup_(str_deinit) struct str costs = STR_INIT, interval = STR_INIT;
	enum pyprof_status status;
	struct table table;
	bool wide = !teller->opts->width || teller->opts->width >= WIDE;

	amount_metric(&costs, verdict->runs);
	str_printf(&costs, " %s", amount_per(verdict->runs));
	amount_setting(&interval, verdict->opts.confidence);
	str_add_cstr(&interval, " CI");
	if (costs.failed || interval.failed)
		return error_nomem(err);

	const struct table_column columns[] = {
		{ .title = "found" },
		{ .title = "function", .elastic = true },
		{ .title = "where", .elastic = true, .keep_end = true },
		{ .title = str_cstr(&costs), .right = true },
		{ .title = "change", .right = true },
		{ .title = str_cstr(&interval), .right = true },
		{ .title = "of the total", .right = true },
		{ .title = "q", .right = true },
	};

	put_heading(teller, "What changed, base \xe2\x86\x92 head:");
	table_init(&table, columns, wide ? ARRAY_SIZE(columns) : 6);
	for (size_t i = 0; i < verdict->n_items; i++)
		if (!i || words_is_told(verdict, i))
			add_change_row(&table, verdict, &verdict->items[i]);
	status = table_write(&table, teller->out, teller->opts->width, teller->opts->color, err);
	table_deinit(&table);
	return status;
}

/* What a row of the table has no place for. */
static void tell_more(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	bool any = false;

	for (size_t i = 0; i < verdict->n_items; i++) {
		str_clear(&text);
		if (!words_rule(&text, verdict, i) &&
		    !words_move(&text, verdict, teller->opts, i))
			continue;
		str_add_char(&text, '.');
		if (!any)
			putc('\n', teller->out);
		any = true;
		put_text(teller, "", &text, INK_NONE);
	}
}

/* ---- what could have been found ------------------------------------------------------------ */

static void add_power_row(struct table *table, const struct verdict *verdict,
			  const struct verdict_item *item)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	words_name(&text, item->item);
	put_cell(table, &text, INK_NONE);
	words_place(&text, item->item);
	put_cell(table, &text, INK_DIM);
	amount_cost(&text, verdict->runs, item->mean[SIDE_HEAD]);
	put_cell(table, &text, INK_NONE);
	amount_share(&text, item->share[SIDE_HEAD]);
	put_cell(table, &text, INK_NONE);
	words_detectable(&text, item);
	put_cell(table, &text, INK_NONE);
	if (words_few_runs(verdict))
		return;
	words_wanted(&text, item);
	put_cell(table, &text, INK_NONE);
}

static enum pyprof_status tell_power(struct teller *teller, struct pyprof_error *err)
{
	const struct verdict *verdict = teller->verdict;
	_cleanup_(str_deinit) struct str text = STR_INIT, wanted = STR_INIT;
	enum pyprof_status status;
	size_t top[TOP], n = words_top(verdict, top, TOP);
	struct table table;

	str_add_cstr(&wanted, "runs for ");
	amount_setting(&wanted, verdict->opts.sensitivity);
	if (wanted.failed)
		return error_nomem(err);

	const struct table_column columns[] = {
		{ .title = "function", .elastic = true },
		{ .title = "where", .elastic = true, .keep_end = true },
		{ .title = "head", .right = true },
		{ .title = "share", .right = true },
		{ .title = "detectable", .right = true },
		{ .title = str_cstr(&wanted), .right = true },
	};

	put_heading(teller, "What could have been found:");
	words_power(&text, verdict);
	put_text(teller, "", &text, INK_NONE);
	table_init(&table, columns, ARRAY_SIZE(columns) - words_few_runs(verdict));
	add_power_row(&table, verdict, &verdict->items[0]);
	for (size_t i = 0; i < n; i++)
		add_power_row(&table, verdict, &verdict->items[top[i]]);
	status = table_write(&table, teller->out, teller->opts->width, teller->opts->color, err);
	table_deinit(&table);
	str_clear(&text);
	if (!words_few_runs(verdict))
		words_below_floor(&text, verdict, top, n);
	if (text.len)
		put_text(teller, "", &text, INK_DIM);
	return status;
}

/* ---- how, and what else --------------------------------------------------------------------- */

static void tell_method(struct teller *teller)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	put_heading(teller, "How it was judged:");
	for (size_t i = 0; words_method(&text, teller->verdict, i); i++) {
		put_text(teller, "", &text, INK_DIM);
		str_clear(&text);
	}
}

static void tell_note(struct teller *teller, const char *kind, const char *note, bool *any)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	str_add_cstr(&text, note);
	if (!*any)
		putc('\n', teller->out);
	*any = true;
	put_text(teller, kind, &text, INK_NONE);
}

static void tell_notes(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	bool any = false;

	for (size_t i = verdict->n_urgent; i < verdict->n_notes; i++)
		tell_note(teller, "note: ", verdict->notes[i], &any);
	for (size_t i = 0; i < teller->opts->n_warnings; i++)
		tell_note(teller, "warning: ", teller->opts->warnings[i], &any);
	if (teller->opts->picture && *teller->opts->picture)
		tell_note(teller, "picture: ", teller->opts->picture, &any);
}

static enum pyprof_status write_text(const struct verdict *verdict,
				     const struct verdict_say_opts *opts, FILE *out,
				     struct pyprof_error *err)
{
	struct teller teller = { .verdict = verdict, .opts = opts, .out = out };
	enum pyprof_status status;

	tell_outcome(&teller);
	status = tell_changes(&teller, err);
	if (!status) {
		tell_more(&teller);
		status = tell_power(&teller, err);
	}
	if (!status) {
		tell_method(&teller);
		tell_notes(&teller);
	}
	return !status && teller.failed ? error_nomem(err) : status;
}

const struct verdict_format verdict_format_text = {
	.name = "text",
	.also = "txt",
	.description = "for people",
	.endings = (const char *const[]){ ".txt", ".text", NULL },
	.write = write_text,
};
