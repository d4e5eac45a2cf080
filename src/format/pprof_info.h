/* SPDX-License-Identifier: MIT */
/*
 * What is known of a recording, as comments of a pprof file: the first one is "pyprof VERSION", then
 * "key: value", and "recording: key=value …" with the counters. Of use to pprof_write.c and pprof_read.c alone.
 */
#ifndef PYPROF_FORMAT_PPROF_INFO_H
#define PYPROF_FORMAT_PPROF_INFO_H

#include "profile/profile.h"

/* Calls `add` for each comment of ours, and for each line of info->comments. */
typedef void pprof_comment_fn(void *arg, const char *text, size_t len);
void pprof_info_write(const struct profile_info *info, pprof_comment_fn *add, void *arg);

/* Is it the first comment of a file of ours? */
bool pprof_info_is_ours(const char *comment);

/*
 * Takes a comment of a file of ours into *info; what is not known is one of another tool, and goes
 * to info->comments. False: no memory.
 */
bool pprof_info_read(struct profile_info *info, const char *comment, bool ours);

#endif
