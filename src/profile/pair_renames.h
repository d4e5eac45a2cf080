/* SPDX-License-Identifier: MIT */
/* Functions that may be the same under another name. Part of pair.c. */
#ifndef PYPROF_PROFILE_PAIR_RENAMES_H
#define PYPROF_PROFILE_PAIR_RENAMES_H

#include "profile/pair.h"

/* Sets pair->renames. False: no memory. */
bool pair_find_renames(struct pair *pair);

#endif
