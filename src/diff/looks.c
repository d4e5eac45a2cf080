/* SPDX-License-Identifier: MIT */
#include "diff/looks.h"

#include <math.h>

#include "diff/stats.h"

#define LOOKS 4 /* the last one among them */

bool looks_planned(size_t done, size_t runs)
{
	if (done < LOOKS_RUNS_LEAST || done >= runs)
		return false;
	for (size_t k = 1; k < LOOKS; k++)
		if (done == (k * runs + LOOKS - 1) / LOOKS)
			return true;
	return false;
}

double looks_level(double alpha, size_t done, size_t runs)
{
	double z = stats_t_quantile(1 - alpha / 2, INFINITY);

	return done < runs ? erfc(z * sqrt((double)runs / (double)done) / M_SQRT2) : alpha;
}

bool looks_clear(const struct verdict *verdict, size_t done, size_t runs)
{
	switch (verdict->outcome) {
	case VERDICT_REGRESSION:
	case VERDICT_IMPROVEMENT:
		/* That the total changed is half of an answer: which function's fault is it? */
		return verdict->n_findings > 0;
	case VERDICT_INCONCLUSIVE:
		return false;
	case VERDICT_PASS:
		break;
	}
	if (2 * done < runs)
		return false;
	for (size_t i = 0; i < verdict->n_items; i++) {
		const struct verdict_item *item = &verdict->items[i];

		/* One that changed and does not matter is no reason to go on. */
		if ((i == 0 || item->tested) && !item->small && item->found == CHANGE_NONE &&
		    item->q < LOOKS_PASS_Q)
			return false;
	}
	return true;
}
