/* SPDX-License-Identifier: MIT */
/*
 * What chance alone changes: a value is as many samples as it is worth, and of n samples another run
 * would have had some sqrt(n) more or less. A change of less than two such deviations, both sides'
 * together, is not shown as one.
 */
#ifndef PYPROF_RENDER_DIFF_CHANCE_H
#define PYPROF_RENDER_DIFF_CHANCE_H

#include "profile/pair.h"

#define DIFF_DEVIATIONS 2

/* What has a value above 0: all of it, and in how many samples. */
struct diff_looks {
	uint64_t value, samples;
};

/* Of a side, all its runs; of zeros where the profile does not count its samples. */
struct diff_looks diff_looks_of(const struct pair *pair, size_t metric, enum side side);

/* What a sample is worth; 0: not known. */
double diff_looks_grain(struct diff_looks looks);

/*
 * Is the change from base to head no more than chance? Values and what a sample of each is worth are
 * in one measure, whichever: units a run, or shares.
 */
bool diff_is_chance(const double values[SIDES], const double grains[SIDES]);

#endif
