/* SPDX-License-Identifier: MIT */
/*
 * The table as GitHub's and GitLab's Markdown, for a comment on a pull request: it ends before such a
 * comment would be too long, and says what it left out.
 *
 * Names are code spans: there no markup, no mention of a person and no number of an issue is seen.
 * What ends a span is a run of as many backticks as began it, so it begins with one more than any run
 * within; only a `|` has to be escaped in a table, there too (GitHub Flavored Markdown, 4.10, 6.1).
 */
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/changes_parts.h"
#include "render/amount.h"
#include "render/text.h"

#define ARROW	   " \xe2\x86\x92 "
#define NAME_MAX_COLUMNS 100 /* of a name or a place in a cell */
#define LEFT_FOR_END	 4000 /* bytes of the comment that are kept for what follows the table */

static size_t longest_run(const char *text, size_t len, char of)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < len; i++) {
		run = text[i] == of ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

enum code {
	CODE_IN_TABLE = 1 << 0, /* where a bar would end the cell, and only there, it is escaped */
	CODE_KEEP_END = 1 << 1, /* of what is too long */
};

/* A text of strangers as a code span; nothing where it is empty. */
static void add_code(struct str *out, const char *bytes, size_t len, unsigned how)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT, cut = STR_INIT;
	size_t ticks;
	bool pad;

	text_visible(&visible, bytes, len);
	if (how & CODE_KEEP_END)
		text_fit_end(&cut, str_cstr(&visible), visible.len, NAME_MAX_COLUMNS);
	else
		text_fit(&cut, str_cstr(&visible), visible.len, NAME_MAX_COLUMNS);
	out->failed |= visible.failed || cut.failed;
	if (!cut.len)
		return;
	ticks = longest_run(cut.data, cut.len, '`') + 1;
	pad = cut.data[0] == '`' || cut.data[cut.len - 1] == '`';
	for (size_t i = 0; i < ticks; i++)
		str_add_char(out, '`');
	str_add_cstr(out, pad ? " " : "");
	for (size_t i = 0; i < cut.len; i++) {
		if (cut.data[i] == '|' && how & CODE_IN_TABLE)
			str_add_char(out, '\\');
		str_add_char(out, cut.data[i]);
	}
	str_add_cstr(out, pad ? " " : "");
	for (size_t i = 0; i < ticks; i++)
		str_add_char(out, '`');
}

static void add_code_text(struct str *out, const char *text)
{
	if (text && *text)
		add_code(out, text, strlen(text), CODE_IN_TABLE);
}

/* Sentences of ours with names in them: what would be markup is escaped. */
static void add_sentence(struct str *out, const char *text)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT;

	text_visible(&visible, text, strlen(text));
	for (size_t i = 0; i < visible.len; i++) {
		if (strchr("\\`*_{}[]<>#|~&@!", visible.data[i]))
			str_add_char(out, '\\');
		str_add_char(out, visible.data[i]);
	}
	out->failed |= visible.failed;
}

/* A link's address between < and >; what would end it is percent-encoded. */
static void add_link(struct str *out, const char *link)
{
	for (const char *c = link; *c; c++) {
		if ((unsigned char)*c <= ' ' || strchr("<>\\\"", *c))
			str_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
		else
			str_add_char(out, *c);
	}
}

/* ---- above the table --------------------------------------------------------------------- */

static void add_sides(struct str *out, const struct changed *changed)
{
	str_add_cstr(out, "| | recording | command | revision | Python | machine | runs |\n"
			  "|---|---|---|---|---|---|---:|\n");
	for (int side = 0; side < SIDES; side++) {
		const struct diff_side *said = &changed->opts->sides[side];
		const char *const texts[] = { said->label, said->command, said->revision,
					      said->python, said->machine };

		str_add_cstr(out, side == SIDE_BASE ? "| base |" : "| head |");
		for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
			str_add_char(out, ' ');
			add_code_text(out, texts[i]);
			str_add_cstr(out, " |");
		}
		str_add_char(out, ' ');
		amount_count(out, changed->runs[side]);
		str_add_cstr(out, " |\n");
	}
	str_add_char(out, '\n');
}

static void add_head(struct str *out, const struct changed *changed)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;

	changed_headline(&line, changed);
	str_add_cstr(out, "### ");
	add_sentence(out, str_cstr(&line));
	str_add_cstr(out, "\n\n");
	add_sides(out, changed);
	str_clear(&line);
	changed_trust(&line, changed);
	add_sentence(out, str_cstr(&line));
	str_add_cstr(out, ".\n\n");
	out->failed |= line.failed;
	for (size_t i = 0; i < changed->opts->n_warnings; i++) {
		str_add_cstr(out, "> **Warning:** ");
		add_sentence(out, changed->opts->warnings[i]);
		str_add_cstr(out, "\n\n");
	}
}

/* ---- the table ---------------------------------------------------------------------------- */

static void add_name(struct str *out, const struct changed *changed, uint32_t function, int32_t line,
		     unsigned how)
{
	_cleanup_(str_deinit) struct str name = STR_INIT, place = STR_INIT;

	changed_name(&name, changed, function);
	add_code(out, str_cstr(&name), name.len,
		 changed_rows_are_functions(changed) ? how : how | CODE_KEEP_END);
	if (changed_rows_are_functions(changed))
		changed_place(&place, changed, function, line);
	if (place.len) {
		str_add_cstr(out, name.len ? " " : "");
		add_code(out, place.data, place.len, how | CODE_KEEP_END);
	}
	out->failed |= name.failed || place.failed;
}

static void add_values(struct str *out, const struct changed *changed, const uint64_t sums[SIDES])
{
	changed_value(out, changed, SIDE_BASE, sums[SIDE_BASE]);
	str_add_cstr(out, ARROW);
	changed_value(out, changed, SIDE_HEAD, sums[SIDE_HEAD]);
	str_add_cstr(out, " | ");
}

static void add_row(struct str *out, const struct changed *changed, const struct changed_row *row)
{
	uint32_t in = changed_in(changed, row->function);

	str_add_cstr(out, "| ");
	changed_delta(out, changed, row->self, row->self_delta);
	str_add_cstr(out, " | ");
	changed_relative(out, changed, row->self, in, row->few_self);
	str_add_cstr(out, " | ");
	add_values(out, changed, row->self);
	changed_delta(out, changed, row->total, row->total_delta);
	str_add_cstr(out, " | ");
	add_values(out, changed, row->total);
	add_name(out, changed, row->function, row->line, CODE_IN_TABLE);
	str_add_cstr(out, " |\n");
}

/* Returns how many rows there was room for. */
static size_t add_table(struct str *out, const struct changed *changed)
{
	size_t wanted = changed_shown(changed), n = 0;

	str_printf(out,
		   "| self | %% | base" ARROW "head | total | base" ARROW "head | %s |\n"
		   "|---:|---:|---:|---:|---:|---|\n",
		   changed->opts->rows_are);
	for (; n < wanted && !out->failed; n++) {
		_cleanup_(str_deinit) struct str row = STR_INIT;

		add_row(&row, changed, &changed->rows[n]);
		out->failed |= row.failed;
		if (out->len + row.len > CHANGES_MARKDOWN_MAX - LEFT_FOR_END)
			break;
		str_add(out, str_cstr(&row), row.len);
	}
	str_add_char(out, '\n');
	return n;
}

/* ---- below it ------------------------------------------------------------------------------- */

static void add_renames(struct str *out, const struct changed *changed)
{
	const struct pair *pair = changed->pair;
	size_t n = 0;

	for (; n < pair->n_renames && n < CHANGED_RENAMES; n++) {
		const struct pair_rename *rename = &pair->renames[n];
		_cleanup_(str_deinit) struct str line = STR_INIT;

		str_printf(&line, "- perhaps %s: ", changed_rename_word(changed, rename));
		add_name(&line, changed, rename->base, 0, 0);
		str_add_cstr(&line, ARROW);
		add_name(&line, changed, rename->head, 0, 0);
		str_printf(&line, ", %.0f%% alike\n", 100 * rename->likeness);
		out->failed |= line.failed;
		if (out->len + line.len > CHANGES_MARKDOWN_MAX)
			break;
		str_add(out, str_cstr(&line), line.len);
	}
	if (n < pair->n_renames) {
		str_add_cstr(out, "- ");
		amount_count(out, pair->n_renames - n);
		str_add_cstr(out, " more that are perhaps renamed or moved\n");
	}
}

enum pyprof_status changed_markdown(const struct changed *changed, FILE *out,
				    struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT, line = STR_INIT;

	add_head(&text, changed);
	if (changed->opts->picture && *changed->opts->picture) {
		str_add_cstr(&text, "[Flame graph of what changed](<");
		add_link(&text, changed->opts->picture);
		str_add_cstr(&text, ">)\n\n");
	}
	if (!changed->n_changed) {
		str_add_cstr(&text, "Nothing changed.\n");
	} else {
		size_t shown = changed_shown(changed) ? add_table(&text, changed) : 0;

		changed_left_out(&line, changed, shown, "the text and the JSON have them");
		if (line.len) {
			add_sentence(&text, str_cstr(&line));
			str_add_cstr(&text, ".\n\n");
		}
		str_clear(&line);
		changed_few(&line, changed, shown, false);
		if (line.len) {
			add_sentence(&text, str_cstr(&line));
			str_add_cstr(&text, ".\n\n");
		}
		add_renames(&text, changed);
	}
	if (text.failed || line.failed)
		return error_nomem(err);
	fwrite(str_cstr(&text), 1, text.len, out);
	return PYPROF_OK;
}
