/* SPDX-License-Identifier: MIT */
/* Units of 8, 16 or 32 bits, as CPython keeps characters, to UTF-8. Pure. */
#ifndef PYPROF_PYTHON_UTF8_H
#define PYPROF_PYTHON_UTF8_H

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

#endif
