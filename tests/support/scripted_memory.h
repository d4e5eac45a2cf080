/* SPDX-License-Identifier: MIT */
/*
 * Memory that changes under its reader: a step runs before a given piece of a look, as a target
 * would go on between two passes.
 */
#ifndef PYPROF_TESTS_SCRIPTED_MEMORY_H
#define PYPROF_TESTS_SCRIPTED_MEMORY_H

#include <string.h>

#include "memory/memory.h"

#define MEM_BASE 0x7f0000000000u
#define MEM_SIZE 0x40000u

struct script {
	struct memory memory;
	uint8_t bytes[MEM_SIZE];
	size_t piece; /* pieces of this look read so far */
	size_t at;    /* run `step` before this piece of a look */
	void (*step)(struct script *script);
	bool armed;
	size_t calls; /* of readv: what would be system calls */
};

static inline uint8_t *host(struct script *s, uint64_t addr)
{
	return s->bytes + (addr - MEM_BASE);
}

static inline void put64(struct script *s, uint64_t addr, uint64_t v)
{
	memcpy(host(s, addr), &v, sizeof(v));
}

static size_t script_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			   enum pyprof_status *status)
{
	struct script *s = (struct script *)memory;

	s->calls++;
	s->piece = 0;
	for (size_t i = 0; i < n; i++) {
		/* A look has two passes and a moment; a single piece is a search. */
		if (s->armed && n > 2 && s->piece++ == s->at)
			s->step(s);
		if (pieces[i].addr < MEM_BASE ||
		    pieces[i].addr + pieces[i].len > MEM_BASE + MEM_SIZE) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
		memcpy(pieces[i].buf, host(s, pieces[i].addr), pieces[i].len);
	}
	return n;
}

static const struct memory_ops script_ops = { "script", script_readv, NULL };

static inline void script_arm(struct script *s, size_t at, void (*step)(struct script *))
{
	s->at = at;
	s->step = step;
	s->armed = true;
}

#endif
