/* SPDX-License-Identifier: MIT */
#include "sample/clock.h"

void sample_clock_init(struct sample_clock *clock, uint64_t start_ns, double hz)
{
	*clock = (struct sample_clock){ .start_ns = start_ns, .period_ns = 1e9 / hz };
}

/* From the start each time, so that no rounding adds up. */
uint64_t sample_clock_due(const struct sample_clock *clock)
{
	return clock->start_ns + (uint64_t)((double)clock->next * clock->period_ns);
}

uint64_t sample_clock_passed(const struct sample_clock *clock, uint64_t now_ns)
{
	double passed = (double)(now_ns - clock->start_ns) / clock->period_ns;

	/* A tick that is due right now is not late yet. */
	return now_ns > clock->start_ns && passed > (double)clock->next ?
		       (uint64_t)(passed - (double)clock->next) :
		       0;
}

uint64_t sample_clock_answer(struct sample_clock *clock, uint64_t now_ns)
{
	uint64_t due = sample_clock_due(clock), passed, late;

	if (now_ns < due)
		now_ns = due;
	passed = (uint64_t)((double)(now_ns - clock->start_ns) / clock->period_ns);
	late = passed > clock->next ? passed - clock->next : 0;
	clock->next += late + 1;
	return late;
}
