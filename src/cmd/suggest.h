/* SPDX-License-Identifier: MIT */
/* "Did you mean…": the word of a list that is nearest to a mistyped one. */
#ifndef PYPROF_CMD_SUGGEST_H
#define PYPROF_CMD_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *given;
	const char *best; /* NULL: nothing is near enough */
	size_t distance;
};

#define SUGGESTION_INIT(word) { .given = (word) }

/* Takes `candidate` into account; its storage must outlive the suggestion. */
void suggest_offer(struct suggestion *suggestion, const char *candidate);

#endif
