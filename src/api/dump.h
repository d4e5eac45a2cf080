/* SPDX-License-Identifier: MIT */
/* What a struct pyprof_dump is inside. */
#ifndef PYPROF_API_DUMP_H
#define PYPROF_API_DUMP_H

#include "dump/take.h"

struct pyprof_dump {
	struct snapshots all;
};

/*
 * How to look, as the caller asked; dump_take_opts_deinit() of it is the caller's, where that
 * could be had. Errors: USAGE (redact), NOMEM.
 */
enum pyprof_status dump_take_opts(struct take_opts *take, const struct pyprof_dump_opts *opts,
				  struct pyprof_error *err);
void dump_take_opts_deinit(struct take_opts *take);

#endif
