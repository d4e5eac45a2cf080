/* SPDX-License-Identifier: MIT */
/*
 * The flame graph of what changed, as a file like any other (render/svg.h): the static picture,
 * and the data of both sides for the page.
 *
 * The static picture is as wide as the head, coloured by the change of self time: that is where the
 * change is, while by totals a whole tower has the colour of its top. A frame that vanished is kept
 * as a ghost, as wide as it was in the base, behind what is there (render/diff_tree.h).
 *
 * A side of several runs is shown as one run of them: values are the sums divided by how many there
 * are. Shares are of each side's own total, and changes of shares are percentage points.
 */
#ifndef PYPROF_RENDER_DIFF_H
#define PYPROF_RENDER_DIFF_H

#include <stdio.h>

#include "profile/pair.h"

/* What a side is, in words; NULL and "" where it is not known. */
struct diff_side {
	const char *label; /* what people call it: the file's name, "main"; never empty */
	const char *command, *revision, *python, *machine;
	size_t runs; /* 0 is 1 */
	/* Of its recording, for the notes; NULL: there are several, or nothing is known. */
	const struct profile_info *info;
};

struct diff_svg_opts {
	size_t metric; /* below pair->n_metrics */
	bool shares;   /* shown at first; the page can switch */
	bool by_function, by_thread, by_process, full_path;
	struct diff_side sides[SIDES];
	const char *const *warnings; /* why the two are hard to compare: sentences */
	size_t n_warnings;
};

/* Errors: USAGE (no such metric), NOMEM. That `out` cannot be written shows in ferror() alone. */
enum pyprof_status diff_svg_write(FILE *out, const struct pair *pair,
				  const struct diff_svg_opts *opts, struct pyprof_error *err);

#endif
