/* SPDX-License-Identifier: MIT */
/*
 * Text for a person: through a pager where standard output is a terminal, as git does it; else
 * as it is.
 *
 * The pager is $PAGER, run by the shell, or less where there is one. Where LESS is not set it is
 * FRX: a text that fits the screen ends it, colours are shown, and the screen stays as it is.
 * None is run where PAGER is empty or cat, or the terminal dumb. A pager that is ended before it
 * has read everything is no error.
 */
#ifndef PYPROF_CMD_PAGER_H
#define PYPROF_CMD_PAGER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

struct screen {
	bool terminal;	 /* standard output is one */
	bool color;	 /* and shows colours: NO_COLOR is not set, TERM not dumb */
	unsigned width;	 /* in columns: COLUMNS, or what the terminal says; 0: no terminal */
	unsigned height; /* in lines; 0: no terminal */
};

/* `pager`: is one to be used where it can? (It may not show colours.) */
struct screen screen_find(bool pager);

/* Writes a text; `out` keeps its errors. */
typedef enum pyprof_status pager_text_fn(void *arg, FILE *out, struct pyprof_error *err);

/*
 * Has `text` written into memory, and from there to standard output or to a pager, whose end is
 * waited for. Where the pager cannot be run the text is written as it is. *exit_status is that of
 * the writing: where it failed, it has been said. Errors: those of `text`, with nothing written.
 */
enum pyprof_status pager_show(const struct screen *screen, bool pager, pager_text_fn *text,
			      void *arg, int *exit_status, struct pyprof_error *err);

#endif
