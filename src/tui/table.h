/* SPDX-License-Identifier: MIT */
/* Tables on the screen: columns, a cursor through rows, and which of them is clicked on. */
#ifndef PYPROF_TUI_TABLE_H
#define PYPROF_TUI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/put.h"

struct column {
	const char *title;
	int width;  /* with the blank before it; 0: the rest of the line */
	int least;  /* it is there from so many columns of the table on */
	int sort;   /* what a click on it sorts by; 0: nothing */
};

/* The head's line. `columns` ends with one of width 0. */
void table_head(const struct area *area, const struct column *columns, int sorted, bool reverse);

/* Which column is at `x`; NULL: none. */
const struct column *table_column_at(const struct area *area, const struct column *columns,
				     int x);

/* Where column `which` begins, and its width; false where there is no room for it. */
bool table_place(const struct area *area, const struct column *columns, size_t which, int *x,
		 int *width);

/* ---- a cursor ------------------------------------------------------------------------ */

struct cursor {
	size_t at, top; /* the selected row, and the first one that is drawn */
	bool moved;	/* by a key: until then it is not shown to be anywhere but at the top */
};

enum command;

/* Up, down, pages, home and end; false: it is none of these. `lines` are drawn of `n` rows. */
bool cursor_move(struct cursor *cursor, enum command command, size_t n, int lines);

/* Puts it among `n` rows, and the first line where the cursor is in sight. */
void cursor_fit(struct cursor *cursor, size_t n, int lines);

#endif
