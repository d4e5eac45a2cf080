/* SPDX-License-Identifier: MIT */
/*
 * Another program's memory out of a fuzz input: pieces, one behind the other to its end, each
 * u64 address, u16 length, bytes. Numbers are little-endian; the last piece may be cut short; of
 * pieces that overlap the first counts. So hardly a mutation spoils an input altogether, and
 * addresses recorded from a real process stay as they are.
 */
#ifndef PYPROF_TESTS_FUZZ_PIECES_H
#define PYPROF_TESTS_FUZZ_PIECES_H

#include <string.h>

#include "base/bytes.h"
#include "memory/memory.h"

#define PIECES_MAX 512u

struct pieces {
	struct memory memory; /* first: it is what is read */
	struct {
		uint64_t addr;
		const uint8_t *bytes;
		size_t len;
	} list[PIECES_MAX];
	size_t n;
};

static inline bool pieces_copy(const struct pieces *pieces, uint64_t addr, uint8_t *buf,
			       size_t len)
{
	while (len) {
		size_t part = 0;

		for (size_t i = 0; i < pieces->n && !part; i++) {
			uint64_t skip = addr - pieces->list[i].addr;

			if (skip >= pieces->list[i].len)
				continue; /* also where it is above addr */
			part = pieces->list[i].len - (size_t)skip;
			part = part < len ? part : len;
			memcpy(buf, pieces->list[i].bytes + skip, part);
		}
		if (!part)
			return false;
		buf += part;
		addr += part;
		len -= part;
	}
	return true;
}

static inline size_t pieces_readv(struct memory *memory, const struct memory_piece *wanted,
				  size_t n, enum pyprof_status *status)
{
	for (size_t i = 0; i < n; i++) {
		if (!pieces_copy((struct pieces *)memory, wanted[i].addr, wanted[i].buf,
				 wanted[i].len)) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
	}
	return n;
}

/* Reads all that is left of `in`, whose bytes must stay. */
static inline void pieces_init(struct pieces *pieces, struct bytes *in)
{
	static const struct memory_ops ops = { .name = "pieces", .readv = pieces_readv };

	pieces->memory = (struct memory){ .ops = &ops };
	pieces->n = 0;
	while (bytes_left(in) > 10 && pieces->n < PIECES_MAX) {
		uint64_t addr = bytes_u64(in);
		size_t len = bytes_u16(in);

		len = len < bytes_left(in) ? len : bytes_left(in);
		pieces->list[pieces->n].addr = addr;
		pieces->list[pieces->n].len = len;
		pieces->list[pieces->n++].bytes = bytes_take(in, len);
	}
}

#endif
