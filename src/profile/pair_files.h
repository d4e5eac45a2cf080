/* SPDX-License-Identifier: MIT */
/* What the joined profile calls the files of a match. Part of pair.c. */
#ifndef PYPROF_PROFILE_PAIR_FILES_H
#define PYPROF_PROFILE_PAIR_FILES_H

#include "profile/match.h"

struct pair_files {
	struct pair_file *items; /* that were asked for */
	size_t n, cap;
	struct map map;
};

/* A string of the joined profile, whose folder is known already. PROFILE_NONE: no memory. */
uint32_t pair_file(struct pair_files *files, struct profile *joined, const struct match_function *f);
void pair_files_deinit(struct pair_files *files);

#endif
