/* SPDX-License-Identifier: MIT */
/*
 * For a comment on a pull request, which GitHub and GitLab render as GitHub Flavored Markdown
 * (https://github.github.com/gfm/): the verdict, the table, what it stands on in <details>.
 *
 * GitHub takes comments of 65,536 characters at most. The text ends before that many bytes; which
 * rows are missing is said. Names stand in code: there nobody is mentioned, no number becomes a
 * link and no markup counts (CommonMark 6.1); in a table a vertical bar would end the cell even
 * there (GFM 4.10), so a name that has one, or a backtick or a backslash, is written in <code> with
 * character references, which are never markup (CommonMark 6.2). Sentences have references for what
 * markup is made of, and a zero-width space behind what makes a mention or a link.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_amount.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_words.h"
#include "render/amount.h"
#include "render/text.h"

#define MAX_COMMENT 65536 /* bytes, and so characters too; the parts may fill it up to… */
#define MAX_URGENT  8000  /* …limits that guard nothing */
#define MAX_TABLE   36000 /* …the table */
#define MAX_LISTS   48000 /* …rules, moves, notes */
#define MAX_DETAILS 63500 /* …the rest; then what is open is closed, and said what is missing */
#define MAX_NAME    60	/* columns of a name in a row */
#define MAX_TEXT    600	/* columns of a note */
#define TOP	    20	/* functions of which is told what could have been found */

#define ZERO_WIDTH_SPACE "&#8203;"

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	struct str text;
	bool cut; /* something had no room */
};

/* ---- names and sentences --------------------------------------------------------------------- */

/* Is it what markup is made of? */
static bool is_special(char c)
{
	return strchr("\\`*_{}[]<>#|~&@!$^\"'", c) != NULL;
}

static void add_reference(struct str *out, char c)
{
	str_printf(out, "&#%d;", (unsigned char)c);
}

/* Visible text as code, cut: of a file the end is kept. */
static void add_code(struct str *out, const struct str *visible, bool keep_end)
{
	_cleanup_(str_deinit) struct str cut = STR_INIT;

	if (keep_end)
		text_fit_end(&cut, str_cstr(visible), visible->len, MAX_NAME);
	else
		text_fit(&cut, str_cstr(visible), visible->len, MAX_NAME);
	out->failed |= visible->failed || cut.failed;
	if (strspn(str_cstr(&cut), " ") == cut.len) {
		str_add_cstr(out, "(no name)");
	} else if (!strpbrk(str_cstr(&cut), "`|\\")) {
		str_printf(out, "`%s`", str_cstr(&cut));
	} else {
		str_add_cstr(out, "<code>");
		for (size_t i = 0; i < cut.len; i++) {
			if (is_special(cut.data[i]))
				add_reference(out, cut.data[i]);
			else
				str_add_char(out, cut.data[i]);
		}
		str_add_cstr(out, "</code>");
	}
}

/* What GitHub or GitLab would make a mention, an issue, a label or a web link of. */
static bool makes_link(const char *text, size_t i)
{
	if (strchr("@#!$~&^", text[i]))
		return true;
	if (text[i] == ':' && text[i + 1] == '/')
		return true;
	if (text[i] == '-' && i >= 2 && !strncasecmp(text + i - 2, "GH", 2))
		return true;
	/* "www." has to be parted itself: behind it a reference would be part of the link. */
	return text[i + 1] == '.' && i >= 2 && !strncasecmp(text + i - 2, "www", 3);
}

/* Would a line that begins so be an item of a list, or code, or underline the one before? */
static bool begins_block(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (strchr(" -+=", *text))
		return true;
	return digits && strchr(".)", text[digits]) && strchr(" ", text[digits + 1]);
}

/* A sentence of ours, with names in it, as text that is nothing but text. */
static void add_sentence(struct str *out, const char *raw, size_t columns)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT, cut = STR_INIT;

	text_visible(&visible, raw, strnlen(raw, MAX_COMMENT));
	text_fit(&cut, str_cstr(&visible), visible.len, columns);
	out->failed |= visible.failed || cut.failed;
	for (size_t i = 0; i < cut.len; i++) {
		char c = cut.data[i];

		if (is_special(c) || (!i && begins_block(cut.data)))
			add_reference(out, c);
		else
			str_add_char(out, c);
		if (makes_link(cut.data, i))
			str_add_cstr(out, ZERO_WIDTH_SPACE);
	}
}

/* A link that the user gave: what is no part of one is escaped (RFC 3986). */
static void add_url(struct str *out, const char *url)
{
	for (; *url; url++) {
		unsigned char c = (unsigned char)*url;

		if (isalnum(c) || strchr("-._~:/?#[]@!$&*+,;=%", c))
			str_add_char(out, *url);
		else
			str_printf(out, "%%%02X", c);
	}
}

/* Appends it where there is room for it up to `limit`; false, and nothing: there is none. */
static bool append(struct teller *teller, const struct str *part, size_t limit)
{
	teller->text.failed |= part->failed;
	if (teller->text.len + part->len > limit)
		return false;
	str_add(&teller->text, str_cstr(part), part->len);
	return true;
}

/* One item of a list. */
static void add_point(struct teller *teller, const char *before, const char *text, size_t limit)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;

	str_printf(&line, "- %s", before);
	add_sentence(&line, text, MAX_TEXT);
	str_add_char(&line, '\n');
	if (!append(teller, &line, limit))
		teller->cut = true;
}

/* ---- the verdict ------------------------------------------------------------------------------ */

static void add_side(struct teller *teller, enum side side)
{
	_cleanup_(str_deinit) struct str label = STR_INIT, what = STR_INIT;
	struct str *out = &teller->text;

	words_label(&label, teller->opts, side);
	words_side(&what, teller->verdict, teller->opts, side);
	out->failed |= what.failed;
	str_add_cstr(out, side == SIDE_BASE ? "**base** " : "**head** ");
	if (words_has_label(teller->opts, side)) {
		add_code(out, &label, true);
		str_add_cstr(out, " \xc2\xb7 ");
	}
	add_sentence(out, str_cstr(&what), MAX_TEXT);
	str_add_cstr(out, side == SIDE_BASE ? "<br>\n" : "\n\n");
}

static void add_head(struct teller *teller)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;
	struct str *out = &teller->text;
	const char *colon;

	verdict_headline(&line, teller->verdict);
	if (teller->verdict->outcome == VERDICT_INCONCLUSIVE) {
		str_add_cstr(&line, ". ");
		words_advice(&line, teller->verdict);
	} else {
		str_add_char(&line, '.');
	}
	out->failed |= line.failed;
	colon = strchr(str_cstr(&line), ':');
	str_add_cstr(out, "### pyprof: ");
	str_add_cstr(out, verdict_outcome_name(teller->verdict->outcome));
	str_add_cstr(out, "\n\n");
	if (colon)
		add_sentence(out, colon + 2, MAX_TEXT * 2);
	str_add_cstr(out, "\n\n");
	for (size_t i = 0; i < teller->verdict->n_urgent; i++)
		add_point(teller, "**warning:** ", teller->verdict->notes[i], MAX_URGENT);
	if (teller->verdict->n_urgent)
		str_add_char(out, '\n');
}

static void add_picture(struct teller *teller)
{
	const char *picture = teller->opts->picture;
	_cleanup_(str_deinit) struct str link = STR_INIT;

	if (!picture || !*picture)
		return;
	str_add_cstr(&link, "[Flame graph of what changed](<");
	add_url(&link, picture);
	str_add_cstr(&link, ">)\n\n");
	if (!append(teller, &link, MAX_LISTS))
		teller->cut = true;
}

/* ---- tables ------------------------------------------------------------------------------------ */

static void end_cell(struct str *row)
{
	str_add_cstr(row, " | ");
}

static void add_name(struct str *row, const struct runs_item *item)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (item->kind == ITEM_TOTAL) {
		str_add_cstr(row, "**total** |  | ");
		return;
	}
	words_name(&text, item);
	add_code(row, &text, false);
	end_cell(row);
	str_clear(&text);
	words_place(&text, item);
	if (item->kind == ITEM_MODULE)
		str_add_cstr(row, "module");
	else if (text.len)
		add_code(row, &text, true);
	row->failed |= text.failed;
	end_cell(row);
}

static void add_change_row(struct str *row, const struct verdict *verdict,
			   const struct verdict_item *item)
{
	str_printf(row, item->fails ? "| **%s** | " : "| %s | ", words_found(item));
	add_name(row, item->item);
	amount_costs(row, verdict->runs, item->mean[SIDE_BASE], item->mean[SIDE_HEAD]);
	end_cell(row);
	str_add_cstr(row, item->found != CHANGE_NONE ? "**" : "");
	amount_change(row, item->change);
	str_add_cstr(row, item->found != CHANGE_NONE ? "**" : "");
	end_cell(row);
	amount_interval(row, item->low, item->high);
	end_cell(row);
	if (item->item->kind != ITEM_TOTAL)
		amount_shares(row, item->share[SIDE_BASE], item->share[SIDE_HEAD]);
	end_cell(row);
	str_add_cstr(row, item->q < 0.0005 ? "&lt;0.001" : "");
	if (!(item->q < 0.0005))
		amount_chance(row, item->q);
	str_add_cstr(row, " |\n");
}

static void add_changes(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	struct str *out = &teller->text;
	size_t missing = 0;

	str_add_cstr(out, "| found | function | where | ");
	amount_metric(out, verdict->runs);
	str_printf(out, " %s, base \xe2\x86\x92 head | change | ", amount_per(verdict->runs));
	amount_setting(out, verdict->opts.confidence);
	str_add_cstr(out, " CI | of the total | q |\n|:--|:--|:--|--:|--:|--:|--:|--:|\n");
	for (size_t i = 0; i < verdict->n_items; i++) {
		_cleanup_(str_deinit) struct str row = STR_INIT;

		if (i && !words_is_told(verdict, i))
			continue;
		add_change_row(&row, verdict, &verdict->items[i]);
		missing += missing || !append(teller, &row, MAX_TABLE);
	}
	str_add_char(out, '\n');
	if (!missing)
		return;
	amount_of(out, missing, "more finding is", "more findings are");
	str_add_cstr(out, " not shown: the comment would be too long.\n\n");
}

/* ---- details ----------------------------------------------------------------------------------- */

static void begin_details(struct teller *teller, const char *summary)
{
	str_printf(&teller->text, "<details><summary>%s</summary>\n\n", summary);
}

static void end_details(struct teller *teller)
{
	str_add_cstr(&teller->text, "\n</details>\n\n");
}

/* Rules, and what moved from where to where. */
static void add_more(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;

	for (size_t i = 0; i < verdict->n_items; i++) {
		_cleanup_(str_deinit) struct str text = STR_INIT;

		if (!words_rule(&text, verdict, i) && !words_move(&text, verdict, teller->opts, i))
			continue;
		str_add_char(&text, '.');
		teller->text.failed |= text.failed;
		add_point(teller, "", str_cstr(&text), MAX_LISTS);
	}
}

static void add_power_row(struct str *row, const struct verdict *verdict,
			  const struct verdict_item *item)
{
	str_add_cstr(row, "| ");
	add_name(row, item->item);
	amount_cost(row, verdict->runs, item->mean[SIDE_HEAD]);
	end_cell(row);
	amount_share(row, item->share[SIDE_HEAD]);
	end_cell(row);
	if (item->detectable > 1 && item->detectable < INFINITY)
		str_add_cstr(row, "&gt;100%");
	else
		words_detectable(row, item);
	if (!words_few_runs(verdict)) {
		end_cell(row);
		if (item->runs_wanted || item->below_floor)
			words_wanted(row, item);
		else
			str_add_cstr(row, "&gt;10,000");
	}
	str_add_cstr(row, " |\n");
}

static void add_below_floor(struct str *out, const struct verdict *verdict, const size_t *top, size_t n)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	words_below_floor(&text, verdict, top, n);
	out->failed |= text.failed;
	if (text.len)
		str_printf(out, "\n%s\n", str_cstr(&text));
}

static void add_power(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	struct str *out = &teller->text;
	size_t top[TOP], n = words_top(verdict, top, TOP);

	begin_details(teller, "What could have been found");
	words_power(out, verdict);
	str_add_cstr(out, "\n\n| function | where | head | share | detectable |");
	if (!words_few_runs(verdict)) {
		str_add_cstr(out, " runs for ");
		amount_setting(out, verdict->opts.sensitivity);
		str_add_cstr(out, " |");
	}
	str_add_cstr(out, "\n|:--|:--|--:|--:|--:|");
	str_add_cstr(out, words_few_runs(verdict) ? "\n" : "--:|\n");
	for (size_t i = 0; i <= n; i++) {
		_cleanup_(str_deinit) struct str row = STR_INIT;

		add_power_row(&row, verdict, &verdict->items[i ? top[i - 1] : 0]);
		if (!append(teller, &row, MAX_DETAILS)) {
			teller->cut = true;
			break;
		}
	}
	if (!words_few_runs(verdict))
		add_below_floor(out, verdict, top, n);
	end_details(teller);
}

static void add_method(struct teller *teller)
{
	begin_details(teller, "How it was judged");
	for (size_t i = 0;; i++) {
		_cleanup_(str_deinit) struct str text = STR_INIT;

		if (!words_method(&text, teller->verdict, i))
			break;
		teller->text.failed |= text.failed;
		add_point(teller, "", str_cstr(&text), MAX_DETAILS);
	}
	if (teller->opts->tool_command && *teller->opts->tool_command)
		add_point(teller, "Made by ", teller->opts->tool_command, MAX_DETAILS);
	end_details(teller);
}

static void add_notes(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;

	for (size_t i = 0; i < teller->opts->n_warnings; i++)
		add_point(teller, "**warning:** ", teller->opts->warnings[i], MAX_LISTS);
	for (size_t i = verdict->n_urgent; i < verdict->n_notes; i++)
		add_point(teller, "note: ", verdict->notes[i], MAX_LISTS);
	str_add_char(&teller->text, '\n');
}

static enum pyprof_status write_markdown(const struct verdict *verdict,
					 const struct verdict_say_opts *opts, FILE *out,
					 struct pyprof_error *err)
{
	struct teller teller = { .verdict = verdict, .opts = opts };
	enum pyprof_status status = PYPROF_OK;

	add_head(&teller);
	add_side(&teller, SIDE_BASE);
	add_side(&teller, SIDE_HEAD);
	add_changes(&teller);
	add_picture(&teller);
	add_more(&teller);
	add_notes(&teller);
	add_power(&teller);
	add_method(&teller);
	if (teller.cut)
		str_add_cstr(&teller.text,
			     "Some of this is not shown: the comment would be too long.\n");
	if (teller.text.failed)
		status = error_nomem(err);
	else
		fwrite(str_cstr(&teller.text), 1, teller.text.len, out);
	str_deinit(&teller.text);
	return status;
}

const struct verdict_format verdict_format_markdown = {
	.name = "markdown",
	.also = "md",
	.description = "for a comment on a pull request",
	.endings = (const char *const[]){ ".md", ".markdown", NULL },
	.write = write_markdown,
};
