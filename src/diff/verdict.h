/* SPDX-License-Identifier: MIT */
/*
 * Is the head slower than the base? The answer, with all that is needed to tell it.
 *
 * Runs are the replicates. For the total, and for functions and modules above the share floor of the
 * pooled runs: Welch's test on the logarithms of per-run costs (grain / 2 added, so that nothing has
 * one too), with variances that are known from all functions together (verdict_noise.c). The total is tested by itself, the others together: Benjamini-Hochberg. What passes, and
 * whose change is above the floors, is a finding. A finding whose cost only moved, between functions
 * below one ancestor that did not change (or changed the other way), is told as moved, and fails
 * nothing. All of it is symmetric in logarithms: swapped sides give the mirrored verdict, where no
 * limit is one of the head alone, and none could not be judged.
 */
#ifndef PYPROF_DIFF_VERDICT_H
#define PYPROF_DIFF_VERDICT_H

#include "diff/rules.h"
#include "diff/runs.h"

enum verdict_outcome {
	VERDICT_PASS = 0,
	VERDICT_REGRESSION,
	VERDICT_IMPROVEMENT,
	/* Nothing fails, but what was asked could not be told: a limit, or that nothing changed. */
	VERDICT_INCONCLUSIVE,
};

enum verdict_change {
	CHANGE_NONE = 0, /* none that these runs show */
	CHANGE_SLOWER,
	CHANGE_FASTER,
	CHANGE_MOVED, /* from or to another function: `with`, below `ancestor` */
};

struct verdict_item {
	const struct runs_item *item;
	double mean[SIDES];  /* geometric mean of the runs' costs */
	double share[SIDES]; /* of the side's total, 0 to 1 */
	/* Relative change of the means, 0.1 is 10% slower; INFINITY where the base has none. */
	double change, low, high; /* …and its confidence interval (opts->confidence) */
	double p;		  /* Welch's, two-sided */
	double q;		  /* adjusted for how many were tested; the total's is p */
	/*
	 * Smallest slowdown that as many runs of this noise find in 80 of 100 cases, if they are the
	 * last look; INFINITY: none.
	 */
	double detectable;
	/* Runs a side, for opts->sensitivity in 80 of 100; 0: more than 10,000, or there is no such number… */
	uint64_t runs_wanted;
	bool below_floor; /* …as that is less than opts->min_cost of the total, which is no finding */
	enum verdict_change found;
	bool tested;   /* above the share floor, or a rule without a glob names it; else p and q are 1,
			* and the interval is from -1 to INFINITY */
	bool small;    /* it changed, but by less than the floors: found is CHANGE_NONE */
	/*
	 * A module: it changed, and all that is known of is a function of it (an index): that is told,
	 * and found is CHANGE_NONE. Else PROFILE_NONE.
	 */
	uint32_t told_by;
	bool fails;    /* it makes the verdict a regression… */
	bool gains;    /* it is faster by as much: an improvement */
	/* A rule is about it, and these runs could not tell; a note says why, if it is not this look alone. */
	bool blind;
	bool struck;   /* it was found, or failed, but fresh runs did not show it: verdict_confirm() */
	const struct rule *rule;    /* …by this rule, NULL: the usual one */
	/* It would, but for this one; the total, a module: but for functions of which this one allows most. */
	const struct rule *allowed;
	uint32_t with;	   /* MOVED: index of the item that most of it moved from or to */
	uint32_t ancestor; /* MOVED: function of the match; PROFILE_NONE: the same function renamed */
};

struct verdict_opts {
	double alpha;	    /* of the total's test */
	double fdr;	    /* Benjamini-Hochberg's, of functions and modules */
	/*
	 * A look before the last one, at lower levels: those of the last, at which what is detectable
	 * and how many runs that takes are told. 0: alpha and fdr.
	 */
	double last_alpha, last_fdr;
	double min_share;   /* share floor, 0 to 1 */
	double min_change;  /* floor of a relative change: 0.03 */
	/* Floor of an absolute change, as a share of the total: 0.005; less where less is asked for. */
	double min_cost;
	double confidence;  /* of the intervals: 0.95 */
	/* What change of the total has to be detectable for a pass; 0: that of --fail-on, or 0.05. */
	double sensitivity;
	/* As many fresh runs will have to confirm it: what is detectable is what passes both. */
	bool confirmed;
	const struct rules *rules; /* --fail-on and its kin, budgets; NULL: none */
};
/* The usual ones; chosen by the simulator (tests/tools/simulate-verdict.c): see there. */
extern const struct verdict_opts verdict_usual;
/* Those of a first look, whose findings fresh runs have to confirm: verdict_confirm(). */
extern const struct verdict_opts verdict_screening;

struct verdict {
	enum verdict_outcome outcome;
	const struct runs *runs;
	struct verdict_opts opts; /* as used: the sensitivity is not 0, min_cost no more than asked for */
	double sight; /* what is detectable of the total at this look's own level: a pass needs that… */
	bool level_alone; /* …but where the total has an absolute limit alone, and no sensitivity is asked for */
	struct verdict_item *items; /* [0] the total; then findings, failing first, by how much they cost… */
	size_t n_items;
	size_t n_findings; /* …so many, the total not counted; then the rest by cost */
	size_t n_tested;
	char **notes; /* sentences for people: why inconclusive, what makes runs hard to compare… */
	size_t n_notes;
	size_t n_urgent; /* the first so many are to be seen at the head: limits that were not judged */
};

/*
 * `pair` is of the same match, for call trees (moved cost); NULL: nothing is said to have moved.
 * `runs`, `pair` and opts->rules must outlive it. `opts` NULL: the usual. verdict_destroy() it.
 * Errors: USAGE (an option out of its range; a rule's function that no run has is a note), NOMEM.
 */
enum pyprof_status verdict_create(struct verdict **out, const struct runs *runs,
				  const struct pair *pair, const struct verdict_opts *opts,
				  struct pyprof_error *err);
void verdict_destroy(struct verdict *verdict); /* NULL is fine */

/*
 * Strikes out of `verdict` the findings that `fresh`, the verdict of other runs of the same two sides,
 * does not have: those runs must show the same change, in the same direction, by more than the floors,
 * one-sided at 5%, and not as one that moved. What fails has to be above its limit in them, too: one of
 * seconds by its mean, at that level; one in percent not surely below it. A limit that is then no longer
 * known to be exceeded, and that these runs could not have told, is blind. All of this is told in notes,
 * the outcome is found anew. Items are the same if kind, name, file and module are; of several such
 * the one of equal line. Errors: NOMEM (it can only be destroyed then).
 */
enum pyprof_status verdict_confirm(struct verdict *verdict, const struct verdict *fresh,
				   struct pyprof_error *err);

/* Adds a note, printf(3) style. */
bool verdict_note(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *verdict_outcome_name(enum verdict_outcome outcome); /* "regression"… */
int verdict_exit_status(enum verdict_outcome outcome);		/* 0, 1, 0, 3 */

#endif
