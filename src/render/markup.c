/* SPDX-License-Identifier: MIT */
#include "render/markup.h"

#include <string.h>

#include "base/utf8.h"
#include "render/text.h"

static const char *xml_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markup_xml(FILE *out, const char *visible, size_t len)
{
	size_t done = 0;

	for (size_t i = 0; i < len; i++) {
		const char *entity = xml_entity(visible[i]);

		if (!entity)
			continue;
		fwrite(visible + done, 1, i - done, out);
		fputs(entity, out);
		done = i + 1;
	}
	fwrite(visible + done, 1, len - done, out);
}

static bool json_plain(char c)
{
	return c >= 0x20 && c < 0x7f && !strchr("\"\\<>&", c);
}

/* Letters and signs go as they are; what XML or an editor may choke on does not. */
static bool json_keeps(uint32_t c)
{
	if (c < 0xa0 || c == 0xad || (c >= 0x600 && c <= 0x61c))
		return false;
	if (c >= 0x2000 && c <= 0x206f)
		return false;
	if (c >= 0xd800 && c <= 0xf8ff)
		return false;
	if (c >= 0xfdd0 && c <= 0xfdef)
		return false;
	return c < 0xfe00 || (c >= 0x10000 && c < 0xe0000 && (c & 0xfffe) != 0xfffe);
}

static void add_json_escape(struct str *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		str_printf(out, "\\%c", (char)c);
	else if (c == '\n')
		str_add_cstr(out, "\\n");
	else if (c < 0x10000)
		str_printf(out, "\\u%04x", (unsigned)c);
	else
		str_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)),
			   (unsigned)(0xdc00 + (c & 0x3ff)));
}

void markup_json(struct str *out, const char *bytes, size_t len)
{
	str_add_char(out, '"');
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		uint32_t c;

		while (i + n < len && json_plain(bytes[i + n]))
			n++;
		str_add(out, bytes + i, n);
		i += n;
		if (i == len)
			break;
		n = utf8_decode(bytes + i, len - i, &c);
		if (json_keeps(c))
			str_add(out, bytes + i, n);
		else
			add_json_escape(out, c);
		i += n;
	}
	str_add_char(out, '"');
}

/* One small string at a time: names may be many megabytes. */
bool markup_put_json(FILE *out, const char *bytes, size_t len)
{
	struct str json = STR_INIT;
	bool done;

	markup_json(&json, bytes, len);
	fwrite(str_cstr(&json), 1, json.len, out);
	done = !json.failed;
	str_deinit(&json);
	return done;
}

void markup_vlq(struct str *out, uint64_t number)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char buf[16];
	size_t n = 0;

	do {
		unsigned more = number > 31 ? 32 : 0;

		buf[n++] = digits[(number & 31) | more];
		number >>= 5;
	} while (number);
	str_add(out, buf, n);
}
