/* SPDX-License-Identifier: MIT */
#include "format/marshal.h"

#include <string.h>

#include "base/utf8.h"

static void put_le(FILE *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		fputc((int)(value >> 8 * i & 0xff), out);
}

void marshal_put_tuple(FILE *out, uint32_t n)
{
	fputc('(', out);
	put_le(out, n, 4);
}

void marshal_put_dict(FILE *out)
{
	fputc('{', out);
}

void marshal_put_dict_end(FILE *out)
{
	fputc('0', out);
}

/* Digits of 15 bits, where it is no int of 32: that Python 3 has no 'I' any more. */
void marshal_put_uint(FILE *out, uint64_t value)
{
	uint32_t digits = 0;

	if (value <= INT32_MAX) {
		fputc('i', out);
		put_le(out, value, 4);
		return;
	}
	for (uint64_t rest = value; rest; rest >>= 15)
		digits++;
	fputc('l', out);
	put_le(out, digits, 4);
	for (; value; value >>= 15)
		put_le(out, value & 0x7fff, 2);
}

void marshal_put_float(FILE *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	fputc('g', out);
	put_le(out, bits, 8);
}

/* What utf8_decode() does not take for a character is 3 bytes long instead of 1. */
static bool is_broken(uint32_t code, size_t len)
{
	return len == 1 && code >= 0x80;
}

void marshal_put_text(FILE *out, const char *text, size_t len)
{
	size_t n, written = 0;
	uint32_t code;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &code);
		written += is_broken(code, n) ? 3 : n;
	}
	fputc('t', out);
	put_le(out, written, 4);
	if (written == len) {
		fwrite(text, 1, len, out);
		return;
	}
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &code);
		if (is_broken(code, n)) {
			fputc((int)(0xe0 | code >> 12), out);
			fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
			fputc((int)(0x80 | (code & 0x3f)), out);
		} else {
			fwrite(text + i, 1, n, out);
		}
	}
}
