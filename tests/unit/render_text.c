/* SPDX-License-Identifier: MIT */
/* Text of strangers: decoded, made visible, measured, cut, broken into lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "render/paragraph.h"
#include "render/text.h"

/* The text and its length, for literals that hold NULs. */
#define T(literal) literal, sizeof(literal) - 1

static void assert_visible_(const char *raw, size_t len, const char *wanted)
{
	struct str out = STR_INIT;

	text_visible(&out, raw, len);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}
#define assert_visible(raw, wanted) assert_visible_(T(raw), wanted)

static void decodes_what_is_utf8(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t code;
		size_t len;
	} cases[] = {
		{ "a", 'a', 1 },
		{ "\x7f", 0x7f, 1 },
		{ "\xc2\x80", 0x80, 2 },
		{ "\xdf\xbf", 0x7ff, 2 },
		{ "\xe0\xa0\x80", 0x800, 3 },
		{ "\xed\xa0\x80", 0xd800, 3 }, /* a surrogate in its three-byte form */
		{ "\xed\xbf\xbf", 0xdfff, 3 },
		{ "\xef\xbf\xbf", 0xffff, 3 },
		{ "\xf0\x90\x80\x80", 0x10000, 4 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t code = 0;

		assert_int_equal(utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &code),
				 cases[i].len);
		assert_int_equal(code, cases[i].code);
	}
}

static void other_bytes_stand_alone(void **state)
{
	static const char *const cases[] = {
		"\x80", "\xff", "\xc0\x80", "\xc1\xbf", "\xc2", "\302A", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xe2\x82", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t code = 0;

		assert_int_equal(utf8_decode(cases[i], strlen(cases[i]), &code), 1);
		assert_int_equal(code, 0xdc00 + (unsigned char)cases[i][0]);
	}
}

static void plain_text_stays(void **state)
{
	(void)state;
	assert_visible("", "");
	assert_visible("Flask.wsgi_app (flask/app.py:1474)", "Flask.wsgi_app (flask/app.py:1474)");
	assert_visible("na\xc3\xafve \xe5\x90\x8d \xf0\x9f\x98\x80 </script> ]]> \\n",
		       "na\xc3\xafve \xe5\x90\x8d \xf0\x9f\x98\x80 </script> ]]> \\n");
	/* Hebrew is a language, not an attack; joiners are part of words. */
	assert_visible("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
	assert_visible("\xe2\x80\x8d\xe2\x80\x8c", "\xe2\x80\x8d\xe2\x80\x8c");
}

static void what_has_no_glyph_is_escaped(void **state)
{
	(void)state;
	assert_visible("a\0b\x01\x1b[31m\n\t\r\x7f", "a\\x00b\\x01\\x1b[31m\\n\\t\\r\\x7f");
	assert_visible("\xc2\x85\xc2\xad", "\\x85\\xad");
	assert_visible("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", "\\u202e\\u2066\\u200f\\u061c");
	assert_visible("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", "\\u2028\\u2029\\ufeff");
	assert_visible("\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90", "\\ufffe\\uffff\\ufdd0");
	assert_visible("\xf0\x9f\xbf\xbe\xf3\xa0\x81\x81", "\\U0001fffe\\U000e0041");
	assert_visible("\xed\xa0\x80 \xed\xbf\xbf", "\\ud800 \\udfff");
	assert_visible("\xff\x80 \xe2\x82", "\\udcff\\udc80 \\udce2\\udc82");
}

static void heaps_of_marks_are_escaped(void **state)
{
	(void)state;
	assert_visible("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x82x\xcc\x81",
		       "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u0301\\u0302x\xcc\x81");
}

static void columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(text_columns(T("")), 0);
	assert_int_equal(text_columns(T("abc")), 3);
	assert_int_equal(text_columns(T("e\xcc\x81")), 1);
	assert_int_equal(text_columns(T("\xe5\x90\x8d\xe5\x89\x8d")), 4);
	assert_int_equal(text_columns(T("\xf0\x9f\x98\x80")), 2);
	assert_int_equal(text_columns(T("\xf0\x9d\x92\xbb")), 1); /* mathematical f */
}

static void assert_fits_(const char *text, size_t len, size_t columns, const char *wanted,
			 size_t taken)
{
	struct str out = STR_INIT;

	assert_int_equal(text_fit(&out, text, len, columns), taken);
	assert_string_equal(str_cstr(&out), wanted);
	assert_int_equal(text_columns(str_cstr(&out), out.len), taken);
	str_deinit(&out);
}
#define assert_fits(text, columns, wanted, taken) assert_fits_(T(text), columns, wanted, taken)

static void cut_text_ends_in_an_ellipsis(void **state)
{
	(void)state;
	assert_fits("abcdef", 6, "abcdef", 6);
	assert_fits("abcdef", 9, "abcdef", 6);
	assert_fits("abcdef", 5, "abcd\xe2\x80\xa6", 5);
	assert_fits("abcdef", 2, "a\xe2\x80\xa6", 2);
	assert_fits("abcdef", 1, "", 0);
	assert_fits("abcdef", 0, "", 0);
	assert_fits("", 0, "", 0);
	assert_fits("a", 1, "a", 1);
}

static void no_character_is_cut_in_two(void **state)
{
	(void)state;
	/* Two columns each: there is no room for half of one. */
	assert_fits("\xe5\x90\x8d\xe5\x89\x8d\xe5\x90\x8d", 5, "\xe5\x90\x8d\xe5\x89\x8d\xe2\x80\xa6", 5);
	assert_fits("\xe5\x90\x8d\xe5\x89\x8d\xe5\x90\x8d", 4, "\xe5\x90\x8d\xe2\x80\xa6", 3);
	assert_fits("\xe5\x90\x8d\xe5\x89\x8d", 2, "", 0);
	/* A mark stays on its letter. */
	assert_fits("ae\xcc\x81xyz", 3, "ae\xcc\x81\xe2\x80\xa6", 3);
}

static void assert_lines(const char *raw, size_t columns, const char *const *wanted, size_t n)
{
	struct paragraph p = { 0 };
	struct str text = STR_INIT;

	str_add_cstr(&text, raw);
	paragraph_add(&p, &text, columns);
	assert_false(p.failed);
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(str_cstr(&p.lines[i].text), wanted[i]);
		assert_true(p.lines[i].columns <= columns);
	}
	str_deinit(&text);
	paragraph_deinit(&p);
}

static void assert_end(const char *visible, size_t columns, const char *want, size_t want_taken)
{
	struct str text = STR_INIT;

	assert_int_equal(text_fit_end(&text, visible, strlen(visible), columns), want_taken);
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

static void paths_are_cut_at_their_start(void **state)
{
	(void)state;
	assert_end("/a/long/path.py", 15, "/a/long/path.py", 15);
	assert_end("/a/long/path.py", 8, "\xe2\x80\xa6path.py", 8);
	assert_end("abc", 1, "", 0);
	assert_end("abc", 0, "", 0);
	assert_end("", 0, "", 0);
	/* A wide character that fits by half only is left out; so is a mark without its letter. */
	assert_end("x\xe5\x90\x8d\xe5\x89\x8d", 4, "\xe2\x80\xa6\xe5\x89\x8d", 3);
	assert_end("abe\xcc\x81" "cd", 3, "\xe2\x80\xa6" "cd", 3);
	assert_end("abe\xcc\x81" "cd", 4, "\xe2\x80\xa6" "e\xcc\x81" "cd", 4);
}

static void paragraphs_break_at_spaces(void **state)
{
	(void)state;
	assert_lines("one two three", 20, (const char *[]){ "one two three" }, 1);
	assert_lines("one two three", 9, (const char *[]){ "one two ", "three" }, 2);
	assert_lines("", 9, NULL, 0);
}

static void paragraphs_break_words_that_fit_no_line(void **state)
{
	(void)state;
	assert_lines("abcdefghijkl", 5, (const char *[]){ "abcde", "fghij", "kl" }, 3);
	assert_lines("abcdefghijklmnopq", 5,
		     (const char *[]){ "abcde", "fghij", "klmn\xe2\x80\xa6" }, 3);
	/* Not even one character fits: nothing, not an endless loop. */
	assert_lines("\xe5\x90\x8d", 1, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_is_utf8),
		cmocka_unit_test(other_bytes_stand_alone),
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(what_has_no_glyph_is_escaped),
		cmocka_unit_test(heaps_of_marks_are_escaped),
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(cut_text_ends_in_an_ellipsis),
		cmocka_unit_test(no_character_is_cut_in_two),
		cmocka_unit_test(paths_are_cut_at_their_start),
		cmocka_unit_test(paragraphs_break_at_spaces),
		cmocka_unit_test(paragraphs_break_words_that_fit_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
