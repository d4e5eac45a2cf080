/* SPDX-License-Identifier: MIT */
/* Which key does what: one table, from which keys are answered and the help screen is made. */
#ifndef PYPROF_TUI_KEYS_H
#define PYPROF_TUI_KEYS_H

#include <stddef.h>

enum command {
	COMMAND_NONE = 0,
	COMMAND_UP,
	COMMAND_DOWN,
	COMMAND_LEFT,
	COMMAND_RIGHT,
	COMMAND_PAGE_UP,
	COMMAND_PAGE_DOWN,
	COMMAND_HOME,
	COMMAND_END,
	COMMAND_WHEEL_UP,
	COMMAND_WHEEL_DOWN,
	COMMAND_ENTER,
	COMMAND_BACK,
	COMMAND_ESCAPE,
	COMMAND_SORT_1, /* SORT_1 to SORT_5 follow each other */
	COMMAND_SORT_2,
	COMMAND_SORT_3,
	COMMAND_SORT_4,
	COMMAND_SORT_5,
	COMMAND_SORT_LEFT,
	COMMAND_SORT_RIGHT,
	COMMAND_REVERSE,
	COMMAND_LINES,
	COMMAND_METRIC,
	COMMAND_SHARE,
	COMMAND_SPAN,
	COMMAND_FILTER,
	COMMAND_IDLE,
	COMMAND_FREEZE,
	COMMAND_THREADS,
	COMMAND_PROCESSES,
	COMMAND_FLAME,
	COMMAND_NEXT_PANE,
	COMMAND_SAVE,
	COMMAND_RESET,
	COMMAND_SLOWER,
	COMMAND_FASTER,
	COMMAND_REDRAW,
	COMMAND_HELP,
	COMMAND_QUIT,
};

#define KEY_CODES 5

struct key_row {
	enum command command;
	const char *keys; /* for people; NULL: as the row before, not shown */
	const char *what;
	int codes[KEY_CODES]; /* characters, and curses' KEY_*; 0: none */
};

extern const struct key_row key_rows[];
extern const size_t n_key_rows;

enum command keys_command(int code);

#endif
