/* SPDX-License-Identifier: MIT */
#include "tui/foot.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tui/figure.h"

/* ---- the title -------------------------------------------------------------------------------- */

static const char *pane_name(const struct tui *tui)
{
	if (tui->pane == PANE_ROWS)
		return tui->query.by_line ? "lines" : "functions";
	if (tui->pane == PANE_CALLS)
		return "callers and callees of";
	return tui_pane(tui)->name;
}

/* "3 of 120" */
static void add_place(const struct tui *tui, char *buf, size_t size)
{
	size_t at = 0, of = 0;

	if (tui->pane == PANE_ROWS) {
		at = tui->rows.cursor.at;
		of = tui->rows.rows.of;
	} else if (tui->pane == PANE_THREADS) {
		at = tui->threads.cursor.at;
		of = tui->threads.n;
	} else if (tui->pane == PANE_PROCESSES) {
		at = tui->processes.cursor.at;
		of = tui->processes.n;
	}
	buf[0] = '\0';
	if (of)
		snprintf(buf, size, " %zu of %zu", at + 1, of);
}

/* What the percents are of: "last 1.0 s", "since start". */
static void add_span(const struct tui *tui, char *buf, size_t size)
{
	if (tui->all)
		snprintf(buf, size, "%s", tui->reset_ns ? "since reset" : "since start");
	else
		snprintf(buf, size, "last %.1f s", (double)tui->span_ns[PYPROF_RECENT] / 1e9);
}

void foot_draw_title(const struct tui *tui, int y, int columns)
{
	/* Threads and processes are told with columns of their own, whatever the metric. */
	bool has_metric = tui->pane != PANE_THREADS && tui->pane != PANE_PROCESSES;
	char span[48], place[64];
	int x = 0;

	if (tui->frozen)
		x += put(y, x, columns, STYLE_BAD, "FROZEN") + 1;
	if (tui->over)
		x += put(y, x, columns, STYLE_BAD, "ENDED") + 1;
	x += put(y, x, columns - x, STYLE_TITLE, pane_name(tui));
	if (tui->pane == PANE_CALLS && tui->calls.n_zooms)
		x += 1 + put(y, x + 1, columns / 3, STYLE_STRONG,
			     tui->calls.zooms[tui->calls.n_zooms - 1].row.name);
	add_place(tui, place, sizeof(place));
	x += put(y, x, columns - x, STYLE_DIM, place);
	add_span(tui, span, sizeof(span));
	if (has_metric)
		x += putf(y, x, columns - x, STYLE_PLAIN, "  %s, %s", tui_metric_name(tui), span);
	else
		x += putf(y, x, columns - x, STYLE_PLAIN, "  %s", span);
	if (tui->of_seen && has_metric && columns >= 60)
		x += put(y, x, columns - x, STYLE_PLAIN, ", % of what was seen");
	if (tui->query.process != PYPROF_LIVE_ANY)
		x += putf(y, x, columns - x, STYLE_WARNING, "  PID %s", tui->process_name);
	if (tui->query.thread != PYPROF_LIVE_ANY)
		x += putf(y, x, columns - x, STYLE_WARNING, "  thread %s", tui->thread_name);
	if (tui->filter[0] && tui->pane == PANE_ROWS)
		putf(y, x, columns - x, STYLE_WARNING, "  /%s", tui->filter);
}

/* ---- the foot ------------------------------------------------------------------------------------ */

struct hint {
	const char *key, *what;
};

static const struct hint hints[] = {
	{ "q", "end" },	    { "?", "help" },	{ "/", "filter" },  { "Enter", "zoom" },
	{ "f", "flame" },   { "t", "threads" }, { "i", "idle" },    { "l", "lines" },   { "m", "metric" },
	{ "Space", "freeze" }, { "s", "save" }, { "1-4", "sort" },  { "a", "span" },
	{ "p", "processes" }, { "r", "reset" }, { "%", "share" },
};

static void draw_hints(const struct tui *tui, int y, int columns)
{
	int x = 0, end = columns;

	if (tui->opts.output && columns >= 110) {
		int width = label_width(tui->opts.output, true) + 10;

		if (width < columns / 3) {
			end = columns - width - 1;
			putf(y, end + 1, width, STYLE_DIM, "output in %s", tui->opts.output);
		}
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		int width = (int)(strlen(hints[i].key) + strlen(hints[i].what)) + 3;

		if (x + width > end)
			return;
		x += put(y, x, columns - x, STYLE_KEY, hints[i].key);
		x += putf(y, x, columns - x, STYLE_PLAIN, " %s  ", hints[i].what);
	}
}

static const char *end_text(const struct tui *tui, char *buf, size_t size)
{
	switch (tui->end) {
	case PYPROF_END_EXIT:
		snprintf(buf, size, "the target has exited");
		if (tui->exit_code == CLD_EXITED)
			snprintf(buf, size, "the target has exited with status %d",
				 tui->exit_status);
		else if (tui->exit_code)
			snprintf(buf, size, "the target was ended by signal %d (%s)",
				 tui->exit_status, strsignal(tui->exit_status));
		return buf;
	case PYPROF_END_EXEC:
		return "the target has replaced itself (exec)";
	case PYPROF_END_DURATION:
		return "the duration is over";
	case PYPROF_END_STOPPED:
	case PYPROF_END_RUNNING:
		break;
	}
	return "the recording has ended";
}

void foot_draw(const struct tui *tui, int y, int columns)
{
	char text[120];

	if (tui->prompt.kind) {
		prompt_draw(&tui->prompt, y, columns);
		return;
	}
	if (tui->message[0]) {
		put_blank(y, 0, columns, tui->message_style);
		put(y, 0, columns, tui->message_style, tui->message);
		return;
	}
	if (tui->over) {
		const char *why = end_text(tui, text, sizeof(text));

		put_blank(y, 0, columns, STYLE_MESSAGE);
		putf(y, 0, columns, STYLE_MESSAGE,
		     (size_t)columns < strlen(why) + 50 ?
			     "%s: Space or q leaves" :
			     "%s: Space or q leaves, the other keys go on working",
		     why);
		return;
	}
	draw_hints(tui, y, columns);
}
