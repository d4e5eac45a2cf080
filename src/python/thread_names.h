/* SPDX-License-Identifier: MIT */
/* Who a thread state belongs to: its threading name (and, included, its native id). */
#ifndef PYPROF_PYTHON_THREAD_NAMES_H
#define PYPROF_PYTHON_THREAD_NAMES_H

#include "python/native_ids.h"
#include "python/runtime.h"

/*
 * Calls `fn` with ident (threading.get_ident(), a pthread address on Linux) and name of every
 * thread in threading._active of the interpreter state at `interp` (each has its own
 * sys.modules), and of those in _limbo that have begun; of some maybe twice. Does nothing where
 * the program never imported threading. A thread whose name cannot be read is left out; the others
 * still come. Errors: those of the way to _active; LIMIT where there is no end to it.
 */
typedef void py_thread_name_fn(uint64_t ident, const char *name, void *arg);
enum pyprof_status py_thread_names_each(const struct py_runtime *rt, uint64_t interp,
					py_thread_name_fn *fn, void *arg,
					struct pyprof_error *err);

#endif
