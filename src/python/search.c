/* SPDX-License-Identifier: MIT */
/*
 * Finding frames in places not known yet. What is read here proves nothing: it only says
 * where the next look has to read.
 */
#include "python/look.h"

#include <string.h>

#include "base/array.h"

/*
 * Bytes read above a frame in its chunk: room for the frames that it may call before the next
 * look, so that these are found where they are expected.
 */
#define CHUNK_SLACK 2048u
#define CHUNKS_MAX  4096u
#define PAGE	    4096u
/* The largest chunk that is believed: the interpreter doubles them from 16 KiB. */
#define CHUNK_BYTES_MAX (1u << 30)

struct chunk {
	uint64_t previous, start, top, end;
};

static bool read_chunk(const struct py_walker *walker, uint64_t at, struct chunk *chunk)
{
	const struct py_layout *l = &walker->rt->layout;
	uint64_t size, top;
	const struct memory_piece pieces[] = {
		{ at + l->chunk.previous, &chunk->previous, 8 },
		{ at + l->chunk.size, &size, 8 },
		{ at + l->chunk.top, &top, 8 },
	};
	enum pyprof_status status;

	if (memory_readv(walker->rt->target->memory, pieces, 3, &status) < 3)
		return false;
	if (size < l->chunk.data || size > CHUNK_BYTES_MAX || top > size / sizeof(uint64_t))
		return false;
	chunk->start = at;
	chunk->top = at + l->chunk.data + top * sizeof(uint64_t);
	chunk->end = at + size;
	return true;
}

/* Where another chunk than before is the newest one, that was left, unless this one followed it. */
static void set_newest(struct py_thread_memory *memory, const struct chunk *chunk)
{
	if (chunk->start != memory->chunk_start) {
		bool follows = chunk->previous == memory->chunk_start;

		memory->left_start = follows ? 0 : memory->chunk_start;
		memory->left_end = follows ? 0 : memory->chunk_end;
	}
	memory->chunk_start = chunk->start;
	memory->chunk_end = chunk->end;
}

void search_newest_chunk(struct py_walker *walker, struct py_thread_memory *memory,
			 uint64_t at)
{
	struct chunk chunk = { .previous = 0 };

	if (at && !read_chunk(walker, at, &chunk))
		chunk = (struct chunk){ .previous = 0 };
	set_newest(memory, &chunk);
}

/*
 * Adds the chunk that holds `addr`, up to some room above it, and every older one, since all of
 * these are below it on the stack. False where it lies in no chunk of the thread.
 */
static bool add_chunks(const struct py_walker *walker, uint64_t tstate,
		       struct py_thread_memory *memory, uint64_t addr)
{
	const struct py_layout *l = &walker->rt->layout;
	bool below = false;
	uint64_t at;

	if (l->thread.datastack_chunk == PY_ABSENT ||
	    memory_read_u64(walker->rt->target->memory, tstate + l->thread.datastack_chunk,
			    &at, NULL))
		return false;
	for (size_t i = 0; at && i < CHUNKS_MAX; i++) {
		struct chunk chunk;
		uint64_t end;

		if (!read_chunk(walker, at, &chunk))
			break;
		if (i == 0)
			set_newest(memory, &chunk);
		/* `top` counts words, and is kept up to date for older chunks only. */
		end = i == 0 || chunk.top > chunk.end ? chunk.end : chunk.top;
		if (addr >= chunk.start && addr < chunk.end) {
			uint64_t room = addr + (uint64_t)walker->span_to + CHUNK_SLACK;

			below = true;
			end = i == 0 && room < end ? room : end;
		}
		/* From its header on: a span may begin before its frame. */
		if (below && !footprint_add(&memory->footprint.now, chunk.start, end))
			break;
		at = chunk.previous;
	}
	return below;
}

/* A page of the target: many frames lie in one. */
struct page {
	uint64_t start; /* 0: none was read yet */
	uint8_t bytes[PAGE];
};

/* The bytes of a frame; NULL where they cannot be read. */
static const uint8_t *read_span(const struct py_walker *walker, uint64_t start, struct page *page,
				uint8_t *span)
{
	struct memory *m = walker->rt->target->memory;
	size_t len = (size_t)(walker->span_to - walker->span_from), within = start % PAGE;

	if (within + len <= PAGE) {
		if (start - within != page->start)
			page->start = memory_read(m, start - within, page->bytes, PAGE, NULL) ?
					      0 :
					      start - within;
		if (page->start)
			return page->bytes + within;
	}
	return memory_read(m, start, span, len, NULL) ? NULL : span;
}

/* The frame at `addr`, from the last look where that read it, else from the target. */
static bool peek(struct py_walker *walker, const struct py_thread_memory *memory,
		 uint64_t addr, size_t *hint, struct page *page, struct py_frame *frame)
{
	uint8_t span[PY_FRAME_SPAN_MAX];
	const uint8_t *bytes;
	bool alive;

	if (look_frame(walker, memory, 1, addr, hint, frame, &alive))
		return alive;
	bytes = read_span(walker, look_start(walker, addr), page, span);
	return bytes && look_decode(walker, bytes, addr, frame);
}

bool search_frames(struct py_walker *walker, uint64_t tstate,
		   struct py_thread_memory *memory, uint64_t addr)
{
	struct footprint_set *set = &memory->footprint.now;
	size_t hint = 0, learnt = 0, next_mark = 1;
	struct page page = { .start = 0 };
	uint64_t mark = 0;

	walker->misses++;
	walker->n_searched = 0;
	for (size_t depth = 0; addr && depth < PY_MAX_DEPTH; depth++) {
		uint64_t start = look_start(walker, addr), end = look_end(walker, addr);
		struct py_frame frame;

		/* What was a frame may be any object by now, and a type's type is itself. */
		if (addr < FOOTPRINT_GAP || addr > INT64_MAX || addr == mark)
			break;
		if (addr == memory->sentinel.addr)
			break; /* known, and never read again */
		if (depth == next_mark) {
			mark = addr;
			next_mark *= 2;
		}
		if (footprint_find(set, start, end, &hint) == FOOTPRINT_NONE) {
			learnt++;
			if (!add_chunks(walker, tstate, memory, addr) &&
			    !footprint_add(set, start, end))
				break;
		}
		if (!array_grow(walker->searched, walker->n_searched, walker->searched_cap) ||
		    !peek(walker, memory, addr, &hint, &page, &frame))
			break;
		walker->searched[walker->n_searched++] = frame;
		addr = frame.prev;
	}
	return learnt > 0;
}
