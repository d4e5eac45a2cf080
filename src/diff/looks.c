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

/*
 * May any yet turn out to have changed, or, `losses`, to be slower? One that changed and does not
 * matter, or that a function of it tells, is no reason to go on.
 */
static bool is_open(const struct verdict *verdict, bool losses)
{
	for (size_t i = 0; i < verdict->n_items; i++) {
		const struct verdict_item *item = &verdict->items[i];

		if ((i == 0 || item->tested) && !item->small && item->found == CHANGE_NONE &&
		    item->told_by == PROFILE_NONE && item->q < LOOKS_PASS_Q &&
		    (!losses || item->change > 0))
			return true;
	}
	return false;
}

bool looks_clear(const struct verdict *verdict, size_t done, size_t runs)
{
	switch (verdict->outcome) {
	case VERDICT_REGRESSION:
		/* That the total changed is half of an answer: which function's fault is it? */
		return verdict->n_findings > 0;
	case VERDICT_IMPROVEMENT:
		/* Fresh runs are asked of what was found alone: a loss that is open would be lost. */
		return verdict->n_findings > 0 && !is_open(verdict, true);
	case VERDICT_PASS:
		return 2 * done >= runs && !is_open(verdict, false);
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return false;
}
