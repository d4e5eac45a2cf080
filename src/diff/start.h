/* SPDX-License-Identifier: MIT */
/*
 * Which stacks are of Python's own start: what the interpreter imports before it runs the program, site
 * and encodings, and how it finds the program.
 *
 * A recording that begins a program, `pyprof record -- CMD`, sees of that what is left of it when the
 * interpreter is found: a few milliseconds, more or fewer as the machine is busy.
 *
 * Such a stack has at its outer end importlib, or runpy, and inside of that nothing, or one of these modules.
 * What a program imports lies below the program.
 */
#ifndef PYPROF_DIFF_START_H
#define PYPROF_DIFF_START_H

#include "profile/profile.h"

/* Sets by node whether it is of the start; room for p->n_nodes. False: no memory. */
bool start_mark(const struct profile *p, bool *start);

#endif
