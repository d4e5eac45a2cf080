/* SPDX-License-Identifier: MIT */
/*
 * The upper part of a stack that does not reach its root, of a thread that stands.
 *
 * Links lead from the current frame down. Where one of them leads to what is not there (a core file
 * may lack a C stack, on which the frames of C code that entered the interpreter lie), the frames
 * before it are the thread's all the same, as long as nothing moves: each was named by the one
 * above it, and the first by the thread. For one that moves this proves nothing: see frames.h.
 */
#ifndef PYPROF_PYTHON_ROOTLESS_H
#define PYPROF_PYTHON_ROOTLESS_H

#include "python/frames.h"

/*
 * The frames that hang together from the current one: root first, as of py_walk(), and valid until
 * the walker's next walk or search. False where there are none, where they do reach a root, where
 * they run in a circle, are too many (PY_MAX_DEPTH), or where memory is short. Whether what they
 * run are code objects is for the caller to ask.
 */
bool py_walk_rootless(struct py_walker *walker, uint64_t tstate, struct py_stack *stack);

#endif
