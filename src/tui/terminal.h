/* SPDX-License-Identifier: MIT */
/*
 * The terminal, taken by curses and given back whatever happens.
 *
 * There is one in a process: the state is the file's own, since signal handlers need it. While it
 * is open standard error is kept in memory, where it is the same terminal, and shown after it has
 * been closed. What ends the process by a signal (a crash too, but for SIGKILL) first gives the
 * terminal back, by async-signal-safe calls alone. SIGTSTP and SIGCONT are only noted, for
 * terminal_events(): the screen is left, and drawn anew, between two looks.
 */
#ifndef PYPROF_TUI_TERMINAL_H
#define PYPROF_TUI_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Can there be a screen: are standard input and output terminals, and can this kind of terminal
 * (TERM) move its cursor? `command` is named in the hint. Nothing is changed. Errors: USAGE.
 */
enum pyprof_status terminal_check(const char *command, struct pyprof_error *err);

/* Errors: as terminal_check(); IO. */
enum pyprof_status terminal_open(struct pyprof_error *err);
bool terminal_is_open(void);
void terminal_close(void); /* where none is open too */

enum terminal_event {
	TERMINAL_SAME = 0,
	TERMINAL_RESIZED, /* or has to be drawn anew, for other reasons */
	TERMINAL_GONE,	  /* hung up: there is nobody to look at it */
};

/* What has happened to it since the last call? Where asked to stop, stops, and goes on here. */
enum terminal_event terminal_events(void);

/* Would what is written now go on its way? Not where it was stopped (Ctrl-S), or nobody reads. */
bool terminal_takes_output(void);

/* Does its locale have UTF-8? Only what terminal_open() has found. */
bool terminal_is_utf8(void);

#endif
