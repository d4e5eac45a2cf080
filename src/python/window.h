/* SPDX-License-Identifier: MIT */
/*
 * The upper end of a deep stack, which is all that a burst reads between its first and its last
 * pass. Private to python/.
 *
 * A thread cannot change a frame without leaving all above it and calling as many again, for which
 * it takes a time: 20 ns a frame at the very least (a call and a return of an empty function take
 * 30 to 50 ns here). So while each pass finds the frames of the window as they were, and follows
 * the one before soon enough, nothing below the window has changed. That it is the same at the
 * burst's end as at its beginning is seen as well. Where either does not hold the burst is taken
 * for one look, with its first pass and its last.
 */
#ifndef PYPROF_PYTHON_WINDOW_H
#define PYPROF_PYTHON_WINDOW_H

#include "python/frames.h"

/*
 * Lays out the window of a burst over the ranges of the footprint, where the stack is deep enough;
 * walker->windowed says whether. Returns the bytes that it has.
 */
size_t window_plan(struct py_walker *walker, const struct py_thread_memory *memory);

/* The burst was read, in `taken_ns`: is the window's promise kept? Else makes it one look. */
void window_settle(struct py_walker *walker, const struct py_thread_memory *memory,
		   uint64_t taken_ns);

/* Takes the burst for one look. */
void window_drop(struct py_walker *walker);

/* The first part of the window in range `index` that ends beyond `addr`; NULL: there is none. */
const struct py_window_part *window_part_from(const struct py_walker *walker, size_t index,
					      uint64_t addr);

/* Lies this of range `index` outside of the window, so that the first pass alone has it? */
static inline bool window_is_above(const struct py_walker *walker, size_t index, uint64_t start,
				   uint64_t end)
{
	if (!walker->windowed)
		return false;
	for (size_t i = 0; i < walker->n_window; i++)
		if (walker->window[i].range == index && start >= walker->window[i].from &&
		    end <= walker->window[i].to)
			return false;
	return true;
}

#endif
