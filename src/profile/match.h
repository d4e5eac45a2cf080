/* SPDX-License-Identifier: MIT */
/*
 * Which functions of several profiles are the same function: runs of one program, before and after
 * a change.
 *
 * A function is its name and its file. Files of one absolute path are the same, from whichever
 * folder they were run (profile/match_places.h). Else a file is what view_short_path() shows of it
 * with the recording's own folder: two checkouts, and two virtual environments, have the same files.
 * Where that folder is not known, or is another one, the folders that the two sides' own files lie
 * in are found out (profile/folders.h): `python v1/app.py` against `python v2/app.py`. Where each side began in one file that the other side has nothing of
 * (profile/match_entry.h), `python t.py` here and `python t2.py` there, these are one file, called
 * as the head has it.
 *
 * Its line is no part of it: code above it may have grown. Where a file has several functions of
 * one name (lambdas, inner functions before 3.11) those of equal start lines are the same, when
 * the base's lines are moved by as much as the functions around them of which there is one only.
 * Of what is left, the first is the first where both sides have as many, else all of them are one;
 * what one side alone has stays what it is. Where a start line is not known, all of that name are
 * one.
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
	bool cut; /* frames were taken out of stacks, or put to their outer ends: --hide, --root */
};

/* Texts are NUL-terminated, the profiles' own or the match's; a name may go on behind a NUL. */
struct match_function {
	const char *name;
	const char *file;   /* as shown: short; "" unknown */
	const char *path;   /* as recorded, the head's where it has the file; "" unknown */
	const char *base_path; /* likewise, the base's where it has the file */
	const char *module; /* module_of_file(); "" unknown; equal ones are one pointer */
	uint32_t name_len, file_len;
	int32_t line[SIDES]; /* start line there, of several the first; 0 unknown or not there */
	bool in[SIDES];	     /* some profile of that side has it */
};

struct match {
	struct match_function *functions;
	size_t n;
	/* By side, profile and its function id: which function of the match that is. */
	uint32_t **of[SIDES];
	size_t n_profiles[SIDES];
	char **modules; /* those that functions name, each once */
	size_t n_modules, cap_modules;
	char **paths; /* that no profile has, of which functions show the end */
	size_t n_paths;
};

/* match_destroy() it. Errors: LIMIT (2^32 functions), NOMEM. */
enum pyprof_status match_create(struct match **out, const struct match_side sides[SIDES],
				struct pyprof_error *err);
void match_destroy(struct match *match); /* NULL is fine */

/* Has each profile of both sides a metric of this name and unit (NULL: any)? */
bool match_all_have(const struct match_side sides[SIDES], const char *name, const char *unit);
/* The first of a profile's metrics of this name (NULL: any) that all have; NULL: there is none. */
const struct profile_metric *match_metric(const struct match_side sides[SIDES],
					  const struct profile *profile, const char *name);

#endif
