/* SPDX-License-Identifier: MIT */
/*
 * What is known of a recording, as comments of a pprof file: the first one is "pyprof VERSION", then
 * "key: value", and "recording: key=value …" with the counters. Of use to pprof_write.c and pprof_read.c alone.
 */
#ifndef PYPROF_FORMAT_PPROF_INFO_H
#define PYPROF_FORMAT_PPROF_INFO_H

#include "base/str.h"
#include "profile/profile.h"

/* Calls `add` for each comment of ours, and for each line of info->comments. False: no memory. */
typedef void pprof_comment_fn(void *arg, const char *text, size_t len);
bool pprof_info_write(const struct profile_info *info, pprof_comment_fn *add, void *arg);

/* Is it the first comment of a file of ours? */
bool pprof_info_is_ours(const char *comment);

/*
 * Takes a comment of a file of ours into *info; what is not known is one of another tool, and goes
 * to *others, a line each. False: no memory.
 */
bool pprof_info_read(struct profile_info *info, const char *comment, bool ours,
		     struct str *others);

#endif
