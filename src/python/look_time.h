/* SPDX-License-Identifier: MIT */
/*
 * How long a look usually takes, so that one which was held up can be told.
 *
 * What was seen before and after the moment is taken for what stood at the moment. That fails
 * where the thread left a frame and came back to it in between, twice: the shorter a look, the
 * less there is of that. A look that was held up (by an interrupt, a lock of the kernel, a
 * hypervisor) on both sides of the moment has seen two moments of no relation to each other.
 */
#ifndef PYPROF_PYTHON_LOOK_TIME_H
#define PYPROF_PYTHON_LOOK_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one thread, whose looks are alike. */
struct look_time {
	uint64_t usual; /* about the median, in 1/16 ns a unit of work */
	unsigned looks; /* that it was learnt from, up to LOOK_TIME_LEARN */
};

/* So many looks count in any case. */
#define LOOK_TIME_LEARN 8

/*
 * Notes that a look at `pieces` pieces of `bytes` bytes together took `ns`. Returns whether it
 * counts: it does not where it took half as long again as is usual, or longer. What is usual
 * follows the median, so that most looks count on any machine.
 */
bool look_time_counts(struct look_time *time, uint64_t ns, size_t pieces, size_t bytes);

/* The work of a look, in units of a piece: for the shares of its parts in the time that it took. */
uint64_t look_time_units(size_t pieces, size_t bytes);

#endif
