/* SPDX-License-Identifier: MIT */
/* The questions of comparable.c; private to it and its kin. False everywhere: no memory. */
#ifndef PYPROF_DIFF_COMPARABLE_ASK_H
#define PYPROF_DIFF_COMPARABLE_ASK_H

#include "diff/comparable.h"

/* What two answers come to, from the harmless to what refuses. */
enum severity { SEVERITY_NONE = 0, SEVERITY_WARN, SEVERITY_REFUSE };

struct question {
	const struct match_side *sides;
	const struct profile_metric *metric; /* the one that is compared; NULL: there is none */
	const char *asked;		     /* for, by name; NULL: for the usual one */
};

/* Takes the text over. */
bool comparable_add(struct comparable *c, enum reason_kind kind, bool refuses, struct str *text);

/* A recording's answer, appended: what follows "was recorded"; nothing: not known. */
typedef void answer_fn(struct str *out, const struct profile *profile);
/* What two answers come to. */
typedef enum severity compare_fn(const struct question *question, const char *a, const char *b);

/* One question whose answers are texts; `why[severity]` follows behind a colon. */
bool comparable_ask_all(struct comparable *c, const struct question *q, enum reason_kind kind,
			answer_fn *answer, compare_fn *compare, const char *const why[3]);

extern const char *const comparable_sides[SIDES]; /* "BASE", "HEAD" */

/* Is it a number of samples? A rate makes them more; times, and what the kernel counts, it does not. */
bool comparable_counts_samples(const struct profile_metric *metric);

typedef bool comparable_ask_fn(struct comparable *c, const struct question *q);
comparable_ask_fn comparable_ask_metric, comparable_ask_rate, comparable_ask_python,
	comparable_ask_machine, comparable_ask_window; /* comparable_texts.c */
comparable_ask_fn comparable_ask_truncated, comparable_ask_lost,
	comparable_ask_order; /* comparable_numbers.c */

#endif
