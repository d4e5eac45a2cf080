/* SPDX-License-Identifier: MIT */
#include "cmd/suggest.h"

#include <stdint.h>
#include <string.h>

#define MAX_WORD 40

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * Edits from a to b: insert, delete, replace, or swap two neighbours (the restricted
 * Damerau-Levenshtein distance, by rows).
 */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][MAX_WORD + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t differs = a[i - 1] != b[j - 1];

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + differs);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		size_t *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t given_len = strlen(suggestion->given);
	size_t len = strlen(candidate);
	size_t d;

	if (given_len == 0 || given_len > MAX_WORD || len > MAX_WORD)
		return;
	d = distance(suggestion->given, given_len, candidate, len);
	/* The beginning of a word is no typing error, but not yet the word. */
	if (given_len >= 2 && given_len < len && !strncmp(candidate, suggestion->given, given_len))
		d = 1;
	/* One letter in three may be wrong, and never all of them. */
	if (d > (len + 2) / 3 || d >= given_len)
		return;
	if (!suggestion->best || d < suggestion->distance) {
		suggestion->best = candidate;
		suggestion->distance = d;
	}
}
