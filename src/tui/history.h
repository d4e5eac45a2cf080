/* SPDX-License-Identifier: MIT */
/*
 * A small graph of a number's last minutes: one column a second, the newest at the right. Drawn with
 * eighths of a block where there is UTF-8, with characters that grow darker else. Pure.
 */
#ifndef PYPROF_TUI_HISTORY_H
#define PYPROF_TUI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define HISTORY_KEPT 512 /* seconds */

struct history {
	float values[HISTORY_KEPT]; /* a ring */
	size_t n;		  /* that were ever added */
};

void history_add(struct history *graph, double value);

/* The largest of the last `columns`; 0 where there is none. */
double history_highest(const struct history *graph, int columns);

/*
 * Appends line `line` (0: the upper) of a graph of `lines` lines and `columns` columns, in which
 * `full` is as high as the graph. A column for each, blanks where nothing is known yet. What is
 * more than nothing shows.
 */
void history_line(struct str *out, const struct history *graph, int columns, int lines, int line,
		double full, bool utf8);

/* A bar that is `share` (0 to 1) of `columns` long, blanks behind it. */
void history_bar(struct str *out, double share, int columns, bool utf8);

#endif
