/* SPDX-License-Identifier: MIT */
/* Beside other libraries over a grid: tests/diff/test-stats. Here some values of printed tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "diff/stats.h"

static void near(double found, double wanted, double most)
{
	if (!(fabs(found - wanted) <= most))
		fail_msg("%.12g is not %.12g", found, wanted);
}

/* Tables of Student's t: two-sided 5% and 1%. */
static void test_quantiles(void **state)
{
	(void)state;
	near(stats_t_quantile(.975, 1), 12.7062, 1e-4);
	near(stats_t_quantile(.975, 2), 4.3027, 1e-4);
	near(stats_t_quantile(.995, 10), 3.1693, 1e-4);
	near(stats_t_quantile(.975, 120), 1.9799, 1e-4);
	near(stats_t_quantile(.975, INFINITY), 1.9600, 1e-4);
	near(stats_t_quantile(.025, 10), -stats_t_quantile(.975, 10), 1e-14);
	assert_true(stats_t_quantile(.5, 7) == 0);
	assert_true(isinf(stats_t_quantile(1, 3)) && stats_t_quantile(0, 3) < 0);
	assert_true(isnan(stats_t_quantile(1.5, 3)) && isnan(stats_t_quantile(.5, 0)) &&
		    isnan(stats_t_quantile(NAN, 3)) && isnan(stats_t_log_tail(1, NAN)));
}

static void test_tails(void **state)
{
	(void)state;
	near(stats_t_below(1, 1), .75, 1e-15); /* 1/2 + atan(t) / pi */
	near(stats_t_two_sided(-2, 2), 1 - 2 / sqrt(6), 1e-14);
	assert_true(stats_t_two_sided(0, 5) == 1);
	assert_true(stats_t_two_sided(INFINITY, 5) == 0);
	near(stats_t_log_tail(1e200, 1), log(1 / M_PI) - 200 * log(10), 1e-10);
	/* The three ways to it, where one begins and the other ends. */
	near(stats_t_log_tail(3, 999999), stats_t_log_tail(3, 1000001), 1e-9);
	near(stats_t_log_tail(29.9999999, INFINITY), stats_t_log_tail(30.0000001, INFINITY), 1e-5);
	near(stats_t_log_tail(2, 39.9999999), stats_t_log_tail(2, 40.0000001), 1e-9);
}

static void test_welch(void **state)
{
	static const double a[] = {1, 2, 3}, b[] = {2, 4, 6};
	struct stats_sample x = stats_sample_of(a, 3), y = stats_sample_of(b, 3);
	struct stats_welch w = stats_welch(&x, &y);

	(void)state;
	/* By hand: variances 1 and 4, error sqrt(5/3), df (5/3)^2 / ((1/3)^2/2 + (4/3)^2/2) */
	near(w.difference, 2, 1e-15);
	near(w.error, sqrt(5. / 3), 1e-15);
	near(w.df, 50. / 17, 1e-13);
	near(w.t, 2 / sqrt(5. / 3), 1e-14);
	near(stats_margin(&w, .95), w.error * stats_t_quantile(.975, w.df), 1e-14);
	y = x;
	x.prior = y.prior = 10;
	near(stats_welch(&x, &y).df, 24, 1e-12); /* 2 and 10 more a side */
}

static void test_nothing_to_test(void **state)
{
	static const double one[] = {3}, same[] = {2, 2, 2}, other[] = {5, 5};
	struct stats_sample x = stats_sample_of(one, 1), y = stats_sample_of(same, 3);
	struct stats_sample z = stats_sample_of(other, 2), none = stats_sample_of(NULL, 0);
	struct stats_welch w = stats_welch(&x, &y);

	(void)state;
	assert_true(none.n == 0 && none.mean == 0 && none.variance == 0);
	assert_true(w.p == 1 && isinf(w.error) && isinf(stats_margin(&w, .95)));
	assert_true(isinf(stats_detectable(&x, &y, .05, .8, INFINITY)));
	w = stats_welch(&y, &y);
	assert_true(w.p == 1 && w.t == 0 && stats_margin(&w, .95) == 0);
	w = stats_welch(&y, &z);
	assert_true(w.p == 0 && isinf(w.t) && stats_margin(&w, .95) == 0);
	assert_true(stats_detectable(&y, &z, .05, .8, 5) == 0);
}

/* More is asked for where the noise is not well known; of runs that are hardly any, nothing is. */
static void test_detectable(void **state)
{
	struct stats_sample a = {.n = 10, .variance = 1}, b = a;
	double sure = stats_detectable(&a, &b, .05, .8, INFINITY);

	(void)state;
	near(sure, 1.3250, 2e-3); /* Cohen's d of n = 10 a side (statsmodels: 1.3249) */
	assert_true(stats_detectable(&a, &b, .05, .8, 18) > sure);
	assert_true(stats_detectable(&a, &b, .05, .8, 5) > stats_detectable(&a, &b, .05, .8, 18));
	near(stats_detectable(&a, &b, .05, .8, 1e9), sure, 1e-6);
	assert_true(isinf(stats_detectable(&a, &b, .05, .8, .1)));
	assert_true(stats_detectable(&a, &b, .005, .8, INFINITY) > sure);
}

static void test_adjust(void **state)
{
	/* Benjamini and Hochberg 1995, their example: 15 p values, the fourth is the last below 5%. */
	double p[] = {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344,
		      .0459, .3240, .4262, .5719, .6528, .7590, 1.0};

	(void)state;
	stats_adjust(p, ARRAY_SIZE(p));
	near(p[0], .0015, 1e-12);
	near(p[3], .0095 * 15 / 4, 1e-12);
	assert_true(p[3] < .05 && p[4] > .05);
	near(p[5], .0298 * 15 / 7, 1e-12); /* no more than what comes after it */
	assert_true(p[14] == 1);
	stats_adjust(p, 0);
}

static void test_wilson(void **state)
{
	struct stats_interval in = stats_wilson(0, 400, .95);

	(void)state;
	assert_true(in.low == 0);
	near(in.high, .00951, 1e-5);
	in = stats_wilson(8, 400, .95);
	near(in.low, .01017, 1e-5);
	near(in.high, .03896, 1e-5);
	in = stats_wilson(0, 0, .95);
	assert_true(in.low == 0 && in.high == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quantiles), cmocka_unit_test(test_tails),
		cmocka_unit_test(test_welch),	  cmocka_unit_test(test_nothing_to_test),
		cmocka_unit_test(test_detectable), cmocka_unit_test(test_adjust),
		cmocka_unit_test(test_wilson),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
