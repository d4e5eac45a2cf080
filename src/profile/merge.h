/* SPDX-License-Identifier: MIT */
/* What profile_merge() and profile_subtract() share; private to profile/. */
#ifndef PYPROF_PROFILE_MERGE_H
#define PYPROF_PROFILE_MERGE_H

#include "profile/profile.h"

/* The label of samples that were subtracted, "true": https://github.com/google/pprof, -diff_base. */
#define MERGE_BASE_LABEL "pprof::base"

enum merge_how {
	MERGE_ADD = 0,
	MERGE_JOIN,	/* threads of one process, id and name are one; no times */
	MERGE_SUBTRACT, /* the same, and values of `into` become int64_t in two's complement */
};

/* As profile_merge(). `label`: what comes from `from` has that label. */
enum pyprof_status profile_merge_how(struct profile *into, const struct profile *from,
				     enum merge_how how, bool label, struct pyprof_error *err);

#endif
