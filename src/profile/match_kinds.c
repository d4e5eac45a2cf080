/* SPDX-License-Identifier: MIT */
#include "profile/match_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "profile/module.h"

struct match_shown {
	const char *text;
	unsigned kinds[SIDES]; /* a bit each, by enum module_kind */
};

static bool shown_equal(const void *entries, uint32_t index, const void *key)
{
	return !strcmp(((const struct match_shown *)entries)[index].text, key);
}

static uint32_t find(const struct match_kinds *kinds, const char *shown)
{
	return map_find(&kinds->map, hash_bytes(shown, strlen(shown)), shown_equal, kinds->items,
			shown);
}

bool match_kinds_add(struct match_kinds *kinds, enum side side, const char *path,
		     const char *shown)
{
	uint32_t id = find(kinds, shown);

	if (id == MAP_NONE) {
		id = (uint32_t)kinds->n;
		if (!array_grow(kinds->items, kinds->n, kinds->cap) ||
		    !map_insert(&kinds->map, hash_bytes(shown, strlen(shown)), id))
			return false;
		kinds->items[kinds->n++] = (struct match_shown){ .text = shown };
	}
	kinds->items[id].kinds[side] |= 1u << module_kind(path, "");
	return true;
}

/* The end of `path` that begins `parts` folders before `shown`, at a slash; NULL: it has none. */
static const char *climb(const char *path, const char *shown, unsigned parts)
{
	size_t len = strlen(path), shown_len = strlen(shown);
	const char *end = path + len - shown_len;

	/* What is shown is a text of its own. */
	if (shown_len >= len || strcmp(end, shown) != 0 || *--end != '/')
		return NULL;
	for (; parts; parts--)
		do
			if (end == path)
				return NULL;
		while (*--end != '/');
	return end;
}

const char *match_kinds_shown(const struct match_kinds *kinds, const char *path, const char *shown)
{
	enum module_kind kind = module_kind(path, "");
	uint32_t id = find(kinds, shown);
	const char *longer = NULL;
	bool several = false;

	for (int side = 0; id != MAP_NONE && side < SIDES; side++)
		several |= __builtin_popcount(kinds->items[id].kinds[side]) > 1;
	/* "/site-packages/", "/lib/python3.12/" */
	if (several && (kind == MODULE_LIBRARY || kind == MODULE_STANDARD))
		longer = climb(path, shown, kind == MODULE_LIBRARY ? 1 : 2);
	return longer ? longer : shown;
}

void match_kinds_deinit(struct match_kinds *kinds)
{
	free(kinds->items);
	map_deinit(&kinds->map);
}
