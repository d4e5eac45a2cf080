/* SPDX-License-Identifier: MIT */
/*
 * CPython's marshal, as far as profiles need it: numbers, texts, containers and code
 * objects. Versions 0 to 5 of the format are read, Python 2's and 3's types alike
 * (https://github.com/python/cpython/blob/main/Python/marshal.c).
 *
 * What is written is in the part that all of them know.
 */
#ifndef PYPROF_FORMAT_MARSHAL_H
#define PYPROF_FORMAT_MARSHAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

/* ---- writing: streams are written without looking at errors ------------------ */

void marshal_put_tuple(FILE *out, uint32_t n); /* n values follow */
void marshal_put_dict(FILE *out);	       /* keys and values follow… */
void marshal_put_dict_end(FILE *out);	       /* …up to this */
void marshal_put_uint(FILE *out, uint64_t value);
void marshal_put_float(FILE *out, double value);
/* str in Python 2 and 3. Bytes that are not UTF-8 become lone surrogates (utf8_decode()).
 */
void marshal_put_text(FILE *out, const char *text, size_t len);

/* ---- reading ----------------------------------------------------------------- */

#define MARSHAL_NONE  UINT32_MAX
#define MARSHAL_DEPTH 64 /* containers in containers */
#define MARSHAL_VALUES_MAX ((size_t)1 << 26) /* in a file: 3 GB of memory */

enum marshal_kind {
	MARSHAL_OTHER = 0, /* None, booleans… */
	MARSHAL_INT,
	MARSHAL_FLOAT,
	MARSHAL_TEXT,
	MARSHAL_TUPLE, /* or a list, a set, a slice */
	MARSHAL_DICT,  /* children: key, value, key, … */
	/*
	 * A code object, which profile's dumps have as the name of what they ran.
	 * Children: as they stand in the file; marshal_code_name() has the name.
	 */
	MARSHAL_CODE,
};

struct marshal_value {
	enum marshal_kind kind;
	uint32_t n;	      /* children */
	uint32_t first_child; /* ids; MARSHAL_NONE: none */
	uint32_t next;	      /* sibling; MARSHAL_NONE: none */
	size_t offset;	      /* where it stands in the file */
	union {
		uint64_t number; /* of an int, without its sign */
		double real;
		struct {
			size_t start, len; /* of a text's bytes in the file */
		} text;
	} u;
	bool negative;	  /* the int */
	bool is_new_code; /* the code object is of 3.11 or later */
};

/*
 * All values of a file; id 0 is the whole. A value that refers to another is a copy of
 * it.
 */
struct marshal {
	struct marshal_value *values;
	size_t n_values, cap_values;
};

/*
 * Reads one value, which must be all of the file. Errors: CORRUPT (the byte is named;
 * also types that no profile has), LIMIT (nested too deep, numbers beyond 64 bits, more
 * than MARSHAL_VALUES_MAX values), NOMEM. marshal_deinit() has to be called all the same.
 */
enum pyprof_status marshal_read(struct marshal *m, const char *bytes, size_t len,
				struct pyprof_error *err);
void marshal_deinit(struct marshal *m);

/* The name of a code object: the id of a value that may be anything. */
uint32_t marshal_code_name(const struct marshal *m, uint32_t code);

#endif
