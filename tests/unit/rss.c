/* SPDX-License-Identifier: MIT */
/* Resident memory of a real process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "target/rss.h"
#include "target_child.h"

#define MIB (UINT64_C(1) << 20)

/* Fills 64 MiB of its address space when it is told to, and gives all up when it is told to. */
static void run_growing(int in, int out, void *arg)
{
	volatile char *memory = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	if (memory == MAP_FAILED)
		_exit(97);
	child_say(out, 1);
	child_await(in);
	for (size_t i = 0; i < 64 * MIB; i += 1024)
		memory[i] = 1;
	child_say(out, 2);
	child_await(in);
	munmap((void *)memory, 64 * MIB);
	child_say(out, 3);
	child_await(in);
}

static struct target *open_target(pid_t pid)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static void resident_memory_grows_and_falls(void **state)
{
	struct child child = child_start(run_growing, NULL);
	uint64_t before, grown, after;
	struct rss_watch watch;
	struct target *target;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	assert_true(rss_watch_init(&watch, target));
	assert_true(rss_read(&watch, &before));
	child_tell(&child);
	assert_int_equal(child_hear(&child), 2);
	assert_true(rss_read(&watch, &grown));
	/* Kernels that count on each CPU apart are some 100 kB wrong for each. */
	assert_in_range(grown - before, 48 * MIB, 80 * MIB);
	child_tell(&child);
	assert_int_equal(child_hear(&child), 3);
	assert_true(rss_read(&watch, &after));
	assert_true(after < grown - 48 * MIB);
	/* The end, before it is waited for and after. */
	kill(child.pid, SIGKILL);
	assert_true(await(is_zombie(child.pid)));
	assert_false(rss_read(&watch, &after));
	child_reap(&child);
	assert_false(rss_read(&watch, &after));
	rss_watch_deinit(&watch);
	assert_int_equal(watch.fd, -1);
	rss_watch_deinit(&watch);
	assert_false(rss_read(&watch, &after));
	assert_false(rss_watch_init(&watch, target));
	target_close(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resident_memory_grows_and_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
