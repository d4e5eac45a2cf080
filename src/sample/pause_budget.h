/* SPDX-License-Identifier: MIT */
/*
 * How much of a thread's time pauses may take: a share, saved up for at most a second. Pure
 * arithmetic.
 */
#ifndef PYPROF_SAMPLE_PAUSE_BUDGET_H
#define PYPROF_SAMPLE_PAUSE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct pause_budget {
	uint64_t at_ns;	  /* when the credit was counted last; 0: never */
	double credit_ns; /* below 0 after a pause that took longer than was thought */
	double usual_ns;  /* what a pause of this thread takes, lately */
};

/* May the thread be paused now? `share` is 0 to 1. */
bool pause_budget_allows(struct pause_budget *budget, double share, uint64_t now_ns);

/* A pause took so long. */
void pause_budget_spend(struct pause_budget *budget, uint64_t took_ns);

#endif
