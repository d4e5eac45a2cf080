/* SPDX-License-Identifier: MIT */
#include "python/window.h"

#include <string.h>

#include "python/look.h"

/* Frames of the window, and of a stack that is worth one. */
#define WINDOW_FRAMES 128
#define DEEP_FRAMES   (2 * WINDOW_FRAMES)
/* The least that a return and a call take. */
#define RETURN_AND_CALL_NS 20

/* Room above the leaf for what it may call. */
#define SLACK 1024

/* Frames that lie no further apart are read in one piece. */
#define GAP 512

/* The part that the place belongs to, or can be joined to; a new one; NULL: there are too many. */
static struct py_window_part *part_for(struct py_walker *walker, size_t range, uint64_t from,
				       uint64_t to)
{
	struct py_window_part *part;

	for (size_t i = walker->n_window; i-- > 0;) {
		part = &walker->window[i];
		if (part->range == range && from <= part->to + GAP && to + GAP >= part->from)
			return part;
	}
	if (walker->n_window == PY_WINDOW_PARTS)
		return NULL;
	part = &walker->window[walker->n_window++];
	*part = (struct py_window_part){ range, from, to };
	return part;
}

/* The window has these frames' places. False: one of them is not known any more. */
static bool cover_frames(struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t hint = 0;

	walker->n_window = 0;
	for (size_t i = walker->window_first; i < memory->n_chain; i++) {
		uint64_t from = look_start(walker, memory->chain[i].addr);
		uint64_t to = look_end(walker, memory->chain[i].addr);
		size_t offset = footprint_find(set, from, to, &hint);
		struct py_window_part *part;

		if (memory->chain[i].addr == memory->sentinel.addr)
			continue;
		if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD)
			return false;
		if (i + 1 == memory->n_chain)
			to = to + SLACK < set->ranges[hint].end ? to + SLACK :
								 set->ranges[hint].end;
		part = part_for(walker, hint, from, to);
		if (!part)
			return false;
		part->from = from < part->from ? from : part->from;
		part->to = to > part->to ? to : part->to;
	}
	return true;
}

size_t window_plan(struct py_walker *walker, const struct py_thread_memory *memory)
{
	size_t bytes = 0;

	walker->windowed = walker->n_moments > 1 && memory->n_chain >= DEEP_FRAMES;
	if (!walker->windowed)
		return 0;
	walker->window_first = memory->n_chain - WINDOW_FRAMES;
	walker->windowed = cover_frames(walker, memory);
	for (size_t i = 0; i < walker->n_window; i++)
		bytes += walker->window[i].to - walker->window[i].from;
	return bytes;
}

const struct py_window_part *window_part_from(const struct py_walker *walker, size_t index,
					      uint64_t addr)
{
	const struct py_window_part *found = NULL;

	for (size_t i = 0; i < walker->n_window; i++) {
		const struct py_window_part *part = &walker->window[i];

		if (part->range == index && part->to > addr && (!found || part->from < found->from))
			found = part;
	}
	return found;
}

/* Do the first pass and the last agree about what of a range lies outside of the window? */
static bool range_agrees(const struct py_walker *walker, const struct footprint_range *range,
			 size_t index)
{
	const uint8_t *first = walker->passes + range->offset;
	const uint8_t *last = walker->last_pass + range->offset;
	uint64_t at = range->start;

	while (at < range->end) {
		const struct py_window_part *part = window_part_from(walker, index, at);
		uint64_t end = part ? part->from : range->end;
		size_t offset = at - range->start;

		if (end > at && memcmp(first + offset, last + offset, end - at) != 0)
			return false;
		at = part ? part->to : end;
	}
	return true;
}

/* Do they about all that lies below the window? */
static bool ends_agree(const struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;

	for (size_t i = 0; i < set->n; i++)
		if (!range_agrees(walker, &set->ranges[i], i))
			return false;
	return true;
}

void window_drop(struct py_walker *walker)
{
	/* The word behind the last pass, where that is the second one. */
	memcpy(walker->thread_words[LOOK_AFTER], walker->thread_words[walker->n_moments + 1],
	       sizeof(walker->thread_words[0]));
	walker->windowed = false;
	walker->n_moments = 1;
}

/* How long after a pass of the window the next one came, about. */
static uint64_t gap_ns(const struct py_walker *walker, uint64_t taken_ns)
{
	uint64_t all = look_time_units(walker->n_pieces, look_bytes(walker));
	uint64_t one = 1 + walker->n_window + walker->window_bytes / 4096;

	return taken_ns * one / all;
}

void window_settle(struct py_walker *walker, const struct py_thread_memory *memory,
		   uint64_t taken_ns)
{
	if (walker->windowed &&
	    (gap_ns(walker, taken_ns) > WINDOW_FRAMES * RETURN_AND_CALL_NS ||
	     !ends_agree(walker, memory)))
		window_drop(walker);
}
