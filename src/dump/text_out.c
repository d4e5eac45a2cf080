/* SPDX-License-Identifier: MIT */
/* Lines on their way out: their ink, their indent, and where they are wrapped. */
#include <string.h>

#include "base/utf8.h"
#include "dump/text.h"
#include "render/text.h"

#define WRAP_INDENT 4u
#define WRAP_LEAST  30u /* columns below which nothing is wrapped */

void text_ink(struct text *text, enum ink ink)
{
	if (text->show->color)
		ink_on(&text->s, ink);
}

void text_plain(struct text *text, enum ink ink)
{
	if (text->show->color)
		ink_off(&text->s, ink);
}

/* Bytes of the escape that stands here, "\033[1m"; 0 where none does. */
static size_t escape_length(const char *at, const char *end)
{
	const char *m = *at == '\033' ? memchr(at, 'm', (size_t)(end - at)) : NULL;

	return m ? (size_t)(m - at) + 1 : 0;
}

/* How much of a line fits into `columns`, up to a blank where there is one; what is left
 * follows. */
static size_t fitting(const char *line, size_t len, size_t columns)
{
	const char *end = line + len;
	size_t taken = 0, blank = 0;

	for (const char *at = line; at < end;) {
		size_t n = escape_length(at, end);
		uint32_t code;

		if (!n) {
			n = utf8_decode(at, (size_t)(end - at), &code);
			taken += text_columns(at, n);
			if (taken > columns && blank)
				return blank;
		}
		if (*at == ' ' && taken > WRAP_INDENT)
			blank = (size_t)(at - line);
		at += n;
	}
	return len;
}

/* Sentences are wrapped where the terminal ends; code and values are not, to be copied as
 * they are. */
static bool is_sentence(const char *line, size_t len)
{
	return len > 4 && memcmp(line, "    ", 4) != 0;
}

static void write_line(const struct text *text, const char *line, size_t len)
{
	unsigned width = text->show->width;
	size_t indent = text->indent;

	while (width > text->indent + WRAP_LEAST && is_sentence(line, len)) {
		size_t n = fitting(line, len, width - indent);

		if (n == len)
			break;
		fprintf(text->out, "%*s%.*s\n", (int)indent, "", (int)n, line);
		line += n + 1;
		len -= n + 1;
		indent = text->indent + WRAP_INDENT;
	}
	if (len)
		fprintf(text->out, "%*s%.*s", (int)indent, "", (int)len, line);
	putc('\n', text->out);
}

void text_flush(struct text *text)
{
	const char *line = str_cstr(&text->s), *end = line + text->s.len;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);

		write_line(text, line, len);
		line += len + 1;
	}
	str_clear(&text->s);
}
