/* SPDX-License-Identifier: MIT */
/*
 * What makes a check fail: --fail-on, --fail-on-function, --allow, and budget files.
 *
 * A budget file is lines "KIND PATTERN LIMIT"; # at the start of a line, or after a blank, begins a
 * comment:
 *   total    5%              no more than 5% slower than the base
 *   total    2.5s            no more than 2.5 CPU seconds a run, whatever the base
 *   function app.parse 3%
 *   function json.* 200ms
 *   module   shop/views 10%
 *   allow    Cache.warm_up   as --allow
 * What a limit is about is judged by its limits alone, relative, absolute or both, and not by what is
 * usual or --fail-on. Where a rule is of another unit than the metric's, or recordings are of a part of
 * a run, what it is about is judged as usual, and a warning says so. What allowed functions cost is set
 * aside where the change of the total, or of their module, is judged.
 *
 * A limit is a number above 0, of 15 digits at most, and its unit: %; ns, us, ms, s, min; or, of
 * metrics that count, count, k, M, G (1,000 and so on of what is counted). Numbers alone are refused:
 * they leave open what they are. Patterns may hold blanks, and 1,000 bytes.
 *
 * A relative limit by a name is about that function whatever its share is, and must be told; one by a
 * glob, about those of the functions that fit that are worth a test: above the share floor.
 *
 * A pattern is a name, or, with *, ? or [, a glob(7) in which * also stands for /; names as reports
 * have them. Of a function it is its name ("Parser.feed"), its name and file ("feed (shop/app.py)"), or
 * the module it is in and its name: "shop.app.feed", without a glob also "app.feed".
 */
#ifndef PYPROF_DIFF_RULES_H
#define PYPROF_DIFF_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum rule_of { RULE_TOTAL = 0, RULE_FUNCTION, RULE_MODULE, RULE_ALLOW };

struct rule {
	enum rule_of of;
	char *pattern; /* "" of the total */
	bool absolute;
	bool seconds; /* absolute: the limit is a time, else it counts what the metric counts */
	double limit; /* relative: 0.05 is 5%; absolute: seconds (or the metric's unit) a run */
	char *from;   /* where it stands, for messages: "--fail-on", "budget.txt:3" */
};

struct rules {
	struct rule *items;
	size_t n, cap;
	double fail_on; /* --fail-on: the change from which on anything fails; 0 not given */
};

void rules_deinit(struct rules *rules);
/* After a failure of any of these the rules are as before. */

/* "5%", "0.05" refused. The last one holds. Errors: USAGE (what cannot be read is named), NOMEM. */
enum pyprof_status rules_fail_on(struct rules *rules, const char *text, struct pyprof_error *err);
/* "NAME=3%": the last = divides. */
enum pyprof_status rules_fail_on_function(struct rules *rules, const char *text,
					  struct pyprof_error *err);
/* A pattern of functions or modules whose findings never fail. */
enum pyprof_status rules_allow(struct rules *rules, const char *pattern, struct pyprof_error *err);
/* Errors: IO, USAGE (path, line and what is wrong there), LIMIT (RULES_BUDGET_MAX), NOMEM. */
#define RULES_BUDGET_MAX (1u << 20)
enum pyprof_status rules_read_budget(struct rules *rules, const char *path,
				     struct pyprof_error *err);
/* The same of bytes that are there already; `path` is what messages call them. */
enum pyprof_status rules_read_budget_text(struct rules *rules, const char *path, const char *bytes,
					  size_t len, struct pyprof_error *err);

/* The first rule of that kind that fits the name (and for functions also the file); NULL: none. */
const struct rule *rules_find(const struct rules *rules, enum rule_of of, const char *name,
			      const char *file);
/* The first of those whose limit is absolute, or is not: one name may have both. */
const struct rule *rules_find_limit(const struct rules *rules, enum rule_of of, bool absolute,
				    const char *name, const char *file);

#endif
