/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static struct pyprof_error dirty(void)
{
	struct pyprof_error err;

	memset(&err, 0x5a, sizeof(err));
	return err;
}

static void sets_everything(void **state)
{
	struct pyprof_error err = dirty();

	(void)state;
	assert_int_equal(error_set(&err, PYPROF_ERR_CORRUPT, "bad %s %d", "thing", 7),
			 PYPROF_ERR_CORRUPT);
	assert_int_equal(err.status, PYPROF_ERR_CORRUPT);
	assert_string_equal(err.message, "bad thing 7");
	assert_string_equal(err.hint, "");
	assert_int_equal(err.os_errno, 0);
	assert_int_equal(err.address, 0);
}

static void says_errno(void **state)
{
	struct pyprof_error err = dirty();

	(void)state;
	assert_int_equal(error_set_errno(&err, PYPROF_ERR_IO, ENOENT, "cannot open %s", "x"),
			 PYPROF_ERR_IO);
	assert_string_equal(err.message, "cannot open x: No such file or directory");
	assert_int_equal(err.os_errno, ENOENT);
	error_set_errno(&err, PYPROF_ERR_IO, 12345, "cannot");
	assert_string_equal(err.message, "cannot: Unknown error 12345");
}

static void says_address(void **state)
{
	struct pyprof_error err = dirty();

	(void)state;
	error_set_address(&err, PYPROF_ERR_FAULT, 0xdeadbeef0ull, "cannot read %d bytes", 8);
	assert_string_equal(err.message, "cannot read 8 bytes at 0xdeadbeef0");
	assert_int_equal(err.address, 0xdeadbeef0ull);
	assert_int_equal(err.os_errno, 0);
}

static void null_is_fine(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, PYPROF_ERR_IO, "x"), PYPROF_ERR_IO);
	assert_int_equal(error_set_errno(NULL, PYPROF_ERR_IO, 1, "x"), PYPROF_ERR_IO);
	assert_int_equal(error_set_address(NULL, PYPROF_ERR_IO, 1, "x"), PYPROF_ERR_IO);
	assert_int_equal(error_nomem(NULL), PYPROF_ERR_NOMEM);
	error_hint(NULL, "x");
	error_prefix(NULL, "x");
	error_clear(NULL);
}

static void prefix_and_hint(void **state)
{
	struct pyprof_error err;

	(void)state;
	error_set_address(&err, PYPROF_ERR_FAULT, 16, "cannot read");
	error_hint(&err, "try %d", 2);
	error_prefix(&err, "reading %s", "a frame");
	assert_string_equal(err.message, "reading a frame: cannot read at 0x10");
	assert_string_equal(err.hint, "try 2");
	assert_int_equal(err.address, 16);
	assert_int_equal(err.status, PYPROF_ERR_FAULT);
	error_clear(&err);
	assert_int_equal(err.status, PYPROF_OK);
	assert_string_equal(err.message, "");
	assert_string_equal(err.hint, "");
}

/* What is behind the text must not be lost, however long the text. */
static void long_texts_keep_their_tail(void **state)
{
	char text[2000];
	struct pyprof_error err;
	const char *tail = "...: Permission denied";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set_errno(&err, PYPROF_ERR_IO, EACCES, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_string_equal(err.message + strlen(err.message) - strlen(tail), tail);

	error_set(&err, PYPROF_ERR_IO, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_prefix(&err, "here");
	assert_memory_equal(err.message, "here: xxx", 9);
	assert_string_equal(err.message + strlen(err.message) - 4, "x...");
	error_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	error_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
}

static void its_own_message_as_argument(void **state)
{
	struct pyprof_error err;

	(void)state;
	error_set(&err, PYPROF_ERR_IO, "one");
	error_set(&err, PYPROF_ERR_GONE, "two after %s", err.message);
	assert_string_equal(err.message, "two after one");
	error_hint(&err, "see: %s", err.message);
	error_hint(&err, "[%s]", err.hint);
	assert_string_equal(err.hint, "[see: two after one]");
}

static void hostile_names_stay_on_the_line(void **state)
{
	struct pyprof_error err;

	(void)state;
	error_set(&err, PYPROF_ERR_IO, "a\nb\033[2Jc\177\302\233d\303\251");
	assert_string_equal(err.message, "a?b?[2Jc???d\303\251");
}

static void every_status_has_its_own_name(void **state)
{
	(void)state;
	for (int a = PYPROF_OK; a <= PYPROF_ERR_LIMIT; a++) {
		const char *name = pyprof_status_name((enum pyprof_status)a);

		assert_string_not_equal(name, "unknown");
		for (int b = PYPROF_OK; b < a; b++)
			assert_string_not_equal(name,
						pyprof_status_name((enum pyprof_status)b));
	}
	assert_string_equal(pyprof_status_name((enum pyprof_status)9999), "unknown");
	assert_string_equal(pyprof_status_name(PYPROF_ERR_NOT_PYTHON), "not-python");
	assert_string_equal(pyprof_version(), PYPROF_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_everything),
		cmocka_unit_test(says_errno),
		cmocka_unit_test(says_address),
		cmocka_unit_test(null_is_fine),
		cmocka_unit_test(prefix_and_hint),
		cmocka_unit_test(long_texts_keep_their_tail),
		cmocka_unit_test(its_own_message_as_argument),
		cmocka_unit_test(hostile_names_stay_on_the_line),
		cmocka_unit_test(every_status_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
