/* SPDX-License-Identifier: MIT */
/*
 * What the files of the verdict share: a verdict while it is being made. Of each item of the runs, at
 * its index there, what comes out and what that was made from. All changes are logarithms: 0.0953 is
 * 10% slower, -0.0953 the same in the other direction.
 *
 * In this order: verdict_measure(), verdict_test(), verdict_explain(), verdict_limits(); what is outside of the tests is
 * in verdict.c and verdict_notes.c.
 */
#ifndef PYPROF_DIFF_VERDICT_PARTS_H
#define PYPROF_DIFF_VERDICT_PARTS_H

#include "diff/stats.h"
#include "diff/verdict.h"

#define VERDICT_CONFIRMS 0.05 /* fresh runs confirm at this level, one-sided */
#define VERDICT_FEW_RUNS 5 /* fewer a side tell hardly anything of their own noise */

struct judged {
	struct verdict_item out;
	struct stats_sample logs[SIDES];
	struct stats_welch welch;
	double floor;	    /* what changed by less is not told */
	double limit;	    /* what is slower by less fails nothing: verdict_limit() */
	double sight;	    /* as out.detectable, at this look's own level */
	bool unsure;	    /* a budget is exceeded by its mean, but not surely */
	bool too_small;	    /* a rule is about a change that these runs could not have found */
	const struct rule *relative, *absolute; /* about it; NULL: none */
};

struct judge {
	const struct runs *runs;
	const struct pair *pair;
	struct verdict_opts opts;
	bool sensitive; /* what has to be detectable was asked for */
	struct verdict *verdict;
	struct judged *items; /* runs->n_items */
	double *scratch;      /* verdict_pair_room() */
	double total;	      /* between the two sides' totals, for shares of it; may be 0 */
	uint32_t *family;     /* the tested ones but for the total, by their p */
	size_t n_family;
	double *p; /* of them */
};

/* The items' variances, from all of them together; before their p. */
void verdict_moderate(struct judge *judge);
/* Means, shares, logs; which are tested, and their p. */
void verdict_measure(struct judge *judge);
/* What changed: q, floors, intervals; what could have been found. */
void verdict_test(struct judge *judge);
/* What of that is told otherwise: as moved, or by a function. Errors: NOMEM. */
enum pyprof_status verdict_explain(struct judge *judge, struct pyprof_error *err);
/* What fails, by which rule. */
void verdict_limits(struct judge *judge);
/* From the items as they are: the outcome; their order, and how many are findings. */
enum verdict_outcome verdict_outcome_of(const struct verdict *verdict);
bool verdict_order(struct verdict *verdict); /* false: no memory, and nothing is changed */
/* False: no memory. */
bool verdict_add_notes(struct judge *judge);

/* One item's cost in each of a side's runs. */
void verdict_costs(const struct runs *runs, size_t item, enum side side, double *costs);

/*
 * One item's costs in a side's runs become their logarithms, in place. Half a grain of each run is
 * added: what was not seen may have been there for that long, and a function that is new or gone has
 * a logarithm. Half of it, and of the run's own rate, because a number of samples that varies by
 * chance alone, by Poisson's law, then has the right mean: E log(n + 1/2) is log E n but for terms of
 * 1 / n^2. So 100 and 1,000 Hz agree.
 */
struct stats_sample verdict_logs(const struct runs *runs, enum side side, double *values);
/* The variance of logarithms with this mean, of which rounding to grains is a part. */
double verdict_variance(const struct runs *runs, enum side side, const struct stats_sample *logs,
			double variance);

/*
 * Both sides' at once, to be compared with each other: without what runs that were made side by side
 * have in common. `values`: the base's costs, the head's behind them, and room for
 * verdict_pair_room() in all; what is there afterwards is of no use. The head by itself, against a
 * limit in seconds, is verdict_logs()'s: there a slow minute is noise.
 */
void verdict_pair_logs(const struct runs *runs, double *values, struct stats_sample logs[SIDES]);
size_t verdict_pair_room(const struct runs *runs);
/* The degrees of freedom that this costs each side, of so many runs a side. */
double verdict_lost(const struct runs *runs, size_t turns);
/* The mean of the runs'. */
double verdict_grain(const struct runs *runs, enum side side);
/* The rule about an item, NULL: none. */
const struct rule *verdict_rule(const struct verdict_opts *opts, const struct runs_item *it,
				bool absolute);
/*
 * A floor, lowered to what is asked for: to three fifths of the sensitivity, so that the noise that may be
 * decides and not the floor, and to --fail-on.
 */
double verdict_asked(const struct verdict_opts *opts, double floor);
/* The change from which on an item is told; `relative`: the rule about it, NULL: none. */
double verdict_floor(const struct verdict_opts *opts, const struct rule *relative);
/* From which change on it fails: `relative`'s limit, that of --fail-on, or the floor. */
double verdict_limit(const struct verdict_opts *opts, const struct rule *relative);
/* False: the budget is seconds and the metric counts, or the costs are of no whole runs. */
bool verdict_budget_applies(const struct runs *runs, const struct rule *rule);
/* Is it judged by an absolute limit, and by nothing else? Either rule about it, NULL: none. */
bool verdict_level_alone(const struct runs *runs, const struct rule *relative,
			 const struct rule *absolute);
/* Could a change of the rule's limit have been missed? `relative`: the rule about it, NULL: none. */
bool verdict_too_small(const struct rule *relative, const struct verdict_item *item, double sight);
/* Notes that say so, or that it is above `absolute` by its mean alone. False: no memory. */
bool verdict_note_too_small(struct verdict *verdict, const struct rule *relative,
			    const struct runs_item *it, double sight);
bool verdict_note_unsure(struct verdict *verdict, const struct rule *absolute,
			 const struct runs_item *it);
/* Is the mean of costs above the limit, one-sided at this level? 0.5: as it is. */
bool verdict_over(const struct stats_sample *logs, double limit, double grain, double level);

/* What allows this function or module, by itself or by the module that it is in; NULL: nothing. */
const struct rule *verdict_allowed(const struct verdict_opts *opts, const struct runs_item *it);

/* The total, or a module, in two parts: its allowed functions, and all else. */
struct verdict_aside {
	const struct rule *rule; /* of the allowed function that changed most; NULL: there is none */
	struct stats_welch allowed, rest;
	double mean[SIDES], whole[SIDES]; /* of the rest, and of both, as means of logarithms */
};
/* `scratch`: verdict_pair_room(). */
void verdict_set_aside(struct verdict_aside *aside, const struct verdict_opts *opts,
		       const struct runs *runs, const struct runs_item *of, double *scratch);
/* Did what is allowed change in that direction, tested by itself, one-sided at 5%? */
bool verdict_aside_shows(const struct verdict_aside *aside, bool slower);
/* Did the rest, at this (two-sided) level, by at least `limit`, counted in parts of the whole? */
bool verdict_rest_changed(const struct verdict_aside *aside, bool slower, double level, double limit);

#endif
