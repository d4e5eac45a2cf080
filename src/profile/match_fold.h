/* SPDX-License-Identifier: MIT */
/*
 * Files or modules of several profiles, of which it is found out by their functions which are the
 * same (profile/match.h): a checkout's own files are elsewhere in another one.
 *
 * First the profiles' functions are matched; parts of the profiles are then made with what
 * match_fold_parts() says (profile/filter.h), and these parts are matched by match_folded().
 */
#ifndef PYPROF_PROFILE_MATCH_FOLD_H
#define PYPROF_PROFILE_MATCH_FOLD_H

#include "profile/filter.h"
#include "profile/match.h"

struct match_fold;

/*
 * `match` is of the sides' profiles; neither it nor they are needed afterwards, and its modules are
 * taken from it. `files`: else modules. match_fold_destroy() it. Errors: NOMEM.
 */
enum pyprof_status match_fold_create(struct match_fold **out, struct match *match,
				     const struct match_side sides[SIDES], bool files,
				     struct pyprof_error *err);
void match_fold_destroy(struct match_fold *fold); /* NULL is fine */

/* By function of a side's profile; the fold's own. A function without a file stays one. */
const struct profile_part *match_fold_parts(const struct match_fold *fold, enum side side,
					    size_t profile);

/*
 * The match of the profiles' parts, which are as many and in the same order: rows of the same name
 * are the same. What the fold knows is the match's from then on, once. Errors: NOMEM.
 */
enum pyprof_status match_folded(struct match **out, struct match_fold *fold,
				const struct match_side sides[SIDES], struct pyprof_error *err);

#endif
