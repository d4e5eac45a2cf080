/* SPDX-License-Identifier: MIT */
/*
 * Whether a thread waits for the end of all threads that are no daemons: threading's _shutdown()
 * does, when the main thread has come to its end. Sources: Lib/threading.py of each release.
 */
#ifndef PYPROF_PYTHON_LOCK_END_H
#define PYPROF_PYTHON_LOCK_END_H

#include "python/lock_names.h"

/*
 * Is `frame` that function, waiting for what was found? `leaf`: no Python code runs above. Where it
 * waits for the lock of a Thread, that is noted in *found.
 */
bool lock_waits_at_end(const struct lock_search *search, const struct py_frame *frame, bool leaf,
		       struct lock_found *found);

#endif
