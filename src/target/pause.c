/* SPDX-License-Identifier: MIT */
#include "target/pause.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"

/* A running thread stops within some 10 us: so long asking costs less than sleeping. */
#define ASK_NS	 30000u
#define SLEEP_NS 20000u
/* For what is late at the end. */
#define LAST_WAIT_NS 100000000u

enum stop {
	STOP_NOT_YET,
	STOP_STANDS,
	STOP_GONE,
};

/*
 * Threads that we trace just now. Meanwhile Ctrl-Z has to wait: were we stopped, what stands by our
 * asking would stand as long.
 */
static _Thread_local struct {
	size_t n;
	bool was_blocked;
} traced;

static void hold(void)
{
	sigset_t stop, before;

	if (traced.n++)
		return;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &stop, &before);
	traced.was_blocked = sigismember(&before, SIGTSTP) == 1;
}

/* It was let go, or has ended. */
static void let(void)
{
	sigset_t stop;

	if (--traced.n || traced.was_blocked)
		return;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
}

void pauser_init(struct pauser *pauser, pid_t pid, pid_t launched)
{
	*pauser = (struct pauser){ .pid = pid, .launched = launched };
}

/*
 * Has it stopped by now? *signo: the signal that stopped it before it was delivered, or 0. A tracer
 * has to take notice of an end too, or nobody else learns of it; but that of a child of ours is
 * its owner's to take.
 */
static enum stop ask(const struct pauser *pauser, pid_t tid, int *signo)
{
	const int options = WSTOPPED | WEXITED | WNOHANG | __WALL;
	siginfo_t info = { .si_pid = 0 };
	bool stands;

	if (waitid(P_PID, (id_t)tid, &info, options | WNOWAIT) < 0)
		return errno == ECHILD ? STOP_GONE : STOP_NOT_YET;
	if (!info.si_pid)
		return STOP_NOT_YET;
	stands = info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED;
	if (stands || tid != pauser->launched)
		waitid(P_PID, (id_t)tid, &info, options);
	/* An event stands in the second byte: ours, or a stop by job control. */
	*signo = info.si_status >> 8 ? 0 : info.si_status;
	return stands ? STOP_STANDS : STOP_GONE;
}

static void nap(uint64_t waited_ns)
{
	const struct timespec pause = { .tv_nsec = SLEEP_NS };

	if (waited_ns < ASK_NS)
		sched_yield();
	else
		nanosleep(&pause, NULL);
}

static enum stop wait_for_stop(const struct pauser *pauser, uint64_t max_wait_ns,
			       struct pause *pause)
{
	uint64_t begin = clock_monotonic_ns();

	pause->since_ns = begin;
	for (;;) {
		uint64_t asked = clock_monotonic_ns();
		enum stop stop = ask(pauser, pause->tid, &pause->signo);

		if (stop != STOP_NOT_YET)
			return stop;
		if (asked - begin > max_wait_ns)
			return STOP_NOT_YET;
		pause->since_ns = asked;
		nap(asked - begin);
	}
}

/*
 * A thread that is traced. Where there is no memory for the list, there is no way to let it go but to
 * wait: nothing that is traced may be forgotten.
 */
static void add_late(struct pauser *pauser, pid_t tid)
{
	struct pause pause = { .tid = tid };

	if (array_grow(pauser->late, pauser->n_late, pauser->cap_late))
		pauser->late[pauser->n_late++] = tid;
	else if (wait_for_stop(pauser, UINT64_MAX, &pause) == STOP_STANDS)
		pause_end(&pause);
	else
		let();
}

/* A traced thread has ended. By an exec it took over the process's own id, and stays traced. */
static void is_gone(struct pauser *pauser, pid_t tid)
{
	if (tid != pauser->pid)
		add_late(pauser, pauser->pid);
	else
		let();
}

/* Asked to stop before, and not let go yet. */
static bool is_late(const struct pauser *pauser, pid_t tid)
{
	for (size_t i = 0; i < pauser->n_late; i++)
		if (pauser->late[i] == tid)
			return true;
	return false;
}

enum pause_result pause_begin(struct pauser *pauser, pid_t tid, uint64_t max_wait_ns,
			      struct pause *pause)
{
	*pause = (struct pause){ .tid = tid };
	/* It is traced, but by us: nobody refuses it. */
	if (is_late(pauser, tid))
		return PAUSE_LATE;
	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0)
		return errno == ESRCH ? PAUSE_GONE : PAUSE_REFUSED;
	hold();
	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0)
		/* It is ending: whoever traces it has to wait for that. */
		max_wait_ns = 0;
	switch (wait_for_stop(pauser, max_wait_ns, pause)) {
	case STOP_STANDS:
		return PAUSE_STOPPED;
	case STOP_GONE:
		is_gone(pauser, tid);
		return PAUSE_GONE;
	case STOP_NOT_YET:
		break;
	}
	add_late(pauser, tid);
	return PAUSE_LATE;
}

/* ---- several together ------------------------------------------------------------------- */

/* It was late, and is waited for again. False: it was not. */
static bool take_late(struct pauser *pauser, pid_t tid)
{
	for (size_t i = 0; i < pauser->n_late; i++)
		if (pauser->late[i] == tid) {
			pauser->late[i] = pauser->late[--pauser->n_late];
			return true;
		}
	return false;
}

/* Asks the thread to stop; false where there is nothing to wait for, for the reason in *result. */
static bool ask_to_stop(struct pauser *pauser, pid_t tid, enum pause_result *result)
{
	*result = PAUSE_LATE;
	if (take_late(pauser, tid))
		return true;
	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0) {
		*result = errno == ESRCH ? PAUSE_GONE : PAUSE_REFUSED;
		return false;
	}
	hold();
	/* One that is ending cannot be asked any more; whoever traces it has to wait for that. */
	ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	return true;
}

/* Has it stopped by now, or ended? */
static bool has_settled(struct pauser *pauser, struct pause *pause, enum pause_result *result)
{
	switch (ask(pauser, pause->tid, &pause->signo)) {
	case STOP_STANDS:
		*result = PAUSE_STOPPED;
		return true;
	case STOP_GONE:
		is_gone(pauser, pause->tid);
		*result = PAUSE_GONE;
		return true;
	case STOP_NOT_YET:
		break;
	}
	return false;
}

/* Asks all that are waited for once. Returns how many have settled; *stands: one of them stands. */
static size_t ask_all(struct pauser *pauser, struct pause *pauses, enum pause_result *results,
		      size_t n, bool *stands)
{
	uint64_t asked = clock_monotonic_ns();
	size_t settled = 0;

	for (size_t i = 0; i < n; i++) {
		if (results[i] != PAUSE_LATE)
			continue;
		if (has_settled(pauser, &pauses[i], &results[i])) {
			*stands |= results[i] == PAUSE_STOPPED;
			settled++;
		} else {
			pauses[i].since_ns = asked;
		}
	}
	return settled;
}

void pause_begin_all(struct pauser *pauser, struct pause *pauses, enum pause_result *results,
		     size_t n, uint64_t max_wait_ns, uint64_t max_stand_ns)
{
	uint64_t begin = clock_monotonic_ns(), deadline = begin + max_wait_ns, now;
	bool stands = false;
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		pauses[i] = (struct pause){ .tid = pauses[i].tid, .since_ns = begin };
		left += ask_to_stop(pauser, pauses[i].tid, &results[i]);
	}
	while (left) {
		bool stood = stands;

		left -= ask_all(pauser, pauses, results, n, &stands);
		now = clock_monotonic_ns();
		if (stands && !stood && now + max_stand_ns < deadline)
			deadline = now + max_stand_ns;
		if (!left || now > deadline)
			break;
		nap(now - begin);
	}
	for (size_t i = 0; i < n; i++)
		if (results[i] == PAUSE_LATE)
			add_late(pauser, pauses[i].tid);
}

void pause_end(const struct pause *pause)
{
	ptrace(PTRACE_DETACH, pause->tid, 0, (void *)(intptr_t)pause->signo);
	let();
}

void pause_end_all(struct pauser *pauser, const struct pause *pauses,
		   const enum pause_result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (results[i] != PAUSE_STOPPED)
			continue;
		if (ptrace(PTRACE_DETACH, pauses[i].tid, 0, (void *)(intptr_t)pauses[i].signo) < 0)
			add_late(pauser, pauses[i].tid);
		else
			let();
	}
}

void pauser_release_late(struct pauser *pauser)
{
	size_t kept = 0;

	for (size_t i = 0; i < pauser->n_late; i++) {
		struct pause pause = { .tid = pauser->late[i] };
		enum stop stop = ask(pauser, pause.tid, &pause.signo);

		if (stop == STOP_STANDS)
			pause_end(&pause);
		else if (stop == STOP_NOT_YET)
			pauser->late[kept++] = pause.tid;
		else
			let();
	}
	pauser->n_late = kept;
}

/*
 * What was late when its pauser went: it stands, or will, until somebody lets it go, which only the
 * thread of ours that asked it to stop can.
 */
static _Thread_local struct left {
	struct left_thread {
		pid_t tid, launched;
	} *threads;
	size_t n, cap;
} left;

bool pausers_release_left(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < left.n; i++) {
		const struct pauser pauser = { .launched = left.threads[i].launched };
		struct pause pause = { .tid = left.threads[i].tid };
		enum stop stop = ask(&pauser, pause.tid, &pause.signo);

		if (stop == STOP_STANDS)
			pause_end(&pause);
		else if (stop == STOP_NOT_YET)
			left.threads[kept++] = left.threads[i];
		else
			let();
	}
	left.n = kept;
	if (left.n)
		return true;
	free(left.threads);
	left = (struct left){ 0 };
	return false;
}

static void leave(const struct pauser *pauser, pid_t tid)
{
	struct pause pause = { .tid = tid };

	if (array_grow(left.threads, left.n, left.cap))
		left.threads[left.n++] = (struct left_thread){ tid, pauser->launched };
	else if (wait_for_stop(pauser, UINT64_MAX, &pause) == STOP_STANDS)
		pause_end(&pause);
	else
		let();
}

void pauser_deinit(struct pauser *pauser)
{
	uint64_t begin = clock_monotonic_ns();

	while (pauser->n_late && clock_monotonic_ns() - begin < LAST_WAIT_NS) {
		pauser_release_late(pauser);
		if (pauser->n_late)
			nap(UINT64_MAX);
	}
	for (size_t i = 0; i < pauser->n_late; i++)
		leave(pauser, pauser->late[i]);
	free(pauser->late);
	*pauser = (struct pauser){ 0 };
}
