/* SPDX-License-Identifier: MIT */
/*
 * Which functions of several profiles are the same function: runs of one program, before and after
 * a change.
 *
 * A function is its name and its file, as view_short_path() shows it with the recording's own
 * folder: two checkouts, and two virtual environments, have the same files. Its line is no part of
 * it: code above it may have grown. Where a file has several functions of one name (lambdas,
 * inner functions before 3.11) those of equal start lines are the same; of what is left, the first
 * is the first where both sides have as many, else all of them are one.
 *
 * Profiles must outlive it, and not be fed meanwhile. Ids are indexes from 0.
 */
#ifndef PYPROF_PROFILE_MATCH_H
#define PYPROF_PROFILE_MATCH_H

#include "profile/profile.h"

enum side {
	SIDE_BASE = 0,
	SIDE_HEAD,
	SIDES,
};

struct match_side {
	const struct profile *const *profiles;
	size_t n;
};

struct match_function {
	const char *name;   /* the profiles' own texts are not enough: the match's */
	const char *file;   /* as shown: short; "" unknown */
	const char *path;   /* as recorded, the head's where it has one; "" unknown */
	const char *module; /* module_of_file(); "" unknown */
	int32_t line[SIDES]; /* start line there; 0 unknown or not there */
	bool in[SIDES];	     /* some profile of that side has it */
};

struct match {
	struct match_function *functions;
	size_t n;
	/* By side, profile and its function id: which function of the match that is. */
	uint32_t **of[SIDES];
	size_t n_profiles[SIDES];
};

/* match_destroy() it. Errors: LIMIT (2^32 functions), NOMEM. */
enum pyprof_status match_create(struct match **out, const struct match_side sides[SIDES],
				struct pyprof_error *err);
void match_destroy(struct match *match); /* NULL is fine */

#endif
