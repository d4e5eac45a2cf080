/* SPDX-License-Identifier: MIT */
/*
 * Whether a layout holds on a process: nothing is believed that does not point back.
 */
#ifndef PYPROF_PYTHON_PROOF_H
#define PYPROF_PYTHON_PROOF_H

#include "python/runtime.h"

/*
 * Goes from the anchors in *rt, with rt->layout, to an interpreter, to its thread states, which
 * point back at it, and to a frame, whose code object's type reads "code" and whose names are
 * strings; sys.modules must be a dict. Where no thread has a frame just now, the back
 * pointers and sys.modules must do. Fills interp_head, code_type, unicode_type, bytes_type and
 * proof; corrects what a patch release moved (gil_current).
 *
 * Errors: NOT_READY (starting, finalizing), CORRUPT (the layout does not hold: says where), GONE.
 */
enum pyprof_status py_proof(struct py_runtime *rt, struct pyprof_error *err);

/*
 * The same, once: for trying out many addresses. (py_proof() tries again where a moving target
 * may have spoilt it.) *n_interpreters is how many the list has; may be NULL.
 */
enum pyprof_status py_proof_once(struct py_runtime *rt, size_t *n_interpreters,
				 struct pyprof_error *err);

#endif
