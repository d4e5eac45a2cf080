/* SPDX-License-Identifier: MIT */
/* Pausing several threads of a real process together. */
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "target/pause.h"

#define N	4
#define SECOND	1000000000u
#define MILLI	1000000u

/* What the child tells: shared memory. */
static struct shared {
	volatile uint64_t laps[N];
	volatile pid_t tids[N], vforked;
	volatile uint64_t signals;
} *shared;

static void on_signal(int signo)
{
	(void)signo;
	shared->signals++;
}

static void *spin(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;

	shared->tids[i] = (pid_t)syscall(SYS_gettid);
	for (;;)
		shared->laps[i]++;
	return NULL;
}

/* Waits in the kernel where no signal but a deadly one reaches it, until the grandchild ends. */
static void *wait_for_vfork(void *arg)
{
	pid_t pid;

	(void)arg;
	shared->tids[N - 1] = (pid_t)syscall(SYS_gettid);
	/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid = vfork();
	if (pid == 0) {
		shared->vforked = (pid_t)syscall(SYS_getpid);
		for (;;)
			pause();
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	for (;;)
		shared->laps[N - 1]++;
	return NULL;
}

static pid_t start(void *(*last)(void *))
{
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	assert_true(shared != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where a test fails */
		signal(SIGUSR1, on_signal);
		for (size_t i = 0; i < N; i++)
			pthread_create(&thread, NULL, i == N - 1 ? last : spin,
				       (void *)(uintptr_t)i);
		for (;;)
			pause();
	}
	for (size_t i = 0; i < N; i++)
		while (!shared->tids[i] || (!shared->laps[i] && !shared->vforked))
			usleep(1000);
	return pid;
}

static void finish(pid_t pid)
{
	int status = -1;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	munmap(shared, sizeof(*shared));
}

static void name_all(struct pause pauses[N])
{
	memset(pauses, 0, N * sizeof(pauses[0]));
	for (size_t i = 0; i < N; i++)
		pauses[i].tid = shared->tids[i];
}

/* Each of the first `n` goes on, sooner or later. */
static void all_run(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t laps = shared->laps[i];

		for (int k = 0; shared->laps[i] == laps; k++) {
			assert_true(k < 10000);
			usleep(1000);
		}
	}
}

static void all_stand_and_go_on(void **state)
{
	enum pause_result results[N];
	struct pause pauses[N];
	struct pauser pauser;
	pid_t pid = start(spin);
	uint64_t laps[N];

	(void)state;
	pauser_init(&pauser, pid, pid);
	for (int round = 0; round < 50; round++) {
		name_all(pauses);
		pause_begin_all(&pauser, pauses, results, N, 10ull * SECOND, 10ull * SECOND);
		for (size_t i = 0; i < N; i++) {
			assert_int_equal(results[i], PAUSE_STOPPED);
			assert_true(pauses[i].since_ns > 0);
			laps[i] = shared->laps[i];
		}
		usleep(2000);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(shared->laps[i], laps[i]);
		if (round == 10)
			syscall(SYS_tgkill, pid, shared->tids[1], SIGUSR1);
		pause_end_all(&pauser, pauses, results, N);
		all_run(N);
		assert_int_equal(pauser.n_late, 0);
	}
	assert_int_equal(shared->signals, 1);
	pauser_deinit(&pauser);
	finish(pid);
}

/* The others stand all the same. */
static void one_that_is_not_there(void **state)
{
	enum pause_result results[N];
	struct pause pauses[N];
	struct pauser pauser;
	pid_t pid = start(spin);

	(void)state;
	pauser_init(&pauser, pid, pid);
	name_all(pauses);
	pauses[0].tid = 0x7ffffff0;
	pause_begin_all(&pauser, pauses, results, N, 10ull * SECOND, 10ull * SECOND);
	assert_int_equal(results[0], PAUSE_GONE);
	for (size_t i = 1; i < N; i++)
		assert_int_equal(results[i], PAUSE_STOPPED);
	pause_end_all(&pauser, pauses, results, N);
	all_run(N);
	pauser_deinit(&pauser);
	finish(pid);
}

/* What does not stop does not keep the others; when it can, it is waited for again, or let go. */
static void a_late_one_is_waited_for_again(void **state)
{
	enum pause_result results[N];
	struct pause pauses[N];
	struct pauser pauser;
	pid_t pid = start(wait_for_vfork);

	(void)state;
	pauser_init(&pauser, pid, pid);
	name_all(pauses);
	pause_begin_all(&pauser, pauses, results, N, 10ull * SECOND, SECOND);
	for (size_t i = 0; i + 1 < N; i++)
		assert_int_equal(results[i], PAUSE_STOPPED);
	assert_int_equal(results[N - 1], PAUSE_LATE);
	assert_int_equal(pauser.n_late, 1);
	pause_end_all(&pauser, pauses, results, N);
	all_run(N - 1);

	kill(shared->vforked, SIGKILL);
	pauses[0].tid = shared->tids[N - 1];
	pause_begin_all(&pauser, pauses, results, 1, 10ull * SECOND, 10ull * SECOND);
	assert_int_equal(results[0], PAUSE_STOPPED);
	assert_int_equal(pauser.n_late, 0);
	pause_end_all(&pauser, pauses, results, 1);
	all_run(N);
	pauser_deinit(&pauser);
	finish(pid);
}

/* A process that is killed while its threads stand ends, for all to see, as soon as they are let go. */
static void killed_while_it_stands(void **state)
{
	enum pause_result results[N];
	struct pause pauses[N];
	struct pauser pauser;
	pid_t pid = start(spin);
	int status;

	(void)state;
	pauser_init(&pauser, pid, pid);
	name_all(pauses);
	pause_begin_all(&pauser, pauses, results, N, 10ull * SECOND, 10ull * SECOND);
	kill(pid, SIGKILL);
	usleep(20000);
	pause_end_all(&pauser, pauses, results, N);
	pauser_deinit(&pauser);
	while (pausers_release_left())
		usleep(1000);
	for (int k = 0; waitpid(pid, &status, WNOHANG) != pid; k++) {
		assert_true(k < 10000);
		usleep(1000);
	}
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_stand_and_go_on),
		cmocka_unit_test(one_that_is_not_there),
		cmocka_unit_test(a_late_one_is_waited_for_again),
		cmocka_unit_test(killed_while_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
