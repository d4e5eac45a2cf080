/* SPDX-License-Identifier: MIT */
#include "render/diff_chance.h"

#include <string.h>

struct diff_looks diff_looks_of(const struct pair *pair, size_t metric, enum side side)
{
	const struct profile *p = pair->profile;
	struct diff_looks looks = { 0 };
	size_t samples = 0, value = pair_metric(pair, metric, side);

	while (samples < pair->n_metrics && (strcmp(p->metrics[samples].name, "samples") != 0 ||
					     strcmp(p->metrics[samples].unit, "count") != 0))
		samples++;
	if (samples == pair->n_metrics)
		return looks;
	samples = pair_metric(pair, samples, side);
	for (size_t i = 0; i < p->n_samples; i++) {
		const uint64_t *values = p->values + i * p->n_metrics;

		if (!values[value])
			continue;
		looks.value = profile_add_saturating(looks.value, values[value]);
		looks.samples = profile_add_saturating(looks.samples, values[samples]);
	}
	return looks;
}

double diff_looks_grain(struct diff_looks looks)
{
	return looks.samples ? (double)looks.value / (double)looks.samples : 0;
}

/* Of n samples worth g each the variance is n g^2: the value times g. */
bool diff_is_chance(const double values[SIDES], const double grains[SIDES])
{
	double change = values[SIDE_HEAD] - values[SIDE_BASE];
	double variance = values[SIDE_BASE] * grains[SIDE_BASE] +
			  values[SIDE_HEAD] * grains[SIDE_HEAD];

	return change * change < DIFF_DEVIATIONS * DIFF_DEVIATIONS * variance;
}
