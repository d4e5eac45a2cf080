/* SPDX-License-Identifier: MIT */
/*
 * Austin's text, a line a sample: what Austin 2 and 3 write and mojo2austin makes of MOJO. Source:
 * Austin's README and its src/argparse.c, src/events.h (2.1: src/py_thread.c). What becomes of
 * it is in austin_build.h.
 *
 *   line    = "# " key ": " value | "P" pid ";T" [interpreter ":"] thread *(";" frame) " " metrics
 *   frame   = file ":" name ":" [line]                3, root first
 *           | file ":" name ";L" line                 3, its alternative format
 *           | name " (" file ");L" line               2
 *           | name " (" file ":" line ")"             2, its alternative format
 *   metrics = number                                  microseconds, or bytes in mode memory
 *           | time "," idle "," bytes                 full: idle 0 or 1, bytes may be below 0
 *           | time " " bytes " " bytes                full of version 2: what grew, what shrank
 *
 * A frame in none of these forms is a function's name. File and name are told apart at the
 * last colons, since Austin escapes nothing; a name with ';' in it comes apart. Threads' ids
 * are hexadecimal where a letter is in them and in files without "# " lines (version 2), else
 * decimal. A file of version 2 does not tell its mode: a single number is a time then. Lines may
 * end in CR LF; empty ones are passed over. A sample without the end of its line is refused: its
 * last number may have lost digits.
 */
#ifndef PYPROF_FORMAT_AUSTIN_H
#define PYPROF_FORMAT_AUSTIN_H

#include "format/format.h"

extern const struct format format_austin;

/* Errors: CORRUPT (names line and byte), LIMIT (AUSTIN_MAX_MAPPINGS), NOMEM. */
enum pyprof_status austin_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err);

#endif
