/* SPDX-License-Identifier: MIT */
#include "python/window.h"

#include <string.h>

#include "python/look.h"

/* Frames of the window, and of a stack that is worth one. */
#define WINDOW_FRAMES 160
#define DEEP_FRAMES   (2 * WINDOW_FRAMES)
/* The least that a return and a call take. */
#define RETURN_AND_CALL_NS 20

/* Room above the leaf for what it may call. */
#define SLACK 1024

static void widen(struct py_walker *walker, size_t range, uint64_t from, uint64_t to)
{
	if (from < walker->window_from[range])
		walker->window_from[range] = from;
	if (to > walker->window_to[range])
		walker->window_to[range] = to;
}

/* The window has these frames' places. False: one of them is not known any more. */
static bool cover_frames(struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t hint = 0;

	for (size_t i = walker->window_first; i < memory->n_chain; i++) {
		uint64_t from = memory->chain[i].addr + (uint64_t)(int64_t)walker->span_from;
		uint64_t to = memory->chain[i].addr + (uint64_t)(int64_t)walker->span_to;
		size_t offset = footprint_find(set, from, to, &hint);

		if (memory->chain[i].addr == memory->sentinel.addr)
			continue;
		if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD)
			return false;
		if (i + 1 == memory->n_chain)
			to = to + SLACK < set->ranges[hint].end ? to + SLACK :
								 set->ranges[hint].end;
		widen(walker, hint, from, to);
	}
	return true;
}

size_t window_plan(struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t bytes = 0;

	walker->windowed = walker->n_moments > 1 && memory->n_chain >= DEEP_FRAMES;
	if (!walker->windowed)
		return 0;
	walker->window_first = memory->n_chain - WINDOW_FRAMES;
	for (size_t i = 0; i < set->n; i++) {
		walker->window_from[i] = set->ranges[i].end;
		walker->window_to[i] = 0;
	}
	walker->windowed = cover_frames(walker, memory);
	for (size_t i = 0; i < set->n; i++) {
		if (walker->window_to[i] < walker->window_from[i])
			walker->window_to[i] = walker->window_from[i];
		bytes += walker->window_to[i] - walker->window_from[i];
	}
	return bytes;
}

/* Do the first pass and the last agree about all that lies below the window? */
static bool ends_agree(const struct py_walker *walker, const struct py_thread_memory *memory)
{
	const struct footprint_set *set = &memory->footprint.now;

	for (size_t i = 0; i < set->n; i++) {
		const struct footprint_range *range = &set->ranges[i];
		const uint8_t *first = walker->passes + range->offset;
		const uint8_t *last = walker->last_pass + range->offset;
		size_t from = walker->window_from[i] - range->start;
		size_t to = walker->window_to[i] - range->start;

		if (memcmp(first, last, from) != 0 ||
		    memcmp(first + to, last + to, range->end - range->start - to) != 0)
			return false;
	}
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
static uint64_t gap_ns(const struct py_walker *walker, const struct py_thread_memory *memory,
		       uint64_t taken_ns)
{
	size_t passes = walker->n_moments - 1;
	uint64_t all = look_time_units(walker->n_pieces, 2 * walker->pass_bytes +
								 passes * walker->window_bytes);
	uint64_t one = 1 + memory->footprint.now.n + walker->window_bytes / 4096;

	return taken_ns * one / all;
}

void window_settle(struct py_walker *walker, const struct py_thread_memory *memory,
		   uint64_t taken_ns)
{
	if (walker->windowed &&
	    (gap_ns(walker, memory, taken_ns) > WINDOW_FRAMES * RETURN_AND_CALL_NS ||
	     !ends_agree(walker, memory)))
		window_drop(walker);
}
