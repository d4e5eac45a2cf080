/* SPDX-License-Identifier: MIT */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool array_reserve(void **items, size_t *cap, size_t want, size_t size)
{
	size_t new_cap = *cap ? *cap : 8;
	void *old, *new;

	if (want <= *cap)
		return true;
	while (new_cap < want) {
		if (new_cap > SIZE_MAX / 2)
			return false;
		new_cap *= 2;
	}
	if (new_cap > PTRDIFF_MAX / size)
		return false;
	/*
	 * *items is a pointer to the caller's own type, not a void *: copied as bytes, it may
	 * be read and written without breaking the aliasing rules.
	 */
	memcpy(&old, items, sizeof(old));
	new = realloc(old, new_cap * size);
	if (!new)
		return false;
	memcpy(items, &new, sizeof(new));
	*cap = new_cap;
	return true;
}
