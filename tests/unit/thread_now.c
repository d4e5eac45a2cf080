/* SPDX-License-Identifier: MIT */
/* What one thread does: what the kernel's file says, of live threads and in an image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/thread_now.h"

static const char a_futex[] = "202 0x7f00 0x189 0x0 0xffffffffffffffff 0x0 0xffffffff 0x7ffe 0x7f29\n";

static void calls_are_taken_apart(void **state)
{
	struct thread_now now = { .state = 'S' };

	(void)state;
	assert_true(thread_now_parse(&now, "running\n"));
	assert_true(now.runs);
	assert_int_equal(now.syscall, -1);
	assert_int_equal(now.state, 'S');

#if defined(__x86_64__)
	assert_true(thread_now_parse(&now, a_futex));
	assert_false(now.runs);
	assert_int_equal(now.syscall, SYS_futex);
	assert_int_equal(now.futex, 0x7f00);
	assert_int_equal(now.args[1], 0x189);
	assert_true(now.args[3] == UINT64_MAX);
	assert_int_equal(now.sp, 0x7ffe);
	assert_int_equal(now.pc, 0x7f29);
#endif
	assert_true(thread_now_parse(&now, "0 0x3 0x1 0x2 0x0 0x0 0x0 0x7ffe 0x7f29\n"));
	assert_int_equal(now.futex, 0);
	assert_int_equal(now.args[0], 3);

	assert_true(thread_now_parse(&now, "-1 0x7ffe 0x7f29\n"));
	assert_int_equal(now.syscall, -1);
	assert_int_equal(now.args[0], 0);
	assert_int_equal(now.sp, 0x7ffe);
	assert_false(now.runs);
}

static void what_is_no_call_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"run",
		"x",
		"-2 0x1 0x2",
		"-1",
		"-1 0x1",
		"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7",
		"202 1 2 3 4 5 6 7 8",
		"99999999999999999999 0x1 0x2",
		"202 0x1ffffffffffffffff 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
		"202  0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
	};
	struct thread_now now = { .state = 'D', .pc = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(thread_now_parse(&now, texts[i]));
		assert_int_equal(now.pc, 7);
	}
}

static void names_are_the_headers(void **state)
{
	(void)state;
	assert_string_equal(syscall_name(SYS_read), "read");
	assert_string_equal(syscall_name(SYS_futex), "futex");
	assert_string_equal(syscall_name(SYS_clock_nanosleep), "clock_nanosleep");
	assert_string_equal(syscall_name(SYS_restart_syscall), "restart_syscall");
	assert_null(syscall_name(-1));
	assert_null(syscall_name(100000));
}

static struct target *open_child(pid_t *pid, bool spins)
{
	struct target *target;

	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where a test fails */
	while (*pid == 0)
		if (!spins)
			pause();
	assert_int_equal(target_open(&target, *pid, NULL), PYPROF_OK);
	return target;
}

static void close_child(struct target *target, pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	target_close(target);
}

/*
 * Asks until it is in that state, in which it rests, for the second time: what is asked first of an
 * answer may be from before.
 */
static void becomes(const struct target *target, pid_t pid, char state, struct thread_now *now)
{
	for (int i = 0, seen = 0; i < 10000; i++) {
		assert_int_equal(target_thread_now(target, pid, now, NULL), PYPROF_OK);
		if (now->state == state && seen++)
			return;
		usleep(1000);
	}
	fail_msg("it is %c and never %c", now->state, state);
}

static void live_threads(void **state)
{
	struct thread_now now;
	struct target *target;
	pid_t pid;

	(void)state;
	target = open_child(&pid, false);
	becomes(target, pid, 'S', &now);
	assert_false(now.runs);
#if defined(SYS_pause)
	assert_int_equal(now.syscall, SYS_pause);
#endif
	kill(pid, SIGSTOP);
	becomes(target, pid, 'T', &now);
	assert_false(now.runs);
#if defined(SYS_pause)
	assert_int_equal(now.syscall, SYS_pause);
#endif
	kill(pid, SIGKILL);
	becomes(target, pid, 'Z', &now);
	assert_false(now.runs);
	waitpid(pid, NULL, 0);
	assert_int_equal(target_thread_now(target, pid, &now, NULL), PYPROF_ERR_GONE);
	target_close(target);

	target = open_child(&pid, true);
	becomes(target, pid, 'R', &now);
	assert_true(now.runs);
	/* No thread of this process. */
	assert_int_equal(target_thread_now(target, getpid(), &now, NULL), PYPROF_ERR_GONE);
	close_child(target, pid);
}

static void recorded_threads(void **state)
{
	struct memory_image *image = NULL;
	struct memory_trace *trace;
	struct thread_now now;
	struct target *target;
	char path[] = "/tmp/pyprof-thread-now-XXXXXX";
	static const char threads[] = "7 7 S main\n8 8 R runner\n";
	struct memory *memory = memory_live_create(getpid());
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && memory);
	close(fd);
	trace = memory_trace_create(memory);
	assert_true(memory_trace_note(trace, "pid", "7", 1));
	assert_true(memory_trace_note(trace, "maps", "", 0));
	assert_true(memory_trace_note(trace, "threads", threads, strlen(threads)));
	assert_int_equal(memory_trace_write(trace, path, NULL), PYPROF_OK);
	memory_trace_destroy(trace);
	memory_destroy(memory);
	assert_int_equal(memory_image_open(&image, path, NULL), PYPROF_OK);
	unlink(path);
	assert_int_equal(target_open_image(&target, image, NULL), PYPROF_OK);
	assert_int_equal(target_thread_now(target, 7, &now, NULL), PYPROF_OK);
	assert_true(now.state == 'S' && !now.runs && now.syscall == -1);
	assert_int_equal(target_thread_now(target, 8, &now, NULL), PYPROF_OK);
	assert_true(now.state == 'R' && now.runs);
	assert_int_equal(target_thread_now(target, 9, &now, NULL), PYPROF_ERR_GONE);
	target_close(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_taken_apart),
		cmocka_unit_test(what_is_no_call_is_refused),
		cmocka_unit_test(names_are_the_headers),
		cmocka_unit_test(live_threads),
		cmocka_unit_test(recorded_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
