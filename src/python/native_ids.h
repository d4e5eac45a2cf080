/* SPDX-License-Identifier: MIT */
/*
 * From pthread address to native thread id before 3.11, where the thread state does not hold
 * it: libc keeps it in struct pthread, at an offset that is learnt once, from threads whose
 * ids /proc/PID/task confirms.
 */
#ifndef PYPROF_PYTHON_NATIVE_IDS_H
#define PYPROF_PYTHON_NATIVE_IDS_H

#include <sys/types.h>

#include "python/runtime.h"

#define PY_PTHREAD_SCAN 2048u /* bytes of struct pthread that are looked at */

struct py_native_ids {
	uint32_t offset; /* of the tid in struct pthread; PY_ABSENT until learnt */
	/*
	 * While several offsets may be the one: a bit for each 4 bytes, how many threads in a
	 * row they agreed with, and the last of these.
	 */
	uint64_t candidates[PY_PTHREAD_SCAN / 4 / 64];
	unsigned n_threads;
	uint64_t last_ident;
	uint32_t last[PY_PTHREAD_SCAN / 4];
};

void py_native_ids_init(struct py_native_ids *ids);

/*
 * The native id of the thread whose pthread address is `ident`, as the target sees it (its own
 * PID namespace); 0 where unknown. `ns_tids` are the ids that exist now, in the target's own
 * numbering; only one of them is ever given. With a libc that we do not know, and where a thread
 * leaves doubt which offset it is (ids in a container are small numbers), 0 until another
 * thread removes it.
 */
pid_t py_native_id(struct py_native_ids *ids, const struct py_runtime *rt, uint64_t ident,
		   const pid_t *ns_tids, size_t n);

#endif
