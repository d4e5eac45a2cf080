/* SPDX-License-Identifier: MIT */
/* Names of functions as pprof's prune_from and drop_frames see them. Pure. */
#ifndef PYPROF_PROFILE_FUNCTION_NAME_H
#define PYPROF_PROFILE_FUNCTION_NAME_H

#include <stddef.h>

/*
 * The part of the name that expressions are held against: without a leading '.', and without the
 * arguments of C++, from the first '(' on that is none of "(anonymous namespace)" and "operator()".
 */
void function_simple_name(const char **name, size_t *len);

#endif
