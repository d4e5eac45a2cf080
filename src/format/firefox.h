/* SPDX-License-Identifier: MIT */
/*
 * Firefox Profiler's processed profile format, for profiler.firefox.com. Written is version 60,
 * which that site and its command line tool upgrade to what they know now.
 * https://github.com/firefox-devtools/profiler: docs-developer/processed-profile-format.md,
 * CHANGELOG-formats.md, src/types/profile.ts
 *
 * Threads are those of the timeline. A sample is a look; its time is where the time that it stands
 * for begins (the site shows a stack from its sample's time to that of the next one), and where a
 * gap follows there is a sample without a stack, of weight 0. A run of looks is written as that
 * many samples at equal distances, of more than 1,000 as 1,000; a file of more than 50 million samples
 * is refused (LIMIT). Weights are shares: each look of a stack
 * has an equal part of the stack's value in the metric, so that sums by function are exactly those
 * of the profile; they are in milliseconds (tracing-ms) where the metric is a time, bytes where it
 * is bytes, else counts. A stack that has a value, but was met by no look whose time was kept, is
 * not in the file.
 *
 * Categories: whose code it is, "truncated" for the missing part of a truncated stack. Resources are
 * modules or packages. Not in it: other metrics, marks, labels, column of functions.
 */
#ifndef PYPROF_FORMAT_FIREFOX_H
#define PYPROF_FORMAT_FIREFOX_H

#include "format/format.h"

#define FIREFOX_RUN_MAX 1000u /* samples that one run becomes */
#define FIREFOX_ROWS_MAX 50000000u /* samples of a file: 2 GB of it */

extern const struct format format_firefox;

#endif
