/* SPDX-License-Identifier: MIT */
/* CPU time of real processes, beside what they say of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <cmocka.h>

#include "base/clock.h"
#include "target/cpu_time.h"
#include "target/thread_watch.h"
#include "target_child.h"

#define SPIN_NS 50000000u

/* ---- the text -------------------------------------------------------------------------- */

static bool parse(struct cpu_time *out, const char *text)
{
	return cpu_time_parse(out, text, strlen(text));
}

static void the_text_is_three_numbers(void **state)
{
	struct cpu_time time;

	(void)state;
	assert_true(parse(&time, "123 456 7\n"));
	assert_int_equal(time.on_cpu_ns, 123);
	assert_int_equal(time.waiting_ns, 456);
	assert_int_equal(time.times, 7);
	assert_true(parse(&time, "0 0 0\n"));
	assert_int_equal(time.times, 0);
	assert_true(parse(&time, "18446744073709551615 18446744073709551615 1\n"));
	assert_true(time.on_cpu_ns == UINT64_MAX && time.waiting_ns == UINT64_MAX);
}

static void other_texts_are_none(void **state)
{
	static const char *const texts[] = {
		"", "\n", "1", "1 2", "1 2\n", "1 2 3", "1  2 3\n", " 1 2 3\n", "-1 2 3\n",
		"1 2 x\n", "1 2 3x\n", "0x1 2 3\n", "18446744073709551616 2 3\n",
		"99999999999999999999 2 3\n", "1 99999999999999999999999999999 3\n",
	};
	struct cpu_time time;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(&time, texts[i]))
			fail_msg("\"%s\" was taken", texts[i]);
	/* Nothing is read behind the end. */
	assert_false(cpu_time_parse(&time, "1 2 3\n", 5));
	assert_false(cpu_time_parse(&time, "1 2 3\n", 0));
}

/* ---- children --------------------------------------------------------------------------- */

static uint64_t thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void spin_for_a_while(void)
{
	uint64_t begin = thread_cpu_ns();

	while (thread_cpu_ns() - begin < SPIN_NS)
		;
}

/* Spins, says how many us of CPU time it had in all, and waits. */
static void run_spinning_for_a_while(int in, int out, void *arg)
{
	(void)arg;
	for (;;) {
		child_say(out, (int)(thread_cpu_ns() / 1000));
		child_await(in);
		spin_for_a_while();
	}
}

static int thread_in;

static void *spinning_thread(void *arg)
{
	int out = *(int *)arg;

	child_say(out, (int)syscall(SYS_gettid));
	child_await(thread_in);
	spin_for_a_while();
	child_say(out, (int)(thread_cpu_ns() / 1000));
	child_await(thread_in);
	return NULL;
}

/* The main thread does nothing but wait for the other, which says its id. */
static void run_two_threads(int in, int out, void *arg)
{
	pthread_t thread;

	(void)arg;
	thread_in = in;
	pthread_create(&thread, NULL, spinning_thread, &out);
	pthread_join(thread, NULL);
	child_say(out, 2);
	child_await(in);
}

static void run_spinning(int in, int out, void *arg)
{
	(void)in;
	(void)arg;
	child_say(out, 1);
	for (;;)
		;
}

/* ---- helpers ---------------------------------------------------------------------------- */

#define need_account()                                                                   \
	do {                                                                             \
		if (!cpu_time_available())                                               \
			skip_because("this kernel keeps no account of threads");         \
	} while (0)

static struct target *open_target(pid_t pid)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static void open_watch(struct cpu_time_watch *watch, const struct target *target, pid_t tid)
{
	if (!cpu_time_watch_init(watch, target, tid))
		fail_msg("thread %d: %s", tid, strerror(errno));
}

static uint64_t on_cpu_ns(const struct cpu_time_watch *watch)
{
	struct cpu_time time = { 0 };

	assert_true(cpu_time_read(watch, &time));
	return time.on_cpu_ns;
}

/* Has it left its CPU, and the account been made? */
static bool sleeps(const struct target *target, pid_t tid)
{
	struct thread_watch watch;
	enum thread_activity state;

	thread_watch_init(&watch, target, tid);
	state = thread_watch_ask(&watch, NULL);
	thread_watch_deinit(&watch);
	return state == THREAD_WAITS;
}

/* ---- threads ------------------------------------------------------------------------------ */

static void a_sleeping_threads_account_is_exact(void **state)
{
	struct cpu_time_watch watch;
	struct target *target;
	struct child child;
	uint64_t before;
	int said[2];

	(void)state;
	need_account();
	child = child_start(run_spinning_for_a_while, NULL);
	said[0] = child_hear(&child);
	target = open_target(child.pid);
	open_watch(&watch, target, child.pid);
	assert_true(await(sleeps(target, child.pid)));
	before = on_cpu_ns(&watch);
	child_tell(&child);
	said[1] = child_hear(&child);
	/* It goes to sleep now: with that its account is complete, or lacks less than a tick. */
	assert_true(said[1] - said[0] >= (int)(SPIN_NS / 1000));
	assert_true(await(on_cpu_ns(&watch) >= (uint64_t)said[1] * 1000));
	assert_true(await(sleeps(target, child.pid)));
	/* The rest is what it takes to say so and to go to sleep. */
	assert_in_range(on_cpu_ns(&watch) - before, SPIN_NS,
			(uint64_t)(said[1] - said[0]) * 1000 + SPIN_NS / 2);
	cpu_time_watch_deinit(&watch);
	target_close(target);
	child_reap(&child);
}

static void a_running_thread_is_booked_on(void **state)
{
	struct cpu_time_watch watch;
	struct cpu_time time = { 0 };
	struct target *target;
	uint64_t last = 0, first;
	struct child child;

	(void)state;
	need_account();
	child = child_start(run_spinning, NULL);
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	open_watch(&watch, target, child.pid);
	first = on_cpu_ns(&watch);
	for (int i = 0; i < 2000; i++) {
		assert_true(cpu_time_read(&watch, &time));
		assert_true(time.on_cpu_ns >= last);
		last = time.on_cpu_ns;
	}
	assert_true(time.times > 0);
	assert_true(await(on_cpu_ns(&watch) > first));
	cpu_time_watch_deinit(&watch);
	target_close(target);
	child_reap(&child);
}

static void threads_are_told_apart(void **state)
{
	struct cpu_time_watch watches[2];
	struct cpu_time time;
	struct target *target;
	uint64_t before[2];
	struct child child;
	pid_t tid;
	int said;

	(void)state;
	need_account();
	child = child_start(run_two_threads, NULL);
	tid = child_hear(&child);
	assert_true(tid > 0 && tid != child.pid);
	target = open_target(child.pid);
	assert_true(await(sleeps(target, child.pid) && sleeps(target, tid)));
	open_watch(&watches[0], target, child.pid);
	open_watch(&watches[1], target, tid);
	for (int i = 0; i < 2; i++)
		before[i] = on_cpu_ns(&watches[i]);
	child_tell(&child);
	said = child_hear(&child);
	assert_true(await(on_cpu_ns(&watches[1]) >= (uint64_t)said * 1000));
	assert_true(on_cpu_ns(&watches[1]) - before[1] >= SPIN_NS);
	/* It slept all the time, or was just falling asleep. */
	assert_in_range(on_cpu_ns(&watches[0]) - before[0], 0, SPIN_NS / 2);
	/* An end is told. */
	child_tell(&child);
	assert_int_equal(child_hear(&child), 2);
	assert_true(await(!cpu_time_read(&watches[1], &time)));
	assert_true(cpu_time_read(&watches[0], &time));
	cpu_time_watch_deinit(&watches[1]);
	assert_false(cpu_time_watch_init(&watches[1], target, tid));
	assert_false(cpu_time_read(&watches[1], &time));
	cpu_time_watch_deinit(&watches[0]);
	assert_int_equal(watches[0].fd, -1);
	cpu_time_watch_deinit(&watches[0]);
	target_close(target);
	child_reap(&child);
}

/* ---- the process -------------------------------------------------------------------------- */

static void a_process_has_the_time_of_all_threads(void **state)
{
	uint64_t before, after = 0, last;
	struct target *target;
	struct child child;
	pid_t tid;

	(void)state;
	child = child_start(run_two_threads, NULL);
	tid = child_hear(&child);
	target = open_target(child.pid);
	assert_true(await(sleeps(target, child.pid) && sleeps(target, tid)));
	assert_true(cpu_time_of_process(child.pid, &before));
	child_tell(&child);
	assert_true(child_hear(&child) > 0);
	assert_true(await(cpu_time_of_process(child.pid, &after) && after - before >= SPIN_NS));
	/* Those that ended, too. */
	child_tell(&child);
	assert_int_equal(child_hear(&child), 2);
	assert_true(cpu_time_of_process(child.pid, &last));
	assert_true(last >= after);
	/* A thread's number is no process's. */
	assert_false(cpu_time_of_process(tid, &last));
	target_close(target);
	child_reap(&child);
}

static void our_own_time_is_what_our_clock_says(void **state)
{
	uint64_t begin, asked, end;

	(void)state;
	/* Of seconds and the rest of them. */
	do
		begin = clock_cpu_ns();
	while (begin < 1010000000);
	assert_true(cpu_time_of_process(getpid(), &asked));
	end = clock_cpu_ns();
	assert_in_range(asked, begin, end);
}

static void no_process_has_no_time(void **state)
{
	struct child child = child_start(child_idle, NULL);
	pid_t pid = child.pid;
	uint64_t ns;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	assert_true(cpu_time_of_process(pid, &ns));
	child_reap(&child);
	assert_false(cpu_time_of_process(pid, &ns));
	/* 0 would be ourselves. */
	assert_false(cpu_time_of_process(0, &ns));
	assert_false(cpu_time_of_process(-1, &ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_three_numbers),
		cmocka_unit_test(other_texts_are_none),
		cmocka_unit_test(a_sleeping_threads_account_is_exact),
		cmocka_unit_test(a_running_thread_is_booked_on),
		cmocka_unit_test(threads_are_told_apart),
		cmocka_unit_test(a_process_has_the_time_of_all_threads),
		cmocka_unit_test(our_own_time_is_what_our_clock_says),
		cmocka_unit_test(no_process_has_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
