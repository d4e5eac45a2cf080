/* SPDX-License-Identifier: MIT */
/* The small ones of base/: bytes.h, array.h, cleanup.h, log.h. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"

static void takes_numbers(void **state)
{
	static const uint8_t data[] = { 0x01, 0xff, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
					0xfe, 0xff, 0xff, 0xff, 1,    2,    3,    4,
					5,    6,    7,    8 };
	struct bytes in = bytes_of(data, sizeof(data));

	(void)state;
	assert_int_equal(bytes_u8(&in), 1);
	assert_int_equal(bytes_i8(&in), -1);
	assert_int_equal(bytes_u16(&in), 0x0302);
	assert_int_equal(bytes_u32(&in), 0x07060504);
	assert_int_equal(bytes_i32(&in), -2);
	assert_false(bytes_end(&in));
	assert_int_equal(bytes_left(&in), 8);
	assert_true(bytes_u64(&in) == 0x0807060504030201ull);
	assert_true(bytes_end(&in));
	assert_false(in.failed);
}

static void failure_sticks(void **state)
{
	static const uint8_t data[] = { 1, 2, 3 };
	struct bytes in = bytes_of(data, sizeof(data));

	(void)state;
	assert_int_equal(bytes_u32(&in), 0);
	assert_true(in.failed);
	assert_true(bytes_end(&in));
	/* A byte is there, but what follows a failed take would be out of step. */
	assert_int_equal(bytes_u8(&in), 0);
	assert_null(bytes_take(&in, 0));

	in = bytes_of(data, sizeof(data));
	assert_ptr_equal(bytes_take(&in, 3), data);
	assert_ptr_equal(bytes_take(&in, 0), data + 3);
	assert_false(in.failed);
	assert_null(bytes_take(&in, SIZE_MAX));
	assert_true(in.failed);
}

static void array_grows(void **state)
{
	uint64_t *items = NULL;
	size_t n = 0, cap = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		assert_true(array_grow(items, n, cap));
		items[n++] = i;
		assert_true(n <= cap);
	}
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(items[i], i);
	assert_true(array_reserve((void **)&items, &cap, 20000, sizeof(*items)));
	assert_true(cap >= 20000);
	assert_int_equal(items[9999], 9999);
	free(items);
}

static void array_refuses_the_impossible(void **state)
{
	uint64_t *items = NULL, *before;
	size_t cap = 0;

	(void)state;
	assert_true(array_reserve((void **)&items, &cap, 3, sizeof(*items)));
	before = items;
	assert_false(array_reserve((void **)&items, &cap, SIZE_MAX, sizeof(*items)));
	assert_false(array_reserve((void **)&items, &cap, SIZE_MAX / 8, sizeof(*items)));
	assert_ptr_equal(items, before);
	assert_int_equal(cap, 8);
	free(items);
}

static void scope_closes(void **state)
{
	int fds[2], kept;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	{
		_cleanup_fd_ int a = fds[0];
		_cleanup_fd_ int b = fds[1];
		_cleanup_free_ char *text = strdup("freed");
		_cleanup_free_ char *given = strdup("given");
		_cleanup_file_ FILE *file = fopen("/dev/null", "r");
		char *mine = take_ptr(given);

		assert_non_null(text);
		assert_non_null(file);
		assert_null(given);
		assert_string_equal(mine, "given");
		free(mine);
		kept = take_fd(&b);
		assert_int_equal(b, -1);
		assert_int_equal(a, fds[0]);
	}
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	assert_int_not_equal(fcntl(kept, F_GETFD), -1);
	close(kept);
}

/* What `level` lets through, as it comes out on standard error. */
static char *logged(int level)
{
	struct str s = STR_INIT;
	int fds[2], saved = dup(STDERR_FILENO);

	assert_int_equal(pipe(fds), 0);
	fflush(stderr);
	dup2(fds[1], STDERR_FILENO);
	log_set_level(level);
	log_warn("warning %d", 1);
	log_info("info\n%s", "x");
	log_debug("debug");
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_true(str_read_fd(&s, fds[0], 4096));
	close(fds[0]);
	return str_take(&s);
}

static void logs_by_level(void **state)
{
	static const char *const want[] = {
		"pyprof: warning 1\n",
		"pyprof: warning 1\npyprof: info?x\n",
		"pyprof: warning 1\npyprof: info?x\npyprof: debug\n",
	};

	(void)state;
	assert_int_equal(log_level(), 0);
	for (int level = 0; level < 3; level++) {
		_cleanup_free_ char *text = logged(level);

		assert_string_equal(text, want[level]);
		assert_int_equal(log_level(), level);
	}
	log_set_level(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_numbers),
		cmocka_unit_test(failure_sticks),
		cmocka_unit_test(array_grows),
		cmocka_unit_test(array_refuses_the_impossible),
		cmocka_unit_test(scope_closes),
		cmocka_unit_test(logs_by_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
