/* SPDX-License-Identifier: MIT */
/*
 * What one thread does right now, as the kernel says: for the sampling path.
 *
 * /proc/PID/task/TID/syscall is asked, which is kept open: it says "running", or the system call
 * that the thread waits in with its arguments, for a third of what /proc/PID/task/TID/stat costs
 * (1 us against 3; cold, after a sleep, 3 against 10). Kernels without it have that.
 */
#ifndef PYPROF_TARGET_THREAD_WATCH_H
#define PYPROF_TARGET_THREAD_WATCH_H

#include "target/target.h"

enum thread_activity {
	THREAD_GONE,
	THREAD_RUNS,	/* is on a CPU, or waits for one */
	THREAD_WAITS,	/* for anything else; stopped ones and zombies too */
	THREAD_UNKNOWN, /* it cannot be told: no descriptor is left */
};

/* Not to be used after target_close(). */
struct thread_watch {
	pid_t tid;
	int fd;	      /* -1: none could be had, or kept: it is opened for each question */
	int proc_fd;  /* the target's; -1 for an image or a core */
	bool by_stat; /* there is no file "syscall" */
	enum thread_activity recorded; /* of an image or a core */
	uint64_t recorded_futex;       /* of a core */
};

void thread_watch_init(struct thread_watch *watch, const struct target *target, pid_t tid);
void thread_watch_deinit(struct thread_watch *watch);

/* Closes the descriptor, where there are too many; the watch goes on without. */
void thread_watch_close(struct thread_watch *watch);

/*
 * What the thread does. *futex (may be NULL) is the address of the futex that it waits for, 0
 * where it waits for none or that is not known.
 */
enum thread_activity thread_watch_ask(const struct thread_watch *watch, uint64_t *futex);

#endif
