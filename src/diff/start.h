/* SPDX-License-Identifier: MIT */
/*
 * Which stacks are of Python's own start: what an interpreter imports by itself (site, and what that runs:
 * sitecustomize, .pth files; encodings), and how it finds the program.
 *
 * A recording that begins a program, `pyprof record -- CMD`, sees of that what is left of it when the
 * interpreter is found: a few milliseconds, more or fewer as the machine is busy.
 *
 * Such a stack has importlib at its outer end, or what of runpy looks for the program, and inside of that
 * nothing or one of these modules; or it begins in one (2.7, whose imports have no frames). What a program
 * imports lies below the program. So stacks have to have their outer ends: match_side.cut has none.
 */
#ifndef PYPROF_DIFF_START_H
#define PYPROF_DIFF_START_H

#include "profile/profile.h"

/* Sets by node whether it is of the start; room for p->n_nodes. False: no memory. */
bool start_mark(const struct profile *p, bool *start);

#endif
