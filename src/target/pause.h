/* SPDX-License-Identifier: MIT */
/*
 * Pausing one thread for a moment, or several together: PTRACE_SEIZE, PTRACE_INTERRUPT, wait, and
 * later PTRACE_DETACH.
 *
 * A signal that comes before the stop is handed on unchanged by the detaching; a stop by job
 * control stays one. The kernel detaches everything when this process dies, however it dies, so no
 * thread is ever left stopped. While a thread is traced SIGTSTP is blocked, so that Ctrl-Z stops us
 * a moment later, and not what stands by our asking (SIGSTOP cannot be held up). ptrace(2) binds a
 * tracee to the thread that seized it: one pauser, one thread of ours.
 *
 * A thread that waits in the kernel would be woken by the interruption, and some system calls then
 * fail with EINTR: so pause what runs only.
 */
#ifndef PYPROF_TARGET_PAUSE_H
#define PYPROF_TARGET_PAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum pause_result {
	PAUSE_STOPPED, /* it stands: resume it */
	PAUSE_GONE,    /* it has ended */
	PAUSE_REFUSED, /* a debugger traces it, or the system does not let us */
	PAUSE_LATE,    /* it did not stop in time; it will go on as soon as it does */
};

/* A thread that stands. */
struct pause {
	pid_t tid;
	int signo;	   /* the signal that has to reach it when it goes on, or 0 */
	uint64_t since_ns; /* it did not stand before then */
};

struct pauser {
	pid_t pid;	/* the process that the threads belong to */
	pid_t launched; /* a child of ours, whose end its owner waits for; 0: none */
	pid_t *late;	/* interrupted, and not stopped yet */
	size_t n_late, cap_late;
};

void pauser_init(struct pauser *pauser, pid_t pid, pid_t launched);

/*
 * Lets go of what is late, waiting for it 100 ms at most; the rest is left to
 * pausers_release_left(), or to our end.
 */
void pauser_deinit(struct pauser *pauser);

/*
 * Lets go of what was late when its pauser went, where it has stopped by now. While it returns
 * true it has to be called again within a millisecond, by the thread that paused: else a thread of
 * a target stands for as long as we live.
 */
bool pausers_release_left(void);

/* Stops thread `tid`, waiting for `max_wait_ns` at most. Takes some 10 us where it runs. */
enum pause_result pause_begin(struct pauser *pauser, pid_t tid, uint64_t max_wait_ns,
			      struct pause *pause);

/*
 * Stops several threads of the process together: pauses[i].tid is who, results[i] what came of it.
 * All are asked to stop before any is waited for, `max_wait_ns` at most for all of them, and no
 * longer than `max_stand_ns` from when the first one stands. One that was late before is waited for
 * again.
 */
void pause_begin_all(struct pauser *pauser, struct pause *pauses, enum pause_result *results,
		     size_t n, uint64_t max_wait_ns, uint64_t max_stand_ns);

/*
 * Lets those go on that stand (PAUSE_STOPPED). What has been killed meanwhile is the pauser's to
 * wait for, as what is late.
 */
void pause_end_all(struct pauser *pauser, const struct pause *pauses,
		   const enum pause_result *results, size_t n);

/* Lets a thread that stands go on. */
void pause_end(const struct pause *pause);

/* Lets those go on that stopped too late. To be called within a millisecond while n_late > 0. */
void pauser_release_late(struct pauser *pauser);

#endif
