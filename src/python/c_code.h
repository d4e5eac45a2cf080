/* SPDX-License-Identifier: MIT */
/*
 * What the frames of C code have in the place of a code object.
 *
 * From 3.12 on C code that enters the interpreter puts a frame of its own on the stack, in its own
 * C variables. When it has returned the same place holds variables of other functions, which
 * may look like a frame whose caller is anywhere, or nowhere: as if the stack began there.
 */
#ifndef PYPROF_PYTHON_C_CODE_H
#define PYPROF_PYTHON_C_CODE_H

#include "python/runtime.h"

#define PY_C_CODES 4 /* an interpreter has one; several of them may share it */

/* What was found to be one; begins zeroed. */
struct py_c_codes {
	uint64_t known[PY_C_CODES];
	size_t next; /* which is forgotten next */
};

/*
 * Is the object at `addr` what such a frame has: None (3.13 and later), or the code object of
 * the interpreter's trampoline (3.12)? Asks the target where the address is a new one.
 */
bool py_c_code(const struct py_runtime *rt, struct py_c_codes *codes, uint64_t addr);

#endif
