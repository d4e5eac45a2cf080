/* SPDX-License-Identifier: MIT */
/* The native modules of the processes that are recorded, for the profile. Private. */
#ifndef PYPROF_API_MAPPINGS_H
#define PYPROF_API_MAPPINGS_H

#include "profile/profile.h"
#include "target/target.h"

/*
 * Adds the program itself, then its other modules, each with its build id, but for files that the
 * profile has already: several processes mostly share them. What of them cannot be read, because
 * the process has ended, stays unknown. False: no memory.
 */
bool mappings_add(struct profile *profile, struct target *target);

#endif
