/* SPDX-License-Identifier: MIT */
/*
 * When a comparison that runs its runs itself may look at what it has, and end before all are run.
 *
 * Looking again and again, each time at the full level, finds something sooner or later that is not
 * there. So looks are few and planned, after a quarter, a half and three quarters of the runs, five a
 * side at least; and each asks for more than the last one, by the spending function of Lan and DeMets
 * (Biometrika 70, 1983) for O'Brien and Fleming's boundaries: at the share f of the runs
 * 2 - 2 F(z / sqrt(f)) of the level may have been spent, F the normal distribution and z its quantile
 * for the level. The last look is at 5%, and as many fresh runs have to confirm what it finds; where
 * nobody asks for those, or it finds nothing, it is at the full level, as `pyprof diff --check` of the
 * same runs is. What the early looks add to the false verdicts is measured by
 * tests/tools/simulate-looks.c.
 *
 * A change of the total alone is not enough: more runs may tell whose it is. Nor is a gain, while
 * anything may yet turn out to be slower (its adjusted p value is low): that would be a regression. Of a
 * function of 10% that gets 20% slower beside one that gets 30% faster, 94 of 100 comparisons tell; 14
 * did without that (simulate-looks, ten runs of 3% noise).
 *
 * That nothing changed is believed early from the half on, where no adjusted p value is low: that
 * makes no verdict false, but could miss what all runs would have found.
 */
#ifndef PYPROF_DIFF_LOOKS_H
#define PYPROF_DIFF_LOOKS_H

#include "diff/verdict.h"

#define LOOKS_RUNS_LEAST 5   /* a side, before the first one */
#define LOOKS_PASS_Q	 0.5 /* nothing changed: no adjusted p value below that */

/* Is there a look after `done` of `runs` runs a side? Not after the last one. */
bool looks_planned(size_t done, size_t runs);

/* At which level, where the last look is at level `alpha`, above 0 and below 1. */
double looks_level(double alpha, size_t done, size_t runs);

/* Is the answer clear? `verdict`: at the level of this look. */
bool looks_clear(const struct verdict *verdict, size_t done, size_t runs);

#endif
