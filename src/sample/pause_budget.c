/* SPDX-License-Identifier: MIT */
#include "sample/pause_budget.h"

/* Until the first one has been measured. */
#define USUAL_NS 30000.0
/* So long a thread saves up; at the beginning it has a tenth of that. */
#define SAVED_NS 1e9
/* One long pause says little of the next. */
#define SMOOTHING 8

bool pause_budget_allows(struct pause_budget *budget, double share, uint64_t now_ns)
{
	double most = share * SAVED_NS;

	if (!budget->at_ns) {
		budget->credit_ns = most / 10;
		budget->usual_ns = USUAL_NS;
	} else if (now_ns > budget->at_ns) {
		budget->credit_ns += share * (double)(now_ns - budget->at_ns);
	}
	budget->at_ns = now_ns;
	if (budget->credit_ns > most)
		budget->credit_ns = most;
	return budget->credit_ns >= budget->usual_ns;
}

void pause_budget_spend(struct pause_budget *budget, uint64_t took_ns)
{
	budget->credit_ns -= (double)took_ns;
	budget->usual_ns += ((double)took_ns - budget->usual_ns) / SMOOTHING;
}
