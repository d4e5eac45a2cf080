/* SPDX-License-Identifier: MIT */
#include "tui/tui.h"

#include <curses.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tui/commands.h"
#include "tui/foot.h"
#include "tui/head.h"
#include "tui/help.h"
#include "tui/terminal.h"

#define MESSAGE_NS     6000000000u
#define FIRST_NS       300000000u /* the first update: a screen that shows nothing looks broken */
#define STAY_POLL_MS   250

/* ---- what panes use ------------------------------------------------------------------------- */

static const struct pane *const panes[N_PANES] = {
	[PANE_ROWS] = &rows_pane,	    [PANE_CALLS] = &calls_pane,
	[PANE_THREADS] = &threads_pane,	    [PANE_PROCESSES] = &processes_pane,
	[PANE_FLAME] = &flame_pane,
};

const struct pane *tui_pane(const struct tui *tui)
{
	return panes[tui->pane];
}

void tui_changed(struct tui *tui)
{
	tui->stale = tui->dirty = true;
}

void tui_show(struct tui *tui, enum pane_id pane)
{
	tui->pane_before = tui->pane;
	tui->pane = pane;
	tui_changed(tui);
}

void tui_say(struct tui *tui, enum style style, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(tui->message, sizeof(tui->message), format, args);
	va_end(args);
	str_one_line(tui->message, sizeof(tui->message), n);
	tui->message_style = style;
	tui->message_until = clock_monotonic_ns() + MESSAGE_NS;
	tui->dirty = true;
}

const char *tui_metric_name(const struct tui *tui)
{
	return tui->query.metric ? tui->query.metric : "samples";
}

bool tui_metric_is_time(const struct tui *tui)
{
	static const char *const times[] = { "wall", "cpu", "gil", "gil-wait", "task-clock" };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (!strcmp(tui_metric_name(tui), times[i]))
			return true;
	return false;
}

int tui_span(const struct tui *tui)
{
	return tui->all ? PYPROF_ALL : PYPROF_RECENT;
}

double tui_base(const struct tui *tui, int span)
{
	if (!tui->of_seen && tui_metric_is_time(tui))
		return (double)tui->span_ns[span];
	if (!tui->of_seen && !tui->query.metric)
		return (double)tui->span_ticks[span];
	return (double)tui->whole[span];
}

struct pyprof_live_query tui_query(const struct tui *tui, bool filtered)
{
	static const enum pyprof_live_sort sorts[PYPROF_N_SPANS][6] = {
		[PYPROF_RECENT] = { 0, PYPROF_LIVE_SELF, PYPROF_LIVE_TOTAL, PYPROF_LIVE_SELF_ALL,
				    PYPROF_LIVE_TOTAL_ALL, PYPROF_LIVE_NAME },
		[PYPROF_ALL] = { 0, PYPROF_LIVE_SELF_ALL, PYPROF_LIVE_TOTAL_ALL,
				 PYPROF_LIVE_SELF_ALL, PYPROF_LIVE_TOTAL_ALL, PYPROF_LIVE_NAME },
	};
	struct pyprof_live_query query = tui->query;

	query.text = filtered && tui->filter[0] ? tui->filter : NULL;
	query.sort = sorts[tui_span(tui)][tui->sort];
	return query;
}

void tui_set_thread(struct tui *tui, uint32_t id, const char *name)
{
	tui->query.thread = id;
	snprintf(tui->thread_name, sizeof(tui->thread_name), "%s", name);
	tui->rows.cursor = (struct cursor){ 0 };
	tui->rows.id = PYPROF_LIVE_ANY;
	tui_changed(tui);
}

void tui_set_process(struct tui *tui, uint32_t id, const char *name)
{
	tui->query.process = id;
	tui->query.thread = PYPROF_LIVE_ANY;
	snprintf(tui->process_name, sizeof(tui->process_name), "%s", name);
	tui->rows.cursor = (struct cursor){ 0 };
	tui->rows.id = PYPROF_LIVE_ANY;
	tui_changed(tui);
}

/* ---- made and destroyed ---------------------------------------------------------------------- */

enum pyprof_status tui_check(const char *command, struct pyprof_error *err)
{
	return terminal_check(command, err);
}

static void add_metric(struct tui *tui, const char *name)
{
	for (size_t i = 0; i < tui->n_metrics; i++)
		if (tui->metrics[i] == name ||
		    (name && tui->metrics[i] && !strcmp(tui->metrics[i], name)))
			return;
	if (tui->n_metrics < METRICS_MAX)
		tui->metrics[tui->n_metrics++] = name;
}

/* Those that were asked for come first, then the usual ones. */
static void find_metrics(struct tui *tui)
{
	static const char *const usual[] = { "wall", "cpu", "gil", NULL };
	char *rest = tui->metrics_text, *name;

	snprintf(tui->metrics_text, sizeof(tui->metrics_text), "%s",
		 tui->opts.metric ? tui->opts.metric : "");
	while ((name = strsep(&rest, ",")))
		if (name[0])
			add_metric(tui, strcmp(name, "samples") != 0 ? name : NULL);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		add_metric(tui, usual[i]);
	tui->query.metric = tui->metrics[0];
}

enum pyprof_status tui_create(struct tui **out, const struct tui_opts *opts,
			      struct pyprof_error *err)
{
	struct tui *tui = calloc(1, sizeof(*tui));

	*out = NULL;
	if (!tui)
		return error_nomem(err);
	tui->opts = *opts;
	tui->query = (struct pyprof_live_query)PYPROF_LIVE_QUERY_INIT;
	tui->query.by_line = opts->by_line;
	tui->every_ns = opts->delay_ns;
	tui->sort = 1;
	tui->threads.sort = tui->processes.sort = 1;
	tui->rows.id = tui->calls.id = PYPROF_LIVE_ANY;
	tui->threads.id = tui->processes.id = PYPROF_LIVE_ANY;
	find_metrics(tui);
	*out = tui;
	return PYPROF_OK;
}

void tui_destroy(struct tui *tui)
{
	if (!tui)
		return;
	tui_close(tui);
	pyprof_live_destroy(tui->live);
	free(tui->rows.rows.rows);
	free(tui->calls.callers.rows);
	free(tui->calls.callees.rows);
	free(tui->threads.threads);
	free(tui->processes.threads);
	free(tui->flame.boxes);
	free(tui);
}

/* ---- drawing -------------------------------------------------------------------------------------- */

struct layout tui_layout(const struct tui *tui)
{
	return layout_of(LINES, COLS, tui->pane == PANE_FLAME || tui->help);
}

static void load_panes(struct tui *tui, const struct layout *layout)
{
	struct pyprof_error err;

	if (tui->live && tui_pane(tui)->load(tui, &layout->pane, &err))
		tui_say(tui, STYLE_BAD, "%s", err.message);
	if (tui->live && layout->below.lines && flame_pane.load(tui, &layout->below, &err))
		tui_say(tui, STYLE_BAD, "%s", err.message);
	tui->stale = false;
}

static void draw(struct tui *tui)
{
	struct layout layout = tui_layout(tui);

	if (tui->stale && !layout.too_small)
		load_panes(tui, &layout);
	tui->dirty = false;
	colors_set(STYLE_PLAIN);
	erase();
	if (layout.too_small) {
		put(0, 0, COLS, STYLE_PLAIN, "too small a screen");
		putf(1, 0, COLS, STYLE_DIM, "%dx%d; wants %dx%d", COLS, LINES,
		     LAYOUT_LEAST_COLUMNS, LAYOUT_LEAST_LINES);
	} else {
		head_draw(tui, LINES, COLS);
		foot_draw_title(tui, layout.title_y, COLS);
		if (tui->help)
			help_draw(tui, &layout.pane);
		else
			tui_pane(tui)->draw(tui, &layout.pane);
		if (layout.below.lines) {
			put_blank(layout.below.y - 1, 0, COLS, STYLE_HEADS);
			put(layout.below.y - 1, 1, COLS - 1, STYLE_HEADS, flame_pane.name);
			flame_pane.draw(tui, &layout.below);
		}
		foot_draw(tui, layout.foot_y, COLS);
	}
	colors_set(STYLE_PLAIN);
	refresh();
}

/* Later, where the terminal is stopped (Ctrl-S) or slow: looks are not held up for it. */
static void draw_where_due(struct tui *tui)
{
	if (tui->dirty && !tui->quit && terminal_takes_output())
		draw(tui);
}

/* ---- updates ---------------------------------------------------------------------------------------- */

/* Takes in what is new, and how long that took to come. */
static enum pyprof_status update(struct tui *tui, struct pyprof_error *err)
{
	uint64_t ns = tui->span_ns[PYPROF_ALL], ticks = tui->span_ticks[PYPROF_ALL];
	struct pyprof_stats stats;
	enum pyprof_status status;

	if (!tui->live) {
		status = pyprof_live_create(&tui->live, tui->recorder, err);
		if (status)
			return status;
	}
	status = pyprof_live_update(tui->live, err);
	if (status)
		return status;
	pyprof_recorder_stats(tui->recorder, &stats);
	tui->span_ns[PYPROF_ALL] = stats.elapsed_ns - tui->reset_ns;
	tui->span_ticks[PYPROF_ALL] = stats.ticks - tui->reset_ticks;
	tui->span_ns[PYPROF_RECENT] = tui->span_ns[PYPROF_ALL] - ns;
	tui->span_ticks[PYPROF_RECENT] = tui->span_ticks[PYPROF_ALL] - ticks;
	tui_changed(tui);
	return PYPROF_OK;
}

static void fail(struct tui *tui, const struct pyprof_error *err)
{
	tui->err = *err;
	tui->quit = true;
	pyprof_recorder_stop(tui->recorder);
}

static void update_where_due(struct tui *tui, uint64_t now)
{
	struct pyprof_error err;

	if (now < tui->update_due)
		return;
	tui->update_due = now + tui->every_ns;
	if (!tui->frozen && update(tui, &err)) {
		fail(tui, &err);
		return;
	}
	head_sample(tui, now);
	tui->dirty = true;
}

static void tell_of_saving(struct tui *tui)
{
	struct pyprof_error err;

	if (!save_poll(&tui->save, tui->recorder, false, &err))
		return;
	if (err.status)
		tui_say(tui, STYLE_BAD, "%s", err.message);
	else
		tui_say(tui, STYLE_MESSAGE, "saved %s", tui->save.path);
}

/* What happens without a key: false where there is nobody to draw for. */
static bool look_at_terminal(struct tui *tui)
{
	switch (terminal_events()) {
	case TERMINAL_GONE:
		tui->quit = true;
		return false;
	case TERMINAL_RESIZED:
		tui_changed(tui);
		break;
	case TERMINAL_SAME:
		break;
	}
	return true;
}

static void on_ready(struct pyprof_recorder *recorder, int fd, void *arg)
{
	struct tui *tui = arg;

	(void)fd;
	if (!look_at_terminal(tui)) {
		pyprof_recorder_on_ready(recorder, -1, NULL, NULL);
		pyprof_recorder_stop(recorder);
		return;
	}
	commands_read(tui);
	if (tui->update_due == 0)
		update_where_due(tui, clock_monotonic_ns());
	draw_where_due(tui);
}

static bool open_screen(struct tui *tui, struct pyprof_recorder *recorder)
{
	struct pyprof_error err;

	tui->recorder = recorder;
	if (terminal_open(&err)) {
		fail(tui, &err);
		return false;
	}
	colors_init();
	pyprof_recorder_on_ready(recorder, STDIN_FILENO, on_ready, tui);
	head_sample(tui, clock_monotonic_ns());
	tui->update_due = clock_monotonic_ns() + FIRST_NS;
	tui->dirty = true;
	return true;
}

void tui_tick(struct pyprof_recorder *recorder, void *arg)
{
	struct tui *tui = arg;
	uint64_t now = clock_monotonic_ns();

	if (tui->quit)
		return;
	if (!terminal_is_open() && !open_screen(tui, recorder))
		return;
	if (!look_at_terminal(tui)) {
		pyprof_recorder_stop(recorder);
		return;
	}
	tell_of_saving(tui);
	if (tui->message[0] && now >= tui->message_until) {
		tui->message[0] = '\0';
		tui->dirty = true;
	}
	update_where_due(tui, now);
	draw_where_due(tui);
}

/* ---- the end ------------------------------------------------------------------------------------------ */

/* How the program ended that was launched, which stays there for pyprof_recorder_wait(). */
static void ask_how_it_ended(struct tui *tui)
{
	pid_t pid = pyprof_recorder_pid(tui->recorder);
	siginfo_t info = { 0 };

	if (tui->end != PYPROF_END_EXIT ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != pid)
		return; /* it is not ours, or goes on while its children ended */
	tui->exit_code = info.si_code;
	tui->exit_status = info.si_status;
}

void tui_stay(struct tui *tui, enum pyprof_end end, const volatile int *stop)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	struct pyprof_error err;

	if (tui->quit || !terminal_is_open() || *stop)
		return;
	tui->over = true;
	tui->end = end;
	ask_how_it_ended(tui);
	tui->frozen = false;
	tui->all = true; /* there is no last second any more */
	tui->prompt.kind = PROMPT_NONE;
	tui->message[0] = '\0';
	if (update(tui, &err)) {
		tui->err = err;
		return;
	}
	pyprof_recorder_stats(tui->recorder, &tui->head.stats);
	while (!tui->quit && !*stop) {
		if (!look_at_terminal(tui))
			return;
		commands_read(tui);
		tell_of_saving(tui);
		draw_where_due(tui);
		if (!tui->quit)
			poll(&keys, 1, STAY_POLL_MS);
	}
}

void tui_close(struct tui *tui)
{
	struct pyprof_error err;

	terminal_close();
	if (save_poll(&tui->save, tui->recorder, true, &err) && err.status && !tui->err.status)
		tui->err = err;
}

enum pyprof_status tui_error(const struct tui *tui, struct pyprof_error *err)
{
	if (tui->err.status)
		*err = tui->err;
	return tui->err.status;
}

bool tui_was_quit(const struct tui *tui)
{
	return tui->quit;
}
