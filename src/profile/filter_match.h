/* SPDX-License-Identifier: MIT */
/* An expression of a filter, and what it says of each function; of use to filter.c alone. */
#ifndef PYPROF_PROFILE_FILTER_MATCH_H
#define PYPROF_PROFILE_FILTER_MATCH_H

#include "base/regex.h"
#include "profile/profile.h"

struct matcher {
	struct regex *regex; /* NULL: not asked for */
	const char *option;  /* "--focus" */
	uint8_t *of_function; /* 0 not asked yet, else 1 + whether it matches */
	bool simple_name_alone; /* as prune_from has it */
	bool hit; /* of anything at all; for who asks */
};

/* `pattern` NULL: not asked for. Errors: USAGE, NOMEM. */
enum pyprof_status matcher_init(struct matcher *m, const char *pattern, const char *option,
				const struct profile *profile, struct pyprof_error *err);
void matcher_deinit(struct matcher *m);

/* Each is false where nothing is asked for. */
bool matcher_text(const struct matcher *m, const char *text, size_t len);
bool matcher_string(const struct matcher *m, const struct profile *p, uint32_t string);
bool matcher_function(struct matcher *m, const struct profile *p, uint32_t function);

/* A frame that stands for a label: its name is the value, its file the key. */
bool matcher_label(const struct matcher *m, const char *value, size_t len, const char *key);

#endif
