/* SPDX-License-Identifier: MIT */
/*
 * Writing text into XML, and JSON into XML, so that no name can end what it stands in.
 *
 * Streams are written without looking at errors: the caller asks ferror() once.
 */
#ifndef PYPROF_RENDER_MARKUP_H
#define PYPROF_RENDER_MARKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* A text in its visible form (render/text.h), as XML character data or attribute value. */
void markup_xml(FILE *out, const char *visible, size_t len);

/*
 * Any text as a JSON string, quotes included, that is at the same time safe character data
 * of XML and safe inside a script element: ASCII but for what XML surely holds; `<`, `>`,
 * `&` and all that a visible form would escape are \uXXXX. What is not UTF-8 becomes a lone
 * surrogate, as in render/text.h.
 */
void markup_json(struct str *out, const char *bytes, size_t len);

/* The same, written. False: no memory. */
bool markup_put_json(FILE *out, const char *bytes, size_t len);

/*
 * Appends a number in base 64, five bits a character, lowest first, bit 6 for "there is
 * more", as in source maps (without their sign bit): 0 to 31 take one character.
 */
void markup_vlq(struct str *out, uint64_t number);

#endif
