/* SPDX-License-Identifier: MIT */
/* A line for a function: its numbers, name and place. Shared by the panes that show functions. */
#ifndef PYPROF_TUI_ROWLINE_H
#define PYPROF_TUI_ROWLINE_H

#include "tui/state.h"

extern const struct column rowline_columns[];

/* What the rows below a head are. */
enum rowline_heads {
	ROWLINE_FUNCTIONS,
	ROWLINE_CALLERS, /* numbers are the called function's: which part of it came from the row */
	ROWLINE_CALLEES, /* numbers are the row's: what it did when called by the function */
};

/* In the first line of `area`. */
void rowline_head(const struct tui *tui, const struct area *area, enum rowline_heads heads);

/*
 * `area` is the table's, whose columns are placed by its width; the line is `y`. `over`: what all of
 * it looks like, as the selected one; STYLE_PLAIN: each of its parts as it is.
 */
void rowline_draw(const struct tui *tui, const struct area *area, int y,
		  const struct pyprof_live_row *row, enum style over);

/* "name  package/file.py:12" into the columns there are; returns those taken. */
int rowline_name(const struct tui *tui, int y, int x, int columns, const char *name,
		 const char *file, int line, enum style over);

/* Makes room for `want` rows. Errors: NOMEM. */
enum pyprof_status rows_reserve(struct rows *rows, size_t want, struct pyprof_error *err);

/* The index of row `id`; rows->n where it is not there. */
size_t rows_find(const struct rows *rows, uint32_t id);

#endif
