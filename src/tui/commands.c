/* SPDX-License-Identifier: MIT */
#include "tui/commands.h"

#include <curses.h>
#include <string.h>
#include <unistd.h>

#include "tui/help.h"
#include "tui/keys.h"

/* Those of + and -, in ms. */
static const unsigned intervals[] = { 250, 500, 1000, 2000, 3000, 5000, 10000, 30000, 60000 };
#define N_INTERVALS (sizeof(intervals) / sizeof(intervals[0]))

/* ---- what is asked for --------------------------------------------------------------------- */

static void sort_by(struct tui *tui, int sort)
{
	sort = sort < 1 ? 1 : sort > 5 ? 5 : sort;
	if (sort != tui->sort)
		tui->query.reverse = false; /* another column has its own order */
	tui->sort = sort;
	tui_changed(tui);
}

static void next_metric(struct tui *tui)
{
	tui->metric = (tui->metric + 1) % tui->n_metrics;
	tui->query.metric = tui->metrics[tui->metric];
	tui_changed(tui);
}

/* Ids of rows mean something for lines, or for functions. */
static void change_lines(struct tui *tui)
{
	tui->query.by_line = !tui->query.by_line;
	tui->rows.id = PYPROF_LIVE_ANY;
	tui->calls.n_zooms = tui->flame.n_zooms = 0;
	tui->flame.moved = false;
	if (tui->pane == PANE_CALLS)
		tui_show(tui, PANE_ROWS);
	tui_changed(tui);
}

static void change_interval(struct tui *tui, bool slower)
{
	uint64_t ms = tui->every_ns / 1000000;
	size_t i = 0;

	while (i < N_INTERVALS - 1 && intervals[i] < ms)
		i++;
	if (slower && i < N_INTERVALS - 1 && intervals[i] <= ms)
		i++;
	else if (!slower && i > 0)
		i--;
	tui->every_ns = intervals[i] * 1000000ull;
	tui->update_due = 0;
	tui_say(tui, STYLE_MESSAGE, "an update every %g s", (double)intervals[i] / 1000);
}

static void reset(struct tui *tui)
{
	struct pyprof_error err;

	if (tui->over || !tui->live) /* nothing was counted yet */
		return;
	if (pyprof_live_reset(tui->live, &err)) {
		tui_say(tui, STYLE_BAD, "%s", err.message);
		return;
	}
	pyprof_recorder_stats(tui->recorder, &tui->head.stats);
	tui->reset_ns = tui->head.stats.elapsed_ns;
	tui->reset_ticks = tui->head.stats.ticks;
	tui->span_ns[PYPROF_RECENT] = tui->span_ns[PYPROF_ALL] = 0;
	tui->span_ticks[PYPROF_RECENT] = tui->span_ticks[PYPROF_ALL] = 0;
	tui_say(tui, STYLE_MESSAGE, "counted from now on; what is saved has all of the recording");
	tui_changed(tui);
}

static void change_idle(struct tui *tui)
{
	if (tui->over)
		return; /* nothing comes any more */
	if (tui->opts.gil) {
		tui_say(tui, STYLE_MESSAGE, "only what holds the GIL is looked at (--gil)");
		return;
	}
	tui->opts.idle = !tui->opts.idle;
	pyprof_recorder_set_idle(tui->recorder, tui->opts.idle);
	tui_say(tui, STYLE_MESSAGE, tui->opts.idle ? "threads that wait are shown, too, from now on" :
						     "only threads that run, from now on");
}

static void freeze(struct tui *tui)
{
	tui->frozen = !tui->frozen;
	tui->update_due = 0;
	tui->dirty = true;
}

/* Esc: one thing less that is left out, where there is nothing else to leave. */
static bool drop_filters(struct tui *tui)
{
	if (!tui->filter[0] && tui->query.thread == PYPROF_LIVE_ANY &&
	    tui->query.process == PYPROF_LIVE_ANY)
		return false;
	if (tui->filter[0])
		tui->filter[0] = '\0';
	else if (tui->query.thread != PYPROF_LIVE_ANY)
		tui->query.thread = PYPROF_LIVE_ANY;
	else
		tui->query.process = PYPROF_LIVE_ANY;
	tui_changed(tui);
	return true;
}

static void back(struct tui *tui)
{
	if (tui->pane != PANE_ROWS)
		tui_show(tui, PANE_ROWS);
	else
		drop_filters(tui);
}

/* The pane's key again leads back. */
static void show_or_leave(struct tui *tui, enum pane_id pane)
{
	tui_show(tui, tui->pane == pane ? PANE_ROWS : pane);
}

static void next_pane(struct tui *tui)
{
	static const enum pane_id next[N_PANES] = {
		[PANE_ROWS] = PANE_THREADS,	 [PANE_CALLS] = PANE_THREADS,
		[PANE_THREADS] = PANE_PROCESSES, [PANE_PROCESSES] = PANE_FLAME,
		[PANE_FLAME] = PANE_ROWS,
	};

	tui_show(tui, next[tui->pane]);
}

/* ---- saving ----------------------------------------------------------------------------------- */

static void save_now(struct tui *tui)
{
	struct pyprof_error err;

	if (save_begin(&tui->save, tui->recorder, tui->opts.save, tui->prompt.text, &err))
		tui_say(tui, STYLE_BAD, "%s", err.message);
	else
		tui_say(tui, STYLE_MESSAGE, "saving %s", tui->prompt.text);
	tui->prompt.kind = PROMPT_NONE;
}

static void save_or_ask(struct tui *tui)
{
	if (tui->prompt.text[0] == '\0')
		tui->prompt.kind = PROMPT_NONE;
	else if (access(tui->prompt.text, F_OK) == 0)
		tui->prompt.kind = PROMPT_OVERWRITE;
	else
		save_now(tui);
}

static void ask_where_to_save(struct tui *tui)
{
	char path[PROMPT_MAX];

	save_default_path(path, sizeof(path), pyprof_recorder_pid(tui->recorder));
	prompt_begin(&tui->prompt, PROMPT_SAVE, path);
}

/* ---- the prompt --------------------------------------------------------------------------------- */

static void to_prompt(struct tui *tui, int code, bool is_function)
{
	struct prompt *prompt = &tui->prompt;
	enum prompt_result result = prompt_key(prompt, code, is_function);

	tui->dirty = true;
	if (prompt->kind == PROMPT_FILTER && result != PROMPT_GOES_ON) {
		strcpy(tui->filter, result == PROMPT_CANCELLED ? "" : prompt->text);
		tui->rows.cursor = (struct cursor){ 0 };
		tui->rows.id = PYPROF_LIVE_ANY;
		tui_changed(tui);
	}
	if (result == PROMPT_CANCELLED)
		prompt->kind = PROMPT_NONE;
	else if (result == PROMPT_DONE && prompt->kind == PROMPT_SAVE)
		save_or_ask(tui);
	else if (result == PROMPT_DONE && prompt->kind == PROMPT_OVERWRITE)
		save_now(tui);
	else if (result == PROMPT_DONE)
		prompt->kind = PROMPT_NONE;
}

/* ---- commands ------------------------------------------------------------------------------------- */

static void quit(struct tui *tui)
{
	tui->quit = true;
	if (!tui->over)
		pyprof_recorder_stop(tui->recorder);
}

/* What is the same wherever it is pressed; false: nothing. */
static bool act(struct tui *tui, enum command command)
{
	switch (command) {
	case COMMAND_SORT_1:
	case COMMAND_SORT_2:
	case COMMAND_SORT_3:
	case COMMAND_SORT_4:
	case COMMAND_SORT_5:
		sort_by(tui, 1 + (int)(command - COMMAND_SORT_1));
		return true;
	case COMMAND_SORT_LEFT:
		sort_by(tui, tui->sort - 1);
		return true;
	case COMMAND_SORT_RIGHT:
		sort_by(tui, tui->sort + 1);
		return true;
	case COMMAND_REVERSE:
		tui->query.reverse = !tui->query.reverse;
		tui_changed(tui);
		return true;
	case COMMAND_LINES:
		change_lines(tui);
		return true;
	case COMMAND_METRIC:
		next_metric(tui);
		return true;
	case COMMAND_SHARE:
		tui->of_seen = !tui->of_seen;
		tui->dirty = true;
		return true;
	case COMMAND_SPAN:
		tui->all = !tui->all;
		tui_changed(tui);
		return true;
	case COMMAND_IDLE:
		change_idle(tui);
		return true;
	case COMMAND_FILTER:
		if (tui->pane != PANE_ROWS)
			tui_show(tui, PANE_ROWS);
		prompt_begin(&tui->prompt, PROMPT_FILTER, tui->filter);
		return true;
	case COMMAND_THREADS:
		show_or_leave(tui, PANE_THREADS);
		return true;
	case COMMAND_PROCESSES:
		show_or_leave(tui, PANE_PROCESSES);
		return true;
	case COMMAND_FLAME:
		show_or_leave(tui, PANE_FLAME);
		return true;
	case COMMAND_NEXT_PANE:
		next_pane(tui);
		return true;
	case COMMAND_SAVE:
		ask_where_to_save(tui);
		return true;
	case COMMAND_RESET:
		reset(tui);
		return true;
	case COMMAND_SLOWER:
	case COMMAND_FASTER:
		change_interval(tui, command == COMMAND_SLOWER);
		return true;
	case COMMAND_REDRAW:
		clearok(curscr, TRUE);
		return true;
	case COMMAND_HELP:
		tui->help = true;
		tui->help_top = 0;
		return true;
	default:
		return false;
	}
}

/* Once the recording is over, a key that shows nothing else ends. */
static void act_or_end(struct tui *tui, enum command command)
{
	if (command == COMMAND_QUIT) {
		quit(tui);
	} else if (tui->over && (command == COMMAND_FREEZE || command == COMMAND_NONE)) {
		tui->quit = true;
	} else if (command == COMMAND_FREEZE) {
		freeze(tui);
	} else if (command == COMMAND_BACK) {
		back(tui);
	} else if (command == COMMAND_ESCAPE) {
		if (tui->pane != PANE_ROWS)
			tui_show(tui, PANE_ROWS);
		else if (!drop_filters(tui) && tui->over)
			tui->quit = true;
	} else {
		act(tui, command);
	}
}

static void do_command(struct tui *tui, enum command command)
{
	struct layout layout = tui_layout(tui);

	tui->dirty = true;
	if (layout.too_small) {
		if (command == COMMAND_QUIT || tui->over)
			quit(tui);
		return;
	}
	if (tui->help) {
		if (command == COMMAND_QUIT && tui->over)
			quit(tui);
		else if (!help_move(tui, command, &layout.pane))
			tui->help = false;
		return;
	}
	if (!tui_pane(tui)->act(tui, command, &layout.pane))
		act_or_end(tui, command);
}

/* curses makes one of two that come together. */
#define CLICKED                                                                          \
	(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)

/* ---- the mouse --------------------------------------------------------------------------------------- */

static void read_mouse(struct tui *tui)
{
	struct layout layout = tui_layout(tui);
	MEVENT event;

	if (getmouse(&event) != OK || layout.too_small)
		return;
	if (event.bstate & BUTTON4_PRESSED)
		do_command(tui, COMMAND_WHEEL_UP);
	else if (event.bstate & BUTTON5_PRESSED)
		do_command(tui, COMMAND_WHEEL_DOWN);
	else if (!(event.bstate & CLICKED))
		return;
	else if (tui->help)
		tui->help = false;
	else if (event.y >= layout.pane.y && event.y < layout.pane.y + layout.pane.lines)
		tui_pane(tui)->click(tui, &layout.pane, event.y, event.x);
	else if (event.y > layout.below.y && event.y < layout.below.y + layout.below.lines)
		flame_pane.click(tui, &layout.below, event.y, event.x);
	tui->dirty = true;
}

void commands_read(struct tui *tui)
{
	wint_t code;
	int kind;

	while (!tui->quit && (kind = get_wch(&code)) != ERR) {
		bool is_function = kind == KEY_CODE_YES;

		tui->message[0] = '\0'; /* it has been read */
		if (is_function && code == KEY_RESIZE)
			tui_changed(tui);
		else if (is_function && code == KEY_MOUSE)
			read_mouse(tui);
		else if (tui->prompt.kind)
			to_prompt(tui, (int)code, is_function);
		/* Characters beyond Latin-1 are numbered like curses' keys. */
		else if (is_function || code < 0x100)
			do_command(tui, keys_command((int)code));
		else
			do_command(tui, COMMAND_NONE);
	}
}
