/* SPDX-License-Identifier: MIT */
/*
 * The sentences that verdicts are told in, whatever the format: appended as visible text
 * (render/text.h), of one line, for the format to escape. A failed allocation shows in the string.
 */
#ifndef PYPROF_DIFF_VERDICT_WORDS_H
#define PYPROF_DIFF_VERDICT_WORDS_H

#include "diff/verdict_say.h"

#define WORDS_NAME_MAX 100 /* columns that a name, or a file, takes in a sentence… */
#define WORDS_NOTE_MAX 1000 /* …and a note alone */

/* Is there something to tell of the i-th item: a finding, or more than a limit allows? */
bool words_is_told(const struct verdict *verdict, size_t i);

/* "FAILS", "allowed", "slower", "faster", "moved", "nothing": in a table. */
const char *words_found(const struct verdict_item *item);

/* An id of what was found: "slower", "faster", "moved", "over-limit"; "unchanged". */
const char *words_check(const struct verdict_item *item);

/* "function", "module", "total", "start", "unknown". */
const char *words_kind(const struct runs_item *item);

/* How many functions of the i-th item's name and file begin above it: to tell them apart. */
size_t words_nth(const struct verdict *verdict, size_t i);

/* All of the name: "parse", "shop/views"; "total". */
void words_name(struct str *out, const struct runs_item *item);
/* "app/parse.py:10", "app/parse.py"; "module" of a module; nothing where it is not known. */
void words_place(struct str *out, const struct runs_item *item);
/* Both, cut: "parse (app/parse.py:10)", "module shop/views", "the whole run". */
void words_item(struct str *out, const struct runs_item *item);

/* Is the side called something that its key, "base" or "head", does not say already? */
bool words_has_label(const struct verdict_say_opts *opts, enum side side);
/* "main": what people call the side. */
void words_label(struct str *out, const struct verdict_say_opts *opts, enum side side);
/* Beside the label: "1f2e3d4 · python app.py · Python 3.13.0 · 10 runs". */
void words_side(struct str *out, const struct verdict *verdict,
		const struct verdict_say_opts *opts, enum side side);

/* "total +12.3% (95% CI +9.1 to +15.6%)": in few words. */
void words_change(struct str *out, const struct verdict *verdict, const struct verdict_item *item);

/* The same, or, where it is too much by itself: "parse (app/parse.py:10) takes 161 ms of CPU a run". */
void words_reason(struct str *out, const struct verdict *verdict, const struct verdict_item *item);

/* "CPU 120 → 168 ms a run" */
void words_costs(struct str *out, const struct verdict *verdict, const struct verdict_item *item);

/* All that is to be said of the i-th item, found or not, without a full stop. */
void words_finding(struct str *out, const struct verdict *verdict,
		   const struct verdict_say_opts *opts, size_t i);

/*
 * Of one that moved: how much moved from where to where. False, and nothing, where it did not, or
 * where the item that it moved from or to tells it: each move is told once.
 */
bool words_move(struct str *out, const struct verdict *verdict,
		const struct verdict_say_opts *opts, size_t i);

/* Which rule lets it fail, or allows it: "parse (app/parse.py:10): …"; false: none. */
bool words_rule(struct str *out, const struct verdict *verdict, size_t i);

/* "3%", "150 ms a run": what a rule allows. */
void words_limit(struct str *out, const struct verdict *verdict, const struct rule *rule);

/* What change of the total these runs could have found, a sentence. */
void words_power(struct str *out, const struct verdict *verdict);

/*
 * The tested functions that cost most in the head, in that order, `max` at most; how many. Without
 * those of which no change of twice the cost could have been found, and new ones.
 */
size_t words_top(const struct verdict *verdict, size_t *top, size_t max);

/* "+4.2%", ">100%", "none": what could have been found of it. */
void words_detectable(struct str *out, const struct verdict_item *item);

/* "26", ">10,000", or a dash where no number of runs would do: for opts->sensitivity. */
void words_wanted(struct str *out, const struct verdict_item *item);

/* What that dash is, a sentence; nothing where neither the total nor any of these has one. */
void words_below_floor(struct str *out, const struct verdict *verdict, const size_t *top, size_t n);

/* So few runs that how many something takes cannot be said. */
bool words_few_runs(const struct verdict *verdict);

/* Inconclusive: what to do about it, a sentence. */
void words_advice(struct str *out, const struct verdict *verdict);

/* A note or warning, begun by `before`; it is cut, and ends its line where there is a `before`. */
void words_note(struct str *out, const char *before, const char *note);

/* The i-th sentence about how it was judged; false: there are no more. */
bool words_method(struct str *out, const struct verdict *verdict, size_t i);

#endif
