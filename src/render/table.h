/* SPDX-License-Identifier: MIT */
/*
 * Tables of text for a terminal of some width, or for a file of any.
 *
 * Cells are made in order, row by row. Columns are as wide as their widest cell; where the width
 * is bounded, those marked elastic give way, paths and then the widest first, and what does not
 * fit is cut, marked with an ellipsis. Where it is not, nothing is cut, and only cells of common
 * length are lined up: a name of a megabyte does not make every row a megabyte. Texts are shown
 * by render/text.h: whatever a name holds, a cell stays one line. Nothing follows the last
 * character of a row.
 */
#ifndef PYPROF_RENDER_TABLE_H
#define PYPROF_RENDER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "render/ink.h"

#define TABLE_COLUMNS 10
#define TABLE_LINED_UP 60 /* columns that a cell of a table of any width is lined up to */

struct table_column {
	const char *title; /* static; NULL in all: no line of titles */
	bool right;	   /* lined up there: numbers */
	bool elastic;	   /* gives way where the terminal is narrow */
	bool keep_end;	   /* where it is cut, it is cut at its start: paths */
};

struct table_cell {
	size_t offset, len; /* in text */
	size_t columns;	    /* that it takes */
	enum ink ink;
};

struct table {
	const struct table_column *columns; /* the caller's */
	size_t n_columns;		    /* TABLE_COLUMNS at most */
	struct str text;		    /* all cells, one behind the other */
	struct table_cell *cells;
	size_t n_cells, cap_cells;
	bool failed;
};

/* The owner calls table_deinit(). */
void table_init(struct table *table, const struct table_column *columns, size_t n);
void table_deinit(struct table *table);

/* The next cell, its text made visible; where memory runs out table_write() says so. */
void table_cell(struct table *table, enum ink ink, const char *bytes, size_t len);

/* Appends to the cell made last; its ink stays. */
void table_more(struct table *table, const char *bytes, size_t len);

/* `width` in columns, 0: any. Errors: NOMEM. */
enum pyprof_status table_write(const struct table *table, FILE *out, size_t width, bool color,
			       struct pyprof_error *err);

#endif
