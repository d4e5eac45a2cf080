/* SPDX-License-Identifier: MIT */
/*
 * Room for one more element in a caller's {pointer, count, capacity}, and where one stands among
 * those that are sorted.
 */
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

/*
 * array_bound(n, i, before): the least i for which `before`, an expression of i, is false; n where
 * there is none. Where it is false it must be false for all that follow.
 */
#define array_bound(n, i, before)                                                        \
	({                                                                               \
		size_t low_ = 0, high_ = (n);                                            \
		while (low_ < high_) {                                                   \
			size_t i = low_ + (high_ - low_) / 2;                            \
			if (before)                                                      \
				low_ = i + 1;                                            \
			else                                                             \
				high_ = i;                                               \
		}                                                                        \
		low_;                                                                    \
	})

#endif
