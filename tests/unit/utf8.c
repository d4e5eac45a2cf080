/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/utf8.h"

static void test_bounds(void **state)
{
	static const struct {
		uint32_t c;
		const char *text;
	} rows[] = {
		{ 0x1, "\x01" },	 { 0x7f, "\x7f" },
		{ 0x80, "\xc2\x80" },	 { 0x7ff, "\xdf\xbf" },
		{ 0x800, "\xe0\xa0\x80" }, { 0xd800, "\xed\xa0\x80" },
		{ 0xdfff, "\xed\xbf\xbf" }, { 0xffff, "\xef\xbf\xbf" },
		{ 0x10000, "\xf0\x90\x80\x80" }, { 0x10ffff, "\xf4\x8f\xbf\xbf" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned width = 1; width <= 4; width *= 2) {
			struct str s = STR_INIT;
			if (width < 4 && rows[i].c >> (8 * width))
				continue;
			assert_true(utf8_from_units(&s, (const uint8_t *)&rows[i].c, 1, width,
						    false));
			assert_string_equal(str_cstr(&s), rows[i].text);
			str_deinit(&s);
		}
	}
}

static void test_beyond(void **state)
{
	const uint32_t units[] = { 'a', 0x110000, 'b' };
	struct str s = STR_INIT;

	(void)state;
	assert_false(utf8_from_units(&s, (const uint8_t *)units, 3, 4, false));
	assert_string_equal(str_cstr(&s), "a");
	str_deinit(&s);
}

static void test_pairs(void **state)
{
	const uint16_t units[] = { 0xd83d, 0xdc0d, 0xdc0d, 0xd83d };
	struct str s = STR_INIT;

	(void)state;
	assert_true(utf8_from_units(&s, (const uint8_t *)units, 4, 2, true));
	assert_string_equal(str_cstr(&s), "\xf0\x9f\x90\x8d\xed\xb0\x8d\xed\xa0\xbd");
	str_clear(&s);
	assert_true(utf8_from_units(&s, (const uint8_t *)units, 2, 2, false));
	assert_string_equal(str_cstr(&s), "\xed\xa0\xbd\xed\xb0\x8d");
	str_deinit(&s);
}

/* Longer than the room it is gathered in; not aligned. */
static void test_long(void **state)
{
	uint8_t units[1 + 4 * 700];
	struct str s = STR_INIT;

	(void)state;
	for (size_t i = 0; i < 700; i++)
		memcpy(units + 1 + 4 * i, &(uint32_t){ i % 2 ? 0x1f40d : 'x' }, 4);
	assert_true(utf8_from_units(&s, units + 1, 700, 4, false));
	assert_int_equal(s.len, 350 * 5);
	for (size_t i = 0; i < 350; i++)
		assert_memory_equal(s.data + 5 * i, "x\xf0\x9f\x90\x8d", 5);
	str_deinit(&s);
}

static bool valid(const char *text)
{
	return utf8_valid((const uint8_t *)text, strlen(text));
}

static void test_valid(void **state)
{
	static const char *const good[] = { "", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
					    "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
					    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z" };
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc2", "\xc2z", "\xe0\xa0", "\xf0\x90\x80", "a\xff", "\xfe",
		"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", /* not shortest */
		"\xed\xa0\x80", "\xed\xbf\xbf",				     /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", /* too high */
		"\xc3\xa9\xa9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(valid(bad[i]));
	assert_true(utf8_is_ascii((const uint8_t *)"a\0\x7f", 3));
	assert_false(utf8_is_ascii((const uint8_t *)"a\x80", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_pairs),  cmocka_unit_test(test_long),
		cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
