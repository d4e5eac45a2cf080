/* SPDX-License-Identifier: MIT */
#include "python/known.h"

#include <string.h>

#include "base/array.h"
#include "python/look.h"
#include "python/window.h"

/* A shallow stack is decoded in no time. */
#define KNOWN_MIN 8
/* Frames above what is known, at most; and how far below its end they may join it. */
#define ABOVE_MAX 512
#define JOIN_MAX  16
/* Bytes compared at once. */
#define STEP 512

static bool keep_ranges(struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;

	if (!array_reserve((void **)&memory->old_ranges, &memory->old_ranges_cap, set->n,
			   sizeof(set->ranges[0])))
		return false;
	if (set->n)
		memcpy(memory->old_ranges, set->ranges, set->n * sizeof(set->ranges[0]));
	memory->n_old_ranges = set->n;
	return true;
}

/* Was the look before laid out in the same way, so that its bytes can be compared with? */
static bool same_layout(const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;

	return set->n && memory->n_old_ranges == set->n &&
	       !memcmp(memory->old_ranges, set->ranges, set->n * sizeof(set->ranges[0]));
}

bool known_begin(struct py_walker *walker, struct py_thread_memory *memory)
{
	uint8_t *bytes = memory->old;
	size_t cap = memory->old_cap;
	bool same = same_layout(memory);

	memory->old = memory->fresh;
	memory->old_cap = memory->fresh_cap;
	memory->fresh = bytes;
	memory->fresh_cap = cap;
	if (!array_reserve((void **)&memory->fresh, &memory->fresh_cap, walker->pass_bytes, 1)) {
		memory->judged = false; /* nothing is read: the next look's `old` is of no look */
		return false;
	}
	walker->last_pass = memory->fresh;
	walker->comparable = same && memory->judged;
	memory->judged = false;
	return same || keep_ranges(memory);
}

/* Up to which of `len` bytes do both agree? */
static size_t agree_to(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t at = 0;

	while (at + STEP <= len && !memcmp(a + at, b + at, STEP))
		at += STEP;
	while (at < len && a[at] == b[at])
		at++;
	return at;
}

/*
 * Up to which address, from `start` on, are the bytes of a range as they were? At a later moment
 * of a burst the pass before it is what the last chain was seen in; of what lies outside of a
 * window it has been seen already that the passes agree.
 */
static uint64_t same_to(const struct py_walker *walker, const struct py_thread_memory *memory,
			size_t index, uint64_t start, uint64_t end)
{
	const struct footprint_range *range = &memory->footprint.now.ranges[index];
	const uint8_t *before = look_pass(walker, 0) + range->offset;
	const uint8_t *after = look_pass(walker, 1) + range->offset;
	if (walker->moment == 0)
		end = start + agree_to(memory->old + range->offset + (start - range->start),
				       before + (start - range->start), end - start);
	if (!walker->windowed)
		return start + agree_to(before + (start - range->start),
					after + (start - range->start), end - start);
	for (uint64_t at = start; at < end;) {
		const struct py_window_part *part = window_part_from(walker, index, at);
		uint64_t from = part && part->from > at ? part->from : at;
		uint64_t to = part && part->to < end ? part->to : end;

		if (!part || from >= end)
			break;
		from += agree_to(before + (from - range->start), after + (from - range->start),
				 to - from);
		if (from < to)
			return from;
		at = to;
	}
	return end;
}

/* What of a range is known to be as it was. */
struct same_part {
	size_t index;
	uint64_t start, end;
};

/* Finds out about the range that holds [from, to), from there upwards. */
static bool widen(const struct py_walker *walker, const struct py_thread_memory *memory,
		  uint64_t from, uint64_t to, struct same_part *part)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t hint = part->index < set->n ? part->index : 0;
	size_t offset = footprint_find(set, from, to, &hint);
	uint64_t end;

	if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD)
		return false;
	/* Chunks that lie side by side are mostly in reverse order: the next one lies below. */
	if (hint == part->index && from < part->start) {
		end = same_to(walker, memory, hint, from, part->start);
		*part = (struct same_part){ hint, from, end == part->start ? part->end : end };
	} else {
		end = same_to(walker, memory, hint, from, set->ranges[hint].end);
		*part = (struct same_part){ hint, from, end };
	}
	return to <= part->end;
}

/*
 * How many frames of the last chain, from the root up, are as they were, to the byte? Those below a
 * window are, at all moments but the first.
 */
static size_t count_same(const struct py_walker *walker, const struct py_thread_memory *memory)
{
	struct same_part part = { SIZE_MAX, 0, 0 };
	size_t n = walker->windowed && walker->moment && walker->window_first < memory->n_chain ?
			   walker->window_first :
			   0;

	for (; n < memory->n_chain; n++) {
		uint64_t from = look_start(walker, memory->chain[n].addr);
		uint64_t to = look_end(walker, memory->chain[n].addr);

		if (memory->chain[n].addr == memory->sentinel.addr ||
		    (from >= part.start && to <= part.end))
			continue;
		if (!widen(walker, memory, from, to, &part))
			break;
	}
	return n;
}

size_t known_join(struct py_walker *walker, struct py_thread_memory *memory, uint64_t current,
		  size_t *n)
{
	size_t same, hint = memory->leaf_range;
	bool usable = walker->moment ? memory->judged_moment == walker->moment :
				       walker->comparable;
	uint64_t addr = current;

	/* After a renewal every place has to be used again, or it is forgotten. */
	if (!usable || memory->n_chain < KNOWN_MIN ||
	    memory->chain[0].addr != memory->root || memory->footprint.looks == 0 ||
	    walker->rt->layout.frame_model == PY_FRAMES_HEAP ||
	    walker->datastack[LOOK_MOMENT].chunk != memory->chunk_start)
		return 0;
	same = count_same(walker, memory);
	/* Does the window still hold on to what lies below it? */
	if (walker->windowed && same <= walker->window_first)
		return 0;
	while (same && (memory->chain[same - 1].shown > memory->n_matching ||
			!look_in_use(walker, memory, memory->chain[same - 1].addr)))
		same--;
	for (*n = 0; same >= KNOWN_MIN && addr && *n < ABOVE_MAX; (*n)++) {
		bool alive;

		for (size_t i = same; i > 0 && same - i < JOIN_MAX; i--)
			if (memory->chain[i - 1].addr == addr)
				return i;
		if (!array_grow(walker->chain, *n, walker->chain_cap) ||
		    !look_frame(walker, memory, 1, addr, &hint, &walker->chain[*n], &alive) ||
		    !alive)
			return 0;
		if (*n == 0)
			memory->leaf_range = hint;
		addr = walker->chain[*n].prev;
	}
	return 0;
}
