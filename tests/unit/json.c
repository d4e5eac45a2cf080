/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"

static char *written(const char *bytes, size_t len)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	json_write_text(out, bytes, len);
	fclose(out);
	return text;
}

static void assert_written(const char *bytes, size_t len, const char *want)
{
	char *text = written(bytes, len);

	assert_string_equal(text, want);
	free(text);
}

#define WRITTEN(bytes, want) assert_written(bytes, sizeof(bytes) - 1, want)

static void escapes(void **state)
{
	(void)state;
	WRITTEN("", "\"\"");
	WRITTEN("plain ~", "\"plain ~\"");
	WRITTEN("\"\\/\n\t\r\x01\x7f", "\"\\\"\\\\/\\n\\t\\u000d\\u0001\\u007f\"");
	WRITTEN("a\0b", "\"a\\u0000b\"");
	WRITTEN("</script>&", "\"\\u003c/script\\u003e\\u0026\"");
	WRITTEN("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x8d", "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x8d\"");
	WRITTEN("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
}

/* For files that are no part of a page. */
static void keeps_markup(void **state)
{
	static const char name[] = "<a>&\"\n\xff\xc3\xa9";
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	json_write_plain(out, name, sizeof(name) - 1);
	json_write_plain_cstr(out, "<b>");
	json_write_plain_cstr(out, NULL);
	json_write_cstr(out, "<b>");
	fclose(out);
	assert_string_equal(text, "\"<a>&\\\"\\n\\udcff\xc3\xa9\"\"<b>\"\"\"\"\\u003cb\\u003e\"");
	free(text);
}

/* What is no text is a lone surrogate, as Python's surrogateescape has it. */
static void keeps_what_is_no_utf8(void **state)
{
	(void)state;
	WRITTEN("\xed\xb2\x80", "\"\\udc80\"");
	WRITTEN("\xff", "\"\\udcff\"");
	WRITTEN("\xc3", "\"\\udcc3\"");
	WRITTEN("\xe2\x82", "\"\\udce2\\udc82\"");
}

/* Another reader gets back what was written. */
static void is_read_by_jansson(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x10ffff; c += c < 0x3000 ? 1 : 257) {
		char bytes[8], *text;
		size_t len = 0;
		json_t *value;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		if (c < 0x80) {
			bytes[len++] = (char)c;
		} else {
			if (c >= 0x10000)
				bytes[len++] = (char)(0xf0 | c >> 18);
			if (c >= 0x800)
				bytes[len++] = (char)((c < 0x10000 ? 0xe0 : 0x80) |
						      (c >> 12 & (c < 0x10000 ? 0x0f : 0x3f)));
			bytes[len++] = (char)((c < 0x800 ? 0xc0 : 0x80) |
					      (c >> 6 & (c < 0x800 ? 0x1f : 0x3f)));
			bytes[len++] = (char)(0x80 | (c & 0x3f));
		}
		text = written(bytes, len);
		value = json_loads(text, JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		assert_int_equal(json_string_length(value), len);
		assert_memory_equal(json_string_value(value), bytes, len);
		json_decref(value);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(keeps_markup),
		cmocka_unit_test(keeps_what_is_no_utf8),
		cmocka_unit_test(is_read_by_jansson),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
