/* SPDX-License-Identifier: MIT */
/*
 * Writes what was recorded so far into a file, in a process of its own: the recording goes on. One
 * at a time.
 */
#ifndef PYPROF_TUI_SAVE_H
#define PYPROF_TUI_SAVE_H

#include <sys/types.h>

#include "base/error.h"
#include "tui/prompt.h"

struct save {
	pid_t child; /* 0: nothing is being saved */
	int answer;  /* a pipe's end, from which the child's error comes */
	char path[PROMPT_MAX];
};

/* "pyprof-PID-TIME.svg". */
void save_default_path(char *buf, size_t size, pid_t pid);

/* Errors: USAGE (no such format, no file), IO, NOMEM. What goes wrong in the child comes later. */
enum pyprof_status save_begin(struct save *save, struct pyprof_recorder *recorder,
			      const struct pyprof_write_opts *opts, const char *path,
			      struct pyprof_error *err);

/* Has it come to an end? *err is how then: PYPROF_OK, or why nothing was written. */
bool save_poll(struct save *save, struct pyprof_recorder *recorder, bool wait,
	       struct pyprof_error *err);

#endif
