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

/* Where a text goes: one of the two. */
struct sink {
	FILE *file;
	struct str *str;
};

static void put(const struct sink *to, const char *bytes, size_t len)
{
	if (to->file)
		fwrite(bytes, 1, len, to->file);
	else
		str_add(to->str, bytes, len);
}

static void put_escape(const struct sink *to, uint32_t c)
{
	char escape[8] = { '\\', (char)c };

	if (c == '\n')
		escape[1] = 'n';
	else if (c == '\t')
		escape[1] = 't';
	else if (c != '"' && c != '\\')
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c & 0xffff);
	put(to, escape, strlen(escape));
}

/* Of characters above ASCII: what an editor or a script would take for the end of a line. */
static bool is_kept(uint32_t c)
{
	return c >= 0xa0 && c != 0x2028 && c != 0x2029 && (c < 0xd800 || c > 0xdfff);
}

static void put_string(const struct sink *to, const char *bytes, size_t len, bool markup)
{
	put(to, "\"", 1);
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		uint32_t c;

		while (i + n < len && is_plain(bytes[i + n], markup))
			n++;
		put(to, bytes + i, n);
		i += n;
		if (i == len)
			break;
		n = utf8_decode(bytes + i, len - i, &c);
		if (is_kept(c))
			put(to, bytes + i, n);
		else
			put_escape(to, c);
		i += n;
	}
	put(to, "\"", 1);
}

void json_write_text(FILE *out, const char *bytes, size_t len)
{
	put_string(&(struct sink){ .file = out }, bytes, len, false);
}

void json_write_cstr(FILE *out, const char *text)
{
	json_write_text(out, text ? text : "", text ? strlen(text) : 0);
}

void json_write_plain(FILE *out, const char *bytes, size_t len)
{
	put_string(&(struct sink){ .file = out }, bytes, len, true);
}

void json_write_plain_cstr(FILE *out, const char *text)
{
	json_write_plain(out, text ? text : "", text ? strlen(text) : 0);
}

void json_add_plain(struct str *out, const char *bytes, size_t len)
{
	put_string(&(struct sink){ .str = out }, bytes, len, true);
}
