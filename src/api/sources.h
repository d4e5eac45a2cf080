/* SPDX-License-Identifier: MIT */
/* The source lines on which samples were taken, for those who look at the profile. Private. */
#ifndef PYPROF_API_SOURCES_H
#define PYPROF_API_SOURCES_H

#include "profile/profile.h"
#include "profile/source_reader.h"
#include "target/source_file.h"

/*
 * Reads the line of every leaf of the profile, as far as the target's files can be read, are
 * older than the recording, and not too many. What cannot be had is just not there. Errors: NOMEM.
 */
enum pyprof_status sources_read(struct profile *profile, const struct source_root *root,
				struct pyprof_error *err);

/* Whole files, for a struct source_reader: the argument of sources_read_file(). */
struct sources_reading {
	const struct source_root *root;
	const struct profile_info *info;
};
enum source_state sources_read_file(void *reading, const char *path, struct str *text);

#endif
