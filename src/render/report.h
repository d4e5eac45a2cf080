/* SPDX-License-Identifier: MIT */
/*
 * Reports on a profile as text: which functions, who calls whom, the tree; or the same as JSON.
 *
 * Every report begins with a line that says what was recorded and one that says what is shown:
 * the metric, its sum, how many samples, how much of it was truncated. Shares are of the whole
 * recording, also where only a part is shown, as in pprof. What is left out is said.
 *
 * Texts are UTF-8 without control characters (render/text.h), whatever names hold. With `color`
 * there are escapes of ink.h in them, else none. In JSON all values are exact, and nothing is
 * left out but by `limit`; docs/formats.md has its form. Nothing is owned here.
 */
#ifndef PYPROF_RENDER_REPORT_H
#define PYPROF_RENDER_REPORT_H

#include <stdio.h>

#include "profile/profile.h"
#include "render/scale.h"

#define REPORT_SCHEMA_VERSION 1

enum report_kind {
	REPORT_FLAT = 0,
	REPORT_TREE,
	REPORT_CALLS,	/* opts->callers, opts->callees */
	REPORT_THREADS, /* a row a value, and so on: */
	REPORT_PROCESSES,
	REPORT_LABEL, /* opts->label */
};

enum report_sort {
	REPORT_BY_SELF = 0,
	REPORT_BY_TOTAL,
	REPORT_BY_NAME,
};

struct report_opts {
	enum report_kind kind;
	enum report_sort sort;	       /* FLAT */
	const char *callers, *callees; /* CALLS: a name or a regular expression; one may be NULL */
	const char *label;	       /* LABEL: its key */
	const char *rows_are;	       /* FLAT: what a row is: "function", "file", "module" */
	size_t metric;
	uint64_t whole;	  /* what shares are of */
	uint64_t limit;	  /* rows, in CALLS of each function; 0: all there are */
	double min_share; /* TREE: thinner branches are folded; 0 to 1, of `whole` */
	bool by_line;	  /* a row a line of a function */
	bool every_frame; /* TREE: library frames are not grouped */
	bool by_thread, by_process; /* TREE: a branch for each */
	bool full_path;
	bool json;
	bool color;
	size_t width; /* of the terminal in columns; 0: nothing is cut */
};

/* Errors: USAGE (nothing matches, no regular expression, no such label), LIMIT, NOMEM. */
enum pyprof_status report_write(const struct profile *profile, const struct report_opts *opts,
				FILE *out, struct pyprof_error *err);

#endif
