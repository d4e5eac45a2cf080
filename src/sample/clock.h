/* SPDX-License-Identifier: MIT */
/*
 * When to look: ticks at a fixed rate that does not drift. Pure arithmetic on CLOCK_MONOTONIC.
 */
#ifndef PYPROF_SAMPLE_CLOCK_H
#define PYPROF_SAMPLE_CLOCK_H

#include <stdint.h>

struct sample_clock {
	uint64_t start_ns;
	double period_ns;
	uint64_t next; /* number of the tick that is due next */
};

/* `hz` is above 0. The first tick is due at `start_ns`. */
void sample_clock_init(struct sample_clock *clock, uint64_t start_ns, double hz);

/* When the next tick is due. */
uint64_t sample_clock_due(const struct sample_clock *clock);

/*
 * Answers the tick that is due, at `now_ns`; returns how many ticks behind it the clock has
 * passed already: these are late, and nobody will answer them.
 */
uint64_t sample_clock_answer(struct sample_clock *clock, uint64_t now_ns);

/* How many ticks that nobody answered were due before `now_ns`. */
uint64_t sample_clock_passed(const struct sample_clock *clock, uint64_t now_ns);

#endif
