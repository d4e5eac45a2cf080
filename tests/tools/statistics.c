/* SPDX-License-Identifier: MIT */
/*
 * What diff/stats.h says, for tests/diff/test-stats to hold against scipy: of each line of standard
 * input, a line of numbers.
 *
 *   below T DF          P(T <= t), P(|T| >= t), log of P(T > |t|)
 *   quantile P DF
 *   welch N X... Y...   of the first N values and of the others: t, df, p, difference, margin of 95%
 *   adjust P...         adjusted, ascending
 *   detectable N A B ALPHA   of N a side, standard deviations A and B, in 80 of 100
 *   wilson K N
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/stats.h"

#define VALUES 4096

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void answer(const char *what, double *v, size_t n)
{
	if (!strcmp(what, "below")) {
		printf("%.17g %.17g %.17g\n", stats_t_below(v[0], v[1]),
		       stats_t_two_sided(v[0], v[1]), stats_t_log_tail(fabs(v[0]), v[1]));
	} else if (!strcmp(what, "quantile")) {
		printf("%.17g\n", stats_t_quantile(v[0], v[1]));
	} else if (!strcmp(what, "welch")) {
		size_t first = (size_t)v[0];
		struct stats_sample a = stats_sample_of(v + 1, first);
		struct stats_sample b = stats_sample_of(v + 1 + first, n - 1 - first);
		struct stats_welch w = stats_welch(&a, &b);

		printf("%.17g %.17g %.17g %.17g %.17g\n", w.t, w.df, w.p, w.difference,
		       stats_margin(&w, .95));
	} else if (!strcmp(what, "adjust")) {
		qsort(v, n, sizeof(*v), by_value);
		stats_adjust(v, n);
		for (size_t i = 0; i < n; i++)
			printf("%.17g%c", v[i], i + 1 < n ? ' ' : '\n');
	} else if (!strcmp(what, "detectable")) {
		struct stats_sample a = {.n = (size_t)v[0], .variance = v[1] * v[1]};
		struct stats_sample b = {.n = (size_t)v[0], .variance = v[2] * v[2]};

		printf("%.17g\n", stats_detectable(&a, &b, v[3], .8, INFINITY));
	} else {
		struct stats_interval in = stats_wilson((size_t)v[0], (size_t)v[1], .95);

		printf("%.17g %.17g\n", in.low, in.high);
	}
}

int main(void)
{
	static double values[VALUES];
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		char *rest = NULL, *word = strtok_r(line, " \n", &rest), *number;
		size_t n = 0;

		while (n < VALUES && (number = strtok_r(NULL, " \n", &rest)))
			values[n++] = strtod(number, NULL);
		answer(word ? word : "", values, n);
	}
	free(line);
	return 0;
}
