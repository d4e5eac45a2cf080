/* SPDX-License-Identifier: MIT */
/*
 * Finding frames in places not known yet. What is read here proves nothing: it only says
 * where the next look has to read.
 */
#include "python/look.h"

#include <string.h>

/*
 * Bytes read above a frame in its chunk: room for the frames that it may call before the next
 * look, so that these are found where they are expected.
 */
#define CHUNK_SLACK 2048u
#define CHUNKS_MAX  4096u
/* The largest chunk that is believed: the interpreter doubles them from 16 KiB. */
#define CHUNK_BYTES_MAX (1u << 30)

struct chunk {
	uint64_t data, top, end;
};

/* The chunk of the thread that holds `addr`, walking from the newest one back. */
static bool find_chunk(const struct py_walker *walker, uint64_t tstate,
		       struct py_thread_memory *memory, uint64_t addr, struct chunk *out)
{
	const struct py_layout *l = &walker->rt->layout;
	struct memory *m = walker->rt->target->memory;
	uint64_t at, previous, size, top;

	if (l->thread.datastack_chunk == PY_ABSENT ||
	    memory_read_u64(m, tstate + l->thread.datastack_chunk, &at, NULL))
		return false;
	for (size_t i = 0; at && i < CHUNKS_MAX; i++, at = previous) {
		if (memory_read_u64(m, at + l->chunk.previous, &previous, NULL) ||
		    memory_read_u64(m, at + l->chunk.size, &size, NULL) ||
		    memory_read_u64(m, at + l->chunk.top, &top, NULL))
			return false;
		if (size < l->chunk.data || size > CHUNK_BYTES_MAX ||
		    top > size / sizeof(uint64_t))
			return false;
		if (i == 0)
			memory->chunk_end = at + size;
		if (addr < at || addr >= at + size)
			continue;
		out->data = at + l->chunk.data;
		out->end = at + size;
		/* `top` counts words, and is kept up to date for older chunks only. */
		out->top = i == 0 ? out->end : out->data + top * sizeof(uint64_t);
		return true;
	}
	return false;
}

static bool add_chunk(const struct py_walker *walker, struct py_thread_memory *memory,
		      const struct chunk *chunk, uint64_t addr)
{
	uint64_t end = addr + walker->span_to + CHUNK_SLACK;
	uint64_t start = chunk->data;

	if (chunk->top < chunk->end && chunk->top > end)
		end = chunk->top;
	if (end > chunk->end)
		end = chunk->end;
	return footprint_add(&memory->footprint.now, start, end);
}

/* The largest span that any layout needs is far below this. */
#define SPAN_MAX 512

bool search_frames(struct py_walker *walker, uint64_t tstate,
		   struct py_thread_memory *memory, uint64_t addr)
{
	struct footprint_set *set = &memory->footprint.now;
	uint8_t span[SPAN_MAX];
	size_t hint = 0, learnt = 0;

	walker->misses++;
	for (size_t depth = 0; addr && depth < PY_MAX_DEPTH; depth++) {
		uint64_t start = addr + walker->span_from, end = addr + walker->span_to;
		struct py_frame frame;
		struct chunk chunk;

		if (addr < FOOTPRINT_GAP || addr > INT64_MAX)
			break;
		if (footprint_find(set, start, end, &hint) != SIZE_MAX)
			break; /* from here on the next look knows the way */
		if (find_chunk(walker, tstate, memory, addr, &chunk)) {
			learnt += add_chunk(walker, memory, &chunk, addr);
			break;
		}
		if (memory_read(walker->rt->target->memory, start, span, end - start, NULL) ||
		    !look_decode(walker, span, addr, &frame) ||
		    !footprint_add(set, start, end))
			break;
		learnt++;
		addr = frame.prev;
	}
	return learnt > 0;
}
