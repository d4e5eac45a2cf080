/* SPDX-License-Identifier: MIT */
/* Limits and budget files, taken apart; for rules.c, budget.c and their tests alone. */
#ifndef PYPROF_DIFF_RULES_PARSE_H
#define PYPROF_DIFF_RULES_PARSE_H

#include "diff/rules.h"

#define RULE_PATTERN_MAX 1000u /* bytes */

#define RULE_LIMIT_HINT                                                                  \
	"a limit is a share of the base, such as 5%%, or what a run may cost: 2.5s, "    \
	"200ms; of what is counted 30M, or 500count"

struct rule_limit {
	bool absolute, seconds;
	double value;
};

/* NULL, or what is wrong with it, in words behind a colon; static. */
const char *rule_limit_parse(const char *text, size_t len, struct rule_limit *limit);

/* `limit` may be NULL: it has none. Errors: NOMEM; nothing is added then. */
enum pyprof_status rules_add(struct rules *rules, enum rule_of of, const char *pattern, size_t len,
			     const struct rule_limit *limit, const char *from,
			     struct pyprof_error *err);

/* Leaves the first `n`. */
void rules_cut(struct rules *rules, size_t n);

#endif
