/* SPDX-License-Identifier: MIT */
/*
 * Names and the patterns of glob(7): *, ?, [a-z], [!a-z], and \ before what is meant as it is.
 *
 * A * stands for anything, / and a leading dot included; a [ that nothing closes for itself. By
 * characters of UTF-8. No recursion; at most as many steps as both lengths multiplied.
 */
#ifndef PYPROF_DIFF_GLOB_H
#define PYPROF_DIFF_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* A text comes in pieces, so that nobody has to put it together to ask. */
struct glob_piece {
	const char *text;
	size_t len;
	bool dots; /* each / in it counts as a dot */
};

/* Does it hold what makes it more than a name? */
bool glob_is(const char *pattern);

/* Does the whole text match? */
bool glob_matches(const char *pattern, const struct glob_piece *pieces, size_t n);

#endif
