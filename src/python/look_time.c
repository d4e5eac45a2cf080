/* SPDX-License-Identifier: MIT */
#include "python/look_time.h"

#define FINE 16 /* steps of a nanosecond */
/* What is usual moves by one in so many towards each look's time: so it stays at the median. */
#define STEP 16
/* Halves of the usual time beyond which a look is slow. */
#define SLOW_HALVES 3

/*
 * The kernel pins the pages of each piece in turn, which is most of the work; entering it is
 * worth some four pieces (measured: 1.3 us + 0.36 us a piece).
 */
uint64_t look_time_units(size_t pieces, size_t bytes)
{
	return 4 + pieces + bytes / 4096;
}

bool look_time_counts(struct look_time *time, uint64_t ns, size_t pieces, size_t bytes)
{
	uint64_t cost = ns * FINE / look_time_units(pieces, bytes) + 1;
	bool counts;

	if (time->looks < LOOK_TIME_LEARN) {
		time->usual = (time->usual * time->looks + cost) / (time->looks + 1);
		time->looks++;
		return true;
	}
	counts = 2 * cost <= SLOW_HALVES * time->usual;
	if (cost > time->usual)
		time->usual += time->usual / STEP + 1;
	else if (cost < time->usual)
		time->usual -= time->usual / STEP;
	return counts;
}
