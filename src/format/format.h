/* SPDX-License-Identifier: MIT */
/*
 * Profile files: one file a format, one row a format.
 *
 * To add one: write format/NAME.c with a const struct format, add its row in format.c, its
 * oracle in tests/format, its line in docs/formats.md. Help, completion and detection, by name and
 * by content, come from the row.
 */
#ifndef PYPROF_FORMAT_FORMAT_H
#define PYPROF_FORMAT_FORMAT_H

#include <stdio.h>

#include "profile/profile.h"
#include "profile/source_reader.h"
#include "profile/view.h"

/* What a format writes. Nothing in it is NULL but where it says so. */
struct format_input {
	const struct profile *profile;
	const struct view *view; /* how it is to be shown; NULL: the format asked for none */
	size_t metric;		 /* the one to show, where only one can be */
	const struct source_reader *sources; /* NULL: the format asked for none */
};

struct format {
	const char *name;	    /* "folded", "svg" */
	const char *also;	    /* what other tools call it; NULL: nothing else */
	const char *description;    /* for help: half a sentence */
	const char *const *endings; /* NULL-terminated: ".folded", ".txt" */
	bool whole;	  /* it holds every metric, and profile->sources */
	bool from_profile; /* it is written from the profile itself: no view is made */
	bool wants_sources; /* input->sources */
	bool wants_times;   /* the profile has to have a timeline */
	bool signed_values; /* it can be written of a difference: values below 0 */
	/*
	 * Writes it, or NULL where the format is read-only. Need not check `out` for errors: the
	 * caller asks ferror() and fclose().
	 */
	enum pyprof_status (*write)(const struct format_input *input, FILE *out,
				    struct pyprof_error *err);
	/*
	 * Reads a file, unzipped, into a new profile, or NULL where the format is write-only. Errors:
	 * CORRUPT (names the byte, or the line and its byte), LIMIT, NOMEM; never half a
	 * profile.
	 */
	enum pyprof_status (*read)(struct profile **out, const char *bytes, size_t len,
				   struct pyprof_error *err);
	/*
	 * Does a file that begins so look like one? Asked in the order of the rows; NULL where
	 * `read` is, and for the last one, which takes what nobody knows.
	 */
	bool (*detect)(const char *bytes, size_t len);
};

/* All rows, NULL-terminated. */
extern const struct format *const formats[];

/* By name, upper or lower case; NULL where there is none. */
const struct format *format_by_name(const char *name);

/*
 * The format to read bytes in: `name` where given (not NULL, not ""), else by what they are.
 * NULL and *err (USAGE) where the name is of none that can be read.
 */
const struct format *format_of_bytes(const char *bytes, size_t len, const char *name,
				     struct pyprof_error *err);

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
