/* SPDX-License-Identifier: MIT */
#include "diff/stats.h"

#include <float.h>
#include <math.h>

/* Above it the fraction takes thousands of steps, and a transformed t is as good as normal. */
#define DF_NORMAL 1e6

/* ---- Student's t ------------------------------------------------------------- */

/* log(gamma(a + 1/2) / gamma(a)): their difference has no digits left where a is large. */
static double log_gamma_ratio(double a)
{
	double r = 1 / a;
	int sign;

	if (a < 20)
		return lgamma_r(a + .5, &sign) - lgamma_r(a, &sign);
	return .5 * log(a) -
	       r * (1. / 8 - r * r * (1. / 192 - r * r * (1. / 640 - r * r * 17. / 14336)));
}

/* log(1 + t * t / df), whose square may be too large. */
static double log_spread(double t, double df)
{
	return t > 1e100 ? 2 * log(t) - log(df) : log1p(t * t / df);
}

static double t_log_density(double t, double df)
{
	if (isinf(df))
		return -.5 * t * t - .5 * log(2 * M_PI);
	return log_gamma_ratio(df / 2) - .5 * log(df * M_PI) -
	       (df + 1) / 2 * log_spread(t, df);
}

static double not_zero(double x)
{
	return fabs(x) < 1e-300 ? 1e-300 : x;
}

/*
 * The continued fraction of the incomplete beta function (DLMF 8.17.22), from its head down. The
 * number of steps that it takes is about the root of the larger of a and b.
 */
static double beta_fraction(double x, double a, double b)
{
	double f = 1, c = 1, d = 0;

	for (int i = 1; i < 100000000; i++) {
		int half = i / 2;
		double m = half;
		double step = i % 2 ? -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
				    : m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m));
		double by;

		d = 1 / not_zero(1 + step * x * d);
		c = not_zero(1 + step * x / c);
		by = c * d;
		f *= by;
		if (fabs(by - 1) < DBL_EPSILON)
			break;
	}
	return 1 / f;
}

static double normal_log_tail(double z)
{
	/* erfc() ends at 38; from 30 on this much of its asymptotic series has all digits. */
	if (z < 30)
		return log(.5 * erfc(z * M_SQRT1_2));
	return -.5 * z * z - log(z) - .5 * log(2 * M_PI) +
	       log1p(-1 / (z * z) + 3 / (z * z * z * z) - 15 / (z * z * z * z * z * z));
}

/* The normal variable that is as rare as t (Wallace 1959). */
static double normal_of(double t, double df)
{
	if (isinf(df))
		return t;
	return (8 * df + 1) / (8 * df + 3) * sqrt(df * log_spread(t, df));
}

/*
 * P(|T| >= t) is the regularised incomplete beta function of df / (df + t * t), of df / 2 and 1/2;
 * where its fraction is slow, that of the rest is fast.
 */
double stats_t_log_tail(double t, double df)
{
	double a = df / 2, b = .5, spread, factor, rest;

	if (isnan(t) || isnan(df) || df <= 0)
		return NAN;
	if (t == 0)
		return log(.5);
	if (isinf(t))
		return -INFINITY;
	if (df > DF_NORMAL)
		return normal_log_tail(normal_of(t, df));
	spread = log_spread(t, df);
	/* x^a (1 - x)^b / B(a, b), in logs */
	factor = -a * spread + log_gamma_ratio(a) - .5 * log(M_PI) +
		 b * (2 * log(t) - log(df) - spread);
	if (exp(-spread) < (a + 1) / (a + b + 2))
		return factor - log(a) + log(beta_fraction(exp(-spread), a, b)) - log(2);
	rest = exp(factor) / b * beta_fraction(-expm1(-spread), b, a);
	return log1p(-rest) - log(2);
}

double stats_t_below(double t, double df)
{
	double tail = exp(stats_t_log_tail(fabs(t), df));

	return t > 0 ? 1 - tail : tail;
}

double stats_t_two_sided(double t, double df)
{
	return fmin(1, 2 * exp(stats_t_log_tail(fabs(t), df)));
}

/*
 * Newton's method where both t and its tail are logarithms: that curve is concave, so from a point
 * beyond the root it only comes nearer.
 */
double stats_t_quantile(double p, double df)
{
	double tail = fmin(p, 1 - p), want = log(tail), s, x;

	if (isnan(p) || p < 0 || p > 1 || isnan(df) || df <= 0)
		return NAN;
	if (tail == 0)
		return p < .5 ? -INFINITY : INFINITY;
	if (.5 - tail < 1e-5) /* nearly straight here, and a logarithm has few digits */
		return (p - .5) / exp(t_log_density(0, df));
	x = -2 * want / df;
	if (isinf(df))
		s = .5 * log(-2 * want);
	else
		s = .5 * (log(df) + (x > 500 ? x : log(expm1(x))));
	s = fmin(s, 708);
	for (int i = 0; i < 200; i++) {
		double t = exp(s), now = stats_t_log_tail(t, df);
		double slope = -exp(t_log_density(t, df) + s - now);
		double step = (now - want) / slope;

		s = fmin(s - fmax(-1, fmin(step, 50)), 709);
		if (fabs(step) < 1e-8) /* the next one would be its square */
			break;
	}
	return p < .5 ? -exp(s) : exp(s);
}

/* ---- two means ---------------------------------------------------------------- */

struct stats_sample stats_sample_of(const double *values, size_t n)
{
	struct stats_sample sample = {.n = n};

	if (!n)
		return sample;
	for (size_t i = 0; i < n; i++)
		sample.mean += values[i] / (double)n;
	for (size_t i = 0; n > 1 && i < n; i++) {
		double off = values[i] - sample.mean;

		sample.variance += off * off / (double)(n - 1);
	}
	return sample;
}

/* Satterthwaite's, for parts of the squared error with their own degrees of freedom. */
static double welch_df(double part_a, double df_a, double part_b, double df_b)
{
	double share = part_a / (part_a + part_b);

	if (!(part_a + part_b > 0))
		return df_a + df_b;
	return 1 / (share * share / df_a + (1 - share) * (1 - share) / df_b);
}

struct stats_welch stats_welch(const struct stats_sample *a, const struct stats_sample *b)
{
	struct stats_welch w = {.difference = b->mean - a->mean};
	double part_a, part_b;

	if (a->n < 2 || b->n < 2) {
		w.error = INFINITY;
		w.df = NAN;
		w.p = 1;
		return w;
	}
	part_a = a->variance / (double)a->n;
	part_b = b->variance / (double)b->n;
	w.error = sqrt(part_a + part_b);
	w.df = welch_df(part_a, (double)a->n - 1 - a->lost + a->prior, part_b,
			(double)b->n - 1 - b->lost + b->prior);
	if (w.error > 0)
		w.t = w.difference / w.error;
	else if (w.difference != 0)
		w.t = copysign(INFINITY, w.difference);
	w.p = stats_t_two_sided(w.t, w.df);
	return w;
}

double stats_margin(const struct stats_welch *welch, double confidence)
{
	if (!isfinite(welch->error))
		return INFINITY;
	if (welch->error == 0)
		return 0;
	return welch->error * stats_t_quantile(.5 + confidence / 2, welch->df);
}

/* ---- what can be found ----------------------------------------------------------- */

/*
 * In how many standard errors. T with noncentrality d exceeds t about as often as a normal variable
 * of mean t (1 - 1 / 4 df) and variance 1 + t * t / 2 df stays below d. Where d itself is a multiple of
 * an error known from few runs, it varies by d * d / 2 known more.
 */
static double noncentrality(double df, double alpha, double power, double known)
{
	double t = stats_t_quantile(1 - alpha / 2, df), z = stats_t_quantile(power, INFINITY);
	double mean = t * (1 - 1 / (4 * df)), variance = 1 + t * t / (2 * df);
	double grows = 1 - z * z / (2 * known);

	if (isinf(known))
		return mean + z * sqrt(variance);
	/* d = mean + z sqrt(variance + d d / 2 known), squared and solved */
	if (grows <= 0)
		return INFINITY;
	return (mean + z * sqrt(fmax(0, variance * grows + mean * mean / (2 * known)))) / grows;
}

double stats_detectable(const struct stats_sample *a, const struct stats_sample *b, double alpha,
			double power, double known)
{
	struct stats_welch w = stats_welch(a, b);

	if (!isfinite(w.error))
		return INFINITY;
	return w.error == 0 ? 0 : w.error * noncentrality(w.df, alpha, power, known);
}

/* ---- many tests, and shares ------------------------------------------------------- */

void stats_adjust(double *sorted, size_t n)
{
	double least = 1;

	for (size_t i = n; i-- > 0;) {
		least = fmin(least, sorted[i] * (double)n / (double)(i + 1));
		sorted[i] = least;
	}
}

struct stats_interval stats_wilson(size_t k, size_t n, double confidence)
{
	double z = stats_t_quantile(.5 + confidence / 2, INFINITY), count = (double)n;
	double share, middle, half, over;

	if (!n)
		return (struct stats_interval){0, 1};
	share = (double)k / count;
	over = 1 + z * z / count;
	middle = (share + z * z / (2 * count)) / over;
	half = z / over * sqrt(share * (1 - share) / count + z * z / (4 * count * count));
	return (struct stats_interval){k ? middle - half : 0, k < n ? middle + half : 1};
}
