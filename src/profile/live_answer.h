/* SPDX-License-Identifier: MIT */
/* Rows of an answer: chosen by text, sorted, named; whatever they come from. For live*.c alone. */
#ifndef PYPROF_PROFILE_LIVE_ANSWER_H
#define PYPROF_PROFILE_LIVE_ANSWER_H

#include "profile/live_state.h"

struct live_answer {
	struct live *live;
	const struct pyprof_live_query *query;
	enum live_mode mode;
	const char *text;	 /* only rows that have it; NULL: all */
	const uint32_t *entries; /* numbers that the two functions understand; NULL: from 0 on */
	const void *of;		 /* theirs */
	const struct live_cell *(*cell)(const struct live_answer *answer, uint32_t entry);
	uint32_t (*row)(const struct live_answer *answer, uint32_t entry);
};

/* Errors: NOMEM. */
enum pyprof_status live_answer_rows(const struct live_answer *answer, size_t n_entries,
				    struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
				    struct pyprof_error *err);

#endif
