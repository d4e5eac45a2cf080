/* SPDX-License-Identifier: MIT */
/* Labels whose values become frames; of use to filter.c alone. */
#ifndef PYPROF_PROFILE_FILTER_LABELS_H
#define PYPROF_PROFILE_FILTER_LABELS_H

#include "base/str.h"
#include "profile/profile.h"

#define LABEL_KEYS_MAX 64

struct label_keys {
	char *text; /* owned; cut at the commas */
	const char *names[LABEL_KEYS_MAX];
	bool hit[LABEL_KEYS_MAX]; /* some sample has a value */
	size_t n;
};

/* `list` "a,b"; NULL: none. Errors: USAGE (an empty name, too many), NOMEM. */
enum pyprof_status label_keys_init(struct label_keys *keys, const char *list, const char *option,
				   struct pyprof_error *err);
void label_keys_deinit(struct label_keys *keys);

/*
 * Appends the value of the sample's labels of this key, several joined by commas; nothing where it
 * has none. Known of every sample are "thread", "thread_id", "process", "process_id", "state",
 * "truncated" and "paused", as pprof files have them.
 */
void label_value(struct str *out, const struct profile *p, const struct profile_sample *sample,
		 const char *key);

#endif
