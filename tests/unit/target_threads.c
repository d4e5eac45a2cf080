/* SPDX-License-Identifier: MIT */
/* Threads of real processes: ids, also in a nested PID namespace, names and states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "target/target.h"
#include "target/thread_watch.h"
#include "target_child.h"

#define N_THREADS 5

static struct target *open_target(pid_t pid)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static int child_out;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *named_thread(void *arg)
{
	char name[16];

	snprintf(name, sizeof(name), "worker) %d\n", (int)(intptr_t)arg);
	prctl(PR_SET_NAME, name);
	child_say(child_out, (int)syscall(SYS_gettid));
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Says its own id, then the id of each thread it starts; ends them when told to, then waits. */
static void run_threads(int in, int out, void *arg)
{
	pthread_t threads[N_THREADS];

	(void)arg;
	child_out = out;
	pthread_mutex_lock(&lock);
	child_say(out, (int)getpid());
	for (int i = 0; i < N_THREADS; i++) {
		pthread_create(&threads[i], NULL, named_thread, (void *)(intptr_t)i);
		child_await(in);
	}
	child_await(in);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	child_say(out, 1);
	child_await(in);
}

static void hear_threads(struct child *child, int ids[N_THREADS + 1])
{
	ids[0] = child_hear(child);
	for (int i = 1; i <= N_THREADS; i++) {
		ids[i] = child_hear(child);
		assert_true(ids[i] > 0);
		child_tell(child);
	}
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void test_threads(void **state)
{
	struct child child = child_start(run_threads, NULL);
	int ids[N_THREADS + 1];
	struct target *target;
	char comm[64], name[32], tiny[4];
	pid_t *tids = NULL;
	size_t n, cap = 0;

	(void)state;
	hear_threads(&child, ids);
	target = open_target(child.pid);
	assert_int_equal(target_threads(target, &tids, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(n, N_THREADS + 1);
	for (int i = 1; i <= N_THREADS; i++) {
		snprintf(name, sizeof(name), "worker) %d\n", i - 1);
		target_thread_comm(target, ids[i], comm, sizeof(comm));
		assert_string_equal(comm, name);
		assert_int_equal(target_tid_from_ns(target, ids[i]), ids[i]);
		assert_int_equal(target_tid_to_ns(target, ids[i]), ids[i]);
	}
	target_thread_comm(target, ids[1], tiny, sizeof(tiny));
	assert_string_equal(tiny, "wor");
	qsort(ids, N_THREADS + 1, sizeof(ids[0]), compare_ints);
	for (int i = 0; i <= N_THREADS; i++)
		assert_int_equal(tids[i], ids[i]);

	child_tell(&child);
	assert_int_equal(child_hear(&child), 1);
	/* Who was joined is a moment longer in the list. */
	assert_true(await(target_threads(target, &tids, &n, &cap, NULL) == PYPROF_OK && n == 1));
	assert_int_equal(tids[0], child.pid);
	target_thread_comm(target, INT32_MAX, comm, sizeof(comm));
	assert_string_equal(comm, "");
	free(tids);
	target_close(target);
	child_reap(&child);
}

/* ---- states --------------------------------------------------------------------- */

static void run_busy(int in, int out, void *arg)
{
	volatile unsigned long n = 0;

	(void)arg;
	child_say(out, 1);
	child_await(in);
	while (n + 1 != 0)
		n++;
}

static void test_states(void **state)
{
	struct child child = child_start(run_busy, NULL);
	struct target *target;
	struct thread_watch watch;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	thread_watch_init(&watch, target, child.pid);
	assert_true(watch.fd >= 0);
	assert_true(await(thread_watch_ask(&watch, NULL) == THREAD_WAITS));
	child_tell(&child);
	assert_true(await(thread_watch_ask(&watch, NULL) == THREAD_RUNS));
	kill(child.pid, SIGSTOP);
	assert_true(await(thread_watch_ask(&watch, NULL) == THREAD_WAITS));
	kill(child.pid, SIGKILL);
	assert_true(await(thread_watch_ask(&watch, NULL) != THREAD_RUNS));
	waitpid(child.pid, NULL, 0);
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_GONE);
	thread_watch_deinit(&watch);
	thread_watch_deinit(&watch);
	thread_watch_init(&watch, target, child.pid);
	assert_int_equal(watch.fd, -1);
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_GONE);
	thread_watch_deinit(&watch);
	target_close(target);
	child.pid = -1;
}

/* ---- what a thread waits for ------------------------------------------------------- */

static uint32_t futex_word;

static void run_waits(int in, int out, void *arg)
{
	(void)arg;
	child_say(out, 1);
	child_await(in);
	/* As glibc waits for a condition: until a time, by one call or the other. */
	syscall(SYS_futex, &futex_word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

static bool waits_for(const struct thread_watch *watch, const void *addr)
{
	uint64_t futex = 1;

	return thread_watch_ask(watch, &futex) == THREAD_WAITS && futex == (uintptr_t)addr;
}

/* The child is a copy of us: what it has lies where ours does. */
static void test_futex(void **state)
{
	struct child child = child_start(run_waits, NULL);
	struct target *target;
	struct thread_watch watch;
	uint64_t futex = 1;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	thread_watch_init(&watch, target, child.pid);
	if (watch.by_stat)
		skip_because("this kernel does not tell system calls");
	/* In read(): the address of its buffer is no futex. */
	assert_true(await(waits_for(&watch, NULL)));
	child_tell(&child);
	assert_true(await(waits_for(&watch, &futex_word)));
	/* The same without a descriptor kept. */
	thread_watch_close(&watch);
	assert_int_equal(watch.fd, -1);
	assert_true(waits_for(&watch, &futex_word));
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	assert_int_equal(thread_watch_ask(&watch, &futex), THREAD_GONE);
	assert_int_equal(futex, 0);
	thread_watch_deinit(&watch);
	target_close(target);
	child.pid = -1;
}

/* Where the kernel has no file for it the state is known, and the futex is not. */
static void test_state_by_stat(void **state)
{
	struct child child = child_start(run_waits, NULL);
	struct target *target;
	struct thread_watch watch;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	child_tell(&child);
	target = open_target(child.pid);
	thread_watch_init(&watch, target, child.pid);
	if (!watch.by_stat)
		assert_true(await(waits_for(&watch, &futex_word)));
	thread_watch_close(&watch);
	watch.by_stat = true;
	assert_true(await(waits_for(&watch, NULL)));
	thread_watch_deinit(&watch);
	target_close(target);
	child_reap(&child);
}

/* No descriptor left is not the same as no thread left. */
static void test_out_of_descriptors(void **state)
{
	struct child child = child_start(child_idle, NULL);
	struct rlimit before, none;
	struct target *target;
	struct thread_watch kept, watch;
	struct pyprof_error err;
	enum pyprof_status listed;
	enum thread_activity kept_state, without;
	pid_t *tids = NULL;
	size_t n, cap = 0;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	thread_watch_init(&kept, target, child.pid);
	assert_true(await(thread_watch_ask(&kept, NULL) == THREAD_WAITS));
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	thread_watch_init(&watch, target, child.pid);
	kept_state = thread_watch_ask(&kept, NULL);
	without = thread_watch_ask(&watch, NULL);
	listed = target_threads(target, &tids, &n, &cap, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(watch.fd, -1);
	assert_int_equal(kept_state, THREAD_WAITS);
	assert_int_equal(without, THREAD_UNKNOWN);
	assert_int_equal(listed, PYPROF_ERR_IO);
	/* With one again it is asked anew each time. */
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_WAITS);
	thread_watch_deinit(&watch);
	thread_watch_deinit(&kept);
	free(tids);
	target_close(target);
	child_reap(&child);
}

/* ---- a PID namespace of its own ---------------------------------------------------- */

static void run_namespace(int in, int out, void *arg)
{
	int go[2];
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0 || pipe(go) < 0)
		_exit(77);
	pid = fork();
	if (pid == 0) {
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Both write to one pipe: the outer process speaks first. */
		if (read(go[0], &byte, 1) == 1)
			run_threads(in, out, arg);
		_exit(0);
	}
	child_say(out, pid);
	if (write(go[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_nested_namespace(void **state)
{
	struct child child;
	int ids[N_THREADS + 1], pid;
	struct target *target;
	pid_t *tids = NULL;
	size_t n, cap = 0;

	(void)state;
	if (geteuid() != 0)
		skip_because("a PID namespace of one's own needs root");
	child = child_start(run_namespace, NULL);
	pid = child_hear(&child);
	if (pid < 0) {
		child_reap(&child);
		skip_because("unshare(CLONE_NEWPID) is refused here");
	}
	ids[0] = child_hear(&child);
	assert_int_equal(ids[0], 1);
	for (int i = 1; i <= N_THREADS; i++) {
		ids[i] = child_hear(&child);
		assert_int_equal(ids[i], i + 1);
		child_tell(&child);
	}
	target = open_target(pid);
	assert_true(target->nested_pid_ns);
	assert_int_equal(target->pid, pid);
	assert_int_equal(target->ns_pid, 1);
	assert_int_equal(target_threads(target, &tids, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(n, N_THREADS + 1);
	for (int i = 0; i <= N_THREADS; i++) {
		pid_t tid = target_tid_from_ns(target, i + 1);
		bool listed = false;
		for (size_t k = 0; k < n; k++)
			listed |= tids[k] == tid;
		assert_true(listed);
		assert_int_equal(target_tid_to_ns(target, tid), i + 1);
	}
	assert_int_equal(target_tid_from_ns(target, 1), pid);
	assert_int_equal(target_tid_from_ns(target, 99), 0);
	/* The threads end: what was learnt of them is not believed any more. */
	child_tell(&child);
	assert_int_equal(child_hear(&child), 1);
	assert_true(await(target_tid_from_ns(target, 2) == 0));
	assert_int_equal(target_tid_from_ns(target, 1), pid);
	kill(pid, SIGKILL);
	assert_true(await(target_check(target) == PYPROF_ERR_GONE));
	free(tids);
	target_close(target);
	child_reap(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_futex),
		cmocka_unit_test(test_state_by_stat),
		cmocka_unit_test(test_out_of_descriptors),
		cmocka_unit_test(test_nested_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
