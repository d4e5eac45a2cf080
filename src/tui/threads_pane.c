/* SPDX-License-Identifier: MIT */
/* Threads, and processes: what each of them takes. Both are one table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "tui/figure.h"
#include "tui/keys.h"
#include "tui/state.h"
#include "tui/terminal.h"

#define AT_LEAST 256

enum { COLUMN_WALL = 0, COLUMN_CPU, COLUMN_GIL, COLUMN_WAIT, COLUMN_BAR, COLUMN_TIME, COLUMN_SAMPLES,
       COLUMN_PID, COLUMN_TID, COLUMN_STATE, COLUMN_NAME };

static const struct column thread_columns[] = {
	[COLUMN_WALL] = { "seen%", 8, 0, 1 },
	[COLUMN_CPU] = { "CPU%", 8, 0, 2 },
	[COLUMN_GIL] = { "GIL%", 8, 40, 3 },
	[COLUMN_WAIT] = { "waits%", 8, 52, 4 },
	[COLUMN_BAR] = { "", 22, 132, 0 },
	[COLUMN_TIME] = { "CPU", 9, 90, 0 },
	[COLUMN_SAMPLES] = { "samples", 9, 100, 0 },
	[COLUMN_PID] = { "PID", 9, 110, 0 },
	[COLUMN_TID] = { "TID", 9, 72, 0 },
	[COLUMN_STATE] = { "state", 11, 62, 0 },
	[COLUMN_NAME] = { "thread", 0, 0, 5 },
};

static const struct column process_columns[] = {
	[COLUMN_WALL] = { "seen%", 8, 0, 1 },
	[COLUMN_CPU] = { "CPU%", 8, 0, 2 },
	[COLUMN_GIL] = { "GIL%", 8, 40, 3 },
	[COLUMN_WAIT] = { "waits%", 8, 52, 4 },
	[COLUMN_BAR] = { "", 22, 132, 0 },
	[COLUMN_TIME] = { "CPU", 9, 62, 0 },
	[COLUMN_SAMPLES] = { "samples", 9, 90, 0 },
	[COLUMN_PID] = { "PID", 9, 60, 0 },
	[COLUMN_TID] = { "", 9, 100000, 0 },
	[COLUMN_STATE] = { "", 11, 100000, 0 },
	[COLUMN_NAME] = { "process", 0, 0, 5 },
};

static bool is_processes(const struct tui *tui)
{
	return tui->pane == PANE_PROCESSES;
}

static struct threads_pane *part(struct tui *tui)
{
	return is_processes(tui) ? &tui->processes : &tui->threads;
}

static const struct column *columns_of(const struct tui *tui)
{
	return is_processes(tui) ? process_columns : thread_columns;
}

static size_t lines_of(const struct area *area)
{
	return area->lines > 1 ? (size_t)area->lines - 1 : 0;
}

/* ---- in order ------------------------------------------------------------------------------ */

struct order {
	int sort, span;
	bool reverse;
};

static uint64_t value_of(const struct pyprof_live_thread *thread, const struct order *order)
{
	switch (order->sort) {
	case 1:
		return thread->wall[order->span];
	case 2:
		return thread->cpu[order->span];
	case 3:
		return thread->gil[order->span];
	default:
		return thread->gil_wait[order->span];
	}
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct pyprof_live_thread *left = a, *right = b;
	const struct order *order = arg;
	int result = 0;

	if (order->sort == 5) {
		result = strcmp(left->name ? left->name : "", right->name ? right->name : "");
	} else {
		uint64_t x = value_of(left, order), y = value_of(right, order);

		result = x < y ? 1 : x > y ? -1 : 0;
	}
	if (order->reverse)
		result = -result;
	/* Those that are equal keep their places from one second to the next. */
	return result ? result : left->id < right->id ? -1 : left->id > right->id;
}

static enum pyprof_status ask(struct tui *tui, struct threads_pane *pane,
			      struct pyprof_error *err)
{
	enum pyprof_status status;

	do {
		size_t want = pane->of > AT_LEAST ? pane->of : AT_LEAST;

		if (want > pane->cap && !array_reserve((void **)&pane->threads, &pane->cap, want,
						       sizeof(*pane->threads)))
			return error_nomem(err);
		status = is_processes(tui) ?
				 pyprof_live_processes(tui->live, pane->threads, pane->cap,
						       &pane->n, &pane->of, err) :
				 pyprof_live_threads(tui->live, pane->threads, pane->cap,
						     &pane->n, &pane->of, err);
	} while (!status && pane->n < pane->of && pane->cap < pane->of);
	return status;
}

/* Of one process only its own, once that was chosen. */
static void keep_of_process(const struct tui *tui, struct threads_pane *pane)
{
	const struct pyprof_live_thread *process = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < tui->processes.n; i++)
		if (tui->processes.threads[i].id == tui->query.process)
			process = &tui->processes.threads[i];
	if (is_processes(tui) || tui->query.process == PYPROF_LIVE_ANY || !process)
		return;
	for (size_t i = 0; i < pane->n; i++)
		if (pane->threads[i].pid == process->pid)
			pane->threads[kept++] = pane->threads[i];
	pane->n = kept;
}

static enum pyprof_status load(struct tui *tui, const struct area *area,
			       struct pyprof_error *err)
{
	struct threads_pane *pane = part(tui);
	struct order order = { pane->sort, tui_span(tui), pane->reverse };
	enum pyprof_status status = ask(tui, pane, err);

	if (status)
		return status;
	keep_of_process(tui, pane);
	qsort_r(pane->threads, pane->n, sizeof(*pane->threads), compare, &order);
	for (size_t i = 0; pane->id != PYPROF_LIVE_ANY && i < pane->n; i++)
		if (pane->threads[i].id == pane->id)
			pane->cursor.at = i;
	cursor_fit(&pane->cursor, pane->n, (int)lines_of(area));
	return PYPROF_OK;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void draw_text(const struct tui *tui, const struct area *area, int y, size_t column,
		      enum style style, const char *text)
{
	int x, width;

	if (table_place(area, columns_of(tui), column, &x, &width))
		put_right(y, x, width, style, text);
}

static void draw_percents(const struct tui *tui, const struct area *area, int y,
			  const struct pyprof_live_thread *thread, enum style style)
{
	int span = tui_span(tui);
	const uint64_t values[] = { thread->wall[span], thread->cpu[span], thread->gil[span],
				    thread->gil_wait[span] };
	double base = (double)tui->span_ns[span];
	char text[FIGURE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		double value = (double)values[i];

		/* Looks stand for the time before them: a thread's may seem more than it had. */
		if (!is_processes(tui) && value > base)
			value = base;
		draw_text(tui, area, y, COLUMN_WALL + i, style, figure_percent(value, base, text));
	}
}

/* From this share of the last second on it is worth a word. */
#define SOME 0.02

/* What it did in the last second; looks at who holds the GIL alone do not tell. */
static const char *state_of(const struct tui *tui, const struct pyprof_live_thread *thread)
{
	double some = SOME * (double)tui->span_ns[PYPROF_RECENT];
	double waits = (double)thread->gil_wait[PYPROF_RECENT];
	double runs = (double)(thread->cpu[PYPROF_RECENT] > thread->gil[PYPROF_RECENT] ?
				       thread->cpu[PYPROF_RECENT] :
				       thread->gil[PYPROF_RECENT]);

	if (thread->ended)
		return "ended";
	if (tui->over || tui->opts.gil || !thread->tid || !tui->span_ticks[PYPROF_RECENT])
		return "-";
	if (waits >= some && waits > runs)
		return "waits GIL";
	return runs >= some ? "runs" : "idle";
}

static void draw_thread(const struct tui *tui, const struct area *area, int y,
			const struct pyprof_live_thread *thread, bool selected)
{
	enum style style = selected ? STYLE_SELECTED : thread->ended ? STYLE_DIM : STYLE_PLAIN;
	int span = tui_span(tui), x, width;
	char text[32];

	if (selected)
		put_blank(y, area->x, area->columns, STYLE_SELECTED);
	draw_percents(tui, area, y, thread, style);
	if (table_place(area, columns_of(tui), COLUMN_BAR, &x, &width) && tui->span_ns[span]) {
		_cleanup_(str_deinit) struct str bar = STR_INIT;

		history_bar(&bar, (double)thread->cpu[span] / (double)tui->span_ns[span], width - 2,
			  terminal_is_utf8());
		colors_set(selected ? STYLE_SELECTED : STYLE_GRAPH);
		put_raw(y, x + 2, str_cstr(&bar));
	}
	draw_text(tui, area, y, COLUMN_TIME, style, figure_time(thread->cpu[PYPROF_ALL], text));
	draw_text(tui, area, y, COLUMN_SAMPLES, style,
		  figure_count(thread->samples[PYPROF_ALL], text));
	snprintf(text, sizeof(text), "%" PRIu64, thread->pid);
	draw_text(tui, area, y, COLUMN_PID, style, text);
	snprintf(text, sizeof(text), "%" PRIu64, thread->tid);
	draw_text(tui, area, y, COLUMN_TID, style, text);
	draw_text(tui, area, y, COLUMN_STATE, style, state_of(tui, thread));
	if (table_place(area, columns_of(tui), COLUMN_NAME, &x, &width))
		put_cut(y, x, width,
			selected ? STYLE_SELECTED : thread->ended ? STYLE_DIM : STYLE_STRONG,
			thread->name && thread->name[0] ? thread->name : "(no name)",
			is_processes(tui) ? LABEL_CUT_PATH : LABEL_CUT_END);
}

static void draw(struct tui *tui, const struct area *area)
{
	const struct threads_pane *pane = part(tui);

	table_head(area, columns_of(tui), pane->sort, pane->reverse);
	for (size_t i = 0; i < lines_of(area) && pane->cursor.top + i < pane->n; i++)
		draw_thread(tui, area, area->y + 1 + (int)i, &pane->threads[pane->cursor.top + i],
			    pane->cursor.top + i == pane->cursor.at);
	if (pane->n == 0)
		put(area->y + 2, area->x + 2, area->columns - 4, STYLE_DIM,
		    "none was seen to run yet");
}

/* ---- keys -------------------------------------------------------------------------------------- */

static void choose(struct tui *tui, const struct pyprof_live_thread *thread)
{
	char name[64];

	if (is_processes(tui)) {
		snprintf(name, sizeof(name), "%" PRIu64, thread->pid);
		tui_set_process(tui, thread->id, name);
	} else {
		snprintf(name, sizeof(name), "%" PRIu64 " %.30s", thread->tid,
			 thread->name ? thread->name : "");
		tui_set_thread(tui, thread->id, name);
	}
	tui_show(tui, PANE_ROWS);
}

static void sort_by(struct tui *tui, int sort)
{
	if (sort != part(tui)->sort)
		part(tui)->reverse = false; /* another column has its own order */
	part(tui)->sort = sort;
	tui_changed(tui);
}

static void reverse(struct tui *tui)
{
	part(tui)->reverse = !part(tui)->reverse;
	tui_changed(tui);
}

static bool act(struct tui *tui, enum command command, const struct area *area)
{
	struct threads_pane *pane = part(tui);

	switch (command) {
	case COMMAND_ENTER:
		if (pane->cursor.at < pane->n)
			choose(tui, &pane->threads[pane->cursor.at]);
		return true;
	case COMMAND_SORT_1:
	case COMMAND_SORT_2:
	case COMMAND_SORT_3:
	case COMMAND_SORT_4:
	case COMMAND_SORT_5:
		sort_by(tui, 1 + (int)(command - COMMAND_SORT_1));
		return true;
	case COMMAND_SORT_LEFT:
		sort_by(tui, pane->sort > 1 ? pane->sort - 1 : 1);
		return true;
	case COMMAND_SORT_RIGHT:
		sort_by(tui, pane->sort < 5 ? pane->sort + 1 : 5);
		return true;
	case COMMAND_REVERSE:
		reverse(tui);
		return true;
	default:
		break;
	}
	if (!cursor_move(&pane->cursor, command, pane->n, (int)lines_of(area)))
		return false;
	pane->id = pane->cursor.at < pane->n && command != COMMAND_HOME ?
			   pane->threads[pane->cursor.at].id :
			   PYPROF_LIVE_ANY;
	tui_changed(tui);
	return true;
}

static void click(struct tui *tui, const struct area *area, int y, int x)
{
	struct threads_pane *pane = part(tui);
	const struct column *column;
	size_t row;

	if (y == area->y) {
		column = table_column_at(area, columns_of(tui), x);
		if (column && column->sort == pane->sort)
			reverse(tui);
		else if (column && column->sort)
			sort_by(tui, column->sort);
		return;
	}
	row = pane->cursor.top + (size_t)(y - area->y - 1);
	if (row >= pane->n)
		return;
	if (row == pane->cursor.at && pane->cursor.moved) {
		choose(tui, &pane->threads[row]);
		return;
	}
	pane->cursor.at = row;
	pane->cursor.moved = true;
	pane->id = pane->threads[row].id;
	tui->dirty = true;
}

const struct pane threads_pane = {
	.name = "threads",
	.load = load,
	.draw = draw,
	.act = act,
	.click = click,
};

const struct pane processes_pane = {
	.name = "processes",
	.load = load,
	.draw = draw,
	.act = act,
	.click = click,
};
