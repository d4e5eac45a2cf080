/* SPDX-License-Identifier: MIT */
/* The exception that a thread is handling: what sys.exc_info() would say in it. */
#ifndef PYPROF_PYTHON_EXCEPTION_H
#define PYPROF_PYTHON_EXCEPTION_H

#include "python/runtime.h"

/*
 * *value: address of the exception object that the thread whose state lies at `tstate` is handling,
 * also in a generator or in a caller of where it is; 0: none. 2.7: the value may be of any type,
 * and *type tells the class. Errors: FAULT, CORRUPT, GONE.
 */
enum pyprof_status py_exception_handled(const struct py_runtime *rt, uint64_t tstate,
					uint64_t *value, uint64_t *type, struct pyprof_error *err);

/* *collecting: a garbage collection goes on in the interpreter at `interp`. UNSUPPORTED: unknown. */
enum pyprof_status py_gc_collecting(const struct py_runtime *rt, uint64_t interp,
				    bool *collecting, struct pyprof_error *err);

#endif
