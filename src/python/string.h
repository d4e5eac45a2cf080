/* SPDX-License-Identifier: MIT */
/*
 * CPython strings from the target's memory, as UTF-8.
 *
 * Lone surrogates become their three-byte form (as Python's surrogatepass writes them); code
 * points above U+10FFFF make the string CORRUPT. 2.7 byte strings are taken as they are
 * where they are UTF-8, else each byte above 127 becomes U+0080…U+00FF. 2.7 unicode objects
 * of builds with 16-bit units have their surrogate pairs joined.
 *
 * Source: Include/cpython/unicodeobject.h (2.7: Include/unicodeobject.h) of each release.
 */
#ifndef PYPROF_PYTHON_STRING_H
#define PYPROF_PYTHON_STRING_H

#include "python/object.h"

/* Longest name, path or text that is read whole, in characters; LIMIT beyond. */
#define PY_STRING_MAX (1u << 16)

/*
 * Appends the string object at `addr` to *out; nothing on an error. 3.x: a str; 2.7: a str or a
 * unicode; subclasses too. Errors: FAULT, CORRUPT (not a string by its type or its fields),
 * LIMIT, NOMEM. A short string takes one system call.
 */
enum pyprof_status py_string_read(const struct py_runtime *rt, uint64_t addr,
				  struct str *out, struct pyprof_error *err);

/* Where the characters of a string lie, and how. */
struct py_text_place {
	uint64_t addr;
	uint32_t length; /* in units; a zero unit follows them */
	uint8_t width;	 /* bytes a unit: 1, 2, 4; 0: nowhere in one piece */
};

/*
 * Where the characters of a string of any length lie, and how wide they are, for who reads a part
 * of it: str, bytes (2.7: str, unicode) and their subclasses. *pairs: surrogate pairs are one
 * character (2.7, narrow builds).
 */
struct py_string_span {
	uint64_t addr;
	uint64_t length; /* in units */
	unsigned width;	 /* bytes a unit: 1, 2, 4 */
	bool text;	 /* not bytes */
	bool pairs;
};
enum pyprof_status py_string_span(const struct py_runtime *rt, uint64_t addr,
				  struct py_string_span *span, struct pyprof_error *err);

/* As py_string_read(); *place is where the characters were found. */
enum pyprof_status py_string_read_place(const struct py_runtime *rt, uint64_t addr,
					struct str *out, struct py_text_place *place,
					struct pyprof_error *err);

/* How many bytes lie at a place, the zero unit included. */
size_t py_text_size(const struct py_text_place *place);

/*
 * Are `bytes`, read from the place, the text that py_string_read() would make `text` of?
 * `scratch` is emptied.
 */
bool py_text_same(const struct py_runtime *rt, const struct py_text_place *place,
		  const uint8_t *bytes, const char *text, size_t len, struct str *scratch);

/*
 * Appends the contents of a bytes object (2.7: str); nothing on an error. LIMIT where there
 * are more than `limit` bytes.
 */
enum pyprof_status py_bytes_read(const struct py_runtime *rt, uint64_t addr, size_t limit,
				 struct str *out, struct pyprof_error *err);

/*
 * For a search among many: could the string (2.7: str) whose first bytes are `head` be the
 * ASCII text `name`? No certain no is given wrongly; a yes has to be asked of
 * py_string_read(). `head` has py_string_maybe_size() bytes; so many a string that is
 * `name` has at least, unless its characters are elsewhere.
 */
size_t py_string_maybe_size(const struct py_layout *layout, size_t name_len);
bool py_string_maybe(const struct py_layout *layout, const uint8_t *head, const char *name,
		     size_t name_len);

#endif
