/* SPDX-License-Identifier: MIT */
/* Text in XML and in JSON: nothing ends what it stands in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/markup.h"
#include "render/text.h"

#define T(literal) literal, sizeof(literal) - 1

static void assert_xml_(const char *text, size_t len, const char *wanted)
{
	char *found = NULL;
	size_t size;
	FILE *out = open_memstream(&found, &size);

	assert_non_null(out);
	markup_xml(out, text, len);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(found, wanted);
	free(found);
}
#define assert_xml(text, wanted) assert_xml_(T(text), wanted)

static void xml_escapes_its_five(void **state)
{
	(void)state;
	assert_xml("", "");
	assert_xml("plain \xe5\x90\x8d", "plain \xe5\x90\x8d");
	assert_xml("<a & b='\"'>", "&lt;a &amp; b=&#39;&quot;&#39;&gt;");
	assert_xml("]]>", "]]&gt;");
	assert_xml("&lt;", "&amp;lt;");
}

static void assert_json_(const char *text, size_t len, const char *wanted)
{
	struct str out = STR_INIT;

	markup_json(&out, text, len);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}
#define assert_json(text, wanted) assert_json_(T(text), wanted)

static void json_escapes(void **state)
{
	(void)state;
	assert_json("", "\"\"");
	assert_json("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	assert_json("</script>]]>&", "\"\\u003c/script\\u003e]]\\u003e\\u0026\"");
	assert_json("a\0b\n\x1b", "\"a\\u0000b\\n\\u001b\"");
	assert_json("\xe5\x90\x8d\xc3\xa9", "\"\xe5\x90\x8d\xc3\xa9\"");
	assert_json("\xe2\x80\xa8\xef\xbf\xbe", "\"\\u2028\\ufffe\"");
	assert_json("\xed\xa0\x80", "\"\\ud800\"");
	assert_json("\xff", "\"\\udcff\"");
	assert_json("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"");
	assert_json("\xf4\x8f\xbf\xbf", "\"\\udbff\\udfff\"");
}

/* Of every character: only what XML holds, what is no markup, and what has a glyph. */
static void json_of_every_character_is_safe(void **state)
{
	struct str out = STR_INIT, visible = STR_INIT;
	(void)state;

	for (uint32_t c = 0x800; c <= 0x10ffff; c++) {
		char bytes[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
				  (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) };
		size_t len = 4;

		if (c < 0x10000) {
			bytes[0] = (char)(0xe0 | c >> 12);
			bytes[1] = (char)(0x80 | (c >> 6 & 63));
			bytes[2] = (char)(0x80 | (c & 63));
			len = 3;
		}
		str_clear(&out);
		markup_json(&out, bytes, len);
		if (out.data[1] == '\\')
			continue;
		/* It went as it is: then it is one that needs no escape to be seen. */
		str_clear(&visible);
		text_visible(&visible, bytes, len);
		if (visible.data[0] == '\\')
			/* Format characters of old scripts are no danger to XML or JSON. */
			assert_true(c >= 0x10000 || c == 0x70f || c == 0x8e2 || c == 0x890 ||
				    c == 0x891 || c == 0x180e);
	}
	str_deinit(&out);
	str_deinit(&visible);
}

static void assert_vlq(uint64_t number, const char *wanted)
{
	struct str out = STR_INIT;

	markup_vlq(&out, number);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

static void numbers_in_base_64(void **state)
{
	(void)state;
	assert_vlq(0, "A");
	assert_vlq(31, "f");
	assert_vlq(32, "gB");
	assert_vlq(1023, "/f");
	assert_vlq(1024, "ggB");
	assert_vlq(UINT64_MAX, "///////////" "/P");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml_escapes_its_five),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(json_of_every_character_is_safe),
		cmocka_unit_test(numbers_in_base_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
