/* SPDX-License-Identifier: MIT */
/*
 * What every object of the target has: a type, and by its flags a kind. Ints, for they need
 * no more than that.
 *
 * An address may be garbage: what its type's flags say is believed only as far as the bytes
 * behind it make sense. Source of the flags: Include/object.h of each release.
 */
#ifndef PYPROF_PYTHON_OBJECT_H
#define PYPROF_PYTHON_OBJECT_H

#include <string.h>

#include "python/runtime.h"

/* tp_flags; the same bits in all releases that have them. */
#define PY_TYPE_INLINE_VALUES  (1u << 2)  /* 3.13 and later */
#define PY_TYPE_MANAGED_DICT   (1u << 4)  /* 3.11 and later */
#define PY_TYPE_SMALL_INT      (1u << 23) /* 2.7: int, where long is another type */
#define PY_TYPE_INT	       (1u << 24) /* 2.7: long */
#define PY_TYPE_BYTES	       (1u << 27) /* 2.7: str */
#define PY_TYPE_STR	       (1u << 28) /* 2.7: unicode */
#define PY_TYPE_DICT	       (1u << 29)

/*
 * Begins an object: reads from `addr` up to `size` bytes into `head`, `need` of them for sure;
 * *got tells how many. One system call where the object does not cross a page.
 */
enum pyprof_status py_object_head(const struct py_runtime *rt, uint64_t addr, void *head,
				  size_t need, size_t size, size_t *got,
				  struct pyprof_error *err);

/*
 * How many bytes of an object reach to the end of all these fields of `width` bytes. A field
 * that is absent gives more than any head has.
 */
static inline size_t py_head_need(const uint32_t *fields, size_t n, size_t width)
{
	size_t need = 0;

	for (size_t i = 0; i < n; i++) {
		if (fields[i] + width > need)
			need = fields[i] + width;
	}
	return need;
}

/* tp_flags of the type at `type`. */
enum pyprof_status py_type_flags(const struct py_runtime *rt, uint64_t type, uint64_t *flags,
				 struct pyprof_error *err);

/* An int that fits 64 bits (2.7: int or long; digits of 30 bits). Errors: FAULT, CORRUPT, LIMIT. */
enum pyprof_status py_int_read(const struct py_runtime *rt, uint64_t addr, int64_t *out,
			       struct pyprof_error *err);

/* The tp_name of the type of the object at `addr`, into buf, cut to its size. */
enum pyprof_status py_type_name(const struct py_runtime *rt, uint64_t addr, char *buf,
				size_t size, struct pyprof_error *err);

/* Numbers out of bytes that were read. */
static inline uint64_t py_word(const uint8_t *bytes, uint32_t offset)
{
	uint64_t v;

	memcpy(&v, bytes + offset, sizeof(v));
	return v;
}

static inline uint32_t py_half(const uint8_t *bytes, uint32_t offset)
{
	uint32_t v;

	memcpy(&v, bytes + offset, sizeof(v));
	return v;
}

#endif
