/* SPDX-License-Identifier: MIT */
/*
 * Where a thread's frames were seen lately: the ranges to read at the next look.
 *
 * Frames come back to the same places: the datastack chunk, the frame objects that a free
 * list hands out again, the C stack. Reading all of these at once is what lets one system
 * call see a whole stack. Ranges that no stack used for a while are forgotten.
 *
 * Invariant: ranges are sorted, do not touch, and are at least FOOTPRINT_GAP apart, since one
 * longer piece costs less than two. A gap below a page cannot hold an unmapped page.
 */
#ifndef PYPROF_PYTHON_FOOTPRINT_H
#define PYPROF_PYTHON_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOOTPRINT_GAP	    2048u
#define FOOTPRINT_MAX_BYTES (64u << 20)
#define FOOTPRINT_RENEW	    64u /* looks after which unused ranges are forgotten */

struct footprint_range {
	uint64_t start, end;
	size_t offset; /* of its bytes in a pass's buffer, from footprint_layout() on */
};

struct footprint_set {
	struct footprint_range *ranges;
	size_t n, cap;
};

struct footprint {
	struct footprint_set now;  /* what the next look reads */
	struct footprint_set next; /* what was used since the last renewal */
	uint32_t looks;		   /* since the last renewal; the caller counts them */
};

void footprint_deinit(struct footprint *fp);

/* Adds [start, end) to a set. False: no memory, or more than FOOTPRINT_MAX_BYTES. */
bool footprint_add(struct footprint_set *set, uint64_t start, uint64_t end);

/* Takes the range that holds `addr` out of the set. */
void footprint_drop(struct footprint_set *set, uint64_t addr);

/* Gives every range its place in the buffer; returns the bytes that all of them take. */
size_t footprint_layout(struct footprint_set *set);

#define FOOTPRINT_NONE	SIZE_MAX	/* no range holds it */
#define FOOTPRINT_UNREAD (SIZE_MAX - 1) /* a range does, but was added since the layout */

/*
 * Place in the buffer of the bytes [start, end), FOOTPRINT_NONE or FOOTPRINT_UNREAD. *hint is
 * the index of the range found last, to be looked at first.
 */
size_t footprint_find(const struct footprint_set *set, uint64_t start, uint64_t end,
		      size_t *hint);

/* Before a look: now and then, what was not used since the last time is forgotten. */
void footprint_renew(struct footprint *fp);

#endif
