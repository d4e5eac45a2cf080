/* SPDX-License-Identifier: MIT */
/*
 * What one thread does at this moment, as far as the kernel (or a core file) tells: for a single
 * look at it. The sampling path asks thread_watch.h, which costs less and tells less. That it has
 * not run between two looks, its account tells (cpu_time.h: how often it got a CPU).
 */
#ifndef PYPROF_TARGET_THREAD_NOW_H
#define PYPROF_TARGET_THREAD_NOW_H

#include "target/target.h"

#define THREAD_NOW_ARGS 6

struct thread_now {
	char state;	     /* as in /proc/PID/stat: R running, S, D, T, t, Z…; 0 unknown */
	bool runs;	     /* on a CPU, or waiting for one */
	long syscall;	     /* number of the system call that it is in; -1: none, or not known */
	uint64_t args[THREAD_NOW_ARGS]; /* of that call */
	/*
	 * What it waits for, where the call is futex(2); else 0. Of restart_syscall(2) it may be the
	 * first argument of another call that goes on: whoever knows the address knows that it is not.
	 */
	uint64_t futex;
	uint64_t sp, pc;     /* 0 where unknown, as they are while it runs */
	int signal;	     /* of a core file: the signal that ended the process here; else 0 */
};

/* Errors: GONE (it has ended), IO, PERMISSION. What is not known is as said above. */
enum pyprof_status target_thread_now(const struct target *target, pid_t tid,
				     struct thread_now *now, struct pyprof_error *err);

/* The part of that for a target of a core file. Errors: GONE (it has no such thread). */
enum pyprof_status target_core_thread_now(const struct target *target, pid_t tid,
					  struct thread_now *now, struct pyprof_error *err);

/* Text of /proc/PID/task/TID/syscall; false where it is none, *now is as it was then. Pure. */
bool thread_now_parse(struct thread_now *now, const char *text);

/* "read", "futex"; NULL where this machine's kernel has no such call. Static. */
const char *syscall_name(long number);

#endif
