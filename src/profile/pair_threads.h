/* SPDX-License-Identifier: MIT */
/* Which threads and processes of several profiles are the same: see pair.h. Part of pair.c. */
#ifndef PYPROF_PROFILE_PAIR_THREADS_H
#define PYPROF_PROFILE_PAIR_THREADS_H

#include "profile/match.h"

/*
 * Adds the threads and processes of all to `joined`. By side, profile and its thread id:
 * (*of[side])[profile][thread] is the id in `joined`; pair_threads_free() them, also after a failure.
 * False: no memory.
 */
bool pair_threads(struct profile *joined, const struct match_side sides[SIDES],
		  uint32_t **of[SIDES]);
void pair_threads_free(const struct match_side sides[SIDES], uint32_t **of[SIDES]);

#endif
