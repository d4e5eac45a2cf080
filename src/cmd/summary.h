/* SPDX-License-Identifier: MIT */
/* What a recording came to, in one line. */
#ifndef PYPROF_CMD_SUMMARY_H
#define PYPROF_CMD_SUMMARY_H

#include "base/str.h"
#include "libpyprof.h"

/*
 * Appends "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 1 late tick, 12 truncated (moved),
 * 0 failed; target exited". Of several processes their number is said: "of 9 processes (7 others
 * without Python)", which are also those that ended before one was seen in them. Every cause that was counted is named.
 */
void summary_text(struct str *out, const struct pyprof_stats *stats, enum pyprof_end end);

/* Where there are no samples: what the counters say about why. NULL: nothing to say. */
const char *summary_why_empty(const struct pyprof_stats *stats, bool include_idle);

#endif
