/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions of users, by PCRE2: what they know from pprof (RE2), Python and grep -P means
 * the same here. Texts need not be UTF-8. The owner calls regex_destroy().
 */
#ifndef PYPROF_BASE_REGEX_H
#define PYPROF_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct regex;

/* Errors: USAGE (`what`, such as "--focus", is named, and what is wrong at which place), NOMEM. */
enum pyprof_status regex_create(struct regex **out, const char *pattern, const char *what,
				struct pyprof_error *err);
void regex_destroy(struct regex *regex); /* NULL is fine */

/*
 * Does it match anywhere in the text? A pattern that would take for ever (PCRE2's match limit)
 * matches nothing there, and regex_gave_up() says so from then on.
 */
bool regex_matches(struct regex *regex, const char *text, size_t len);
bool regex_gave_up(const struct regex *regex);

#endif
