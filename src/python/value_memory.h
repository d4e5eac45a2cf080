/* SPDX-License-Identifier: MIT */
/*
 * The target's memory while one value is read: pages are read once, and no more than so many
 * times, whatever the objects say. A backend over another one, so that all readers can use it.
 *
 * Once the budget is used up, every read fails with LIMIT.
 */
#ifndef PYPROF_PYTHON_VALUE_MEMORY_H
#define PYPROF_PYTHON_VALUE_MEMORY_H

#include "memory/memory.h"

#define VALUE_PAGE  4096u
#define VALUE_PAGES 64u

struct value_page {
	uint64_t base;
	uint64_t round; /* in which it was read */
	uint8_t bytes[VALUE_PAGE];
};

struct value_memory {
	struct memory memory; /* first: it is what is read */
	struct memory *below; /* not owned */
	uint64_t round;
	unsigned reads_left;
	bool exhausted; /* something was asked for when none were left */
	bool gone;	/* the target ended */
	struct value_page pages[VALUE_PAGES];
};

void value_memory_init(struct value_memory *m);
/* Everything is forgotten; `reads` system calls from now on. */
void value_memory_begin(struct value_memory *m, struct memory *below, unsigned reads);

#endif
