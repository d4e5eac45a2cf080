/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Of ASCII: what is written as it is. `markup`: also what means something in a page. */
static bool is_plain(char c, bool markup)
{
	if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
		return false;
	return markup || (c != '<' && c != '>' && c != '&');
}

static void write_escape(FILE *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (char)c);
	else if (c == '\n')
		fputs("\\n", out);
	else if (c == '\t')
		fputs("\\t", out);
	else
		fprintf(out, "\\u%04x", (unsigned)c);
}

/* Of characters above ASCII: what an editor or a script would take for the end of a line. */
static bool is_kept(uint32_t c)
{
	return c >= 0xa0 && c != 0x2028 && c != 0x2029 && (c < 0xd800 || c > 0xdfff);
}

static void write_string(FILE *out, const char *bytes, size_t len, bool markup)
{
	putc('"', out);
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		uint32_t c;

		while (i + n < len && is_plain(bytes[i + n], markup))
			n++;
		fwrite(bytes + i, 1, n, out);
		i += n;
		if (i == len)
			break;
		n = utf8_decode(bytes + i, len - i, &c);
		if (is_kept(c))
			fwrite(bytes + i, 1, n, out);
		else
			write_escape(out, c);
		i += n;
	}
	putc('"', out);
}

void json_write_text(FILE *out, const char *bytes, size_t len)
{
	write_string(out, bytes, len, false);
}

void json_write_cstr(FILE *out, const char *text)
{
	write_string(out, text ? text : "", text ? strlen(text) : 0, false);
}

void json_write_plain(FILE *out, const char *bytes, size_t len)
{
	write_string(out, bytes, len, true);
}

void json_write_plain_cstr(FILE *out, const char *text)
{
	write_string(out, text ? text : "", text ? strlen(text) : 0, true);
}
