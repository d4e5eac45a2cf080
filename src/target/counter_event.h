/* SPDX-License-Identifier: MIT */
/* One event of perf_event_open(2). Private to the room. */
#ifndef PYPROF_TARGET_COUNTER_EVENT_H
#define PYPROF_TARGET_COUNTER_EVENT_H

#include "target/counters.h"

/*
 * A descriptor that counts `row` on thread `tid` (0: the calling one) from now on, as a member
 * of the group of `leader_fd`, or as the leader of its own (-1). -1: errno. The caller closes it.
 */
int counter_event_open(const struct counter *row, pid_t tid, int leader_fd, bool user_only);

#endif
