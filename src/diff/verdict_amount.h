/* SPDX-License-Identifier: MIT */
/*
 * Costs, changes and chances for people, and exact numbers for machines, appended to a string.
 *
 * The point is a point in every locale. What is no number is "?", what is infinite "∞" or a word.
 * A failed allocation shows in the string.
 */
#ifndef PYPROF_DIFF_VERDICT_AMOUNT_H
#define PYPROF_DIFF_VERDICT_AMOUNT_H

#include "base/str.h"
#include "diff/runs.h"

/* Seconds: "2.31 s", "120 ms"; of anything else "12,345" and from 100,000 on "1.23 M". */
void amount_cost(struct str *out, const struct runs *runs, double cost);

/* Two costs in the unit of the larger: "2.31 → 2.59 s". */
void amount_costs(struct str *out, const struct runs *runs, double base, double head);

/* "CPU", "wall time", "instructions": what costs are of. */
void amount_metric(struct str *out, const struct runs *runs);

/* "a run", or "a second", of recording. */
const char *amount_per(const struct runs *runs);

/* A relative change: 0.123 is "+12.3%", -1 "gone", INFINITY "new"; above 100 ">10,000%". */
void amount_change(struct str *out, double change);

/* Its interval: "+9.1 to +15.6%", "+9.1% or more"; nothing where there is none. */
void amount_interval(struct str *out, double low, double high);

/* A share: "5.2%", "<0.1%", "100%". */
void amount_share(struct str *out, double share);

/* What somebody set, a level or a limit, to the hundredth of a percent: "5%", "0.75%". */
void amount_setting(struct str *out, double share);

/* "5.2 → 6.5%" */
void amount_shares(struct str *out, double base, double head);

/* "0.012", "<0.001": of p and q. */
void amount_chance(struct str *out, double chance);

/* Seconds with six decimals: "0.120000". */
void amount_seconds(struct str *out, double seconds);

/* The shortest decimal number that reads back as the same double; "null" of what is none. */
void amount_exact(struct str *out, double value);

#endif
