/* SPDX-License-Identifier: MIT */
/*
 * CPython strings from the target's memory, as UTF-8.
 *
 * Lone surrogates become their three-byte form (as Python's surrogatepass writes them); code
 * points above U+10FFFF make the string CORRUPT. 2.7 byte strings are taken as they are
 * where they are UTF-8, else each byte above 127 becomes U+0080…U+00FF.
 */
#ifndef PYPROF_PYTHON_STRING_H
#define PYPROF_PYTHON_STRING_H

#include "python/runtime.h"

/* Longest name, path or text that is read whole, in characters; LIMIT beyond. */
#define PY_STRING_MAX (1u << 16)

/*
 * Appends the string object at `addr` to *out. 3.x: a str; 2.7: a str or a unicode. Errors:
 * FAULT, CORRUPT (not a string by its type or its fields), LIMIT.
 */
enum pyprof_status py_string_read(const struct py_runtime *rt, uint64_t addr,
				  struct str *out, struct pyprof_error *err);

/* Appends the contents of a bytes object (2.7: str), `limit` bytes at most. */
enum pyprof_status py_bytes_read(const struct py_runtime *rt, uint64_t addr, size_t limit,
				 struct str *out, struct pyprof_error *err);

/* An int that fits 64 bits (2.7: int or long). Errors: FAULT, CORRUPT, LIMIT. */
enum pyprof_status py_int_read(const struct py_runtime *rt, uint64_t addr, int64_t *out,
			       struct pyprof_error *err);

/* The tp_name of the type of the object at `addr`, into buf. */
enum pyprof_status py_type_name(const struct py_runtime *rt, uint64_t addr, char *buf,
				size_t size, struct pyprof_error *err);

#endif
