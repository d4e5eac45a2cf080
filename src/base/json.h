/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON texts. Streams are written without looking at errors: the caller asks ferror()
 * once.
 */
#ifndef PYPROF_BASE_JSON_H
#define PYPROF_BASE_JSON_H

#include <stddef.h>
#include <stdio.h>

#include "base/str.h"

/*
 * Any text as a JSON string, quotes included: UTF-8, with controls, `<`, `>`, `&`, line and
 * paragraph separators as \uXXXX, so that it may stand in a script element too. A lone surrogate
 * is its \uXXXX; a byte that is not UTF-8 becomes the lone surrogate U+DC00 plus the byte, as in
 * Python's "surrogateescape".
 */
void json_write_text(FILE *out, const char *bytes, size_t len);

/* The same of a NUL-terminated text; NULL is written as "". */
void json_write_cstr(FILE *out, const char *text);

/*
 * The two for a file that is no part of a page: `<`, `>` and `&` are themselves, so that grep
 * finds "<module>". The last one appends to a string.
 */
void json_write_plain(FILE *out, const char *bytes, size_t len);
void json_write_plain_cstr(FILE *out, const char *text);
void json_add_plain(struct str *out, const char *bytes, size_t len);

#endif
