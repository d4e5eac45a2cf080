/* SPDX-License-Identifier: MIT */
/* Functions, or lines, and what they take. */
#include "tui/keys.h"
#include "tui/rowline.h"

/* So many are asked for at least: the one that the cursor stays on is among them mostly. */
#define AT_LEAST 512

static size_t lines_of(const struct area *area)
{
	return area->lines > 1 ? (size_t)area->lines - 1 : 0; /* without the head */
}

static void stay_on_row(struct rows_pane *pane)
{
	size_t i;

	if (pane->id == PYPROF_LIVE_ANY)
		return;
	i = rows_find(&pane->rows, pane->id);
	if (i < pane->rows.n)
		pane->cursor.at = i;
}

static enum pyprof_status load(struct tui *tui, const struct area *area,
			       struct pyprof_error *err)
{
	struct rows_pane *pane = &tui->rows;
	struct pyprof_live_query query = tui_query(tui, true);
	size_t want = pane->cursor.at + 2 * lines_of(area) + AT_LEAST;
	enum pyprof_status status;

	for (;;) {
		status = rows_reserve(&pane->rows, want, err);
		if (!status)
			status = pyprof_live_rows(tui->live, &query, pane->rows.rows,
						  pane->rows.cap, &pane->rows.n, &pane->rows.of,
						  tui->whole, err);
		if (status)
			return status;
		/* The end was asked for, and lies behind what was had. */
		if (pane->rows.n == pane->rows.of || pane->cursor.at + 1 < pane->rows.n)
			break;
		want = pane->rows.of;
	}
	stay_on_row(pane);
	cursor_fit(&pane->cursor, pane->rows.n, (int)lines_of(area));
	return PYPROF_OK;
}

static void draw(struct tui *tui, const struct area *area)
{
	const struct rows_pane *pane = &tui->rows;

	rowline_head(tui, area, ROWLINE_FUNCTIONS);
	for (size_t i = 0; i < lines_of(area) && pane->cursor.top + i < pane->rows.n; i++)
		rowline_draw(tui, area, area->y + 1 + (int)i,
			     &pane->rows.rows[pane->cursor.top + i],
			     pane->cursor.top + i == pane->cursor.at ? STYLE_SELECTED :
								       STYLE_PLAIN);
	if (pane->rows.n == 0)
		put(area->y + 2, area->x + 2, area->columns - 4, STYLE_DIM,
		    tui->filter[0] ? "nothing has this text in its name or file" :
		    tui->opts.idle ? "no thread runs Python code" :
				     "nothing was seen to run yet; i shows threads that wait, too");
}

static bool act(struct tui *tui, enum command command, const struct area *area)
{
	struct rows_pane *pane = &tui->rows;

	if (command == COMMAND_ENTER) {
		if (pane->cursor.at < pane->rows.n)
			calls_zoom(tui, &pane->rows.rows[pane->cursor.at]);
		return true;
	}
	if (!cursor_move(&pane->cursor, command, pane->rows.of, (int)lines_of(area)))
		return false;
	pane->id = pane->cursor.at < pane->rows.n && command != COMMAND_HOME ?
			   pane->rows.rows[pane->cursor.at].id :
			   PYPROF_LIVE_ANY;
	tui_changed(tui);
	return true;
}

static void click(struct tui *tui, const struct area *area, int y, int x)
{
	struct rows_pane *pane = &tui->rows;
	const struct column *column;
	size_t row;

	if (y == area->y) {
		column = table_column_at(area, rowline_columns, x);
		if (column && column->sort) {
			tui->query.reverse = column->sort == tui->sort && !tui->query.reverse;
			tui->sort = column->sort;
			tui_changed(tui);
		}
		return;
	}
	row = pane->cursor.top + (size_t)(y - area->y - 1);
	if (row >= pane->rows.n)
		return;
	if (row == pane->cursor.at && pane->cursor.moved) {
		calls_zoom(tui, &pane->rows.rows[row]);
		return;
	}
	pane->cursor.at = row;
	pane->cursor.moved = true;
	pane->id = pane->rows.rows[row].id;
	tui->dirty = true;
}

const struct pane rows_pane = {
	.name = "functions",
	.load = load,
	.draw = draw,
	.act = act,
	.click = click,
};
