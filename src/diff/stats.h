/* SPDX-License-Identifier: MIT */
/*
 * The statistics that a verdict needs, as pure functions: no state, any thread, nothing allocated.
 *
 * Degrees of freedom are real numbers above 0; INFINITY is the normal distribution. Written from
 * the formulas of the Digital Library of Mathematical Functions (chapter 8.17) and of Welch (1947);
 * held to scipy's by tests/diff/test-stats: no library that we may link has them.
 */
#ifndef PYPROF_DIFF_STATS_H
#define PYPROF_DIFF_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Student's t: the log of P(T > t), for t of at least 0: to far below what a double can be. */
double stats_t_log_tail(double t, double df);
/* P(T <= t). */
double stats_t_below(double t, double df);
/* P(|T| >= |t|). */
double stats_t_two_sided(double t, double df);
/* The t with P(T <= t) = p; -INFINITY and INFINITY at 0 and 1. */
double stats_t_quantile(double p, double df);

struct stats_sample {
	size_t n;
	double mean;
	double variance; /* of one value, n - 1 in the denominator; 0 where n < 2 */
	/* Degrees of freedom by which the variance is known better than from these values alone. */
	double prior;
	/* Degrees of freedom that were spent on what these values have in common with others. */
	double lost;
};
struct stats_sample stats_sample_of(const double *values, size_t n);

/*
 * Welch's comparison of two means. Where a side has fewer than two values nothing is known: p is 1
 * and the error infinite. Where neither side varies, p is 0 if the means differ, else 1.
 */
struct stats_welch {
	double difference; /* b's mean minus a's */
	double error;	   /* its standard error */
	double df;	   /* Satterthwaite's */
	double t;
	double p; /* two-sided */
};
struct stats_welch stats_welch(const struct stats_sample *a, const struct stats_sample *b);

/* Half the width of the difference's confidence interval; INFINITY: not known. */
double stats_margin(const struct stats_welch *welch, double confidence);

/*
 * The difference of means that a two-sided test at level alpha finds with probability `power`, the
 * samples being as large and as noisy as these; INFINITY where nothing can be known. `known`: the
 * degrees of freedom by which their noise is known, INFINITY where it is exactly so; else more is
 * asked for, so that the probability is right on average. From an approximation of the noncentral t distribution: the result is at most 5% too large at one
 * degree of freedom, 2% at two, 1% from four on.
 */
double stats_detectable(const struct stats_sample *a, const struct stats_sample *b, double alpha,
			double power, double known);

/*
 * Benjamini and Hochberg's adjusted p values: `sorted` has the p values, ascending, and gets the
 * adjusted ones in their place.
 */
void stats_adjust(double *sorted, size_t n);

/* Wilson's interval of a share that was found k times in n. */
struct stats_interval {
	double low, high;
};
struct stats_interval stats_wilson(size_t k, size_t n, double confidence);

#endif
