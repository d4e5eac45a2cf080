/* SPDX-License-Identifier: MIT */
#include "diff/glob.h"

#include <string.h>

#include "base/utf8.h"

struct place {
	size_t piece, offset;
};

struct text {
	const struct glob_piece *pieces;
	size_t n;
};

/* The character there, and the place behind it; false at the end. */
static bool next(const struct text *text, struct place *at, uint32_t *c)
{
	const struct glob_piece *piece;

	while (at->piece < text->n && at->offset >= text->pieces[at->piece].len)
		*at = (struct place){ at->piece + 1, 0 };
	if (at->piece >= text->n)
		return false;
	piece = &text->pieces[at->piece];
	at->offset += utf8_decode(piece->text + at->offset, piece->len - at->offset, c);
	if (piece->dots && *c == '/')
		*c = '.';
	return true;
}

static uint32_t take(const char *pattern, size_t len, size_t *at)
{
	uint32_t c;

	*at += utf8_decode(pattern + *at, len - *at, &c);
	return c;
}

/*
 * A class begins at pattern[at], behind its [. Is `c` in it? *end is behind its ]; 0 where it has
 * none.
 */
static bool class_has(const char *pattern, size_t len, size_t at, uint32_t c, size_t *end)
{
	bool negated = at < len && (pattern[at] == '!' || pattern[at] == '^'), found = false;
	size_t first = at += negated;

	*end = 0;
	while (at < len && (pattern[at] != ']' || at == first)) {
		uint32_t low, high;

		if (pattern[at] == '\\' && at + 1 < len)
			at++;
		low = high = take(pattern, len, &at);
		if (at + 1 < len && pattern[at] == '-' && pattern[at + 1] != ']') {
			at++;
			if (pattern[at] == '\\' && at + 1 < len)
				at++;
			high = take(pattern, len, &at);
		}
		found |= c >= low && c <= high;
	}
	if (at >= len)
		return false;
	*end = at + 1;
	return found != negated;
}

/* Does what stands at pattern[*at], and is no *, fit the one character? *at is behind it then. */
static bool fits(const char *pattern, size_t len, size_t *at, uint32_t c)
{
	size_t i = *at, end;

	if (i >= len)
		return false;
	if (pattern[i] == '[') {
		bool has = class_has(pattern, len, i + 1, c, &end);

		if (end) {
			*at = end;
			return has;
		}
	} else if (pattern[i] == '?') {
		*at = i + 1;
		return true;
	} else if (pattern[i] == '\\' && i + 1 < len) {
		i++;
	}
	if (take(pattern, len, &i) != c)
		return false;
	*at = i;
	return true;
}

bool glob_is(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

bool glob_matches(const char *pattern, const struct glob_piece *pieces, size_t n)
{
	const struct text text = { pieces, n };
	size_t len = strlen(pattern), p = 0, star = 0; /* star: behind the last *, 0 none was */
	struct place at = { 0, 0 }, star_at = at;
	uint32_t c;

	for (;;) {
		struct place after = at;
		size_t before = p;

		if (p < len && pattern[p] == '*') {
			star = ++p;
			star_at = at;
			continue;
		}
		if (!next(&text, &after, &c)) {
			if (p == len)
				return true;
		} else if (fits(pattern, len, &p, c)) {
			at = after;
			continue;
		}
		/* The last * takes one character more; an earlier one need not. */
		p = before;
		if (!star || !next(&text, &star_at, &c))
			return false;
		p = star;
		at = star_at;
	}
}
