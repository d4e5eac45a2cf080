/* SPDX-License-Identifier: MIT */
/*
 * UTF-8: made of units of 8, 16 or 32 bits, as CPython keeps characters; checked; taken apart.
 * Pure.
 */
#ifndef PYPROF_BASE_UTF8_H
#define PYPROF_BASE_UTF8_H

#include <stdint.h>

#include "base/str.h"

#define UTF8_MAX 0x10ffffu /* the last code point */

/*
 * Appends `n` units of `width` (1, 2, 4) bytes, little-endian, not aligned. Lone surrogates
 * take three bytes; with `pairs`, a surrogate pair is one character. False where a unit
 * is above UTF8_MAX; what came before it is appended then.
 */
bool utf8_from_units(struct str *out, const uint8_t *units, size_t n, unsigned width,
		     bool pairs);

bool utf8_is_ascii(const uint8_t *bytes, size_t n);

/* Strict: shortest forms, no surrogates, nothing above UTF8_MAX. */
bool utf8_valid(const uint8_t *bytes, size_t n);

/*
 * Reads the character at `bytes` (len is not 0) into *code; returns its length in bytes, 1
 * to 4. Surrogates in their three-byte form are taken as they are; a byte that is not UTF-8 counts
 * as the lone surrogate U+DC00 plus the byte, as in Python's "surrogateescape".
 */
size_t utf8_decode(const char *bytes, size_t len, uint32_t *code);

/* Appends the bytes as UTF-8 and lone surrogates: what is not UTF-8 becomes one, as above. */
void utf8_add_clean(struct str *out, const char *bytes, size_t len);

#endif
