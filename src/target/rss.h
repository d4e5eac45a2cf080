/* SPDX-License-Identifier: MIT */
/* Resident memory of a process, for the sampling path. */
#ifndef PYPROF_TARGET_RSS_H
#define PYPROF_TARGET_RSS_H

#include "target/target.h"

/* Keeps a statm file of the process open: that of its thread `mem_tid`. */
struct rss_watch {
	int fd; /* -1: none */
};

/* False, and nothing to close: it has ended, no descriptor is left (errno), or it is an image. */
bool rss_watch_init(struct rss_watch *watch, const struct target *target);
void rss_watch_deinit(struct rss_watch *watch);

/*
 * Bytes of it that are in memory now: its own, and what it maps of files and shares. False where
 * that thread has ended: begin anew after target_rebind(). Some kernels count on each CPU (or
 * thread) apart and add up later: they may be some 32 to 64 pages behind for each. Costs 1 us, 4 us
 * after a sleep.
 */
bool rss_read(const struct rss_watch *watch, uint64_t *bytes);

#endif
