/* SPDX-License-Identifier: MIT */
/* One function: who calls it, itself, and what it calls, live. */
#include <string.h>

#include "tui/keys.h"
#include "tui/rowline.h"

#define AT_LEAST 256

static struct zoom *shown(struct calls_pane *pane)
{
	return pane->n_zooms ? &pane->zooms[pane->n_zooms - 1] : NULL;
}

void calls_zoom(struct tui *tui, const struct pyprof_live_row *row)
{
	struct calls_pane *pane = &tui->calls;
	const struct zoom *now = shown(pane);

	if (tui->pane != PANE_CALLS)
		pane->n_zooms = 0;
	else if (now && now->id == row->id)
		return; /* it calls itself */
	if (pane->n_zooms == ZOOM_MAX) /* the oldest is forgotten */
		memmove(pane->zooms, pane->zooms + 1, --pane->n_zooms * sizeof(*pane->zooms));
	pane->zooms[pane->n_zooms++] = (struct zoom){ .id = row->id, .row = *row };
	pane->cursor = (struct cursor){ 0 };
	pane->id = PYPROF_LIVE_ANY;
	if (tui->pane != PANE_CALLS)
		tui_show(tui, PANE_CALLS);
	tui_changed(tui);
}

/* ---- what is to be drawn --------------------------------------------------------------- */

typedef enum pyprof_status calls_fn(struct pyprof_live *live,
				    const struct pyprof_live_query *query, uint32_t id,
				    struct pyprof_live_row *rows, size_t max, size_t *n,
				    size_t *of, struct pyprof_error *err);

static enum pyprof_status ask(struct tui *tui, calls_fn *fn, struct rows *rows,
			      struct pyprof_error *err)
{
	struct pyprof_live_query query = tui_query(tui, false);
	enum pyprof_status status = rows_reserve(rows, AT_LEAST, err);

	if (status)
		return status;
	return fn(tui->live, &query, shown(&tui->calls)->id, rows->rows, rows->cap, &rows->n,
		  &rows->of, err);
}

static enum pyprof_status ask_own(struct tui *tui, struct pyprof_error *err)
{
	struct pyprof_live_query query = tui_query(tui, false);
	struct zoom *zoom = shown(&tui->calls);

	return pyprof_live_one(tui->live, &query, zoom->id, &zoom->row, tui->whole, err);
}

static void stay_on_row(struct calls_pane *pane)
{
	const struct rows *rows = pane->id_is_callee ? &pane->callees : &pane->callers;
	size_t i;

	if (pane->id == PYPROF_LIVE_ANY)
		return;
	i = rows_find(rows, pane->id);
	if (i < rows->n)
		pane->cursor.at = i + (pane->id_is_callee ? pane->callers.n : 0);
}

/*
 * A head, callers, the function, a head where there is room for it, callees. Callers and callees
 * have half of the lines each, or what the others leave.
 */
static void share_lines(struct calls_pane *pane, const struct area *area)
{
	int heads = area->lines > 4 ? 2 : 1;
	int lines = area->lines > heads + 1 ? area->lines - heads - 1 : 0;
	int callers = (int)pane->callers.n, callees = (int)pane->callees.n;

	if (callers + callees > lines) {
		int least = callers < lines / 2 ? callers : lines / 2;

		callers = callees < lines - least ? lines - callees : least;
		if (callers > (int)pane->callers.n)
			callers = (int)pane->callers.n;
	}
	if (callers == 0 && lines > 0)
		callers = 1; /* a line that says that there is none */
	pane->callers_lines = callers;
	pane->callees_lines = lines - callers > 0 ? lines - callers : 0;
	pane->callees_y = area->y + callers + heads + 1;
}

static enum pyprof_status load(struct tui *tui, const struct area *area,
			       struct pyprof_error *err)
{
	struct calls_pane *pane = &tui->calls;
	enum pyprof_status status;

	if (!shown(pane))
		return PYPROF_OK;
	status = ask_own(tui, err);
	if (!status)
		status = ask(tui, pyprof_live_callers, &pane->callers, err);
	if (!status)
		status = ask(tui, pyprof_live_callees, &pane->callees, err);
	if (status)
		return status;
	stay_on_row(pane);
	if (!pane->cursor.moved) /* what is called is looked for mostly */
		pane->cursor.at = pane->callees.n ? pane->callers.n : 0;
	cursor_fit(&pane->cursor, pane->callers.n + pane->callees.n, 1);
	share_lines(pane, area);
	return PYPROF_OK;
}

/* ---- drawing ----------------------------------------------------------------------------- */

/* The first one that is drawn, so that the cursor is in sight where it is among these. */
static size_t first_drawn(size_t at, size_t n, int lines)
{
	if (lines <= 0 || n <= (size_t)lines || at >= n)
		return 0;
	return at < (size_t)lines ? 0 : at - (size_t)lines + 1;
}

static void draw_list(const struct tui *tui, const struct area *area, int y, int lines,
		      const struct rows *rows, size_t before, const char *none)
{
	size_t at = tui->calls.cursor.at - before, first = first_drawn(at, rows->n, lines);

	if (tui->calls.cursor.at < before)
		first = 0;
	for (int i = 0; i < lines && first + (size_t)i < rows->n; i++)
		rowline_draw(tui, area, y + i, &rows->rows[first + (size_t)i],
			     first + (size_t)i + before == tui->calls.cursor.at ? STYLE_SELECTED :
										  STYLE_PLAIN);
	if (rows->n == 0 && lines > 0)
		put(y, area->x + 2, area->columns - 4, STYLE_DIM, none);
}

static void draw(struct tui *tui, const struct area *area)
{
	struct calls_pane *pane = &tui->calls;
	int y = area->y + 1 + pane->callers_lines;

	if (!shown(pane))
		return;
	rowline_head(tui, area, ROWLINE_CALLERS);
	draw_list(tui, area, area->y + 1, pane->callers_lines, &pane->callers, 0,
		  "nobody calls it: it is where stacks begin");
	if (y >= area->y + area->lines)
		return;
	rowline_draw(tui, area, y, &shown(pane)->row, STYLE_SORTED);
	if (pane->callees_y > y + 1)
		rowline_head(tui, &(struct area){ y + 1, area->x, 1, area->columns },
			     ROWLINE_CALLEES);
	draw_list(tui, area, pane->callees_y, area->y + area->lines - pane->callees_y,
		  &pane->callees, pane->callers.n,
		  "it calls nothing that was seen");
}

/* ---- keys ---------------------------------------------------------------------------------- */

static const struct pyprof_live_row *row_at(const struct calls_pane *pane, size_t at)
{
	if (at < pane->callers.n)
		return &pane->callers.rows[at];
	at -= pane->callers.n;
	return at < pane->callees.n ? &pane->callees.rows[at] : NULL;
}

static void select_row(struct tui *tui, size_t at)
{
	struct calls_pane *pane = &tui->calls;
	const struct pyprof_live_row *row = row_at(pane, at);

	pane->cursor.at = at;
	pane->cursor.moved = true;
	pane->id = row ? row->id : PYPROF_LIVE_ANY;
	pane->id_is_callee = at >= pane->callers.n;
	tui->dirty = true;
}

static bool act(struct tui *tui, enum command command, const struct area *area)
{
	struct calls_pane *pane = &tui->calls;
	const struct pyprof_live_row *row;

	switch (command) {
	case COMMAND_ENTER:
		row = row_at(pane, pane->cursor.at);
		if (row)
			calls_zoom(tui, row);
		return true;
	case COMMAND_BACK:
	case COMMAND_ESCAPE:
		if (pane->n_zooms > 0)
			pane->n_zooms--;
		pane->cursor = (struct cursor){ 0 };
		pane->id = PYPROF_LIVE_ANY;
		if (pane->n_zooms == 0)
			tui_show(tui, PANE_ROWS);
		tui_changed(tui);
		return true;
	default:
		break;
	}
	if (!cursor_move(&pane->cursor, command, pane->callers.n + pane->callees.n,
			 area->lines / 2))
		return false;
	select_row(tui, pane->cursor.at);
	return true;
}

static void click(struct tui *tui, const struct area *area, int y, int x)
{
	struct calls_pane *pane = &tui->calls;
	size_t at, first;

	if (y == area->y || (y == pane->callees_y - 1 && y > area->y + 1 + pane->callers_lines)) {
		rows_pane.click(tui, area, area->y, x); /* a head */
		return;
	}
	if (y < area->y + 1 + pane->callers_lines) {
		first = first_drawn(pane->cursor.at, pane->callers.n, pane->callers_lines);
		at = first + (size_t)(y - area->y - 1);
		if (at >= pane->callers.n)
			return;
	} else if (y >= pane->callees_y) {
		first = pane->cursor.at < pane->callers.n ?
				0 :
				first_drawn(pane->cursor.at - pane->callers.n, pane->callees.n,
					    area->y + area->lines - pane->callees_y);
		at = pane->callers.n + first + (size_t)(y - pane->callees_y);
	} else {
		return;
	}
	if (!row_at(pane, at))
		return;
	if (at == pane->cursor.at && pane->cursor.moved)
		calls_zoom(tui, row_at(pane, at));
	else
		select_row(tui, at);
}

const struct pane calls_pane = {
	.name = "calls",
	.load = load,
	.draw = draw,
	.act = act,
	.click = click,
};
