/* SPDX-License-Identifier: MIT */
#include "render/text.h"

#include <utf8proc.h>

#include "base/utf8.h"

#define ELLIPSIS "\xe2\x80\xa6"

/* More marks than any script puts on one letter; a taller heap would leave its row. */
#define MAX_MARKS 4

static bool is_noncharacter(uint32_t c)
{
	return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* Must `c` be escaped? This and MAX_MARKS stand a second time in flame-text.js. */
static bool is_hidden(uint32_t c)
{
	if (c < 0x7f)
		return c < 0x20;
	if (c == 0x200c || c == 0x200d) /* joiners: words of some scripts need them */
		return false;
	if (is_noncharacter(c))
		return true;
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return true;
	default:
		return false;
	}
}

/* A mark that stands on the letter before it. */
static bool is_mark(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

static void add_escape(struct str *out, uint32_t c)
{
	if (c == '\n')
		str_add_cstr(out, "\\n");
	else if (c == '\t')
		str_add_cstr(out, "\\t");
	else if (c == '\r')
		str_add_cstr(out, "\\r");
	else if (c < 0x100)
		str_printf(out, "\\x%02x", (unsigned)c);
	else if (c < 0x10000)
		str_printf(out, "\\u%04x", (unsigned)c);
	else
		str_printf(out, "\\U%08x", (unsigned)c);
}

static int columns_of(uint32_t c)
{
	return c < 0x7f ? 1 : utf8proc_charwidth((utf8proc_int32_t)c);
}

/* Bytes at the front that are printable ASCII: nearly always all of them. */
static size_t plain_prefix(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && bytes[n] >= 0x20 && bytes[n] < 0x7f)
		n++;
	return n;
}

void text_visible(struct str *out, const char *bytes, size_t len)
{
	unsigned marks = 0;

	for (size_t i = 0; i < len;) {
		size_t plain = plain_prefix(bytes + i, len - i);
		uint32_t c;
		size_t n;

		str_add(out, bytes + i, plain);
		i += plain;
		if (plain)
			marks = 0;
		if (i == len)
			break;
		n = utf8_decode(bytes + i, len - i, &c);
		marks = is_mark(c) ? marks + 1 : 0;
		if (is_hidden(c) || marks > MAX_MARKS)
			add_escape(out, c);
		else
			str_add(out, bytes + i, n);
		i += n;
	}
}

size_t text_columns(const char *visible, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;

		i += utf8_decode(visible + i, len - i, &c);
		columns += (size_t)columns_of(c);
	}
	return columns;
}

size_t text_fit(struct str *out, const char *visible, size_t len, size_t columns)
{
	size_t taken = 0, cut = 0, cut_taken = 0;

	/* `cut` follows one column behind, where the ellipsis would still fit. */
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = utf8_decode(visible + i, len - i, &c);
		size_t width = (size_t)columns_of(c);

		if (taken + width > columns) {
			if (cut == 0)
				return 0;
			str_add(out, visible, cut);
			str_add_cstr(out, ELLIPSIS);
			return cut_taken + 1;
		}
		taken += width;
		i += n;
		if (taken + 1 <= columns) {
			cut = i;
			cut_taken = taken;
		}
	}
	str_add(out, visible, len);
	return taken;
}

/* Where the character begins that ends before byte `end`, which is not 0. */
static size_t character_before(const char *visible, size_t end)
{
	size_t start = end - 1;

	while (start && end - start < 4 && ((unsigned char)visible[start] & 0xc0) == 0x80)
		start--;
	return start;
}

size_t text_fit_end(struct str *out, const char *visible, size_t len, size_t columns)
{
	size_t start = len, taken = 0;

	if (text_columns(visible, len) <= columns)
		return text_fit(out, visible, len, columns);
	while (start) {
		size_t next = character_before(visible, start);
		size_t width = text_columns(visible + next, start - next);

		if (taken + width + 1 > columns)
			break;
		taken += width;
		start = next;
	}
	/* A mark that would stand on the ellipsis goes with its letter. */
	while (start < len) {
		uint32_t c;
		size_t n = utf8_decode(visible + start, len - start, &c);

		if (columns_of(c))
			break;
		start += n;
	}
	if (start == len)
		return 0;
	str_add_cstr(out, ELLIPSIS);
	str_add(out, visible + start, len - start);
	return taken + 1;
}
