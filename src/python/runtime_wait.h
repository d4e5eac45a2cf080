/* SPDX-License-Identifier: MIT */
/* Waiting for an interpreter that is starting. */
#ifndef PYPROF_PYTHON_RUNTIME_WAIT_H
#define PYPROF_PYTHON_RUNTIME_WAIT_H

#include "python/runtime.h"

/*
 * As py_runtime_find(), trying again while the answer is NOT_READY (or, with `starting`,
 * NOT_PYTHON or EXEC: a program that has just been launched) for up to `wait_ns`. An EXEC makes
 * the target be opened anew: *target is replaced then.
 */
enum pyprof_status py_runtime_wait(struct py_runtime *rt, struct target **target,
				   uint64_t wait_ns, bool starting, const volatile int *stop,
				   struct pyprof_error *err);

/* The two steps of it, for who waits for several at once. */

/*
 * Is what py_runtime_find() answered an answer that may change? A program that is just being
 * launched (`starting`) may be half way through its exec; an interpreter that starts may have half
 * of its structures. `age_ns`: since this program was first looked at.
 */
bool py_runtime_worth_waiting(const struct py_runtime *rt, enum pyprof_status status,
			      bool starting, uint64_t age_ns);

/*
 * Looks at the process anew: what it has mapped by now, or with `starting` the program that it is
 * by now (*target is replaced then). Errors: GONE, EXEC, those of target_open().
 */
enum pyprof_status py_runtime_look_again(struct target **target, bool starting,
					 struct pyprof_error *err);

#endif
