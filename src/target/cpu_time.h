/* SPDX-License-Identifier: MIT */
/*
 * How long a thread was on a CPU, and how long it waited for one, as the scheduler keeps account.
 *
 * The account of a thread that runs is brought up to date at the scheduler's ticks (every 1 to
 * 10 ms; 4 ms with HZ=250), and when it leaves its CPU. In between it lags behind, by half a
 * tick on average. Nothing is lost by that, only booked later. Where each read must be exact to
 * some 10 us, the counter task-clock is (counters.h), for ten times the price.
 */
#ifndef PYPROF_TARGET_CPU_TIME_H
#define PYPROF_TARGET_CPU_TIME_H

#include "target/target.h"

struct cpu_time {
	uint64_t on_cpu_ns;
	uint64_t waiting_ns; /* it could have run, and had no CPU */
	uint64_t times;	     /* how often it got one */
};

/*
 * Does this kernel keep account of threads? Some are built without (CONFIG_SCHED_INFO), and tell
 * nothing or zeros. To be asked once, before the rest is used.
 */
bool cpu_time_available(void);

/* Text of a schedstat file; false where it is none. Pure. */
bool cpu_time_parse(struct cpu_time *out, const char *text, size_t len);

/* An open view of one thread's account: keeps its /proc/PID/task/TID/schedstat open. */
struct cpu_time_watch {
	int fd; /* -1: none */
};

/*
 * False, and nothing to close: the thread has ended, or there is no descriptor left (errno), or
 * the target is an image. Costs 3 us.
 */
bool cpu_time_watch_init(struct cpu_time_watch *watch, const struct target *target, pid_t tid);
void cpu_time_watch_deinit(struct cpu_time_watch *watch);

/* False where the thread has ended and was waited for. Costs 1 us, 3 us after a sleep. */
bool cpu_time_read(const struct cpu_time_watch *watch, struct cpu_time *out);

/*
 * CPU time of all threads of process `pid`, those that ended included; needs no right over it.
 * False where there is no such process. By number: whoever has it now is asked. Lags behind like
 * the account of threads does, by each thread that runs. Costs 0.4 us, 1.5 us after a sleep.
 */
bool cpu_time_of_process(pid_t pid, uint64_t *ns);

#endif
