/* SPDX-License-Identifier: MIT */
/*
 * Is one recording given twice? Between copies nothing varies, which would be taken for runs without
 * noise. Private to api/.
 */
#ifndef PYPROF_API_DIFF_SAME_H
#define PYPROF_API_DIFF_SAME_H

#include "api/diff.h"

/*
 * A sentence about the first that is found, in diff->same; empty: none is. The same are: one file by
 * whatever names, files of equal bytes, and recordings of one process that began in the same nanosecond and
 * looked as often (whatever the format). The runs' names are their files; those of diff_runs.borrowed
 * are not looked at. False: no memory.
 */
bool diff_find_same(struct pyprof_diff *diff);

#endif
