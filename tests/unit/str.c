/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

static void empty_ones(void **state)
{
	struct str s = STR_INIT;
	char *taken;

	(void)state;
	assert_string_equal(str_cstr(&s), "");
	str_clear(&s);
	str_add(&s, NULL, 0);
	assert_string_equal(str_cstr(&s), "");
	taken = str_take(&s);
	assert_string_equal(taken, "");
	free(taken);
	str_deinit(&s);
}

static void adds_and_keeps_nuls(void **state)
{
	struct str s = STR_INIT;
	char *taken;

	(void)state;
	str_add_cstr(&s, "abc");
	str_add(&s, "\0d", 2);
	str_add_char(&s, 'e');
	assert_int_equal(s.len, 6);
	assert_memory_equal(s.data, "abc\0de", 7);
	taken = str_take(&s);
	assert_memory_equal(taken, "abc\0de", 7);
	free(taken);
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	str_add_cstr(&s, "again");
	str_clear(&s);
	assert_string_equal(str_cstr(&s), "");
	str_add_cstr(&s, "more");
	assert_string_equal(str_cstr(&s), "more");
	str_deinit(&s);
}

static void grows(void **state)
{
	struct str s = STR_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		str_add_char(&s, (char)('a' + i % 26));
		assert_true(s.len < s.cap);
	}
	assert_int_equal(s.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(s.data[i], 'a' + i % 26);
	assert_int_equal(strlen(s.data), 100000);
	str_deinit(&s);
}

/* Every length around the room that printf tries first, and around doublings. */
static void prints_every_length(void **state)
{
	char text[701];

	(void)state;
	for (int len = 0; len <= 700; len++) {
		struct str s = STR_INIT;

		memset(text, 'y', (size_t)len);
		text[len] = '\0';
		str_add_cstr(&s, "<");
		str_printf(&s, "%s|%d", text, len);
		assert_memory_equal(s.data + 1, text, (size_t)len);
		assert_int_equal(s.len, strlen(s.data));
		assert_int_equal(s.data[1 + len], '|');
		assert_int_equal(atoi(s.data + len + 2), len);
		str_deinit(&s);
	}
}

static void failure_sticks(void **state)
{
	struct str s = STR_INIT;

	(void)state;
	str_add_cstr(&s, "kept");
	str_add(&s, "x", SIZE_MAX - 2);
	assert_true(s.failed);
	str_add_cstr(&s, "dropped");
	str_printf(&s, "%d", 5);
	assert_string_equal(str_cstr(&s), "kept");
	assert_null(str_take(&s));
	assert_null(s.data);
	str_deinit(&s);
}

static int file_of(size_t len)
{
	char path[] = "/tmp/pyprof-str-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	for (size_t i = 0; i < len; i++) {
		char c = (char)(i % 251);

		assert_int_equal(pwrite(fd, &c, 1, (off_t)i), 1);
	}
	return fd;
}

static void reads_up_to_the_limit(void **state)
{
	static const size_t lens[] = { 0, 1, 4095, 4096, 4097, 9000 };

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		int fd = file_of(lens[i]);
		struct str s = STR_INIT;

		str_add_cstr(&s, "ab");
		assert_true(str_read_fd(&s, fd, lens[i]));
		assert_int_equal(s.len, lens[i] + 2);
		for (size_t j = 0; j < lens[i]; j++)
			assert_int_equal((unsigned char)s.data[j + 2], j % 251);
		assert_int_equal(s.data[s.len], 0);
		str_clear(&s);
		lseek(fd, 0, SEEK_SET);
		assert_true(str_read_fd(&s, fd, SIZE_MAX / 4));
		assert_int_equal(s.len, lens[i]);
		if (lens[i]) {
			str_clear(&s);
			lseek(fd, 0, SEEK_SET);
			errno = 0;
			assert_false(str_read_fd(&s, fd, lens[i] - 1));
			assert_int_equal(errno, EFBIG);
			assert_true(s.len <= lens[i] - 1);
		}
		str_deinit(&s);
		close(fd);
	}
}

static void reads_a_pipe_in_bits(void **state)
{
	struct str s = STR_INIT;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "one", 3), 3);
	assert_int_equal(write(fds[1], "two", 3), 3);
	close(fds[1]);
	assert_true(str_read_fd(&s, fds[0], 6));
	assert_string_equal(str_cstr(&s), "onetwo");
	close(fds[0]);
	str_deinit(&s);
}

static void read_errors(void **state)
{
	struct str s = STR_INIT;

	(void)state;
	assert_false(str_read_file(&s, "/nonexistent/file", 10));
	assert_int_equal(errno, ENOENT);
	assert_false(str_read_file(&s, "/", 10));
	assert_int_equal(errno, EISDIR);
	assert_false(str_read_fd(&s, -1, 10));
	assert_int_equal(errno, EBADF);
	assert_false(str_read_file(&s, "/dev/zero", 100000));
	assert_int_equal(errno, EFBIG);
	str_deinit(&s);
}

/* What str_one_line() makes of `text` printed into a buffer of `size`. */
static const char *one_line(size_t size, const char *text)
{
	static char buf[64];
	size_t len = strlen(text), fits = len < size ? len : size - 1;

	assert_true(size <= sizeof(buf));
	memset(buf, 'Z', sizeof(buf));
	memcpy(buf, text, fits);
	buf[fits] = '\0';
	str_one_line(buf, size, (int)len);
	for (size_t i = size; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 'Z');
	return buf;
}

static void one_line_cuts(void **state)
{
	(void)state;
	assert_string_equal(one_line(10, "123456789"), "123456789");
	assert_string_equal(one_line(10, "1234567890"), "123456...");
	/* é, €, 𝄞 across the cut are left out whole; before it they stay. */
	assert_string_equal(one_line(10, "12345\303\2511234"), "12345...");
	assert_string_equal(one_line(10, "1234\303\2511234"), "1234\303\251...");
	assert_string_equal(one_line(10, "1234\342\202\2541234"), "1234...");
	assert_string_equal(one_line(10, "123\342\202\2541234"), "123\342\202\254...");
	assert_string_equal(one_line(10, "123\360\235\204\2361234"), "123...");
	assert_string_equal(one_line(10, "12\360\235\204\2361234"), "12\360\235\204\236...");
	assert_string_equal(one_line(10, "\200\200\200\200\200\200\200\200\200\200\200"),
			    "\200\200\200\200\200\200...");
	assert_string_equal(one_line(1, "12"), "");
	assert_string_equal(one_line(3, "1234"), "..");
	assert_string_equal(one_line(10, "a\tb\r\n"), "a?b??");
	assert_string_equal(one_line(10, "a\302\205b\302\240"), "a??b\302\240");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_ones),
		cmocka_unit_test(adds_and_keeps_nuls),
		cmocka_unit_test(grows),
		cmocka_unit_test(prints_every_length),
		cmocka_unit_test(failure_sticks),
		cmocka_unit_test(reads_up_to_the_limit),
		cmocka_unit_test(reads_a_pipe_in_bits),
		cmocka_unit_test(read_errors),
		cmocka_unit_test(one_line_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
