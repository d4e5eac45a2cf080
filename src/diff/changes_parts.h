/* SPDX-License-Identifier: MIT */
/*
 * What the tables of what changed have in common: words and numbers, all appended as they are, names
 * raw; of use to changes*.c alone.
 */
#ifndef PYPROF_DIFF_CHANGES_PARTS_H
#define PYPROF_DIFF_CHANGES_PARTS_H

#include "diff/changes.h"

/* The row of what was seen without any frame; no function has this id. */
#define CHANGED_NO_FRAME (PROFILE_NONE - 1)

#define CHANGED_RENAMES 10 /* that text and markdown offer */

/* The value of one run, "1.20 s"; with shares, of the side's total: "12.00%". */
void changed_value(struct str *out, const struct changed *changed, enum side side, uint64_t sum);

/* "+1.20 s", with shares "-3.00 pp"; without a sign where nothing changed. */
void changed_delta(struct str *out, const struct changed *changed, const uint64_t sums[SIDES],
		   int64_t delta);

/*
 * "+12.00%", "new", "gone", "from 0", or nothing; "~" in place of a percentage of `few` samples. `in`:
 * which sides have it at all, a bit each.
 */
void changed_relative(struct str *out, const struct changed *changed, const uint64_t sums[SIDES],
		      uint32_t in, bool few);
uint32_t changed_in(const struct changed *changed, uint32_t function);

/* By how much the share of it changed, of 1. */
double changed_share_delta(const struct changed *changed, const uint64_t sums[SIDES]);

/* Did it become more (1), less (-1), or neither, in what is shown? */
int changed_sign(const struct changed *changed, const uint64_t sums[SIDES], int64_t delta);

/* A function's name; "file:line" as far as it is known, of its start where `line` is 0. */
void changed_name(struct str *out, const struct changed *changed, uint32_t function);
void changed_place(struct str *out, const struct changed *changed, uint32_t function, int32_t line);
bool changed_rows_are_functions(const struct changed *changed);
/*
 * Its file as recorded: by the head, or by the base, of a function that only the base has. NULL: no
 * more is known than the profile's name for it.
 */
const char *changed_path(const struct changed *changed, uint32_t function);

/* What the two functions of a pair perhaps are: "renamed", or "moved" where both have one name. */
const char *changed_rename_word(const struct changed *changed, const struct pair_rename *rename);

/* "cpu: 10.00 s → 11.20 s, +1.20 s (+12.00%)" */
void changed_headline(struct str *out, const struct changed *changed);

/* What numbers are of, and how far they can be trusted: a sentence or two. */
void changed_trust(struct str *out, const struct changed *changed);

/* How many rows text and markdown show; what is said of the others, nothing where there are none. */
size_t changed_shown(const struct changed *changed);
void changed_left_out(struct str *out, const struct changed *changed, size_t shown,
		      const char *how_to_see);

/* What "~" means, where a row that is shown has it, `totals` of theirs or of self; else nothing. */
void changed_few(struct str *out, const struct changed *changed, size_t shown, bool totals);

/* The index of the metric that counts samples; pair->n_metrics: there is none. */
size_t changed_sample_metric(const struct pair *pair);

/* How many samples a side has; false where the profile does not know. */
bool changed_samples(const struct changed *changed, enum side side, uint64_t *n);

/* What of a side's sum is of truncated stacks. */
uint64_t changed_truncated(const struct changed *changed, enum side side);

#endif
