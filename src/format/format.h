/* SPDX-License-Identifier: MIT */
/*
 * Profile files: one file a format, one row a format.
 *
 * To add one: write format/NAME.c with a const struct format, add its row in format.c, its
 * oracle in tests, its line in docs/formats.md. Help, completion and file-name detection come
 * from the row.
 */
#ifndef PYPROF_FORMAT_FORMAT_H
#define PYPROF_FORMAT_FORMAT_H

#include <stdio.h>

#include "profile/profile.h"
#include "profile/view.h"

struct format {
	const char *name;	    /* "folded", "svg" */
	const char *description;    /* for help: half a sentence */
	const char *const *endings; /* NULL-terminated: ".folded", ".txt" */
	bool whole; /* it holds all that there is: every metric, profile->sources */
	/*
	 * Writes the profile as seen through `view`. Need not check `out` for errors: the
	 * caller asks ferror() and fclose().
	 */
	enum pyprof_status (*write)(const struct profile *profile, const struct view *view,
				    FILE *out, struct pyprof_error *err);
	/* Reads a file into a new profile, or NULL where the format is write-only. */
	enum pyprof_status (*read)(struct profile **out, const char *bytes, size_t len,
				   struct pyprof_error *err);
};

/* All rows, NULL-terminated. */
extern const struct format *const formats[];

/* By name, upper or lower case; NULL where there is none. */
const struct format *format_by_name(const char *name);

/*
 * The format to write `path` in: `name` where given (not NULL, not ""), else by the path's
 * ending, upper or lower case. "-", standard output, is folded stacks unless named otherwise:
 * what is piped goes to grep, sort or another tool, as perf script's text does. NULL and *err
 * (USAGE, listing what there is) where neither says: a profile in a format that nobody
 * asked for is found out about only after the recording.
 */
const struct format *format_choose(const char *path, const char *name,
				   struct pyprof_error *err);

#endif
