/* SPDX-License-Identifier: MIT */
#include "python/footprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void footprint_deinit(struct footprint *fp)
{
	free(fp->now.ranges);
	free(fp->next.ranges);
	*fp = (struct footprint){ 0 };
}

/* Index of the first range whose end is not below `addr`. */
static size_t first_reaching(const struct footprint_set *set, uint64_t addr)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (set->ranges[mid].end < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void remove_ranges(struct footprint_set *set, size_t at, size_t n)
{
	memmove(&set->ranges[at], &set->ranges[at + n],
		(set->n - at - n) * sizeof(set->ranges[0]));
	set->n -= n;
}

static uint64_t total_bytes(const struct footprint_set *set)
{
	uint64_t total = 0;

	for (size_t i = 0; i < set->n; i++)
		total += set->ranges[i].end - set->ranges[i].start;
	return total;
}

/* Swallows the ranges behind `at` that are now nearer than the gap. */
static void absorb_followers(struct footprint_set *set, size_t at)
{
	size_t last = at;

	while (last + 1 < set->n &&
	       set->ranges[last + 1].start < set->ranges[at].end + FOOTPRINT_GAP) {
		last++;
		if (set->ranges[last].end > set->ranges[at].end)
			set->ranges[at].end = set->ranges[last].end;
	}
	if (last > at)
		remove_ranges(set, at + 1, last - at);
}

bool footprint_add(struct footprint_set *set, uint64_t start, uint64_t end)
{
	/* Addresses come from the target: refuse what would wrap around. */
	if (start < FOOTPRINT_GAP || end <= start || end > INT64_MAX)
		return false;

	size_t at = first_reaching(set, start - FOOTPRINT_GAP + 1);

	if (at < set->n && set->ranges[at].start <= start && set->ranges[at].end >= end)
		return true;
	if (total_bytes(set) + (end - start) > FOOTPRINT_MAX_BYTES)
		return false;
	if (at < set->n && set->ranges[at].start < end + FOOTPRINT_GAP) {
		struct footprint_range *range = &set->ranges[at];

		range->offset = FOOTPRINT_UNREAD;
		if (start < range->start)
			range->start = start;
		if (end > range->end)
			range->end = end;
		absorb_followers(set, at);
		return true;
	}
	if (!array_grow(set->ranges, set->n, set->cap))
		return false;
	memmove(&set->ranges[at + 1], &set->ranges[at],
		(set->n - at) * sizeof(set->ranges[0]));
	set->ranges[at] = (struct footprint_range){ start, end, FOOTPRINT_UNREAD };
	set->n++;
	return true;
}

void footprint_drop(struct footprint_set *set, uint64_t addr)
{
	size_t at = first_reaching(set, addr + 1);

	if (at < set->n && set->ranges[at].start <= addr)
		remove_ranges(set, at, 1);
}

size_t footprint_layout(struct footprint_set *set)
{
	size_t offset = 0;

	for (size_t i = 0; i < set->n; i++) {
		set->ranges[i].offset = offset;
		offset += set->ranges[i].end - set->ranges[i].start;
	}
	return offset;
}

static bool holds(const struct footprint_range *range, uint64_t start, uint64_t end)
{
	return range->start <= start && end <= range->end;
}

size_t footprint_find(const struct footprint_set *set, uint64_t start, uint64_t end,
		      size_t *hint)
{
	size_t at = *hint;

	if (at >= set->n || !holds(&set->ranges[at], start, end)) {
		at = first_reaching(set, end);
		if (at >= set->n || !holds(&set->ranges[at], start, end))
			return FOOTPRINT_NONE;
		*hint = at;
	}
	if (set->ranges[at].offset == FOOTPRINT_UNREAD)
		return FOOTPRINT_UNREAD;
	return set->ranges[at].offset + (start - set->ranges[at].start);
}

void footprint_renew(struct footprint *fp)
{
	if (fp->looks < FOOTPRINT_RENEW)
		return;

	struct footprint_set unused = fp->now;

	fp->looks = 0;
	fp->now = fp->next;
	fp->next = unused;
	fp->next.n = 0;
}
