/* SPDX-License-Identifier: MIT */
/* Text broken into lines of so many columns, at spaces where there are any. */
#ifndef PYPROF_RENDER_PARAGRAPH_H
#define PYPROF_RENDER_PARAGRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Lines that one text may take in a picture; the rest of it is cut with an ellipsis. */
#define PARAGRAPH_MAX 3

struct paragraph_line {
	struct str text; /* in its visible form (render/text.h) */
	size_t columns;
};

/* Zeroed is empty; the owner calls paragraph_deinit(). */
struct paragraph {
	struct paragraph_line *lines;
	size_t n, cap;
	bool failed; /* memory ran out: lines are missing */
};

/* Adds the lines of one more text, which is raw. */
void paragraph_add(struct paragraph *paragraph, const struct str *raw, size_t columns);
/* The same with `max` lines at most, 1 or more. */
void paragraph_add_lines(struct paragraph *paragraph, const struct str *raw, size_t columns,
			 size_t max);
void paragraph_deinit(struct paragraph *paragraph);

#endif
