/* SPDX-License-Identifier: MIT */
/* The table for a terminal, or for a file. */
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/changes_parts.h"
#include "render/amount.h"
#include "render/paragraph.h"
#include "render/table.h"
#include "render/text.h"

#define DOT	    " \xc2\xb7 "
#define ARROW	    " \xe2\x86\x92 "
#define WIDE	    120 /* columns from which on the totals of both sides are there too */
#define MIDDLING    100 /* …and by how much of itself each total changed */
#define MAX_LINES   20	/* that a sentence is broken into */
#define MAX_COMMAND 4096 /* a command line can be megabytes */
#define LARGE	    20	 /* a change of so many parts of the base is large */

static enum pyprof_status write_line(const struct changed *changed, FILE *out, enum ink ink,
				     const struct str *text, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT, line = STR_INIT;
	size_t width = changed->opts->width;

	text_visible(&visible, str_cstr(text), text->len);
	if (!changed->opts->color)
		ink = INK_NONE;
	ink_on(&line, ink);
	text_fit(&line, str_cstr(&visible), visible.len, width ? width : SIZE_MAX);
	ink_off(&line, ink);
	str_add_char(&line, '\n');
	if (text->failed || visible.failed || line.failed)
		return error_nomem(err);
	fwrite(line.data, 1, line.len, out);
	return PYPROF_OK;
}

/* What must not be cut: over several lines where the terminal is narrow. */
static enum pyprof_status write_sentence(const struct changed *changed, FILE *out, enum ink ink,
					 const struct str *text, struct pyprof_error *err)
{
	_cleanup_(paragraph_deinit) struct paragraph lines = { 0 };
	enum pyprof_status status = PYPROF_OK;

	if (!changed->opts->width || text->failed)
		return write_line(changed, out, ink, text, err);
	paragraph_add_lines(&lines, text, changed->opts->width, MAX_LINES);
	for (size_t i = 0; !status && i < lines.n; i++)
		status = write_line(changed, out, ink, &lines.lines[i].text, err);
	return !status && lines.failed ? error_nomem(err) : status;
}

/* ---- above the table ------------------------------------------------------------------- */

static void add_known(struct str *line, const char *before, const char *text)
{
	if (text && *text) {
		str_printf(line, "%s%s", DOT, before);
		str_add(line, text, strnlen(text, MAX_COMMAND));
	}
}

static void side_line(struct str *line, const struct changed *changed, enum side side)
{
	const struct diff_side *said = &changed->opts->sides[side];

	str_add_cstr(line, side == SIDE_BASE ? "base  " : "head  ");
	str_add_cstr(line, said->label ? said->label : "");
	add_known(line, "", said->command);
	add_known(line, "revision ", said->revision);
	add_known(line, "Python ", said->python);
	add_known(line, "", said->machine);
	if (changed->runs[side] > 1) {
		str_add_cstr(line, DOT);
		amount_of(line, changed->runs[side], "run", "runs");
	}
}

static void add_samples(struct str *line, const struct changed *changed)
{
	const char *metric = changed->pair->profile->metrics[changed->opts->metric].name;
	uint64_t samples[SIDES];

	if (!strcmp(metric, "samples") || !changed_samples(changed, SIDE_BASE, &samples[SIDE_BASE]) ||
	    !changed_samples(changed, SIDE_HEAD, &samples[SIDE_HEAD]))
		return;
	str_add_cstr(line, DOT);
	amount_count(line, amount_scale(samples[SIDE_BASE], 1, changed->runs[SIDE_BASE]));
	str_add_cstr(line, ARROW);
	amount_count(line, amount_scale(samples[SIDE_HEAD], 1, changed->runs[SIDE_HEAD]));
	str_add_cstr(line, " samples");
}

static void add_truncated(struct str *line, const struct changed *changed)
{
	uint64_t base = changed_truncated(changed, SIDE_BASE);
	uint64_t head = changed_truncated(changed, SIDE_HEAD);

	if (!base && !head)
		return;
	str_add_cstr(line, DOT);
	scale_share(line, base, changed->whole[SIDE_BASE]);
	str_add_cstr(line, ARROW);
	scale_share(line, head, changed->whole[SIDE_HEAD]);
	str_add_cstr(line, " truncated");
}

static enum pyprof_status write_head(const struct changed *changed, FILE *out,
				     struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	for (int side = 0; !status && side < SIDES; side++) {
		str_clear(&line);
		side_line(&line, changed, (enum side)side);
		status = write_line(changed, out, INK_BOLD, &line, err);
	}
	str_clear(&line);
	changed_headline(&line, changed);
	add_samples(&line, changed);
	add_truncated(&line, changed);
	if (!status)
		status = write_sentence(changed, out, INK_NONE, &line, err);
	str_clear(&line);
	changed_trust(&line, changed);
	if (!status)
		status = write_sentence(changed, out, INK_DIM, &line, err);
	for (size_t i = 0; !status && i < changed->opts->n_warnings; i++) {
		str_clear(&line);
		str_printf(&line, "warning: %s", changed->opts->warnings[i]);
		status = write_sentence(changed, out, INK_WARM, &line, err);
	}
	if (!status)
		putc('\n', out);
	return status;
}

/* ---- the table --------------------------------------------------------------------------- */

static enum ink ink_of(const struct changed *changed, const uint64_t sums[SIDES], int64_t delta)
{
	uint64_t whole = changed->whole[SIDE_BASE] / changed->runs[SIDE_BASE];
	int sign = changed_sign(changed, sums, delta);

	if (sign <= 0)
		return sign ? INK_LESS : INK_NONE;
	/* Where shares are shown, its own value may be less than before. */
	if (changed->opts->shares)
		return changed_share_delta(changed, sums) * LARGE >= 1 ? INK_HOT : INK_WARM;
	return (uint64_t)delta / changed->delta_runs >= whole / LARGE ? INK_HOT : INK_WARM;
}

static void add_values(const struct changed *changed, struct table *table,
		       const uint64_t sums[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		_cleanup_(str_deinit) struct str text = STR_INIT;

		changed_value(&text, changed, (enum side)side, sums[side]);
		table_cell(table, INK_NONE, str_cstr(&text), text.len);
		table->failed |= text.failed;
	}
}

static void add_change(const struct changed *changed, struct table *table, bool relative,
		       const uint64_t sums[SIDES], int64_t delta, uint32_t in, bool few)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum ink ink = ink_of(changed, sums, delta);

	changed_delta(&text, changed, sums, delta);
	table_cell(table, ink, str_cstr(&text), text.len);
	if (relative) {
		str_clear(&text);
		changed_relative(&text, changed, sums, in, few);
		table_cell(table, ink, str_cstr(&text), text.len);
	}
	table->failed |= text.failed;
}

/* Is there room for columns that need a terminal of this width? */
static bool has_room(const struct changed *changed, size_t width)
{
	return !changed->opts->width || changed->opts->width >= width;
}

static void add_row(const struct changed *changed, struct table *table,
		    const struct changed_row *row)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	uint32_t in = changed_in(changed, row->function);

	add_values(changed, table, row->self);
	add_change(changed, table, true, row->self, row->self_delta, in, row->few_self);
	if (has_room(changed, WIDE))
		add_values(changed, table, row->total);
	add_change(changed, table, has_room(changed, MIDDLING), row->total, row->total_delta, in,
		   row->few_total);
	changed_name(&text, changed, row->function);
	table_cell(table, INK_NONE, str_cstr(&text), text.len);
	table->failed |= text.failed;
	str_clear(&text);
	if (changed_rows_are_functions(changed))
		changed_place(&text, changed, row->function, row->line);
	table_cell(table, INK_DIM, str_cstr(&text), text.len);
	table->failed |= text.failed;
}

static enum pyprof_status write_table(const struct changed *changed, size_t shown, FILE *out,
				      struct pyprof_error *err)
{
	struct table_column columns[TABLE_COLUMNS];
	bool wide = has_room(changed, WIDE);
	size_t n = 0;
	enum pyprof_status status;
	struct table table;

	columns[n++] = (struct table_column){ .title = "self base", .right = true };
	columns[n++] = (struct table_column){ .title = "head", .right = true };
	columns[n++] = (struct table_column){ .title = "change", .right = true };
	columns[n++] = (struct table_column){ .title = "%", .right = true };
	if (wide) {
		columns[n++] = (struct table_column){ .title = "total base", .right = true };
		columns[n++] = (struct table_column){ .title = "head", .right = true };
	}
	columns[n++] = (struct table_column){ .title = wide ? "change" : "total change",
					      .right = true };
	if (has_room(changed, MIDDLING))
		columns[n++] = (struct table_column){ .title = "%", .right = true };
	columns[n++] = (struct table_column){ .title = changed->opts->rows_are, .elastic = true };
	columns[n++] = (struct table_column){ .title = changed_rows_are_functions(changed) ?
								"place" :
								NULL,
					      .elastic = true,
					      .keep_end = true };
	table_init(&table, columns, n);
	for (size_t i = 0; i < shown; i++)
		add_row(changed, &table, &changed->rows[i]);
	status = table_write(&table, out, changed->opts->width, changed->opts->color, err);
	table_deinit(&table);
	return status;
}

/* ---- below it -------------------------------------------------------------------------------- */

static enum pyprof_status write_renames(const struct changed *changed, FILE *out,
					struct pyprof_error *err)
{
	const struct pair *pair = changed->pair;
	_cleanup_(str_deinit) struct str line = STR_INIT;
	enum pyprof_status status = PYPROF_OK;
	size_t n = pair->n_renames < CHANGED_RENAMES ? pair->n_renames : CHANGED_RENAMES;

	for (size_t i = 0; !status && i < n; i++) {
		const struct pair_rename *rename = &pair->renames[i];
		const uint32_t functions[] = { rename->base, rename->head };

		str_clear(&line);
		str_printf(&line, "perhaps %s: ", changed_rename_word(changed, rename));
		for (size_t k = 0; k < ARRAY_SIZE(functions); k++) {
			_cleanup_(str_deinit) struct str place = STR_INIT;

			str_add_cstr(&line, k ? ARROW : "");
			changed_name(&line, changed, functions[k]);
			changed_place(&place, changed, functions[k], 0);
			if (place.len && changed_rows_are_functions(changed)) {
				str_add_cstr(&line, " (");
				str_add(&line, place.data, place.len);
				str_add_char(&line, ')');
			}
			line.failed |= place.failed;
		}
		str_printf(&line, ", %.0f%% alike", 100 * rename->likeness);
		status = write_sentence(changed, out, INK_NONE, &line, err);
	}
	if (status || n == pair->n_renames)
		return status;
	str_clear(&line);
	amount_count(&line, pair->n_renames - n);
	str_add_cstr(&line, " more that are perhaps renamed or moved");
	return write_line(changed, out, INK_DIM, &line, err);
}

enum pyprof_status changed_text(const struct changed *changed, FILE *out, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;
	size_t shown = changed_shown(changed);
	enum pyprof_status status = write_head(changed, out, err);

	if (status)
		return status;
	if (!changed->n_changed) {
		str_add_cstr(&line, changed->n ? "Nothing changed" : "There is nothing on either side");
		return write_line(changed, out, INK_NONE, &line, err);
	}
	if (shown)
		status = write_table(changed, shown, out, err);
	changed_left_out(&line, changed, shown, "-n 0 shows all");
	if (!status && (line.len || line.failed))
		status = write_sentence(changed, out, INK_DIM, &line, err);
	str_clear(&line);
	changed_few(&line, changed, shown, has_room(changed, MIDDLING));
	if (!status && (line.len || line.failed))
		status = write_sentence(changed, out, INK_DIM, &line, err);
	return status ? status : write_renames(changed, out, err);
}
