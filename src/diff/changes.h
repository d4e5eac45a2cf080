/* SPDX-License-Identifier: MIT */
/*
 * What changed, as tables: a row a function (line, file, module), by how much its own cost changed;
 * as text, markdown and JSON.
 *
 * A side of several runs is shown as one run of them: sums divided by how many they are. Deltas
 * are exact integers all the same: head minus base of `delta_runs` runs a side, the least number that
 * both sides' numbers of runs divide. They add up to the delta of the totals.
 *
 * Texts are UTF-8 without control characters (render/text.h), whatever names hold. In JSON all
 * rows and values are there; docs/formats.md has its form. Nothing is owned of what is given.
 */
#ifndef PYPROF_DIFF_CHANGES_H
#define PYPROF_DIFF_CHANGES_H

#include <stdio.h>

#include "profile/graph.h"
#include "profile/pair.h"
#include "render/diff.h"
#include "render/scale.h"

#define CHANGES_SCHEMA_VERSION 1
/* A row is small if what changed is less than this part of the larger side's total. */
#define CHANGES_SMALL 2000
/* Of fewer samples than these on both sides a percentage is chance. */
#define CHANGES_FEW 5
/* A comment on GitHub has 65,536 characters at most; of those we leave some to others. */
#define CHANGES_MARKDOWN_MAX 60000

struct changed_opts {
	size_t metric;		     /* below pair->n_metrics */
	const struct match *match;   /* that the pair was made with */
	struct diff_side sides[SIDES];
	const char *const *warnings; /* sentences */
	size_t n_warnings;
	const char *rows_are; /* "function", "file", "module" */
	const char *picture;  /* markdown: a link; NULL: none */
	bool by_line;	      /* a row a line of a function */
	bool full_path;
	bool shares;	/* text and markdown: of each side's total */
	uint64_t limit; /* rows of text and markdown, small ones left out; 0: all there are */
	bool color;	/* text: with a terminal's escapes */
	size_t width;	/* text: of the terminal in columns; 0: nothing is cut */
};

struct changed_row {
	uint32_t function; /* of pair->profile; PROFILE_NONE: the mark of truncated stacks */
	int32_t line;	   /* by_line; 0 unknown */
	uint64_t self[SIDES], total[SIDES]; /* sums of all runs */
	int64_t self_delta, total_delta;    /* of delta_runs runs */
	bool changed; /* in what is shown: values, or shares */
	bool small;   /* …but too little to be shown; with a limit only */
	bool few_self, few_total; /* seen too seldom for a percentage, on both sides */
};

struct changed {
	const struct pair *pair;
	const struct changed_opts *opts;
	/* That have a value on a side: those that changed, of these the small ones last, others. */
	struct changed_row *rows;
	size_t n, n_changed, n_small;
	uint64_t runs[SIDES], delta_runs;
	uint64_t whole[SIDES]; /* the sums of all */
	int64_t delta;
	struct scale scale; /* of one run's values */
	size_t sample_metric; /* that counts samples; pair->n_metrics: none does */
};

/* changed_deinit() it, also after a failure. Errors: NOMEM. */
enum pyprof_status changed_init(struct changed *changed, const struct pair *pair,
				     const struct changed_opts *opts, struct pyprof_error *err);
void changed_deinit(struct changed *changed);

/* Each writes it. Errors: NOMEM. */
enum pyprof_status changed_text(const struct changed *changed, FILE *out,
				     struct pyprof_error *err);
enum pyprof_status changed_markdown(const struct changed *changed, FILE *out,
					 struct pyprof_error *err);
enum pyprof_status changed_json(const struct changed *changed, FILE *out,
				     struct pyprof_error *err);

#endif
