/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

#define SURROGATE_HIGH 0xd800u
#define SURROGATE_LOW  0xdc00u
#define SURROGATE_END  0xe000u

static uint32_t unit_at(const uint8_t *units, size_t i, unsigned width)
{
	uint32_t unit = 0;

	memcpy(&unit, units + i * width, width);
	return unit;
}

/* Writes up to 4 bytes; gives how many. */
static size_t encode(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		to[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

bool utf8_from_units(struct str *out, const uint8_t *units, size_t n, unsigned width,
		     bool pairs)
{
	uint8_t text[512];
	size_t len = 0;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = unit_at(units, i, width);

		if (c > UTF8_MAX) {
			ok = false;
			break;
		}
		if (pairs && c >= SURROGATE_HIGH && c < SURROGATE_LOW && i + 1 < n) {
			uint32_t low = unit_at(units, i + 1, width);

			if (low >= SURROGATE_LOW && low < SURROGATE_END) {
				c = 0x10000 + ((c - SURROGATE_HIGH) << 10) +
				    (low - SURROGATE_LOW);
				i++;
			}
		}
		if (len + 4 > sizeof(text)) {
			str_add(out, text, len);
			len = 0;
		}
		len += encode(text + len, c);
	}
	str_add(out, text, len);
	return ok;
}

bool utf8_is_ascii(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] & 0x80)
			return false;
	}
	return true;
}

/* Length of the sequence at `bytes`, of which there are `n`; 0 where it is none. */
static size_t sequence(const uint8_t *bytes, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = bytes[0];
	size_t len = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (len < 2)
		return len;
	if (len > n || first >= 0xf8)
		return 0;
	uint32_t c = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	bool surrogate = c >= SURROGATE_HIGH && c < SURROGATE_END;
	return c >= least[len] && c <= UTF8_MAX && !surrogate ? len : 0;
}

bool utf8_valid(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = sequence(bytes + i, n - i);

		if (!len)
			return false;
		i += len;
	}
	return true;
}

/* Bytes of the sequence that `lead` opens, 0 where it opens none. */
static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_decode(const char *bytes, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)bytes;
	size_t n = sequence_length(s[0]);
	uint32_t c;

	if (n == 1) {
		*code = s[0];
		return 1;
	}
	if (n == 0 || n > len)
		goto invalid;
	c = s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			goto invalid;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff)
		goto invalid;
	*code = c;
	return n;
invalid:
	*code = 0xdc00 + s[0];
	return 1;
}

void utf8_add_clean(struct str *out, const char *bytes, size_t len)
{
	size_t done = 0, n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t code;
		uint16_t unit;

		n = utf8_decode(bytes + i, len - i, &code);
		if (n > 1 || code < 0x80)
			continue;
		unit = (uint16_t)code;
		str_add(out, bytes + done, i - done);
		utf8_from_units(out, (const uint8_t *)&unit, 1, 2, false);
		done = i + 1;
	}
	str_add(out, bytes + done, len - done);
}
