/* SPDX-License-Identifier: MIT */
#include "format/pprof_text.h"

#include <string.h>

#include "base/utf8.h"

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

bool pprof_text_escapes(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	if (!utf8_is_ascii(bytes, len) && !utf8_valid(bytes, len))
		return true;
	return memmem(text, len, "\\u", 2) != NULL;
}

void pprof_text_escape(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c;

		n = utf8_decode(text + i, len - i, &c);
		if (is_surrogate(c) || c == '\\')
			str_printf(out, "\\u%04x", (unsigned)c);
		else
			str_add(out, text + i, n);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Of "\uXXXX" at `text`, which has six bytes; -1 where there is none. */
static int32_t escaped(const char *text)
{
	int32_t c = 0;

	if (text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		c = c << 4 | digit;
	}
	return c;
}

void pprof_text_unescape(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		int32_t c = len - i >= 6 ? escaped(text + i) : -1;
		uint16_t unit = (uint16_t)c;

		if (c < 0) {
			str_add_char(out, text[i++]);
			continue;
		}
		utf8_from_units(out, (const uint8_t *)&unit, 1, 2, false);
		i += 6;
	}
}
