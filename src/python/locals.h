/* SPDX-License-Identifier: MIT */
/*
 * The arguments and local variables of a frame: their names and where their values lie.
 *
 * Of functions: arguments, variables, cells (looked into) and free variables, in the order of the
 * code object. Of modules, class bodies and what exec() runs: the names of f_locals, without dunder
 * names, modules, functions and classes, PY_LOCALS_NAMES_MAX at most. Sources: PyFrame_GetLocals(),
 * _PyFrame_FastToLocalsWithError() of each release.
 */
#ifndef PYPROF_PYTHON_LOCALS_H
#define PYPROF_PYTHON_LOCALS_H

#include "python/frames.h"

#define PY_LOCALS_MAX	    4096u /* of one frame; what lies behind is not seen */
#define PY_LOCALS_NAMES_MAX 64u

enum py_local_kind {
	PY_LOCAL_ARGUMENT = 1,
	PY_LOCAL_VARIABLE,
	PY_LOCAL_FREE, /* of an enclosing function */
	PY_LOCAL_NAME, /* of a namespace that is a dict */
};

struct py_local {
	const char *name; /* UTF-8; valid during the call */
	enum py_local_kind kind;
	uint64_t value; /* address of the object; 0: not bound now */
};

/* Return false to stop. */
typedef bool py_local_fn(const struct py_local *local, void *arg);

/* Errors: FAULT, CORRUPT (`fn` may have been called before), NOMEM, GONE. */
enum pyprof_status py_locals_each(const struct py_runtime *rt, const struct py_frame *frame,
				  py_local_fn *fn, void *arg, struct pyprof_error *err);

#endif
