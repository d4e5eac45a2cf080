/* SPDX-License-Identifier: MIT */
/*
 * Why a counter cannot be had, as a sentence and a remedy. Private to the room. As in
 * permission.h: facts are gathered, then described by a pure function.
 */
#ifndef PYPROF_TARGET_COUNTER_ERROR_H
#define PYPROF_TARGET_COUNTER_ERROR_H

#include "target/counters.h"

#define PARANOID_UNKNOWN (-100)

struct counter_facts {
	int os_errno;	 /* what the opening gave */
	/* What it gives on our own thread, of user space only where that is enough; 0: it works. */
	int self_errno;
	int paranoid;	 /* kernel.perf_event_paranoid, or PARANOID_UNKNOWN */
	bool filtered;	 /* a seccomp filter is set on us */
	bool in_container;
	bool root;	 /* our user id is 0 */
	char present[200]; /* the counters that this machine has, "task-clock, page-faults" */
};

/*
 * Fills *err for row `failed` of the set, which could not be opened on thread `tid` of process
 * `pid`, and returns its status: see counters_check().
 */
enum pyprof_status counter_explain(const struct counter_set *set, size_t failed, pid_t pid,
				   pid_t tid, int os_errno, struct pyprof_error *err);

/* Of what is missing or refused; pure. */
enum pyprof_status counter_describe(const struct counter_facts *facts, const struct counter *row,
				    pid_t pid, struct pyprof_error *err);

#endif
