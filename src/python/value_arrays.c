/* SPDX-License-Identifier: MIT */
/*
 * numpy's arrays as type, shape and dtype, and its scalars as type and, where it is a plain number,
 * value. What repr() would give depends on print options, so these words are ours.
 *
 * Sources: numpy/core/include/numpy/ndarraytypes.h: PyArrayObject_fields (data, nd, dimensions,
 * strides, base, descr) and PyArray_Descr, which begins with the type of its scalars; the same in
 * numpy 1 and 2. arrayscalars.h: a scalar's value follows the object's head.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define DIMENSIONS_MAX 64 /* NPY_MAXDIMS; 32 before numpy 2 */

static bool add_shape(struct value_read *v, uint64_t dimensions, int32_t n)
{
	uint64_t sizes[DIMENSIONS_MAX];

	if (n < 0 || n > DIMENSIONS_MAX || (n && !value_bytes(v, dimensions, sizes, 8 * (size_t)n)))
		return value_unreadable(v, "unreadable");
	value_add(v, "(");
	for (int32_t i = 0; i < n; i++)
		value_printf(v, "%s%lld", i ? ", " : "", (long long)sizes[i]);
	return value_add(v, n == 1 ? ",)" : ")");
}

static bool add_array(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint64_t fields[6], scalar; /* data, nd, dimensions, strides, base, descr */
	const struct value_type *t = NULL;

	value_printf(v, "<%s%s%s", type->module, type->module[0] ? "." : "", type->qualname);
	if (!value_bytes(v, addr + v->l->object.size, fields, sizeof(fields)))
		return value_unreadable(v, "unreadable") && value_add(v, ">");
	value_add(v, " shape=");
	add_shape(v, fields[2], (int32_t)fields[1]);
	if (value_field(v, fields[5], v->l->object.size, &scalar))
		t = value_class_at(v, scalar);
	if (t)
		value_printf(v, " dtype=%s", value_type_short(t));
	return value_add(v, ">");
}

/* Scalars that are a C number: the name behind "numpy.", its size, and what it is. */
static const struct scalar {
	const char *name;
	uint8_t size;
	char what; /* i, u, f, b */
} scalars[] = {
	{ "int8", 1, 'i' },    { "int16", 2, 'i' },   { "int32", 4, 'i' },   { "int64", 8, 'i' },
	{ "uint8", 1, 'u' },   { "uint16", 2, 'u' },  { "uint32", 4, 'u' },  { "uint64", 8, 'u' },
	{ "longlong", 8, 'i' }, { "ulonglong", 8, 'u' }, { "float32", 4, 'f' },
	{ "float64", 8, 'f' }, { "bool", 1, 'b' },    { "bool_", 1, 'b' },
};

static bool add_signed(struct value_read *v, const uint8_t *bytes, size_t size)
{
	uint64_t raw = 0;
	unsigned shift = 64 - 8 * (unsigned)size;

	memcpy(&raw, bytes, size);
	return value_printf(v, " %lld", (long long)((int64_t)(raw << shift) >> shift));
}

static bool add_number(struct value_read *v, const struct scalar *s, const uint8_t *bytes)
{
	uint64_t raw = 0;
	char buf[48];
	double wide;
	float narrow;

	memcpy(&raw, bytes, s->size);
	switch (s->what) {
	case 'i':
		return add_signed(v, bytes, s->size);
	case 'u':
		return value_printf(v, " %llu", (unsigned long long)raw);
	case 'b':
		return value_add(v, raw ? " True" : " False");
	}
	if (s->size == 4) {
		memcpy(&narrow, bytes, sizeof(narrow));
		return value_printf(v, " %.9g", (double)narrow);
	}
	memcpy(&wide, bytes, sizeof(wide));
	return value_printf(v, " %s", value_double_text(wide, true, buf));
}

static bool add_scalar(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint8_t bytes[8];

	value_printf(v, "<%s%s%s", type->module, type->module[0] ? "." : "", type->qualname);
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (strcmp(type->qualname, scalars[i].name) == 0 && !type->heap &&
		    value_bytes(v, addr + v->l->object.size, bytes, scalars[i].size))
			add_number(v, &scalars[i], bytes);
	}
	return value_add(v, ">");
}

bool value_numpy(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	v->flags |= PY_VALUE_OWN;
	return type->kind == KIND_NUMPY_ARRAY ? add_array(v, addr, type) :
						add_scalar(v, addr, type);
}
