/* SPDX-License-Identifier: MIT */
/*
 * The files of several profiles by where they are: of one absolute path they are one, from
 * whichever folder it was run. Part of match.c.
 */
#ifndef PYPROF_PROFILE_MATCH_PLACES_H
#define PYPROF_PROFILE_MATCH_PLACES_H

#include "profile/match.h"

struct match_place {
	/* Absolute where that is known, "." and empty parts dropped; else as recorded. */
	const char *path;
	uint32_t len;	   /* of `path`, which may go on behind a NUL */
	const char *shown; /* the end of `path` that is below `cwd`, or that imports have */
	const char *cwd;   /* of a recording that has it; NULL unknown */
};

struct match_places {
	struct match_place *items;
	size_t n, cap;
	struct map map;
	/* Paths that no profile has: malloc'd, the owner of the places' texts frees them. */
	char **made;
	size_t n_made, cap_made;
};

/*
 * Sets of[f], by the profile's function, to the place of its file. Where another profile that was
 * added has one of the files, below another folder, that folder is this one's too: one tree is not
 * looked at from two folders. False: no memory.
 */
bool match_places_add(struct match_places *places, const struct profile *p, uint32_t *of);
/* `entry`: a program began in it (profile/match_entry.h). False: no memory. */
typedef bool match_place_fn(void *arg, enum side side, const struct match_place *place, bool entry);
/*
 * Calls back for each place that a profile has, once a profile: paths can be long, and of many
 * functions. `of` by side and profile, as match_places_add() sets it. False: no memory.
 */
bool match_places_each(const struct match_places *places, const struct match_side sides[SIDES],
		       uint32_t **const of[SIDES], match_place_fn *call, void *arg);
/* All but `made` and what it holds. */
void match_places_deinit(struct match_places *places);

#endif
