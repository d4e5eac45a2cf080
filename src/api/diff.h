/* SPDX-License-Identifier: MIT */
/*
 * Two sides, read or recorded, matched, and judged. Private to api/: diff.c makes a diff of files,
 * compare.c one of what it has just recorded.
 */
#ifndef PYPROF_API_DIFF_H
#define PYPROF_API_DIFF_H

#include "diff/comparable.h"
#include "diff/rules.h"
#include "diff/verdict.h"
#include "profile/pair.h"
#include "render/diff.h"

/* The runs of one side. */
struct diff_runs {
	struct profile **profiles; /* n of them; the caller's where `borrowed`… */
	char **names;		   /* …unlike these: what each run is called: its file, "run 3" */
	size_t n;
	double *totals; /* diff_of_runs(): what each took by the kernel's account, seconds; NULL: not
			 * known of all, or only a part of them was asked for */
	char *label;	/* what the side is called; NULL: by the runs' names */
	bool borrowed;
	size_t n_empty; /* runs that had nothing of what the filter asks for */
	char *passed;	/* a sentence: files that were not taken for runs; NULL: none */
};
void diff_runs_deinit(struct diff_runs *runs);

struct pyprof_diff {
	struct diff_runs runs[SIDES];
	struct match_side sides[SIDES]; /* the same profiles */
	struct match *match;
	struct pair *pair; /* made when it is first asked for: diff_pair() */
	struct comparable comparable;
	const char **warnings; /* n of them: the comparable's reasons, and the diff's own… */
	size_t n_warnings;
	struct str empty[SIDES]; /* …of sides that a filter left nothing of */
	struct str same; /* …and of one recording that is given twice: diff_find_same() */
	char *metric;		     /* the name of what is compared */
	const char *unit;	     /* and its unit; the head's first profile's */
	struct diff_side said[SIDES]; /* what each side is, for people; texts are the profiles' */
	const char *rows_are;	     /* "function", "file", "module" */
	bool by_line;		     /* lines were left apart */
};

/*
 * Takes the runs over, also where it fails; a filter has been applied to them, opts->filter says only
 * what rows are. Errors: USAGE (no metric that all have; they cannot be compared), LIMIT, NOMEM.
 */
enum pyprof_status diff_of_runs(struct pyprof_diff **out, struct diff_runs runs[SIDES],
				const struct pyprof_diff_opts *opts, struct pyprof_error *err);

/* Errors: USAGE, where no run of either side has anything of what the filter asks for. */
enum pyprof_status diff_check_empty(const struct diff_runs runs[SIDES], struct pyprof_error *err);

/* Both sides as one tree. Errors: those of pair_create(). */
enum pyprof_status diff_pair(struct pyprof_diff *diff, struct pyprof_error *err);

/* Which metric all runs have, and is to be compared; `name` NULL: the usual one. Errors: USAGE. */
enum pyprof_status diff_find_metric(const struct diff_runs runs[SIDES], const char *name,
				    const struct profile_metric **metric, struct pyprof_error *err);

struct pyprof_rules {
	struct rules rules;
};

/* The options in full, also those of a program that knows fewer; `opts` NULL: as usual. */
struct pyprof_check_opts diff_check_opts(const struct pyprof_check_opts *opts);

struct pyprof_verdict {
	const struct pyprof_diff *diff;
	struct pyprof_rules *rules; /* NULL: those of the options, which are somebody else's */
	struct runs *runs;
	struct verdict *verdict;
};

/* As pyprof_diff_check(); `usual`: at which levels, where `opts` has nothing else. */
enum pyprof_status diff_judge(struct pyprof_verdict **out, struct pyprof_diff *diff,
			      const struct pyprof_check_opts *opts,
			      const struct verdict_opts *usual, struct pyprof_error *err);

#endif
