/* SPDX-License-Identifier: MIT */
/*
 * The flame view: a box for a function and all that it called, as wide as its share, callees below
 * their callers. Enter shows one function and what it calls alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "tui/figure.h"
#include "tui/keys.h"
#include "tui/rowline.h"
#include "tui/terminal.h"

#define BOXES_MAX 32768u
/* A box so narrow has no room for text beside its edge. */
#define NARROW 3

static uint32_t under(const struct flame_pane *pane)
{
	return pane->n_zooms ? pane->zooms[pane->n_zooms - 1].id : PYPROF_LIVE_ANY;
}

/* The first line is what the selected box is. */
static struct area chart_of(const struct area *area)
{
	return (struct area){ area->y + 1, area->x, area->lines - 1, area->columns };
}

/* ---- what is to be drawn -------------------------------------------------------------------- */

/* The box that is now where the one with this id was: as deep, and the nearest. */
static size_t find_again(const struct flame_pane *pane, const struct pyprof_live_box *was,
			 uint64_t was_whole)
{
	double wanted = was_whole ? (double)was->from / (double)was_whole : 0, best = 2;
	size_t found = 0;

	for (size_t i = 0; i < pane->n; i++) {
		double at = pane->whole ? (double)pane->boxes[i].from / (double)pane->whole : 0;
		double off = at > wanted ? at - wanted : wanted - at;

		if (pane->boxes[i].id == was->id && pane->boxes[i].depth == was->depth &&
		    off < best) {
			best = off;
			found = i;
		}
	}
	return found;
}

/* To begin with the widest way down is selected as far as nothing branches off. */
static size_t first_choice(const struct flame_pane *pane)
{
	size_t at = 0;

	for (size_t i = 1; i < pane->n; i++)
		if (pane->boxes[i].parent == at && pane->boxes[i].from == pane->boxes[at].from &&
		    pane->boxes[i].to == pane->boxes[at].to)
			at = i;
	return at;
}

static void keep_in_sight(struct flame_pane *pane, int lines)
{
	uint32_t depth = pane->n ? pane->boxes[pane->at].depth : 0, deepest = 0;

	for (size_t i = 0; i < pane->n; i++)
		if (pane->boxes[i].depth > deepest)
			deepest = pane->boxes[i].depth;
	if (lines < 1)
		return;
	if (pane->top > depth)
		pane->top = depth;
	if (depth >= pane->top + (uint32_t)lines)
		pane->top = depth - (uint32_t)lines + 1;
	if (deepest < pane->top + (uint32_t)lines - 1)
		pane->top = deepest < (uint32_t)lines ? 0 : deepest - (uint32_t)lines + 1;
}

static enum pyprof_status load(struct tui *tui, const struct area *area,
			       struct pyprof_error *err)
{
	struct flame_pane *pane = &tui->flame;
	struct pyprof_live_query query = tui_query(tui, false);
	struct pyprof_live_box was = { .id = PYPROF_LIVE_ANY };
	uint64_t was_whole = pane->whole, least;
	enum pyprof_status status;

	if (!pane->cap && !array_reserve((void **)&pane->boxes, &pane->cap, BOXES_MAX,
					 sizeof(*pane->boxes)))
		return error_nomem(err);
	if (pane->at < pane->n)
		was = pane->boxes[pane->at];
	status = pyprof_live_flame(tui->live, &query, tui_span(tui), under(pane), 0, pane->boxes, 1,
				   &pane->n, &pane->whole, err);
	if (status)
		return status;
	least = pane->whole / (uint64_t)(area->columns > 0 ? area->columns : 1);
	status = pyprof_live_flame(tui->live, &query, tui_span(tui), under(pane), least,
				   pane->boxes, pane->cap, &pane->n, &pane->whole, err);
	if (status)
		return status;
	pane->at = pane->moved ? find_again(pane, &was, was_whole) : first_choice(pane);
	keep_in_sight(pane, area->lines - 1);
	return PYPROF_OK;
}

/* ---- drawing ----------------------------------------------------------------------------------- */

static void place(const struct flame_pane *pane, const struct area *chart,
		  const struct pyprof_live_box *box, int *x, int *width)
{
	double scale = pane->whole ? (double)chart->columns / (double)pane->whole : 0;
	int from = (int)((double)box->from * scale + 0.5);
	int to = (int)((double)box->to * scale + 0.5);

	*x = chart->x + from;
	*width = to - from;
}

/* Whose code a file is, by where it lies. */
static enum family family_of(const struct pyprof_live_box *box)
{
	const char *file = box->file ? box->file : "";

	if (box->id == PYPROF_LIVE_ANY)
		return FAMILY_ROOT;
	if (!file[0])
		return FAMILY_NONE;
	if (strstr(file, "/site-packages/") || strstr(file, "/dist-packages/"))
		return FAMILY_LIBRARY;
	return file[0] == '<' || label_short_path(file) != file ? FAMILY_STANDARD : FAMILY_OWN;
}

static unsigned shade_of(const struct pyprof_live_box *box)
{
	const char *file = box->file ? box->file : "";
	unsigned hash = 5381; /* the same in each run: people get used to colours */

	while (*file)
		hash = hash * 33 + (unsigned char)*file++;
	for (const char *c = box->name ? box->name : ""; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	return (hash >> 3) & 3;
}

static void draw_box(const struct flame_pane *pane, const struct area *chart, size_t i)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const struct pyprof_live_box *box = &pane->boxes[i];
	bool utf8 = terminal_is_utf8();
	int x, width, taken = 0;

	if (box->depth < pane->top || box->depth >= pane->top + (uint32_t)chart->lines)
		return;
	place(pane, chart, box, &x, &width);
	if (width < 1)
		return;
	colors_set_box(family_of(box), shade_of(box), i == pane->at);
	str_add_cstr(&text, utf8 ? "▏" : "|");
	if (width > NARROW)
		taken = label_add(&text, box->name ? box->name : "", width - 1, LABEL_CUT_END, utf8);
	for (taken++; taken < width; taken++)
		str_add_char(&text, ' ');
	put_raw(chart->y + (int)(box->depth - pane->top), x, str_cstr(&text));
}

static void draw_selected(const struct tui *tui, const struct area *area)
{
	const struct flame_pane *pane = &tui->flame;
	const struct pyprof_live_box *box;
	char share[FIGURE_MAX], amount[FIGURE_MAX];
	int x = area->x + 1;

	if (pane->at >= pane->n)
		return;
	box = &pane->boxes[pane->at];
	figure_percent((double)(box->to - box->from), (double)pane->whole, share);
	if (tui_metric_is_time(tui))
		figure_time(box->to - box->from, amount);
	else
		figure_count(box->to - box->from, amount);
	x += putf(area->y, x, area->columns - 1, STYLE_HOT, "%s ", share);
	x += putf(area->y, x, area->x + area->columns - x, STYLE_PLAIN, "%s  ", amount);
	x += rowline_name(tui, area->y, x, area->x + area->columns - x, box->name ? box->name : "",
			  box->file, box->line, STYLE_PLAIN);
	if (pane->n_zooms && area->x + area->columns - x > 24)
		putf(area->y, x, area->x + area->columns - x, STYLE_DIM, "  of %s",
		     pane->zooms[pane->n_zooms - 1].row.name);
}

static void draw(struct tui *tui, const struct area *area)
{
	const struct flame_pane *pane = &tui->flame;
	struct area chart = chart_of(area);

	draw_selected(tui, area);
	if (pane->whole == 0)
		put(area->y + 2, area->x + 2, area->columns - 4, STYLE_DIM,
		    tui->all ? "nothing was seen to run yet" :
			       "nothing ran in the last second; 'a' shows all since the start");
	else
		for (size_t i = 0; i < pane->n; i++)
			draw_box(pane, &chart, i);
}

/* ---- keys ------------------------------------------------------------------------------------------ */

static bool is_drawn(const struct flame_pane *pane, const struct area *chart, size_t i)
{
	int x, width;

	place(pane, chart, &pane->boxes[i], &x, &width);
	return width > 0;
}

/* The widest box on it. */
static size_t child_of(const struct flame_pane *pane, size_t at)
{
	size_t best = at;
	uint64_t widest = 0;

	for (size_t i = at + 1; i < pane->n; i++) {
		const struct pyprof_live_box *box = &pane->boxes[i];

		if (box->parent == at && box->to - box->from > widest) {
			widest = box->to - box->from;
			best = i;
		}
	}
	return best;
}

/* The next one at the same depth, which are side by side in the order of the boxes. */
static size_t neighbour(const struct flame_pane *pane, const struct area *chart, int step)
{
	uint32_t depth = pane->boxes[pane->at].depth;

	for (size_t i = pane->at + (size_t)step; i < pane->n && pane->boxes[i].depth == depth;
	     i += (size_t)step)
		if (is_drawn(pane, chart, i))
			return i;
	return pane->at;
}

static void zoom(struct tui *tui)
{
	struct flame_pane *pane = &tui->flame;
	const struct pyprof_live_box *box = &pane->boxes[pane->at];

	if (box->id == PYPROF_LIVE_ANY || box->id == under(pane) || pane->n_zooms == ZOOM_MAX)
		return;
	pane->zooms[pane->n_zooms++] = (struct zoom){ .id = box->id, .row = { .name = box->name } };
	pane->moved = false;
	pane->top = 0;
	tui_changed(tui);
}

static bool move(struct flame_pane *pane, enum command command, const struct area *chart)
{
	size_t lines = chart->lines > 1 ? (size_t)chart->lines - 1 : 1;

	switch (command) {
	case COMMAND_UP:
	case COMMAND_WHEEL_UP:
		pane->at = pane->boxes[pane->at].parent;
		break;
	case COMMAND_DOWN:
	case COMMAND_WHEEL_DOWN:
		pane->at = child_of(pane, pane->at);
		break;
	case COMMAND_LEFT:
		pane->at = neighbour(pane, chart, -1);
		break;
	case COMMAND_RIGHT:
		pane->at = neighbour(pane, chart, 1);
		break;
	case COMMAND_PAGE_UP:
		for (size_t i = 0; i < lines; i++)
			pane->at = pane->boxes[pane->at].parent;
		break;
	case COMMAND_PAGE_DOWN:
		for (size_t i = 0; i < lines; i++)
			pane->at = child_of(pane, pane->at);
		break;
	case COMMAND_HOME:
		pane->at = 0;
		break;
	case COMMAND_END:
		for (size_t next = child_of(pane, pane->at); next != pane->at;
		     next = child_of(pane, pane->at))
			pane->at = next;
		break;
	default:
		return false;
	}
	return true;
}

static bool act(struct tui *tui, enum command command, const struct area *area)
{
	struct flame_pane *pane = &tui->flame;
	struct area chart = chart_of(area);

	if ((command == COMMAND_BACK || command == COMMAND_ESCAPE) && pane->n_zooms) {
		pane->n_zooms--;
		pane->moved = false;
		tui_changed(tui);
		return true;
	}
	if (pane->at >= pane->n)
		return command == COMMAND_ENTER;
	if (command == COMMAND_ENTER) {
		zoom(tui);
		return true;
	}
	if (!move(pane, command, &chart))
		return false;
	pane->moved = true;
	keep_in_sight(pane, chart.lines);
	tui->dirty = true;
	return true;
}

static void click(struct tui *tui, const struct area *area, int y, int x)
{
	struct flame_pane *pane = &tui->flame;
	struct area chart = chart_of(area);

	for (size_t i = 0; i < pane->n; i++) {
		int from, width;

		place(pane, &chart, &pane->boxes[i], &from, &width);
		if (chart.y + (int)pane->boxes[i].depth - (int)pane->top != y || y < chart.y ||
		    x < from || x >= from + width)
			continue;
		if (i == pane->at && pane->moved) {
			zoom(tui);
			return;
		}
		pane->at = i;
		pane->moved = true;
		tui->dirty = true;
		return;
	}
}

const struct pane flame_pane = {
	.name = "flame view",
	.load = load,
	.draw = draw,
	.act = act,
	.click = click,
};
