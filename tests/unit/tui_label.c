/* SPDX-License-Identifier: MIT */
/* Names as they may stand on a screen: harmless, and as wide as there is room. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The screen is no part of the library that tests are linked with. */
#include "tui/label.c"

static void assert_cut(const char *text, int columns, enum label_cut cut, bool utf8,
		       const char *wanted)
{
	struct str out = STR_INIT;
	int taken = label_add(&out, text, columns, cut, utf8);

	assert_string_equal(str_cstr(&out), wanted);
	assert_true(taken <= columns || columns < 0);
	assert_int_equal(taken, label_width(wanted, utf8));
	str_deinit(&out);
}

static void shows_what_would_do_something(void **state)
{
	(void)state;
	assert_cut("red\033[31m", 80, LABEL_CUT_END, true, "red\\x1b[31m");
	assert_cut("a\nb\tc\r\x7f", 80, LABEL_CUT_END, true, "a\\x0ab\\x09c\\x0d\\x7f");
	assert_cut("\xc2\x9b" "31m", 80, LABEL_CUT_END, true, "\\x9b31m"); /* C1's CSI */
	assert_cut("a\xe2\x80\xae" "b", 80, LABEL_CUT_END, true, "a\\u202eb");
	assert_cut("a\xf3\xa0\x80\x81" "b", 80, LABEL_CUT_END, true, "a\\U000e0001b");
	assert_cut("bad\xff\xed\xa0\x80", 80, LABEL_CUT_END, true, "bad\\xff\\xed\\xa0\\x80");
	assert_cut("caf\xc3\xa9", 80, LABEL_CUT_END, true, "caf\xc3\xa9");
	assert_cut("caf\xc3\xa9", 80, LABEL_CUT_END, false, "caf?");
	assert_cut("", 80, LABEL_CUT_END, true, "");
}

static void cuts_to_columns(void **state)
{
	(void)state;
	assert_cut("function", 8, LABEL_CUT_END, true, "function");
	assert_cut("function", 7, LABEL_CUT_END, true, "functi…");
	assert_cut("function", 7, LABEL_CUT_END, false, "functi~");
	assert_cut("function", 7, LABEL_CUT_START, true, "…nction");
	assert_cut("function", 1, LABEL_CUT_END, true, "…");
	assert_cut("function", 0, LABEL_CUT_END, true, "");
	assert_cut("function", -1, LABEL_CUT_END, true, "");
	/* A wide character that would be half in sight is not there. */
	assert_cut("名前名前", 8, LABEL_CUT_END, true, "名前名前");
	assert_cut("名前名前", 7, LABEL_CUT_END, true, "名前名…");
	assert_cut("名前名前", 6, LABEL_CUT_END, true, "名前…");
	assert_cut("名前名前", 6, LABEL_CUT_START, true, "…名前");
	/* What combines stays with its letter. */
	assert_cut("e\xcc\x81" "e\xcc\x81" "e\xcc\x81", 2, LABEL_CUT_END, true, "e\xcc\x81…");
}

static void cuts_paths_in_the_middle(void **state)
{
	const char *path = "django/core/handlers/base.py:12";

	(void)state;
	assert_cut(path, 31, LABEL_CUT_PATH, true, path);
	assert_cut(path, 30, LABEL_CUT_PATH, true, "django/…/handlers/base.py:12");
	assert_cut(path, 27, LABEL_CUT_PATH, true, "django/…/base.py:12");
	assert_cut(path, 19, LABEL_CUT_PATH, true, "django/…/base.py:12");
	assert_cut(path, 18, LABEL_CUT_PATH, true, "…/base.py:12");
	assert_cut(path, 12, LABEL_CUT_PATH, true, "…/base.py:12");
	assert_cut(path, 11, LABEL_CUT_PATH, true, "…base.py:12");
	assert_cut(path, 4, LABEL_CUT_PATH, true, "…:12");
	assert_cut("/srv/app/main.py", 15, LABEL_CUT_PATH, true, "/srv/…/main.py");
	assert_cut("no_folder_at_all.py", 10, LABEL_CUT_PATH, true, "no_…all.py");
	assert_cut("名名名名名名名名.py:1", 12, LABEL_CUT_PATH, true, "名…名名.py:1");
}

/* Whatever the text and the width: it fits, and is made of whole characters. */
static void always_fits(void **state)
{
	unsigned random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		static const char *const parts[] = { "a", "/", "é", "名", "e\xcc\x81", "\x1b", "\xff",
						     "\xe2\x80\xae", ".py", "\xf0\x9f\x98\x80" };
		struct str text = STR_INIT, out = STR_INIT;
		int columns, taken;

		for (int i = 0; i < 12; i++) {
			random = random * 1103515245u + 12345u;
			str_add_cstr(&text, parts[(random >> 16) % 10]);
		}
		columns = (int)(random >> 20) % 30;
		taken = label_add(&out, str_cstr(&text), columns, (enum label_cut)(round % 3), true);
		assert_true(taken <= columns);
		assert_true(utf8_valid((const uint8_t *)str_cstr(&out), out.len));
		assert_int_equal(taken, label_width(str_cstr(&out), true));
		str_deinit(&text);
		str_deinit(&out);
	}
}

static void looks_at_the_ends_of_what_is_long(void **state)
{
	size_t n = 1 << 20;
	char *text = malloc(n + 1);
	struct str out = STR_INIT;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "begin", 5);
	memcpy(text + n - 3, "end", 3);
	text[n] = '\0';
	assert_int_equal(label_add(&out, text, 10, LABEL_CUT_END, true), 10);
	assert_string_equal(str_cstr(&out), "beginxxxx…");
	str_clear(&out);
	assert_int_equal(label_add(&out, text, 10, LABEL_CUT_START, true), 10);
	assert_string_equal(str_cstr(&out), "…xxxxxxend");
	assert_true(label_width(text, true) <= 2 * LABEL_LONGEST);
	str_deinit(&out);
	free(text);
}

static void shortens_paths(void **state)
{
	(void)state;
	assert_string_equal(label_short_path("/usr/lib/python3.12/threading.py"), "threading.py");
	assert_string_equal(label_short_path("/usr/lib/python3.13t/json/decoder.py"),
			    "json/decoder.py");
	assert_string_equal(
		label_short_path("/v/lib/python3.12/site-packages/django/core/x.py"),
		"django/core/x.py");
	assert_string_equal(label_short_path("/usr/lib/python3/dist-packages/yaml/x.py"),
			    "yaml/x.py");
	assert_string_equal(label_short_path("/srv/python-app/main.py"),
			    "/srv/python-app/main.py");
	assert_string_equal(label_short_path("main.py"), "main.py");
	assert_string_equal(label_short_path("/usr/lib/python3.12/"), "/usr/lib/python3.12/");
	assert_string_equal(label_short_path(""), "");
}

static int utf8_locale(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "en_US.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_would_do_something),
		cmocka_unit_test(cuts_to_columns),
		cmocka_unit_test(cuts_paths_in_the_middle),
		cmocka_unit_test(always_fits),
		cmocka_unit_test(looks_at_the_ends_of_what_is_long),
		cmocka_unit_test(shortens_paths),
	};

	return cmocka_run_group_tests(tests, utf8_locale, NULL);
}
