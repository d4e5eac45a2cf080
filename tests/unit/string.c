/* SPDX-License-Identifier: MIT */
/* Strings and bytes of a target: every form that a version has, and every damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/string.h"
#include "support/fake_objects.h"

/* Layouts with a str of one model each; 2.7 is tested apart. */
static const char *const versions[] = { "3.6", "3.8-trace-refs", "3.11", "3.12", "3.13", "3.14t" };

static void expect(struct fake_objects *p, uint64_t addr, const char *want, size_t len)
{
	struct str text = STR_INIT;

	str_add_cstr(&text, "before:");
	assert_int_equal(py_string_read(&p->rt, addr, &text, &p->err), PYPROF_OK);
	assert_int_equal(text.len, 7 + len);
	assert_memory_equal(text.data, "before:", 7);
	assert_memory_equal(text.data + 7, want, len);
	str_deinit(&text);
}

/* What lies at the place is the same text, and another once any byte of it changes. */
static void expect_place(struct fake_objects *p, uint64_t addr, const char *want, size_t len)
{
	struct str text = STR_INIT, scratch = STR_INIT;
	struct py_text_place place;
	uint8_t bytes[4096];
	size_t size;

	assert_int_equal(py_string_read_place(&p->rt, addr, &text, &place, &p->err), PYPROF_OK);
	size = py_text_size(&place);
	if (place.width && size <= sizeof(bytes)) {
		assert_int_equal(memory_read(p->rt.target->memory, place.addr, bytes, size,
					     &p->err),
				 PYPROF_OK);
		assert_true(py_text_same(&p->rt, &place, bytes, want, len, &scratch));
		assert_false(py_text_same(&p->rt, &place, bytes, want, len - 1, &scratch));
		for (size_t i = 0; i < size; i += place.width) {
			bytes[i] ^= 1;
			assert_false(py_text_same(&p->rt, &place, bytes, want, len, &scratch));
			bytes[i] ^= 1;
		}
	}
	str_deinit(&text);
	str_deinit(&scratch);
}

static void expect_error(struct fake_objects *p, uint64_t addr, enum pyprof_status want)
{
	struct str text = STR_INIT;

	str_add_cstr(&text, "before");
	p->err = (struct pyprof_error){ 0 };
	assert_int_equal(py_string_read(&p->rt, addr, &text, &p->err), want);
	assert_string_equal(str_cstr(&text), "before");
	assert_int_equal(p->err.status, want);
	assert_true(p->err.message[0]);
	str_deinit(&text);
}

static void expect_both(struct fake_objects *p, uint64_t addr, const char *want, size_t len)
{
	expect(p, addr, want, len);
	expect_place(p, addr, want, len);
}

static void test_compact(void **state)
{
	const uint16_t bmp[] = { 'a', 0x6f22, 0xd800 };
	const uint32_t astral[] = { 0x1f40d, 'b', 0xdc0d };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		uint64_t ascii = fake_compact(p, p->str_type, "main", 4, 1, true);
		uint64_t empty = fake_compact(p, p->str_type, "", 0, 1, true);
		uint64_t latin = fake_compact(p, p->str_type, "caf\xe9", 4, 1, false);
		uint64_t two = fake_compact(p, p->str_type, bmp, 3, 2, false);
		uint64_t four = fake_compact(p, p->str_type, astral, 3, 4, false);

		fake_ready(p);
		for (int known = 0; known < 2; known++) {
			p->rt.unicode_type = known ? p->str_type : 0;
			expect_both(p, ascii, "main", 4);
			expect_both(p, empty, "", 0);
			expect_both(p, latin, "caf\xc3\xa9", 5);
			expect_both(p, two, "a\xe6\xbc\xa2\xed\xa0\x80", 7);
			expect_both(p, four, "\xf0\x9f\x90\x8d" "b\xed\xb0\x8d", 8);
		}
		fake_objects_free(p);
	}
}

/* Subclasses keep their characters elsewhere; so do strings of the old interface. */
static void test_not_compact(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		const struct py_layout *l = &p->rt.layout;
		uint64_t subtype = fake_type(p, PY_TYPE_STR | 0xff000000u);
		uint64_t s = fake_object(p, subtype, 200);
		uint64_t chars = fake_object(p, 0, 64);

		fake_word(&p->memory, s + l->unicode.length, 3);
		fake_half(&p->memory, s + l->unicode.state, fake_state(p, 1, false, true));
		fake_word(&p->memory, s + l->unicode.legacy_data, chars);
		fake_put(&p->memory, chars, "sub", 4);
		p->rt.unicode_type = p->str_type;
		fake_ready(p);
		expect(p, s, "sub", 3);
		fake_objects_free(p);
	}
}

static void test_not_ready(void **state)
{
	static const char *const olds[] = { "3.6", "3.11" };
	static const wchar_t text[] = L"\u6f22\U0001f40d";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(olds); i++) {
		struct fake_objects *p = fake_objects(olds[i]);
		const struct py_layout *l = &p->rt.layout;
		uint64_t s = fake_object(p, p->str_type, 200);
		uint64_t chars = fake_object(p, 0, 64);

		fake_half(&p->memory, s + l->unicode.state, 0);
		fake_word(&p->memory, s + l->unicode.state + 8, chars); /* wstr */
		fake_word(&p->memory, s + 64, 2); /* wstr_length */
		fake_put(&p->memory, chars, text, sizeof(text));
		fake_ready(p);
		expect(p, s, "\xe6\xbc\xa2\xf0\x9f\x90\x8d", 7);
		fake_objects_free(p);
	}
	/* Later there is no wstr. */
	struct fake_objects *p = fake_objects("3.12");
	uint64_t s = fake_object(p, p->str_type, 200);
	fake_ready(p);
	expect_error(p, s, PYPROF_ERR_CORRUPT);
	fake_objects_free(p);
}

/* At the last bytes of readable memory, over a page's end, longer than the first read. */
static void test_places(void **state)
{
	static char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len < 400; len += 7) {
		struct fake_objects *p = fake_objects("3.11");
		const struct py_layout *l = &p->rt.layout;
		uint64_t end = FAKE_NOWHERE - FAKE_NOWHERE % FAKE_PAGE;
		uint64_t at[] = { end - 48 - len, 0x7e0000001000 - 60, 0x7d0000000800 };

		for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
			fake_zero(&p->memory, at[i], 48 + len);
			fake_word(&p->memory, at[i] + l->object.ob_type, p->str_type);
			fake_word(&p->memory, at[i] + l->unicode.length, len);
			fake_half(&p->memory, at[i] + l->unicode.state,
				  fake_state(p, 1, true, true));
			fake_put(&p->memory, at[i] + l->unicode.ascii_data, text, len);
		}
		fake_ready(p);
		for (size_t i = 0; i < ARRAY_SIZE(at); i++)
			expect(p, at[i], text, len);
		fake_objects_free(p);
	}
}

static void test_one_read(void **state)
{
	struct fake_objects *p = fake_objects("3.11");
	uint64_t s = fake_name(p, "a_function_of_usual_length");

	(void)state;
	p->rt.unicode_type = p->str_type;
	fake_zero(&p->memory, s + 100, 1000); /* memory goes on behind it */
	fake_ready(p);
	uint64_t before = p->target.memory->reads;
	expect(p, s, "a_function_of_usual_length", 26);
	assert_int_equal(p->target.memory->reads - before, 1);
	fake_objects_free(p);
}

static void test_damage(void **state)
{
	const uint32_t beyond[] = { 'a', 0x110000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		const struct py_layout *l = &p->rt.layout;
		uint64_t high = fake_compact(p, p->str_type, beyond, 2, 4, false);
		uint64_t liar = fake_compact(p, p->str_type, "a\xe9", 2, 1, true);
		uint64_t ascii2 = fake_compact(p, p->str_type, "a\0b\0", 2, 2, true);
		uint64_t kind3 = fake_compact(p, p->str_type, "abcabc", 2, 3, false);
		uint64_t kind0 = fake_compact(p, p->str_type, "abc", 3, 0, false);
		uint64_t number = fake_object(p, p->int_type, 64);
		uint64_t wild = fake_object(p, FAKE_NOWHERE, 64);
		uint64_t lengths[4], elsewhere = fake_object(p, p->str_type, 100);
		const uint64_t values[] = { PY_STRING_MAX + 1, UINT64_MAX, INT64_MAX, 5000 };

		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			lengths[k] = fake_name(p, "abc");
			fake_word(&p->memory, lengths[k] + l->unicode.length, values[k]);
		}
		fake_word(&p->memory, elsewhere + l->unicode.length, 3);
		fake_half(&p->memory, elsewhere + l->unicode.state,
			  fake_state(p, 1, false, true));
		fake_word(&p->memory, elsewhere + l->unicode.legacy_data, FAKE_NOWHERE);
		fake_ready(p);

		expect_error(p, high, PYPROF_ERR_CORRUPT);
		expect_error(p, liar, PYPROF_ERR_CORRUPT);
		expect_error(p, ascii2, PYPROF_ERR_CORRUPT);
		expect_error(p, kind3, PYPROF_ERR_CORRUPT);
		expect_error(p, kind0, PYPROF_ERR_CORRUPT);
		expect_error(p, number, PYPROF_ERR_CORRUPT);
		expect_error(p, wild, PYPROF_ERR_FAULT);
		expect_error(p, FAKE_NOWHERE, PYPROF_ERR_FAULT);
		expect_error(p, 0, PYPROF_ERR_FAULT);
		expect_error(p, UINT64_MAX - 3, PYPROF_ERR_FAULT);
		expect_error(p, lengths[0], PYPROF_ERR_LIMIT);
		expect_error(p, lengths[1], PYPROF_ERR_CORRUPT);
		expect_error(p, lengths[2], PYPROF_ERR_LIMIT);
		expect_error(p, lengths[3], PYPROF_ERR_FAULT);
		expect_error(p, elsewhere, PYPROF_ERR_FAULT);
		fake_objects_free(p);
	}
}

/* A layout that came from the target may say anything. */
static void test_wild_layout(void **state)
{
	static const uint32_t wild[] = { 0, 7, 300, 100000, PY_ABSENT - 4, PY_ABSENT };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		for (size_t field = 0; field < 9; field++) {
			struct fake_objects *p = fake_objects("3.12");
			uint64_t s = fake_name(p, "abc"), b = fake_bytes(p, "abc", 3);
			struct str text = STR_INIT;
			uint32_t *const fields[] = {
				&p->rt.layout.unicode.state,
				&p->rt.layout.unicode.length,
				&p->rt.layout.unicode.ascii_data,
				&p->rt.layout.unicode.compact_data,
				&p->rt.layout.unicode.legacy_data,
				&p->rt.layout.object.ob_type,
				&p->rt.layout.type.flags,
				&p->rt.layout.bytes.size,
				&p->rt.layout.bytes.data,
			};

			fake_ready(p);
			*fields[field] = wild[i];
			py_string_read(&p->rt, s, &text, NULL);
			py_bytes_read(&p->rt, b, 100, &text, NULL);
			p->rt.unicode_type = p->str_type;
			py_string_read(&p->rt, s, &text, NULL);
			str_deinit(&text);
			fake_objects_free(p);
		}
	}
}

static void test_bytes(void **state)
{
	static const char *const all[] = { "2.7", "2.7-debug", "3.6", "3.11", "3.14t" };
	static uint8_t table[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(table); i++)
		table[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct fake_objects *p = fake_objects(all[i]);
		uint64_t large = fake_bytes(p, table, sizeof(table));
		uint64_t empty = fake_bytes(p, "", 0);
		uint64_t negative = fake_bytes(p, "abc", 3);
		struct str text = STR_INIT;

		fake_word(&p->memory, negative + p->rt.layout.bytes.size, UINT64_MAX);
		fake_ready(p);
		assert_int_equal(py_bytes_read(&p->rt, large, sizeof(table), &text, NULL),
				 PYPROF_OK);
		assert_int_equal(text.len, sizeof(table));
		assert_memory_equal(text.data, table, sizeof(table));
		assert_int_equal(py_bytes_read(&p->rt, empty, 0, &text, NULL), PYPROF_OK);
		assert_int_equal(py_bytes_read(&p->rt, large, sizeof(table) - 1, &text, NULL),
				 PYPROF_ERR_LIMIT);
		assert_int_equal(py_bytes_read(&p->rt, negative, 100, &text, NULL),
				 PYPROF_ERR_CORRUPT);
		assert_int_equal(py_bytes_read(&p->rt, FAKE_NOWHERE, 100, &text, NULL),
				 PYPROF_ERR_FAULT);
		p->rt.bytes_type = p->other_type;
		assert_int_equal(py_bytes_read(&p->rt, large, sizeof(table), &text, NULL),
				 PYPROF_OK); /* a subclass of another's */
		assert_int_equal(text.len, 2 * sizeof(table));
		str_deinit(&text);
		fake_objects_free(p);
	}
}

static void test_old_str(void **state)
{
	struct fake_objects *p = fake_objects("2.7");
	uint64_t name = fake_name(p, "main"), utf8 = fake_bytes(p, "caf\xc3\xa9", 5);
	uint64_t latin = fake_bytes(p, "caf\xe9\xff", 5), number = fake_int(p, 1);

	(void)state;
	fake_ready(p);
	for (int known = 0; known < 2; known++) {
		p->rt.bytes_type = known ? p->bytes_type : 0;
		expect_both(p, name, "main", 4);
		expect_both(p, utf8, "caf\xc3\xa9", 5);
		expect_both(p, latin, "caf\xc3\xa9\xc3\xbf", 7);
		expect_error(p, number, PYPROF_ERR_CORRUPT);
	}
	fake_objects_free(p);
}

/* A unicode of 2.7, with `chars` at the very end of readable memory. */
static uint64_t put_unicode(struct fake_objects *p, const void *chars, size_t size, size_t n)
{
	const struct py_layout *l = &p->rt.layout;
	uint64_t u = fake_object(p, p->str_type, 64);
	uint64_t at = (p->next_object += 2 * FAKE_PAGE) - size;

	p->next_object += FAKE_PAGE; /* nothing there */
	fake_put(&p->memory, at, chars, size);
	fake_word(&p->memory, u + l->unicode.length, n);
	fake_word(&p->memory, u + l->unicode.ucs2_data, at);
	return u;
}

static void test_old_unicode(void **state)
{
	const uint16_t narrow[] = { 'a', 'b', 0x6f22, 0 }, one[] = { 'a', 0 };
	const uint16_t pairs[] = { 0xd83d, 0xdc0d, 0xdc0d, 0xd83d, 'x', 0xd83d, 0 };
	const uint32_t wide[] = { 'a', 'b', 0x6f22, 0x1f40d, 0xd83d, 0xdc0d, 0 };
	const uint32_t beyond[] = { 'a', 0x110000, 0 };
	static const char narrow_text[] = "ab\xe6\xbc\xa2";
	static const char wide_text[] =
		"ab\xe6\xbc\xa2\xf0\x9f\x90\x8d\xed\xa0\xbd\xed\xb0\x8d";
	static const char pairs_text[] =
		"\xf0\x9f\x90\x8d\xed\xb0\x8d\xed\xa0\xbdx\xed\xa0\xbd";

	(void)state;
	for (unsigned width = 0; width <= 4; width += 2) {
		struct fake_objects *p = fake_objects("2.7");
		uint64_t n = put_unicode(p, narrow, sizeof(narrow), 3);
		uint64_t o = put_unicode(p, one, sizeof(one), 1);
		uint64_t s = put_unicode(p, pairs, sizeof(pairs), 6);
		uint64_t w = put_unicode(p, wide, sizeof(wide), 6);
		uint64_t b = put_unicode(p, beyond, sizeof(beyond), 2);
		uint64_t none = put_unicode(p, one + 1, sizeof(one[1]), 0);

		p->rt.unicode_width = (uint8_t)width;
		fake_ready(p);
		if (width != 4) {
			expect(p, n, narrow_text, sizeof(narrow_text) - 1);
			expect(p, o, "a", 1);
			expect(p, s, pairs_text, sizeof(pairs_text) - 1);
		}
		if (width != 2)
			expect(p, w, wide_text, sizeof(wide_text) - 1);
		if (width == 4) {
			expect_error(p, b, PYPROF_ERR_CORRUPT);
			expect_error(p, n, PYPROF_ERR_FAULT);
		}
		expect(p, none, "", 0);
		fake_objects_free(p);
	}
}

/* A first look never says no to the string that it is. */
static void test_maybe(void **state)
{
	static const char *const all[] = { "2.7", "3.6", "3.12", "3.14t" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct fake_objects *p = fake_objects(all[i]);
		const struct py_layout *l = &p->rt.layout;
		uint64_t name = fake_name(p, "_active"), other = fake_name(p, "_activf");
		uint64_t shorter = fake_name(p, "_activ"), longer = fake_name(p, "_active_");
		const struct {
			uint64_t addr;
			bool maybe;
		} rows[] = { { name, true }, { other, false }, { shorter, false }, { longer, false } };
		size_t size = py_string_maybe_size(l, 7);
		uint8_t head[100];

		fake_ready(p);
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
			assert_int_equal(memory_read(p->target.memory, rows[k].addr, head, size,
						     NULL),
					 PYPROF_OK);
			assert_int_equal(py_string_maybe(l, head, "_active", 7),
					 rows[k].maybe);
		}
		fake_objects_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compact),	     cmocka_unit_test(test_not_compact),
		cmocka_unit_test(test_not_ready),    cmocka_unit_test(test_places),
		cmocka_unit_test(test_one_read),     cmocka_unit_test(test_damage),
		cmocka_unit_test(test_wild_layout),  cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_old_str),	     cmocka_unit_test(test_old_unicode),
		cmocka_unit_test(test_maybe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
