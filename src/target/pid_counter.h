/* SPDX-License-Identifier: MIT */
/*
 * The number that was given to a process last: the cheap way to ask whether there is a new one.
 *
 * The kernel gives process and thread ids in ascending order, and begins again behind the highest.
 * The last field of /proc/loadavg is the one given last in the PID namespace of the reader
 * (loadavg_proc_show() in the kernel's fs/proc/loadavg.c); threads move it, and so do processes of
 * nested namespaces, which have a number in ours too. Two things to know:
 *  - It moves before the process that gets the number can be seen, by the rest of a fork(2).
 *  - It does not move for a process whose number was chosen: clone3(2) with set_tid, for which
 *    the right to do so is needed, and which is used to restore checkpoints.
 */
#ifndef PYPROF_TARGET_PID_COUNTER_H
#define PYPROF_TARGET_PID_COUNTER_H

#include <sys/types.h>

/*
 * A descriptor on it, below that of a /proc. -1 where it is not the kernel's own word: lxcfs puts a
 * file of its own in that place, some seconds old, and gVisor always says 0. The caller closes it.
 */
int pid_counter_open(int proc_fd);

/* The number; 0 where it cannot be told. One system call, some 1.5 us. */
pid_t pid_counter_read(int fd);

#endif
