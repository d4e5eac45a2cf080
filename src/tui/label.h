/* SPDX-License-Identifier: MIT */
/*
 * Names and paths as they may stand on a screen: nothing in them moves the cursor, colours, or
 * turns the direction of writing, and they are cut to the columns that there are.
 *
 * Pure but for wcwidth(3), which goes by the locale.
 */
#ifndef PYPROF_TUI_LABEL_H
#define PYPROF_TUI_LABEL_H

#include <stdbool.h>

#include "base/str.h"

#define LABEL_LONGEST 2048 /* bytes at each end of a text that are looked at; the middle is left out */

enum label_cut {
	LABEL_CUT_END,	/* "do_someth…" */
	LABEL_CUT_PATH, /* "django/…/base.py": the file's name and its first folder stay longest;
			   "a_lo…name.py" where there is no folder */
	LABEL_CUT_START, /* "…mething" */
};

/*
 * Appends `text`, which takes at most `columns` then; returns how many. Control characters and
 * bytes that are not UTF-8 become "\x1b", characters that cannot be seen or that change others'
 * direction "\u202e". Without `utf8` all but ASCII become "?".
 */
int label_add(struct str *out, const char *text, int columns, enum label_cut cut, bool utf8);

/* How many columns it takes, uncut. */
int label_width(const char *text, bool utf8);

/*
 * The part of a file's path that tells: what is below the library's folder, the whole else. Points
 * into `file`.
 */
const char *label_short_path(const char *file);

#endif
