/* SPDX-License-Identifier: MIT */
/* Room for one more element in a caller's {pointer, count, capacity}. */
#ifndef PYPROF_BASE_ARRAY_H
#define PYPROF_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for `want` elements of `size` bytes in *items, doubling *cap. On
 * failure returns false and leaves everything as it was.
 */
bool array_reserve(void **items, size_t *cap, size_t want, size_t size);

/* array_grow(v, n, cap): may v[n] be written? v and cap are lvalues. */
#define array_grow(v, n, cap)                                                            \
	((n) < (cap) || array_reserve((void **)&(v), &(cap), (n) + 1, sizeof(*(v))))

#endif
