/* SPDX-License-Identifier: MIT */
/*
 * When to look: ticks at a fixed rate that does not drift. Pure arithmetic on CLOCK_MONOTONIC.
 *
 * With jitter each tick falls at some moment of its own period, any with the same chance: what
 * the target does at times of its own, every 10 ms, is then neither always met nor always missed.
 */
#ifndef PYPROF_SAMPLE_CLOCK_H
#define PYPROF_SAMPLE_CLOCK_H

#include <stdint.h>

struct sample_clock {
	uint64_t start_ns;
	double period_ns;
	uint64_t next; /* number of the tick that is due next */
	uint64_t seed; /* of the jitter; 0: there is none */
};

/*
 * `hz` is above 0. The first tick is due at `start_ns`, or within a period from then with jitter,
 * of which `seed`, if not 0, chooses the moments.
 */
void sample_clock_init(struct sample_clock *clock, uint64_t start_ns, double hz, uint64_t seed);

/* When the next tick is due. */
uint64_t sample_clock_due(const struct sample_clock *clock);

/*
 * Answers the tick that is due, at `now_ns`; returns how many ticks behind it the clock has
 * passed already: these are late, and nobody will answer them.
 */
uint64_t sample_clock_answer(struct sample_clock *clock, uint64_t now_ns);

/* How many ticks that nobody answered had their whole period before `now_ns`. */
uint64_t sample_clock_passed(const struct sample_clock *clock, uint64_t now_ns);

#endif
