/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && !strchr("\"\\<>&", c);
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

void json_write_text(FILE *out, const char *bytes, size_t len)
{
	putc('"', out);
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		uint32_t c;

		while (i + n < len && is_plain(bytes[i + n]))
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

void json_write_cstr(FILE *out, const char *text)
{
	json_write_text(out, text ? text : "", text ? strlen(text) : 0);
}
