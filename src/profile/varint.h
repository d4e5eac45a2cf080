/* SPDX-License-Identifier: MIT */
/* Numbers of 7 bits a byte, lowest first, as protobuf has them; signed ones as zigzag. */
#ifndef PYPROF_PROFILE_VARINT_H
#define PYPROF_PROFILE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10u /* bytes of 64 bits */

static inline uint64_t varint_zigzag(int64_t n)
{
	return (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0);
}

static inline int64_t varint_unzigzag(uint64_t n)
{
	return (int64_t)(n >> 1 ^ (0 - (n & 1)));
}

static inline uint8_t *varint_put(uint8_t *to, uint64_t n)
{
	while (n >= 0x80) {
		*to++ = (uint8_t)(n | 0x80);
		n >>= 7;
	}
	*to++ = (uint8_t)n;
	return to;
}

/* Of bytes that varint_put() wrote: nothing is checked. */
static inline const uint8_t *varint_get(const uint8_t *from, uint64_t *n)
{
	unsigned shift = 0;

	for (*n = 0; *from & 0x80; shift += 7)
		*n |= (uint64_t)(*from++ & 0x7f) << shift;
	*n |= (uint64_t)*from++ << shift;
	return from;
}

/* The next one of bytes that anybody wrote; NULL where they end in it, or it has over 64 bits. */
static inline const uint8_t *varint_read(const uint8_t *from, const uint8_t *end, uint64_t *n)
{
	*n = 0;
	for (unsigned shift = 0; from < end && shift < 70; shift += 7) {
		uint8_t byte = *from++;

		if (shift == 63 && byte > 1)
			return NULL;
		*n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return from;
	}
	return NULL;
}

#endif
