/* SPDX-License-Identifier: MIT */
#include "base/json_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define ESCAPE_LEN 6u /* \uXXXX, and a stand-in */

/* ---- lone surrogates -------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* The code unit that an escape \uXXXX at p stands for; -1: there is none. */
static long escape_at(const char *p, const char *end)
{
	long unit = 0;

	if ((size_t)(end - p) < ESCAPE_LEN || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (size_t i = 2; i < ESCAPE_LEN; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static bool is_high(long unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(long unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The next lone surrogate's escape; NULL: none. A backslash stands in strings alone. */
static const char *next_lone(const char *p, const char *end, long *unit)
{
	while ((p = memchr(p, '\\', (size_t)(end - p)))) {
		*unit = escape_at(p, end);
		if (is_high(*unit) && is_low(escape_at(p + ESCAPE_LEN, end)))
			p += 2 * (size_t)ESCAPE_LEN;
		else if (is_high(*unit) || is_low(*unit))
			return p;
		else
			p += end - p < 2 ? end - p : 2;
	}
	return NULL;
}

static void put_stand_in(char *at, long unit)
{
	unsigned bits = (unsigned)(unit - 0xd800);

	memcpy(at, "\xef\xb7\x90\xee\x80\x80", ESCAPE_LEN);
	at[2] = (char)(0x90 + (bits >> 6));
	at[5] = (char)(0x80 + (bits & 0x3f));
}

/* The surrogate that stands at p in three bytes' disguise; 0: it is none. */
static unsigned stand_in_at(const char *p, size_t len)
{
	const unsigned char *s = (const unsigned char *)p;

	if (len < ESCAPE_LEN || s[0] != 0xef || s[1] != 0xb7 || s[2] < 0x90 || s[2] > 0xaf ||
	    s[3] != 0xee || s[4] != 0x80)
		return 0;
	return 0xd800u + ((s[2] - 0x90u) << 6) + (s[5] - 0x80u);
}

/* *copy: the text with its lone surrogates replaced; NULL where it has none. */
static bool replace_lone(char **copy, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	const char *p = bytes;
	long unit;

	*copy = NULL;
	while ((p = next_lone(p, end, &unit))) {
		if (!*copy) {
			*copy = malloc(len);
			if (!*copy)
				return false;
			memcpy(*copy, bytes, len);
		}
		put_stand_in(*copy + (p - bytes), unit);
		p += ESCAPE_LEN;
	}
	return true;
}

const char *json_read_text(const struct json_read *json, const json_t *string,
			   struct str *scratch, size_t *len)
{
	const char *text = json_string_value(string);
	size_t plain = 0, i = 0;

	*len = json_string_length(string);
	if (!json->stand_ins || !memmem(text, *len, "\xef\xb7", 2))
		return text;
	str_clear(scratch);
	while (i < *len) {
		unsigned unit = stand_in_at(text + i, *len - i);
		const char utf8[3] = { (char)0xed, (char)(0x80 | (unit >> 6 & 0x3f)),
				       (char)(0x80 | (unit & 0x3f)) };

		if (!unit) {
			i++;
			continue;
		}
		str_add(scratch, text + plain, i - plain);
		str_add(scratch, utf8, sizeof(utf8));
		i += ESCAPE_LEN;
		plain = i;
	}
	str_add(scratch, text + plain, *len - plain);
	*len = scratch->len;
	return str_cstr(scratch);
}

/* ---- the whole ----------------------------------------------------------------------- */

static enum pyprof_status refuse(struct pyprof_error *err, const char *what,
				 const json_error_t *error, size_t skipped)
{
	enum json_error_code code = json_error_code(error);
	size_t byte = error->position > 0 ? (size_t)error->position : 0;

	/* Without memory it mostly says nothing. */
	if (!error->text[0])
		return error_nomem(err);

	/* It counts what was read so far, mostly with the byte that is wrong. */
	if (byte && code != json_error_premature_end_of_input &&
	    code != json_error_invalid_utf8)
		byte--;
	byte += skipped;
	switch (code) {
	case json_error_out_of_memory:
		return error_nomem(err);
	case json_error_numeric_overflow:
		return error_set(err, PYPROF_ERR_LIMIT, "%s, byte %zu: %s", what, byte,
				 error->text);
	default:
		return error_set(err, PYPROF_ERR_CORRUPT, "%s, byte %zu: %s", what, byte,
				 error->text);
	}
}

enum pyprof_status json_read(struct json_read *json, const char *what, const char *bytes,
			     size_t len, struct pyprof_error *err)
{
	static const char mark[] = "\xef\xbb\xbf";
	_cleanup_free_ char *copy = NULL;
	size_t skipped = 0;
	json_error_t error;

	*json = (struct json_read){ 0 };
	if (len > JSON_READ_MAX)
		return error_set(err, PYPROF_ERR_LIMIT, "%s: more than %zu MiB", what,
				 JSON_READ_MAX >> 20);
	if (len >= strlen(mark) && !memcmp(bytes, mark, strlen(mark)))
		skipped = strlen(mark);
	if (!replace_lone(&copy, bytes + skipped, len - skipped))
		return error_nomem(err);
	json->stand_ins = copy != NULL;
	json->root = json_loadb(copy ? copy : bytes + skipped, len - skipped, JSON_ALLOW_NUL,
				&error);
	return json->root ? PYPROF_OK : refuse(err, what, &error, skipped);
}

void json_read_deinit(struct json_read *json)
{
	json_decref(json->root);
	*json = (struct json_read){ 0 };
}
