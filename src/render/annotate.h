/* SPDX-License-Identifier: MIT */
/*
 * Source beside what was seen in its lines: self, where the line itself was at work, and total,
 * with what it called.
 *
 * A block a function: its lines from the first (or five above the first that was seen, where the
 * start is not known) to the last, as its source is indented; where that does not tell, to five
 * below the last that was seen, but not into the next function that the profile knows. The values
 * are the function's alone, as in pprof's list: a function inside it has a block of its own. Where
 * the text cannot be had there are the lines' numbers and values, and it is said why; where the
 * file was changed after the recording, that too.
 *
 * Texts are shown by render/text.h, tabs as blanks up to the next eighth column.
 */
#ifndef PYPROF_RENDER_ANNOTATE_H
#define PYPROF_RENDER_ANNOTATE_H

#include <stdio.h>

#include "profile/profile.h"
#include "profile/source_reader.h"

struct annotate_opts {
	/*
	 * A file (whole, its last folders, or as reports shorten it), or else a regular
	 * expression that functions' names match. NULL: those that most was seen in.
	 */
	const char *what;
	const char *path; /* `what` as a path of this machine, where it is one; or NULL */
	size_t metric;
	uint64_t whole;	 /* what shares are of */
	uint64_t limit;	 /* functions, where nothing is named; 0: all */
	bool every_line; /* also long stretches in which nothing was seen */
	bool full_path;
	bool color;
	size_t width; /* in columns; 0: nothing is cut */
};

/* Errors: USAGE (nothing matches, no regular expression), LIMIT, NOMEM. */
enum pyprof_status annotate_write(const struct profile *profile, const struct annotate_opts *opts,
				  const struct source_reader *sources, FILE *out,
				  struct pyprof_error *err);

#endif
