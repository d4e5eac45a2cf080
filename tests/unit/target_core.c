/* SPDX-License-Identifier: MIT */
/* A target from a core file: who it was, its mappings and modules, its threads. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/core_open.h"
#include "target/target.h"
#include "target/thread_now.h"
#include "target/thread_watch.h"

static struct target *open_target(const struct made_core *made)
{
	struct target *target;
	struct pyprof_error err;

	if (target_open_core(&target, open_made(made, NULL), &err))
		fail_msg("%s", err.message);
	return target;
}

static void test_process(void **state)
{
	struct made_core made = usual();
	struct target *target;
	struct pyprof_error err;

	(void)state;
	made.args = "python9 x \xff";
	target = open_target(&made);
	assert_false(target_lives(target));
	assert_int_equal(target->pid, 70);
	assert_int_equal(target->ns_pid, 70);
	assert_string_equal(target->exe, EXE);
	assert_string_equal(target->cwd, "");
	assert_string_equal(target->cmdline, "python9 x $'\\377'");
	assert_int_equal(target_check(target), PYPROF_OK);
	assert_int_equal(target_check_error(target, &err), PYPROF_OK);
	assert_true(target_same_memory(target));
	assert_false(target_rebind(target));
	assert_int_equal(target_refresh_maps(target, &err), PYPROF_OK);
	assert_int_equal(target_open_module(target, &target->maps.modules[0]), -1);
	target_close(target);
}

static void test_maps(void **state)
{
	struct made_core made = usual();
	struct target *target;

	(void)state;
	made.loads[2].flags = 0;
	made.loads[3].mem_size = 3 * PAGE;
	made.ranges[0] = (struct made_range){ TEXT, TEXT + PAGE, 0, "/lib/a\nb (deleted)" };
	made.ranges[1] = (struct made_range){ TEXT + PAGE, TEXT + 2 * PAGE, 1,
					      "/lib/a\nb (deleted)" };
	made.ranges[2] = (struct made_range){ TEXT + 2 * PAGE, TEXT + 3 * PAGE, 2, "/lib/c" };
	made.n_ranges = 3;
	target = open_target(&made);
	assert_int_equal(target->maps.n, 6);
	assert_string_equal(target->maps.mappings[0].path, "");
	assert_int_equal(target->maps.mappings[0].inode, 0);
	assert_true(target->maps.mappings[0].writable);
	assert_false(target->maps.mappings[2].readable);
	assert_true(target->maps.mappings[3].executable);
	assert_int_equal(target->maps.mappings[4].offset, PAGE);
	assert_int_equal(target->maps.mappings[3].inode, target->maps.mappings[4].inode);
	assert_true(target->maps.mappings[5].inode != target->maps.mappings[4].inode);
	assert_int_equal(target->maps.n_modules, 1);
	assert_string_equal(target->maps.modules[0].path, "/lib/a\nb");
	assert_true(target->maps.modules[0].deleted);
	assert_int_equal(target->maps.modules[0].base, TEXT);
	assert_int_equal(target->maps.modules[0].last, 4);
	target_close(target);
}

static void test_threads(void **state)
{
	struct made_core made = usual();
	struct target *target;
	struct pyprof_error err;
	pid_t *tids = NULL;
	size_t n, cap = 0;
	char comm[20];

	(void)state;
	made.threads[2] = (struct made_thread){ .tid = 60, .number = 0, .result = -512 };
	made.n_threads = 3;
	target = open_target(&made);
	assert_int_equal(target_threads(target, &tids, &n, &cap, &err), PYPROF_OK);
	assert_int_equal(n, 3);
	assert_int_equal(tids[0], 60);
	assert_int_equal(tids[2], 71);
	free(tids);
	assert_int_equal(target_tid_from_ns(target, 71), 71);
	assert_int_equal(target_tid_from_ns(target, 72), 0);
	assert_int_equal(target_tid_to_ns(target, 60), 60);
	target_thread_comm(target, 70, comm, sizeof(comm));
	assert_string_equal(comm, "python9");
	target_thread_comm(target, 71, comm, sizeof(comm));
	assert_string_equal(comm, "");
	target_close(target);
}

static void test_now(void **state)
{
	struct made_core made = usual();
	struct target *target = open_target(&made);
	struct pyprof_error err;
	struct thread_now now;

	(void)state;
	assert_int_equal(target_core_thread_now(target, 71, &now, &err), PYPROF_OK);
	assert_true(now.runs);
	assert_int_equal(now.state, 'R');
	assert_int_equal(now.syscall, -1);
	assert_int_equal(now.futex, 0);
	assert_int_equal(now.signal, SIGSEGV);
	assert_int_equal(now.sp, HEAP + 8);
	assert_int_equal(target_core_thread_now(target, 70, &now, &err), PYPROF_OK);
	assert_false(now.runs);
	assert_int_equal(now.state, 'S');
	assert_int_equal(now.futex, 0x77);
	assert_int_equal(now.signal, 0); /* it came to another */
#ifdef __x86_64__
	assert_int_equal(now.syscall, 202);
	assert_int_equal(now.args[0], 0x77);
	assert_int_equal(now.args[5], 6);
#endif
	assert_int_equal(target_core_thread_now(target, 72, &now, &err), PYPROF_ERR_GONE);
	target_close(target);
}

static void test_watch(void **state)
{
	struct made_core made = usual();
	struct target *target = open_target(&made);
	struct thread_watch watch;
	uint64_t futex = 1;

	(void)state;
	thread_watch_init(&watch, target, 71);
	assert_int_equal(thread_watch_ask(&watch, &futex), THREAD_RUNS);
	assert_int_equal(futex, 0);
	thread_watch_deinit(&watch);
	thread_watch_init(&watch, target, 70);
	assert_int_equal(thread_watch_ask(&watch, &futex), THREAD_WAITS);
	assert_int_equal(futex, 0x77);
	assert_int_equal(thread_watch_ask(&watch, NULL), THREAD_WAITS);
	thread_watch_deinit(&watch);
	thread_watch_init(&watch, target, 72);
	assert_int_equal(thread_watch_ask(&watch, &futex), THREAD_GONE);
	assert_int_equal(futex, 0);
	thread_watch_deinit(&watch);
	target_close(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process), cmocka_unit_test(test_maps),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_now),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
