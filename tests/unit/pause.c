/* SPDX-License-Identifier: MIT */
/* Pausing real processes: what they do, what they get, and how they end, is as without us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "target/pause.h"

#define SECOND 1000000000u

/* What the child tells: shared memory. */
struct shared {
	volatile uint64_t laps, signals;
};

static struct shared *shared;

static void on_signal(int signo)
{
	(void)signo;
	shared->signals++;
}

static pid_t start_spinning(void)
{
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	assert_true(shared != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where a test fails */
		signal(SIGUSR1, on_signal);
		for (;;)
			shared->laps++;
	}
	while (!shared->laps)
		;
	return pid;
}

/* Would Ctrl-Z stop us now, and what stands with us? */
static bool ctrl_z_waits(void)
{
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	return sigismember(&blocked, SIGTSTP) == 1;
}

static int nothing_is_held(void **state)
{
	(void)state;
	return ctrl_z_waits() ? -1 : 0;
}

/* Ends it, and says with which status. */
static int finish(pid_t pid)
{
	int status = -1;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	munmap(shared, sizeof(*shared));
	return status;
}

static char state_of(pid_t pid)
{
	char path[64], text[512] = "", *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	end = strrchr(text, ')');
	assert_non_null(end);
	return end[2];
}

static void wait_for_state(pid_t pid, char state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; state_of(pid) != state; i++) {
		assert_true(i < 5000);
		nanosleep(&pause, NULL);
	}
}

static void runs(pid_t pid)
{
	uint64_t before = shared->laps;
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; shared->laps == before; i++) {
		assert_true(i < 5000);
		nanosleep(&pause, NULL);
	}
	assert_int_not_equal(state_of(pid), 't');
}

static void it_stands_and_goes_on(void **state)
{
	pid_t pid = start_spinning();
	struct pauser pauser;
	struct pause stand;

	(void)state;
	pauser_init(&pauser, pid, pid);
	for (int i = 0; i < 200; i++) {
		uint64_t before;

		assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
		assert_int_equal(state_of(pid), 't');
		assert_true(ctrl_z_waits());
		before = shared->laps;
		for (volatile int k = 0; k < 10000; k++)
			;
		assert_int_equal(shared->laps, before);
		pause_end(&stand);
		assert_false(ctrl_z_waits());
	}
	runs(pid);
	assert_int_equal(pauser.n_late, 0);
	pauser_deinit(&pauser);
	finish(pid);
}

/* Signals are sent while it stands, and at any moment: each is handled, exactly once. */
static void signals_reach_it(void **state)
{
	pid_t pid = start_spinning();
	struct pauser pauser;
	uint64_t sent = 0;
	struct pause stand;

	(void)state;
	pauser_init(&pauser, pid, pid);
	for (int i = 0; i < 500; i++) {
		const struct timespec pause = { .tv_nsec = 100000 };

		if (i % 2)
			kill(pid, SIGUSR1);
		assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
		if (i % 2 == 0)
			kill(pid, SIGUSR1);
		pause_end(&stand);
		sent++;
		for (int k = 0; shared->signals < sent; k++) {
			assert_true(k < 50000);
			nanosleep(&pause, NULL);
		}
		assert_int_equal(shared->signals, sent);
	}
	pauser_deinit(&pauser);
	finish(pid);
}

static void a_job_that_was_stopped_stays_so(void **state)
{
	pid_t pid = start_spinning();
	struct pauser pauser;
	struct pause stand;

	(void)state;
	pauser_init(&pauser, pid, pid);
	kill(pid, SIGSTOP);
	wait_for_state(pid, 'T');
	assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
	pause_end(&stand);
	wait_for_state(pid, 'T');
	/* And one that is stopped while it stands for us. */
	kill(pid, SIGCONT);
	runs(pid);
	assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
	kill(pid, SIGSTOP);
	pause_end(&stand);
	wait_for_state(pid, 'T');
	kill(pid, SIGCONT);
	runs(pid);
	pauser_deinit(&pauser);
	finish(pid);
}

/* The status of a child that dies while it stands is its parent's to have. */
static void an_end_is_not_taken_away(void **state)
{
	pid_t pid = start_spinning();
	struct pauser pauser;
	struct pause stand;
	int status;

	(void)state;
	pauser_init(&pauser, pid, pid);
	assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
	kill(pid, SIGKILL);
	pause_end(&stand);
	wait_for_state(pid, 'Z');
	assert_int_not_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
	pauser_deinit(&pauser);
	status = finish(pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void what_is_debugged_is_left_alone(void **state)
{
	pid_t pid = start_spinning(), debugger;
	struct pauser pauser;
	struct pause stand;
	int pipes[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	debugger = fork();
	assert_true(debugger >= 0);
	if (debugger == 0) {
		byte = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 ? '1' : '0';
		if (write(pipes[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	pauser_init(&pauser, pid, pid);
	if (byte == '1') {
		assert_int_equal(pause_begin(&pauser, pid, SECOND, &stand), PAUSE_REFUSED);
		runs(pid);
	}
	kill(debugger, SIGKILL);
	waitpid(debugger, NULL, 0);
	assert_int_equal(pause_begin(&pauser, pid, 10ull * SECOND, &stand), PAUSE_STOPPED);
	pause_end(&stand);
	runs(pid);
	pauser_deinit(&pauser);
	finish(pid);
	if (byte != '1')
		skip();
}

static void *spin(void *arg)
{
	(void)arg;
	for (;;)
		shared->laps++;
	return NULL;
}

/* A thread that turns the whole process into another program is not left standing there. */
static void an_exec_of_a_thread_goes_on(void **state)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct pauser pauser;
		pid_t pid = start_spinning();
		struct pause stand;
		int status = 0;

		/* The spinning child's own thread execs; we pause its main thread meanwhile. */
		finish(pid);
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		pid = fork();
		if (pid == 0) {
			pthread_t thread;

			pthread_create(&thread, NULL, spin, NULL);
			while (shared->laps < 100000)
				;
			execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
			_exit(1);
		}
		pauser_init(&pauser, pid, pid);
		while (waitpid(pid, &status, WNOHANG) == 0) {
			if (pause_begin(&pauser, pid, SECOND, &stand) == PAUSE_STOPPED)
				pause_end(&stand);
			pauser_release_late(&pauser);
			nanosleep(&pause, NULL);
		}
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
		pauser_deinit(&pauser);
		munmap(shared, sizeof(*shared));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(it_stands_and_goes_on, nothing_is_held),
		cmocka_unit_test_teardown(signals_reach_it, nothing_is_held),
		cmocka_unit_test_teardown(a_job_that_was_stopped_stays_so, nothing_is_held),
		cmocka_unit_test_teardown(an_end_is_not_taken_away, nothing_is_held),
		cmocka_unit_test_teardown(what_is_debugged_is_left_alone, nothing_is_held),
		cmocka_unit_test_teardown(an_exec_of_a_thread_goes_on, nothing_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
