/* SPDX-License-Identifier: MIT */
/*
 * The live screen: what a recording sees, while it records.
 *
 * The caller makes the recorder, gives tui_tick() to pyprof_recorder_run(), and closes the screen
 * before it says anything. One thread: keys are answered and the screen is drawn between two looks.
 * The screen is opened by the first tick, so that until then signals and Ctrl-Z are as usual.
 */
#ifndef PYPROF_TUI_TUI_H
#define PYPROF_TUI_TUI_H

#include "base/error.h"

struct tui;

struct tui_opts {
	const char *name;   /* of the command: "top" */
	const char *metric; /* those that are recorded, "wall,gil"; NULL: the usual ones */
	const char *output; /* the file that takes what the launched program writes; NULL: none */
	const struct pyprof_write_opts *save; /* for files that are saved */
	uint64_t delay_ns;  /* between two updates */
	uint64_t duration_ns; /* of the recording; 0: no limit */
	double rate_hz;
	bool by_line;
	bool full_path;
	bool idle; /* threads that are not on a CPU are there, too */
	bool gil;  /* only what holds the GIL is looked at */
};

/* Is there a terminal that can have a screen? Errors: USAGE. */
enum pyprof_status tui_check(const char *command, struct pyprof_error *err);

/* *opts and what it points to outlive it; tui_destroy() it. Errors: NOMEM. */
enum pyprof_status tui_create(struct tui **out, const struct tui_opts *opts,
			      struct pyprof_error *err);
void tui_destroy(struct tui *tui); /* closes it too; NULL is fine */

/* A pyprof_tick_fn; `arg` is the struct tui. q and what makes the screen impossible stop the recorder. */
void tui_tick(struct pyprof_recorder *recorder, void *arg);

/*
 * The recording is over: shows the last state until a key is pressed that does nothing else, or
 * until SIGINT, SIGTERM or SIGHUP sets *stop. Nothing where q had ended it.
 */
void tui_stay(struct tui *tui, enum pyprof_end end, const volatile int *stop);

/* Gives the terminal back. A saving that is under way is waited for. */
void tui_close(struct tui *tui);

/* Why the screen could not go on, to be told once it is closed; PYPROF_OK: it could. */
enum pyprof_status tui_error(const struct tui *tui, struct pyprof_error *err);

/* Was it ended by q? */
bool tui_was_quit(const struct tui *tui);

#endif
