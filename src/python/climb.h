/* SPDX-License-Identifier: MIT */
/*
 * The upper end of a stack that moved, out of one reading of it.
 *
 * Two readings are half a microsecond apart at best, and a function that only returns lives for 40
 * ns. But the upper frames lie side by side in the datastack, and are copied by the kernel within
 * some 10 ns a frame, in the order of their addresses: a caller before what it calls. Such a
 * copy is as good as a moment (tests/tools/time-copies.c measures it). It says itself where the stack
 * ended: a frame that was left has been emptied, one that runs by itself says so. It is made before
 * all else, since reading holds up the thread's writing: what is read after that is a thread in wait.
 *
 * An interrupt in the middle of a copy can still tear it, about once in 50,000. So a call is
 * believed only where other looks have found it too, by enough for what their word is worth: this
 * caller, at this place, calls that code (calls.h). What else there is stays cut off.
 *
 * To 3.10 frames are objects of their own. There it is the leaf alone: at the moment it was
 * current, and right after it said that it runs, and for whom.
 */
#ifndef PYPROF_PYTHON_CLIMB_H
#define PYPROF_PYTHON_CLIMB_H

#include "python/frames.h"

/* Frames above what is proven, at most. */
#define CLIMB_MAX 64

enum climb_end {
	CLIMB_LEAF,    /* at the frame that ran */
	CLIMB_CUT,     /* below something that is not known */
	CLIMB_GONE,    /* nowhere: the proven frame was not there when the copy was made */
	CLIMB_UNKNOWN, /* nowhere: the frame lies elsewhere, or its code is not known */
};

/*
 * Follows the calls above `base`, one of memory->frames, which both passes of this look have agreed
 * about. The first `n_seen` frames of walker->chain are those that the links led by from the current
 * frame. At CLIMB_LEAF and CLIMB_CUT walker->climb_base is the same frame as the copy has it, and walker->climbed
 * are those above, callers first.
 */
enum climb_end climb(struct py_walker *walker, struct py_thread_memory *memory,
		     const struct py_frame *base, size_t n_seen);

/* What has been proven of the last chain, from its frame `first` on, is remembered for that. */
void climb_learn(struct py_walker *walker, const struct py_thread_memory *memory, size_t first);

#endif
