/* SPDX-License-Identifier: MIT */
/*
 * A bounded reader over bytes that somebody else wrote.
 *
 * Every take checks the bound first; once a take failed, `failed` stays set, all
 * later takes give 0, and the caller asks once at the end. Nothing is owned.
 */
#ifndef PYPROF_BASE_BYTES_H
#define PYPROF_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t len;
	size_t pos; /* never above len */
	bool failed;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){ .data = data, .len = len };
}

static inline size_t bytes_left(const struct bytes *b)
{
	return b->len - b->pos;
}

static inline bool bytes_end(const struct bytes *b)
{
	return b->failed || b->pos == b->len;
}

static inline const uint8_t *bytes_take(struct bytes *b, size_t n)
{
	if (b->failed || n > b->len - b->pos) {
		b->failed = true;
		return NULL;
	}
	b->pos += n;
	return b->data + b->pos - n;
}

#define BYTES_TAKE_(name, type)                                                          \
	static inline type bytes_##name(struct bytes *b)                                 \
	{                                                                                \
		type v = 0;                                                              \
		const uint8_t *p = bytes_take(b, sizeof(v));                             \
		if (p)                                                                   \
			memcpy(&v, p, sizeof(v));                                        \
		return v;                                                                \
	}
BYTES_TAKE_(u8, uint8_t)
BYTES_TAKE_(i8, int8_t)
BYTES_TAKE_(u16, uint16_t)
BYTES_TAKE_(u32, uint32_t)
BYTES_TAKE_(i32, int32_t)
BYTES_TAKE_(u64, uint64_t)
#undef BYTES_TAKE_

#endif
