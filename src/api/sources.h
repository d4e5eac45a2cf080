/* SPDX-License-Identifier: MIT */
/* The source lines on which samples were taken, for those who look at the profile. Private. */
#ifndef PYPROF_API_SOURCES_H
#define PYPROF_API_SOURCES_H

#include "profile/profile.h"
#include "profile/source_reader.h"
#include "target/source_file.h"

/*
 * Reads the line of every leaf of the profile, as far as the target's files can be read, are
 * older than `before_ns` (CLOCK_REALTIME: when the recording began), and not too many. What cannot
 * be had is just not there. Errors: NOMEM.
 */
enum pyprof_status sources_read(struct profile *profile, const struct source_root *root,
				int64_t before_ns, struct pyprof_error *err);

/* Whole files, for a struct source_reader: the argument of sources_read_file(). */
struct sources_reading {
	const struct source_root *root;
	const struct profile_info *info;
	int64_t before_ns; /* what was changed later is SOURCE_NEWER */
};
enum source_state sources_read_file(void *reading, const char *path, struct str *text);

/*
 * The same from the first of several places that has the file: the argument of
 * sources_find_file(). Below `folder` it is looked for by its whole path, then without its first
 * folder, and so on; of a library's file no more is taken off than what leads to the library, so
 * that a folder's own __init__.py is not taken for json's.
 */
struct source_places {
	const struct profile_info *info;
	struct source_root folder, process; /* fd -1: none */
	const struct source_root *here;	    /* where neither has it… */
};
enum source_state sources_find_file(void *places, const char *path, struct str *text);

#endif
