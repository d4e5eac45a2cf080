/* SPDX-License-Identifier: MIT */
/*
 * Functions of which one is perhaps the other's new name. Part of pair.c.
 *
 * Two are offered as a pair where all of this holds:
 *   - they are in the same places: likeness, the mean of what their callers and their callees
 *     (with what they cost themselves) have in common, is 0.6 at least; 0.8 where only the place
 *     speaks for it, as for `<module>`;
 *   - the one costs no more than three times what the other does, as a share of its side;
 *   - something beside the place says so: the name (the same one in another file or class, or a
 *     similar one), the line where it starts, or the lines where the time is spent, where these are
 *     four or more;
 *   - both were seen five times at least, where that is known ("samples"): what was seen once may
 *     have been missed once, and be there all the same.
 * The best pairs are taken first; then once more, as callers and callees that are pairs now are the
 * same. Of each side only the RENAMES_MAX costliest functions are asked, each beside those of the
 * other side that have its name, file or main caller, eight of each at most.
 */
#ifndef PYPROF_PROFILE_PAIR_RENAMES_H
#define PYPROF_PROFILE_PAIR_RENAMES_H

#include "profile/pair.h"

#define RENAMES_MAX 1000

/* Sets pair->renames. False: no memory. */
bool pair_find_renames(struct pair *pair);

#endif
