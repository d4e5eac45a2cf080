/* SPDX-License-Identifier: MIT */
/* Who holds the GIL, and who waits for it. */
#ifndef PYPROF_PYTHON_GIL_H
#define PYPROF_PYTHON_GIL_H

#include "python/threads.h"

/*
 * The thread states that hold a GIL at this moment, at most one an interpreter; *n of them into
 * holders (room for `max`). Free-threaded without a GIL: every thread counts as holding, *n is 0
 * and *all is true. UNSUPPORTED where it cannot be told.
 */
enum pyprof_status py_gil_holders(struct py_threads *threads, uint64_t *holders, size_t max,
				  size_t *n, bool *all);

/* Pieces that tell of one thread whether it holds its GIL, for a look to read at its moment. */
#define PY_GIL_PIECES 2

struct py_gil_words {
	struct memory_piece pieces[PY_GIL_PIECES];
	size_t n; /* 0: it cannot be told */
	uint64_t holder;
	int32_t locked;
};

/* Lays out the pieces for `thread`; they point into `words`, which has to stay where it is. */
void py_gil_words(const struct py_threads *threads, const struct py_thread *thread,
		  struct py_gil_words *words);

/* After they were read: did the thread hold its GIL then? */
bool py_gil_held(const struct py_threads *threads, const struct py_thread *thread,
		 const struct py_gil_words *words);

/*
 * Does the thread wait for its GIL? `futex` is the address of the futex that the kernel says it
 * waits for. False where it cannot be told: 2.7, whose lock lies anywhere, and PY_GIL_NONE. Reads
 * the target only for 3.15 and later.
 */
bool py_gil_awaited(const struct py_threads *threads, const struct py_thread *thread,
		    uint64_t futex);

#endif
