/* SPDX-License-Identifier: MIT */
#include "python/object.h"

#include "base/cleanup.h"

#define PAGE	   4096u
#define INT_DIGITS 3 /* of 30 bits: as many as 64 bits take */
#define DIGIT_BITS 30
#define HEAD_MAX   64

enum pyprof_status py_object_head(const struct py_runtime *rt, uint64_t addr, void *head,
				  size_t need, size_t size, size_t *got,
				  struct pyprof_error *err)
{
	size_t page_rest = PAGE - (size_t)(addr % PAGE);
	size_t want = size;

	/* What lies on the next page is not asked for unless it is needed. */
	if (want > page_rest)
		want = page_rest > need ? page_rest : need;
	enum pyprof_status status =
		memory_read_prefix(rt->target->memory, addr, head, want, got, err);
	if (status)
		return status;
	if (*got < need)
		return error_set_address(err, PYPROF_ERR_FAULT, addr,
					 "an object's memory ends after %zu bytes", *got);
	return PYPROF_OK;
}

enum pyprof_status py_type_flags(const struct py_runtime *rt, uint64_t type, uint64_t *flags,
				 struct pyprof_error *err)
{
	enum pyprof_status status = memory_read_u64(
		rt->target->memory, type + rt->layout.type.flags, flags, err);
	if (status)
		error_prefix(err, "flags of a type");
	return status;
}

enum pyprof_status py_type_name(const struct py_runtime *rt, uint64_t addr, char *buf,
				size_t size, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	struct memory *memory = rt->target->memory;
	uint64_t type, name;
	size_t got;

	if (!size)
		return error_set(err, PYPROF_ERR_USAGE, "no room for a type's name");
	buf[0] = '\0';
	enum pyprof_status status =
		memory_read_u64(memory, addr + l->object.ob_type, &type, err);
	if (!status)
		status = memory_read_u64(memory, type + l->type.name, &name, err);
	if (!status)
		status = memory_read_prefix(memory, name, buf, size, &got, err);
	if (status) {
		buf[0] = '\0';
		error_prefix(err, "name of a type");
		return status;
	}
	buf[got < size ? got : size - 1] = '\0';
	return PYPROF_OK;
}

/* ---- ints --------------------------------------------------------------------- */

/*
 * Before 3.12 the sign of ob_size is the number's, and its size the count of digits. Since,
 * lv_tag holds the count above three bits, the lowest two of which are 0: above zero, 1: zero,
 * 2: below. (It came with the dict-or-values word, so that tells the one from the other.)
 */
static bool split_size(const struct py_layout *l, uint64_t tag, uint64_t *digits, bool *negative)
{
	if (l->attr_model == PY_ATTRS_VALUES_312 || l->attr_model == PY_ATTRS_INLINE) {
		unsigned sign = tag & 3;
		*negative = sign == 2;
		*digits = sign == 1 ? 0 : tag >> 3;
		return sign != 3;
	}
	*negative = (int64_t)tag < 0;
	*digits = *negative ? -tag : tag;
	return true;
}

/* The value of `n` digits; false where it does not fit. */
static bool join_digits(const uint8_t *digits, uint64_t n, bool negative, int64_t *out)
{
	unsigned __int128 value = 0;
	for (uint64_t i = 0; i < n; i++)
		value |= (unsigned __int128)py_half(digits, (uint32_t)(4 * i))
			 << (DIGIT_BITS * i);
	if (value > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)-(uint64_t)value : (int64_t)value;
	return true;
}

static enum pyprof_status read_long(const struct py_runtime *rt, uint64_t addr,
				    uint64_t tag, int64_t *out, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	uint8_t digits[4 * INT_DIGITS];
	uint64_t n;
	bool negative;

	if (!split_size(l, tag, &n, &negative))
		return error_set_address(err, PYPROF_ERR_CORRUPT, addr,
					 "an int's tag makes no sense");
	if (n > INT_DIGITS)
		return error_set_address(err, PYPROF_ERR_LIMIT, addr,
					 "an int does not fit 64 bits");
	enum pyprof_status status =
		memory_read(rt->target->memory, addr + l->integer.digits, digits, 4 * n, err);
	if (status)
		return status;
	for (uint64_t i = 0; i < n; i++) {
		if (py_half(digits, (uint32_t)(4 * i)) >> DIGIT_BITS)
			return error_set_address(err, PYPROF_ERR_CORRUPT, addr,
						 "a digit of an int has more than 30 bits");
	}
	if (!join_digits(digits, n, negative, out))
		return error_set_address(err, PYPROF_ERR_LIMIT, addr,
					 "an int does not fit 64 bits");
	return PYPROF_OK;
}

enum pyprof_status py_int_read(const struct py_runtime *rt, uint64_t addr, int64_t *out,
			       struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	uint8_t head[HEAD_MAX];
	const uint32_t fields[] = { l->object.ob_type, l->integer.tag };
	size_t need = py_head_need(fields, ARRAY_SIZE(fields), 8), got;
	uint64_t flags;

	if (need > sizeof(head))
		return error_set(err, PYPROF_ERR_UNSUPPORTED, "an int's layout makes no sense");
	enum pyprof_status status = py_object_head(rt, addr, head, need, need, &got, err);
	if (!status)
		status = py_type_flags(rt, py_word(head, l->object.ob_type), &flags, err);
	if (status)
		return status;
	if (flags & PY_TYPE_INT)
		return read_long(rt, addr, py_word(head, l->integer.tag), out, err);
	if (flags & PY_TYPE_SMALL_INT && l->integer.small == l->integer.tag) {
		*out = (int64_t)py_word(head, l->integer.small);
		return PYPROF_OK;
	}
	return error_set_address(err, PYPROF_ERR_CORRUPT, addr, "this is no int");
}
