/* SPDX-License-Identifier: MIT */
/*
 * How noisy each item's runs are, known from all of them.
 *
 * Ten runs tell a variance no better than by a factor of two, and Welch's test has to allow for that in
 * each of the items. But functions of one program on one machine are noisy alike: the machine's share
 * is the same in all, and what sampling adds is known, 1 / samples. So a side's variances are held
 * against v + 1 / samples, v being the same for all, and where they scatter about that no more than
 * such few runs do, it is worth `prior` degrees of freedom more to each of them (Smyth 2004). Where
 * functions differ in noise, they scatter more, and it is worth little or nothing.
 *
 * One departs from Smyth on purpose: a variance is raised to what is expected, but never lowered. A
 * single noisy function among quiet ones would look as if it had changed.
 */
#include <math.h>
#include <stdlib.h>

#include "diff/verdict_parts.h"

#define ITEMS_LEAST 8
/*
 * Of so few functions, and of few runs even less, no more is believed: how much variances scatter is
 * itself known by chance. Without PRIOR_TIMES three runs a side of functions with two modes gave 2.1%
 * false verdicts, and two runs 2.8%; with it 1.1 and 0.4%.
 */
#define PRIOR_MOST 30
#define PRIOR_TIMES 2

/* The derivative of digamma, for x above 0: recurrence, then its asymptotic series (DLMF 5.15). */
static double trigamma(double x)
{
	double sum = 0, r;

	while (x < 10) {
		sum += 1 / (x * x);
		x += 1;
	}
	r = 1 / (x * x);
	return sum + 1 / x + r / 2 + r / x * (1. / 6 - r * (1. / 30 - r / 42));
}

static double digamma(double x)
{
	double sum = 0, r;

	while (x < 10) {
		sum -= 1 / x;
		x += 1;
	}
	r = 1 / (x * x);
	return sum + log(x) - .5 / x - r * (1. / 12 - r * (1. / 120 - r / 252));
}

/* The mean of the log of a variance's estimate over it. */
static double log_bias(double df)
{
	return digamma(df / 2) - log(df / 2);
}

/* The degrees of freedom, `most` at most, whose log variance scatters by this much. */
static double df_of_scatter(double scatter, double most)
{
	double low = 0.01, high = most;

	if (scatter <= trigamma(high / 2))
		return high;
	for (int i = 0; i < 50; i++) {
		double df = (low + high) / 2;

		if (trigamma(df / 2) > scatter)
			low = df;
		else
			high = df;
	}
	return low < .1 ? 0 : low;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* What sampling adds to the variance of a logarithm. */
static double of_samples(const struct judge *judge, const struct judged *item, enum side side)
{
	return verdict_grain(judge->runs, side) / exp(item->logs[side].mean);
}

static void moderate(struct judge *judge, enum side side)
{
	size_t runs = judge->runs->n_runs[side];
	double df = (double)runs - 1 - verdict_lost(judge->runs, runs), v, sum = 0, squares = 0, prior, scale;
	double *noise = judge->p;
	size_t n = 0;

	for (size_t f = 0; f < judge->n_family; f++) {
		const struct judged *item = &judge->items[judge->family[f]];

		if (item->out.item->kind == ITEM_FUNCTION)
			noise[n++] = item->logs[side].variance - of_samples(judge, item, side);
	}
	if (n < ITEMS_LEAST)
		return;
	qsort(noise, n, sizeof(*noise), by_value);
	v = fmax(0, n % 2 ? noise[n / 2] : (noise[n / 2 - 1] + noise[n / 2]) / 2);
	for (size_t f = 0; f < judge->n_family; f++) {
		const struct judged *item = &judge->items[judge->family[f]];
		double z;

		if (item->out.item->kind != ITEM_FUNCTION)
			continue;
		z = log(item->logs[side].variance / (v + of_samples(judge, item, side))) -
		    log_bias(df);
		sum += z;
		squares += z * z;
	}
	sum /= (double)n;
	prior = df_of_scatter((squares / (double)n - sum * sum) * (double)n / (double)(n - 1) -
			      trigamma(df / 2),
			      fmin(PRIOR_MOST, PRIOR_TIMES * df));
	if (prior <= 0)
		return;
	scale = exp(sum + log_bias(prior));
	for (size_t f = 0; f < judge->n_family; f++) {
		struct judged *item = &judge->items[judge->family[f]];
		struct stats_sample *logs = &item->logs[side];
		double expected = scale * (v + of_samples(judge, item, side));

		logs->variance = fmax(logs->variance,
				      (prior * expected + df * logs->variance) / (prior + df));
		logs->prior = prior;
	}
}

void verdict_moderate(struct judge *judge)
{
	moderate(judge, SIDE_BASE);
	moderate(judge, SIDE_HEAD);
}
