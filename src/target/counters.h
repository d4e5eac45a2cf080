/* SPDX-License-Identifier: MIT */
/*
 * The kernel's counters of single threads of another process: perf_event_open(2), counting only.
 *
 * A counter begins at 0 when it is opened, on a thread that runs already, and goes on until it is
 * closed; threads that the thread starts are not counted in. Nothing is done to the target: no
 * signal, no stop, no descriptor in it.
 *
 * Hardware counters are few. Where more are asked for than the processor has, or others use them
 * too, each counts for a part of the time, and what it gives is an estimate: see counters.c.
 * Software counters (task-clock, faults, switches) are always there, and exact; but in a set with
 * hardware counters that fit in at once, and that others come to use later, they share their turns.
 */
#ifndef PYPROF_TARGET_COUNTERS_H
#define PYPROF_TARGET_COUNTERS_H

#include "base/str.h"
#include "target/target.h"

/* There are no more rows than that, and a set holds none of them twice. */
#define COUNTERS_MAX 12

struct counter {
	const char *name; /* as perf(1) calls it */
	const char *unit; /* as pprof calls it: "count" or "nanoseconds" */
	uint32_t type;	  /* PERF_TYPE_HARDWARE or PERF_TYPE_SOFTWARE */
	uint64_t config;
	/* It counts acts of the kernel: counting user space only it would stay 0 for ever. */
	bool in_kernel;
};

/* The row of that name, or NULL. Rows are never freed. */
const struct counter *counter_find(const char *name);

/* Row `index` of all, from 0; NULL behind the last. */
const struct counter *counter_row(size_t index);

/* Appends all names, "task-clock, page-faults, ...", for help and error texts. */
void counter_add_names(struct str *out);

/* ---- what is counted ------------------------------------------------------------------ */

/* Begins as { 0 }; holds no resources. */
struct counter_set {
	const struct counter *rows[COUNTERS_MAX];
	size_t n;
	/* Found out by counters_check(): */
	bool user_only; /* what the kernel does for the thread is not counted: not allowed */
	bool apart;	/* hardware counters do not fit in at once: each is counted alone */
};

/* False where the row is in the set already. */
bool counter_set_add(struct counter_set *set, const struct counter *row);

/*
 * Can all of `set` be counted on threads of this process? Opens and closes them on one of its
 * threads, and on our own, where it may spin for 50 ms. To be called once, before the first
 * group is opened; fills the rest of the set. The first opening in the whole system takes 10 to
 * 20 ms, since the kernel patches itself.
 * Errors name the counter: UNSUPPORTED (this machine, kernel or recorded image has no such
 * counter; the hint lists those that it has), PERMISSION (kernel.perf_event_paranoid, a seccomp
 * filter...), IO (no descriptor left), GONE, NOMEM.
 */
enum pyprof_status counters_check(struct counter_set *set, const struct target *target,
				  struct pyprof_error *err);

/* ---- counting ------------------------------------------------------------------------- */

/* The counters of one thread. Its fields are counters.c's own. */
struct counter_group {
	pid_t tid;
	int proc_fd; /* the target's */
	size_t n;
	struct counter_slot {
		int fd;
		uint8_t leader; /* the slot that is read for this one: itself, or another */
		bool hardware;
		uint64_t value;		   /* what counters_read() gives */
		uint64_t raw;		   /* what of the kernel's count is in it */
		uint64_t enabled, running; /* of a leader: times in ns up to which it is */
		uint64_t seen;		   /* of a leader: `enabled` when last read */
	} slots[COUNTERS_MAX];
};

/*
 * Begins to count what thread `tid` of the target does from now on. One descriptor a counter,
 * all close-on-exec; not to be used after target_close(). The set must have been checked.
 * After an error there is nothing to close. Errors: as counters_check(); GONE where the thread
 * has ended. Takes some 20 us a counter, and 50 us where it is the first of its kind that is open
 * in the system, since the kernel patches itself.
 */
enum pyprof_status counter_group_open(struct counter_group *group, const struct counter_set *set,
				      const struct target *target, pid_t tid,
				      struct pyprof_error *err);

/* Also of a group that could not be opened, or that is closed. */
void counter_group_close(struct counter_group *group);

/*
 * Writes one value a counter, in the set's order: the amount since the opening, in the row's
 * unit. No value ever gets smaller. False where the thread has ended; the values are then what
 * it came to in the end, and the first read after the end may still say true.
 * Costs 1 us where the thread sleeps, and 10 to 20 us where it runs: its CPU has to answer, which
 * takes that thread some 7 us as well (measured in a virtual machine).
 */
bool counters_read(struct counter_group *group, uint64_t *values);

#endif
