/* SPDX-License-Identifier: MIT */
#include "tui/rowline.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "tui/figure.h"
#include "tui/terminal.h"

/* From this share on a number stands out. */
#define HOT 0.2

enum {
	COLUMN_SELF = 0,
	COLUMN_TOTAL,
	COLUMN_BAR,
	COLUMN_SELF_ALL,
	COLUMN_TOTAL_ALL,
	COLUMN_SELF_TIME,
	COLUMN_TOTAL_TIME,
	COLUMN_NAME,
};

/* Percents of a span; with much room also those since the start; amounts since the start. */
const struct column rowline_columns[] = {
	[COLUMN_SELF] = { "self%", 8, 0, 1 },
	[COLUMN_TOTAL] = { "total%", 8, 0, 2 },
	[COLUMN_BAR] = { "", 14, 132, 0 },
	[COLUMN_SELF_ALL] = { "all self%", 13, 110, 3 },
	[COLUMN_TOTAL_ALL] = { "all total%", 13, 110, 4 },
	[COLUMN_SELF_TIME] = { "self", 9, 56, 3 },
	[COLUMN_TOTAL_TIME] = { "total", 9, 56, 4 },
	[COLUMN_NAME] = { "function (file:line)", 0, 0, 5 },
};

/*
 * Of a function's callers: which parts of its self and total came from each. Wide as those above,
 * under which the same numbers stand.
 */
static const struct column caller_columns[] = {
	[COLUMN_SELF] = { "of self", 8, 0, 1 },
	[COLUMN_TOTAL] = { "of tot", 8, 0, 2 },
	[COLUMN_BAR] = { "", 14, 132, 0 },
	[COLUMN_SELF_ALL] = { "all of self", 13, 110, 3 },
	[COLUMN_TOTAL_ALL] = { "all of tot", 13, 110, 4 },
	[COLUMN_SELF_TIME] = { "of self", 9, 56, 3 },
	[COLUMN_TOTAL_TIME] = { "of tot", 9, 56, 4 },
	[COLUMN_NAME] = { "CALLED BY, and what came from each", 0, 0, 5 },
};

static const struct column callee_columns[] = {
	[COLUMN_SELF] = { "self%", 8, 0, 1 },
	[COLUMN_TOTAL] = { "total%", 8, 0, 2 },
	[COLUMN_BAR] = { "", 14, 132, 0 },
	[COLUMN_SELF_ALL] = { "all self%", 13, 110, 3 },
	[COLUMN_TOTAL_ALL] = { "all total%", 13, 110, 4 },
	[COLUMN_SELF_TIME] = { "self", 9, 56, 3 },
	[COLUMN_TOTAL_TIME] = { "total", 9, 56, 4 },
	[COLUMN_NAME] = { "CALLS, and what each did for it", 0, 0, 5 },
};

enum pyprof_status rows_reserve(struct rows *rows, size_t want, struct pyprof_error *err)
{
	if (want > rows->cap &&
	    !array_reserve((void **)&rows->rows, &rows->cap, want, sizeof(*rows->rows)))
		return error_nomem(err);
	return PYPROF_OK;
}

size_t rows_find(const struct rows *rows, uint32_t id)
{
	size_t i = 0;

	while (i < rows->n && rows->rows[i].id != id)
		i++;
	return i;
}

void rowline_head(const struct tui *tui, const struct area *area, enum rowline_heads heads)
{
	static const struct column *const columns[] = {
		[ROWLINE_FUNCTIONS] = rowline_columns,
		[ROWLINE_CALLERS] = caller_columns,
		[ROWLINE_CALLEES] = callee_columns,
	};

	table_head(area, columns[heads], tui->sort, tui->query.reverse);
}

/* What stands behind the name: "package/file.py:12". */
static void add_place(struct str *out, const struct tui *tui, const char *file, int line)
{
	if (!file || !file[0])
		return;
	str_add_cstr(out, tui->opts.full_path ? file : pyprof_live_short_path(tui->live, file));
	if (line > 0)
		str_printf(out, ":%d", line);
}

/* Its name stays whole before its place does, and has two thirds at least. */
int rowline_name(const struct tui *tui, int y, int x, int columns, const char *name,
		 const char *file, int line, enum style over)
{
	_cleanup_(str_deinit) struct str place = STR_INIT;
	int width = label_width(name, terminal_is_utf8()), place_width, for_name, taken;

	add_place(&place, tui, file, line);
	place_width = place.len ? label_width(str_cstr(&place), terminal_is_utf8()) + 3 : 0;
	for_name = columns - place_width;
	if (for_name < columns * 2 / 3)
		for_name = columns * 2 / 3;
	if (for_name > columns - 8 && place.len && width > columns - 8)
		for_name = columns;
	taken = put(y, x, for_name, over ? over : STYLE_STRONG, name);
	if (columns - taken < 8 || !place.len)
		return taken;
	taken += put(y, x + taken, columns - taken, over ? over : STYLE_DIM, " (");
	taken += put_cut(y, x + taken, columns - taken - 1,
			 over ? over : STYLE_DIM, str_cstr(&place), LABEL_CUT_PATH);
	return taken + put(y, x + taken, columns - taken,
			   over ? over : STYLE_DIM, ")");
}

static void draw_percent(const struct tui *tui, const struct area *area, int y, size_t column,
			 uint64_t value, int span, enum style over)
{
	double base = tui_base(tui, span);
	enum style style = over;
	char text[FIGURE_MAX];
	int x, width;

	if (!table_place(area, rowline_columns, column, &x, &width))
		return;
	if (!over && base > 0 && (double)value >= HOT * base)
		style = STYLE_HOT;
	else if (!over && value == 0)
		style = STYLE_DIM;
	put_right(y, x, width, style, figure_percent((double)value, base, text));
}

static void draw_amount(const struct tui *tui, const struct area *area, int y, size_t column,
			uint64_t value, enum style over)
{
	enum style style = over ? over : value ? STYLE_PLAIN : STYLE_DIM;
	char text[FIGURE_MAX];
	int x, width;

	if (table_place(area, rowline_columns, column, &x, &width))
		put_right(y, x, width, style,
			  tui_metric_is_time(tui) ? figure_time(value, text) :
						    figure_count(value, text));
}

static void draw_bar(const struct tui *tui, const struct area *area, int y, uint64_t value,
		     enum style over)
{
	_cleanup_(str_deinit) struct str bar = STR_INIT;
	double base = tui_base(tui, tui_span(tui));
	int x, width;

	if (!table_place(area, rowline_columns, COLUMN_BAR, &x, &width) || base <= 0)
		return;
	history_bar(&bar, (double)value / base, width - 2, terminal_is_utf8());
	colors_set(over ? over : STYLE_GRAPH);
	put_raw(y, x + 2, str_cstr(&bar));
}

void rowline_draw(const struct tui *tui, const struct area *area, int y,
		  const struct pyprof_live_row *row, enum style over)
{
	int span = tui_span(tui), x, width;

	if (over)
		put_blank(y, area->x, area->columns, over);
	draw_percent(tui, area, y, COLUMN_SELF, row->self[span], span, over);
	draw_percent(tui, area, y, COLUMN_TOTAL, row->total[span], span, over);
	draw_bar(tui, area, y, row->self[span], over);
	draw_percent(tui, area, y, COLUMN_SELF_ALL, row->self[PYPROF_ALL], PYPROF_ALL, over);
	draw_percent(tui, area, y, COLUMN_TOTAL_ALL, row->total[PYPROF_ALL], PYPROF_ALL, over);
	draw_amount(tui, area, y, COLUMN_SELF_TIME, row->self[PYPROF_ALL], over);
	draw_amount(tui, area, y, COLUMN_TOTAL_TIME, row->total[PYPROF_ALL], over);
	if (table_place(area, rowline_columns, COLUMN_NAME, &x, &width))
		rowline_name(tui, y, x, width, row->name, row->file, row->line, over);
}
