/* SPDX-License-Identifier: MIT */
/* Which file a recording's program began in: "t.py" of `python t.py`. Part of match.c. */
#ifndef PYPROF_PROFILE_MATCH_ENTRY_H
#define PYPROF_PROFILE_MATCH_ENTRY_H

#include "profile/profile.h"

/*
 * Sets entry[f] of each function f that is a script's or a module's own code, <module>, at the root
 * of stacks, or below runpy's frames there, which is where `python -m` has it, or below exec(), where
 * cProfile has it. What is in no file,
 * as with `python -c`, is none. False: no memory.
 */
bool match_entries(const struct profile *p, bool *entry);

#endif
