/* SPDX-License-Identifier: MIT */
/* Who holds a lock that says nothing of it itself: whose frames are inside a `with` on it. */
#ifndef PYPROF_PYTHON_LOCK_HOLDERS_H
#define PYPROF_PYTHON_LOCK_HOLDERS_H

#include "python/lock_frames.h"
#include "python/locks.h"

/* Frames of one thread, from the leaf on, in which such statements are looked for. */
#define LOCK_FRAMES_HELD 4096u

/*
 * Fills in holder, proof and holder_frame of those threads that are `open`: they wait for a Lock.
 * Of two whose frames could both have it, none is taken. False: it was not done by `until_ns`
 * (clock_monotonic_ns(); 0: whenever), and what was filled in is void.
 */
bool lock_holders_find(struct lock_frames *frames, struct py_lock_thread *threads, size_t n,
		       const bool *open, uint64_t until_ns);

#endif
