/* SPDX-License-Identifier: MIT */
/*
 * What of a thread's last chain still stands, told by its bytes. Private to python/.
 *
 * The frames from the root up that were proven at the last look, and whose bytes both passes of
 * this one found as they were, need not be decoded again: a deep stack costs what changed in it,
 * and the comparing of memory, which is fast. That they are on the stack at all is told as ever:
 * the links from the current frame lead to them, and they lie below the datastack's top.
 */
#ifndef PYPROF_PYTHON_KNOWN_H
#define PYPROF_PYTHON_KNOWN_H

#include "python/frames.h"

/*
 * A look begins, whose ranges are laid out: gives the walker the buffer for its last pass, and
 * puts that of the look before aside. False: no memory.
 */
bool known_begin(struct py_walker *walker, struct py_thread_memory *memory);

/*
 * Follows the links from `current`, in the second pass, until they meet a frame that is known to
 * stand. The frames above it are in walker->chain (leaf first, *n of them). Returns how many
 * frames of memory->chain, from the root up, stand below them; 0 where they do not meet soon.
 */
size_t known_join(struct py_walker *walker, struct py_thread_memory *memory, uint64_t current,
		  size_t *n);

#endif
