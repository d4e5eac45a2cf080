/* SPDX-License-Identifier: MIT */
#include "target/cmdline.h"

#include <stdint.h>
#include <string.h>

/* Is `c` a character, not a control, and was it worth `len` bytes? */
static bool is_shown(uint32_t c, size_t len)
{
	if (len == 2)
		return c >= 0xa0; /* below: C1 controls */
	if (len == 4)
		return c >= 0x10000 && c <= 0x10ffff;
	if (c == 0x2028 || c == 0x2029) /* end of line, end of paragraph */
		return false;
	return c >= 0x800 && (c < 0xd800 || c > 0xdfff);
}

/*
 * Length of the well-formed UTF-8 character at `p` that a terminal shows as itself; 0 for
 * anything else: control characters (C0, DEL, C1), overlong forms, surrogates, lone bytes.
 */
static size_t printable(const unsigned char *p, size_t left)
{
	size_t len;
	uint32_t c;

	if (*p < 0x80)
		return *p >= 0x20 && *p != 0x7f;
	len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
	if (!len || len > left || *p > 0xf4)
		return 0;
	c = *p & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return is_shown(c, len) ? len : 0;
}

/* Nothing to a shell: letters of any script, digits, and what names and options are made of. */
static bool is_plain(unsigned char c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("_@%+=:,./-", c));
}

enum quoting { PLAIN, SINGLE, ESCAPED };

static enum quoting quoting_needed(const unsigned char *p, size_t len)
{
	enum quoting needed = len ? PLAIN : SINGLE;

	for (size_t i = 0; i < len;) {
		size_t n = printable(p + i, len - i);
		if (!n)
			return ESCAPED;
		if (!is_plain(p[i]))
			needed = SINGLE;
		i += n;
	}
	return needed;
}

static void add_escaped(struct str *out, const unsigned char *p, size_t len)
{
	str_add_cstr(out, "$'");
	for (size_t i = 0; i < len;) {
		size_t n = printable(p + i, len - i);
		if (!n) {
			if (p[i] == '\n')
				str_add_cstr(out, "\\n");
			else if (p[i] == '\t')
				str_add_cstr(out, "\\t");
			else
				str_printf(out, "\\%03o", p[i]);
			i++;
			continue;
		}
		if (p[i] == '\'' || p[i] == '\\')
			str_add_char(out, '\\');
		str_add(out, p + i, n);
		i += n;
	}
	str_add_char(out, '\'');
}

static void add_single(struct str *out, const unsigned char *p, size_t len)
{
	str_add_char(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\'')
			str_add_cstr(out, "'\\''");
		else
			str_add(out, p + i, 1);
	}
	str_add_char(out, '\'');
}

void cmdline_add_argument(struct str *out, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;

	switch (quoting_needed(p, len)) {
	case PLAIN:
		str_add(out, p, len);
		break;
	case SINGLE:
		add_single(out, p, len);
		break;
	case ESCAPED:
		add_escaped(out, p, len);
		break;
	}
}

/* Cuts *out to at most `max` bytes, not inside a UTF-8 character. */
static void cut(struct str *out, size_t max)
{
	while (max && ((unsigned char)out->data[max] & 0xc0) == 0x80)
		max--;
	out->len = max;
	out->data[max] = '\0';
}

/*
 * A title written over the arguments (setproctitle) is padded with NULs; that is far more usual
 * than a command whose last argument is empty.
 */
static size_t without_padding(const char *bytes, size_t len)
{
	while (len > 1 && bytes[len - 1] == '\0' && bytes[len - 2] == '\0')
		len--;
	return len;
}

void cmdline_format(struct str *out, const char *bytes, size_t len)
{
	size_t start = out->len;

	len = without_padding(bytes, len);
	for (size_t at = 0; at < len;) {
		size_t n = strnlen(bytes + at, len - at);
		if (at)
			str_add_char(out, ' ');
		cmdline_add_argument(out, bytes + at, n);
		at += n + 1;
		if (out->failed)
			return;
		if (out->len - start > CMDLINE_MAX) {
			cut(out, start + CMDLINE_MAX);
			str_add_cstr(out, " ...");
			return;
		}
	}
}

size_t cmdline_join(char *bytes, size_t len)
{
	len = without_padding(bytes, len);
	if (len && bytes[len - 1] == '\0')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\0')
			bytes[i] = ' ';
	}
	return len;
}
