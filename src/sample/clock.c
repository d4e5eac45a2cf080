/* SPDX-License-Identifier: MIT */
#include "sample/clock.h"

void sample_clock_init(struct sample_clock *clock, uint64_t start_ns, double hz, uint64_t seed)
{
	*clock = (struct sample_clock){ .start_ns = start_ns,
					.period_ns = 1e9 / hz,
					.seed = seed };
}

/*
 * Where tick `k` falls within its period, 0 to 1. A function of its number, so that what is asked
 * twice is answered alike: the last step of SplitMix64 (Steele, Lea, Flood 2014), which is well
 * mixed for numbers in a row.
 */
static double jitter(const struct sample_clock *clock, uint64_t k)
{
	uint64_t x = clock->seed + k * 0x9e3779b97f4a7c15u;

	if (!clock->seed)
		return 0;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return (double)(x >> 11) / (double)(1ULL << 53);
}

/* From the start each time, so that no rounding adds up. */
static uint64_t due_at(const struct sample_clock *clock, uint64_t k)
{
	return clock->start_ns +
	       (uint64_t)(((double)k + jitter(clock, k)) * clock->period_ns);
}

uint64_t sample_clock_due(const struct sample_clock *clock)
{
	return due_at(clock, clock->next);
}

/* How many ticks were due until `now_ns`, from the first one on. */
static uint64_t ticks_until(const struct sample_clock *clock, uint64_t now_ns)
{
	uint64_t k;

	if (now_ns < clock->start_ns)
		return 0;
	k = (uint64_t)((double)(now_ns - clock->start_ns) / clock->period_ns);
	return due_at(clock, k) <= now_ns ? k + 1 : k;
}

uint64_t sample_clock_passed(const struct sample_clock *clock, uint64_t now_ns)
{
	double periods = ((double)now_ns - (double)clock->start_ns) / clock->period_ns;

	/* One whose period is not over yet is not late. */
	return periods > (double)clock->next ? (uint64_t)(periods - (double)clock->next) : 0;
}

uint64_t sample_clock_answer(struct sample_clock *clock, uint64_t now_ns)
{
	uint64_t passed = ticks_until(clock, now_ns), late;

	late = passed > clock->next + 1 ? passed - clock->next - 1 : 0;
	clock->next += late + 1;
	return late;
}
