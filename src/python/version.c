/* SPDX-License-Identifier: MIT */
#include "python/version.h"

#include <ctype.h>
#include <string.h>

#define NUMBER_MAX 254 /* one byte of PY_VERSION_HEX; 0xff says unknown */
#define BUILD_MAX  100 /* Py_GetVersion() cuts the build's text at 80 */

/* A decimal number at *pos; false where there is none, or one that is too large. */
static bool take_number(const char *text, size_t len, size_t *pos, uint32_t *out)
{
	size_t start = *pos;
	uint32_t n = 0;

	while (*pos < len && isdigit((unsigned char)text[*pos])) {
		n = n * 10 + (uint32_t)(text[(*pos)++] - '0');
		if (n > NUMBER_MAX)
			return false;
	}
	*out = n;
	return *pos > start;
}

/* "a1", "b2", "rc1", or nothing, which is a final release; as PY_VERSION_HEX's low byte. */
static uint32_t take_level(const char *text, size_t len, size_t *pos)
{
	static const struct {
		const char *name;
		uint32_t level;
	} levels[] = { { "a", 0xa0 }, { "b", 0xb0 }, { "rc", 0xc0 }, { "c", 0xc0 } };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		size_t n = strlen(levels[i].name), at = *pos + n;
		uint32_t serial;

		if (at >= len || memcmp(text + *pos, levels[i].name, n) != 0)
			continue;
		if (!take_number(text, len, &at, &serial) || serial > 0xf)
			continue;
		*pos = at;
		return levels[i].level | serial;
	}
	return 0xf0;
}

uint32_t py_version_parse(const char *text, size_t len, size_t *used)
{
	uint32_t major, minor, micro, version;
	size_t pos = 0, behind;

	if (!take_number(text, len, &pos, &major) || (major != 2 && major != 3) ||
	    pos >= len || text[pos++] != '.' || !take_number(text, len, &pos, &minor))
		return 0;
	version = PY_HEX_MINOR(major, minor);
	behind = pos + 1;
	if (pos < len && text[pos] == '.' && take_number(text, len, &behind, &micro)) {
		pos = behind;
		version = PY_HEX(major, minor, micro) | take_level(text, len, &pos);
	}
	if (pos < len && text[pos] == '+') /* built behind the release */
		pos++;
	*used = pos;
	return version;
}

uint32_t py_version_banner(const char *text, size_t len)
{
	size_t pos;
	uint32_t version = py_version_parse(text, len, &pos);
	const char *end;

	if (!version || len - pos < 2 || memcmp(text + pos, " (", 2) != 0)
		return 0;
	text += pos + 2;
	len -= pos + 2;
	end = memmem(text, len < BUILD_MAX ? len : BUILD_MAX, ") ", 2);
	if (!end || memchr(text, '\0', (size_t)(end - text)))
		return 0;
	len -= (size_t)(end + 2 - text);
	text = end + 2;
	if (len && *text == '\n') {
		text++;
		len--;
	}
	return len && *text == '[' ? version : 0;
}

bool py_name_says_python(const char *name)
{
	return strcasestr(name, "python") != NULL;
}

uint32_t py_version_of_name(const char *name)
{
	const char *at = strcasestr(name, "python");
	uint32_t version;
	size_t used;

	if (!at)
		return 0;
	at += strlen("python");
	version = py_version_parse(at, strlen(at), &used);
	return version ? (version & 0xffff0000) | 0xfff0 : 0;
}
