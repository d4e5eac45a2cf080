/* SPDX-License-Identifier: MIT */
/*
 * Files of one side that are shown alike and are not the same: utils.py of the program's own folder
 * and utils.py of site-packages. Across the sides own code and a library may be the same, as a
 * checkout of what is installed elsewhere. Part of match.c.
 */
#ifndef PYPROF_PROFILE_MATCH_KINDS_H
#define PYPROF_PROFILE_MATCH_KINDS_H

#include "profile/match.h"

struct match_kinds {
	struct match_shown *items;
	size_t n, cap;
	struct map map;
};

/* A file of that side, of whose path `shown` is the end. False: no memory. */
bool match_kinds_add(struct match_kinds *kinds, enum side side, const char *path,
		     const char *shown);
/*
 * When all are added: `shown`, or an end of `path`: what is imported, and shown as a file of another kind beside it,
 * from its library's folder on: "/site-packages/utils.py".
 */
const char *match_kinds_shown(const struct match_kinds *kinds, const char *path, const char *shown);
void match_kinds_deinit(struct match_kinds *kinds);

#endif
