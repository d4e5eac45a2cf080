/* SPDX-License-Identifier: MIT */
/*
 * Who a thread state belongs to: its native thread id and its threading name.
 */
#ifndef PYPROF_PYTHON_THREAD_NAMES_H
#define PYPROF_PYTHON_THREAD_NAMES_H

#include "python/runtime.h"

/*
 * Calls `fn` with ident (threading.get_ident(), a pthread address on Linux) and name of every
 * thread in threading._active of the interpreter state at `interp` (each has its own
 * sys.modules). Does nothing where the program never imported threading.
 */
typedef void py_thread_name_fn(uint64_t ident, const char *name, void *arg);
enum pyprof_status py_thread_names_each(const struct py_runtime *rt, uint64_t interp,
					py_thread_name_fn *fn, void *arg,
					struct pyprof_error *err);

/*
 * From pthread address to native thread id before 3.11, where the thread state does not hold
 * it: libc keeps it in struct pthread at an offset that is learnt once, from threads whose
 * ids /proc/PID/task confirms.
 */
struct py_native_ids {
	uint32_t offset; /* of the tid in struct pthread; PY_ABSENT until learnt */
};

void py_native_ids_init(struct py_native_ids *ids);

/*
 * The native id of the thread whose pthread address is `ident`, as the target sees it (its own
 * PID namespace); 0 where unknown. `ns_tids` are the ids that exist now, in the target's own
 * numbering; learning needs the main thread's ident or any that is confirmed by them.
 */
pid_t py_native_id(struct py_native_ids *ids, const struct py_runtime *rt, uint64_t ident,
		   const pid_t *ns_tids, size_t n);

#endif
