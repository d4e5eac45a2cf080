/* SPDX-License-Identifier: MIT */
/*
 * What makes a check fail: --fail-on, --fail-on-function, --allow, and budget files.
 *
 * A budget file is lines "KIND PATTERN LIMIT", # begins a comment:
 *   total    5%              no more than 5% slower than the base
 *   total    2.5s            no more than 2.5 CPU seconds a run, whatever the base
 *   function app.parse 3%
 *   function json.* 200ms
 *   module   shop/views 10%
 * A pattern is a name, or, with *, ? or [, a glob(7); names as reports have them.
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
	double limit; /* relative: 0.05 is 5%; absolute: seconds (or the metric's unit) a run */
	char *from;   /* where it stands, for messages: "--fail-on", "budget.txt:3" */
};

struct rules {
	struct rule *items;
	size_t n, cap;
	double fail_on; /* --fail-on: the change from which on anything fails; 0 not given */
};

void rules_deinit(struct rules *rules);
/* "5%", "0.05" refused. Errors: USAGE (what cannot be read is named), NOMEM. */
enum pyprof_status rules_fail_on(struct rules *rules, const char *text, struct pyprof_error *err);
/* "NAME=3%": the last = divides. */
enum pyprof_status rules_fail_on_function(struct rules *rules, const char *text,
					  struct pyprof_error *err);
/* A pattern of functions or modules whose findings never fail. */
enum pyprof_status rules_allow(struct rules *rules, const char *pattern, struct pyprof_error *err);
/* Errors: IO, USAGE (path, line and what is wrong there), LIMIT (1 MiB), NOMEM. */
enum pyprof_status rules_read_budget(struct rules *rules, const char *path,
				     struct pyprof_error *err);

/* The first rule of that kind that fits the name (and for functions also the file); NULL: none. */
const struct rule *rules_find(const struct rules *rules, enum rule_of of, const char *name,
			      const char *file);

#endif
