/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/regex.h"

static bool matches(const char *pattern, const char *text, size_t len)
{
	struct regex *regex;
	bool result;

	assert_int_equal(regex_create(&regex, pattern, "--focus", NULL), PYPROF_OK);
	result = regex_matches(regex, text, len);
	assert_false(regex_gave_up(regex));
	regex_destroy(regex);
	return result;
}

#define MATCHES(pattern, text) matches(pattern, text, sizeof(text) - 1)

static void matches_anywhere(void **state)
{
	(void)state;
	assert_true(MATCHES("b+", "aabbcc"));
	assert_false(MATCHES("^b", "aabbcc"));
	assert_true(MATCHES("", ""));
	assert_true(MATCHES("(?i)JSON\\.\\w+$", "json.loads"));
	assert_true(MATCHES("\\bget\\b", "x get y"));
	assert_true(MATCHES("b", "a\0b"));
	assert_true(MATCHES("^.$", "\xc3\xa9"));
}

/* Names may hold bytes that are no UTF-8, or lone surrogates: the rest of them still matches. */
static void takes_any_bytes(void **state)
{
	(void)state;
	assert_true(MATCHES("load", "\xff\xfe load \xed\xb2\x80"));
	assert_false(MATCHES("save", "\xff\xfe load \xed\xb2\x80"));
}

static void names_what_is_wrong(void **state)
{
	struct pyprof_error err = { 0 };
	struct regex *regex = (struct regex *)1;

	(void)state;
	assert_int_equal(regex_create(&regex, "ab[", "--hide", &err), PYPROF_ERR_USAGE);
	assert_null(regex);
	assert_non_null(strstr(err.message, "--hide: 'ab[' is no regular expression"));
	assert_non_null(strstr(err.message, "byte 3"));
	assert_int_equal(regex_create(&regex, "\xff", "--hide", &err), PYPROF_ERR_USAGE);
	regex_destroy(NULL);
}

static void gives_up_in_the_end(void **state)
{
	char text[64];
	struct regex *regex;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '!';
	assert_int_equal(regex_create(&regex, "^(a|a?)+$", "--hide", NULL), PYPROF_OK);
	assert_false(regex_matches(regex, text, sizeof(text)));
	assert_true(regex_gave_up(regex));
	regex_destroy(regex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_anywhere),
		cmocka_unit_test(takes_any_bytes),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(gives_up_in_the_end),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
