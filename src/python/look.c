/* SPDX-License-Identifier: MIT */
#include "python/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/*
 * Objects in use count their references; what a free list or the allocator took back holds 0
 * or a pointer there.
 */
#define REFCOUNT_MAX (1u << 24)

/* gi_frame_state of a generator that is running (3.11, where it matters). */
#define GENERATOR_EXECUTING 0
#define OWNER_GENERATOR	    1

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* PyFrameState of 3.10: running, or unwinding an exception. */
#define STATE_EXECUTING 0
#define STATE_UNWINDING 2

/*
 * Does a frame object say that it is on a stack? In 2.7 only that of a generator does, once
 * it has begun: for others, being referred to has to do.
 */
static bool is_running(const struct py_layout *l, const uint8_t *at)
{
	if (l->frame.tstate != PY_ABSENT)
		return get_u64(at + l->frame.tstate) != 0 &&
		       (int32_t)get_u32(at + l->frame.lasti) >= 0;
	if (l->frame.executing != PY_ABSENT)
		return at[l->frame.executing] == 1;
	if (l->frame.state != PY_ABSENT)
		return at[l->frame.state] == STATE_EXECUTING ||
		       at[l->frame.state] == STATE_UNWINDING;
	return true;
}

static bool decode_heap_frame(const struct py_layout *l, const uint8_t *at,
			      struct py_frame *frame)
{
	uint64_t refcount = get_u64(at + l->object.ob_type - 8);

	frame->prev = get_u64(at + l->frame.previous);
	frame->code = get_u64(at + l->frame.executable);
	frame->lasti = (uint64_t)(int64_t)(int32_t)get_u32(at + l->frame.lasti);
	frame->running = is_running(l, at);
	/* A suspended generator has no caller either, and is no root. */
	return refcount > 0 && refcount < REFCOUNT_MAX && (frame->prev || frame->running);
}

/*
 * In 3.11 a thread's chain may end at a generator that C resumed; a generator that has just
 * been suspended has no caller either, and is told apart by its state. Later versions end
 * every chain with a frame for the C code that entered the interpreter.
 */
static bool is_root(const struct py_layout *l, const uint8_t *at, uint8_t owner)
{
	if (l->skip_owner_from != 255)
		return owner >= l->skip_owner_from;
	if (owner != OWNER_GENERATOR || l->generator.frame_state == PY_ABSENT)
		return true;
	return (int8_t)at[(int64_t)l->generator.frame_state - l->generator.iframe] ==
	       GENERATOR_EXECUTING;
}

bool look_decode(const struct py_walker *walker, const uint8_t *span, uint64_t addr,
		 struct py_frame *frame)
{
	const struct py_layout *l = &walker->rt->layout;
	const uint8_t *at = span - walker->span_from;
	uint8_t owner;

	*frame = (struct py_frame){ .addr = addr };
	if (l->frame_model == PY_FRAMES_HEAP)
		return decode_heap_frame(l, at, frame);

	owner = at[l->frame.owner];
	frame->prev = get_u64(at + l->frame.previous);
	frame->code = get_u64(at + l->frame.executable) & ~l->tag_mask;
	frame->lasti = get_u64(at + l->frame.lasti);
	frame->c_frame = owner >= l->skip_owner_from && l->skip_owner_from != 255;
	if (l->frame.tlbc_index != PY_ABSENT)
		frame->tlbc = get_u32(at + l->frame.tlbc_index);
	return frame->prev || is_root(l, at, owner);
}

bool look_frame(const struct py_walker *walker, const struct footprint_set *set, int pass,
		uint64_t addr, size_t *hint, struct py_frame *frame, bool *alive)
{
	size_t offset;

	if (addr > INT64_MAX || addr < FOOTPRINT_GAP)
		return false;
	offset = footprint_find(set, addr + walker->span_from, addr + walker->span_to, hint);
	if (offset == FOOTPRINT_NONE || offset == FOOTPRINT_UNREAD)
		return false;
	*alive = look_decode(walker, walker->pass[pass] + offset, addr, frame);
	return true;
}

static bool reserve_buffers(struct py_walker *walker, size_t bytes, size_t pieces)
{
	size_t cap = walker->pass_cap;

	if (!array_reserve((void **)&walker->pieces, &walker->pieces_cap, pieces,
			   sizeof(walker->pieces[0])))
		return false;
	if (!array_reserve((void **)&walker->pass[0], &cap, bytes, 1))
		return false;
	return array_reserve((void **)&walker->pass[1], &walker->pass_cap, bytes, 1);
}

/*
 * Pieces of one pass. The range that held the leaf comes last in the first pass and first in
 * the second: the shorter the time between its two readings, the less is lost.
 */
static size_t add_pass(struct py_walker *walker, const struct footprint_set *set, int pass,
		       size_t leaf, size_t n)
{
	for (size_t i = 0; i < set->n; i++) {
		size_t first = pass == 0 ? set->n - 1 : 0;
		size_t at = i;
		const struct footprint_range *range;

		if (leaf < set->n) {
			if (i == first)
				at = leaf;
			else if (pass == 0)
				at = i < leaf ? i : i + 1;
			else
				at = i <= leaf ? i - 1 : i;
		}
		range = &set->ranges[at];
		walker->pieces[n++] = (struct memory_piece){
			.addr = range->start,
			.buf = walker->pass[pass] + range->offset,
			.len = range->end - range->start,
		};
	}
	return n;
}

/* All pieces in order, in as few calls as the backend takes; the number read whole. */
static size_t read_pieces(struct py_walker *walker, size_t n)
{
	enum pyprof_status status;
	size_t done = 0;

	while (done < n) {
		size_t want = n - done < MEMORY_MAX_PIECES ? n - done : MEMORY_MAX_PIECES;
		size_t got = memory_readv(walker->rt->target->memory,
					  walker->pieces + done, want, &status);

		done += got;
		if (got < want)
			break;
	}
	return done;
}

/* Asks for the current frame of every cframe known, into `values`. */
static size_t add_cframes(struct py_walker *walker, const struct py_thread_memory *memory,
			  uint64_t values[PY_CFRAMES], size_t n)
{
	for (size_t i = 0; i < PY_CFRAMES; i++)
		if (memory->cframes[i])
			walker->pieces[n++] = (struct memory_piece){
				memory->cframes[i] +
					walker->rt->layout.cframe.current_frame,
				&values[i], sizeof(values[i])
			};
	return n;
}

/* Which of the known ones the thread uses; where it is none, it takes the oldest one's place. */
static size_t find_cframe(struct py_thread_memory *memory, uint64_t cframe)
{
	size_t i = 0;

	while (i < PY_CFRAMES && memory->cframes[i] != cframe)
		i++;
	if (i == PY_CFRAMES) {
		memory->cframes[memory->next_cframe] = cframe;
		memory->next_cframe = (memory->next_cframe + 1) % PY_CFRAMES;
	}
	return i;
}

/* The place of piece `n` cannot be read any more. */
static void forget(struct py_walker *walker, struct py_thread_memory *memory, size_t n)
{
	uint64_t gone = walker->pieces[n].addr;

	for (size_t i = 0; i < PY_CFRAMES; i++)
		if (memory->cframes[i] &&
		    gone == memory->cframes[i] + walker->rt->layout.cframe.current_frame)
			memory->cframes[i] = 0;
	footprint_drop(&memory->footprint.now, gone);
}

enum look_result look_read(struct py_walker *walker, uint64_t tstate,
			   struct py_thread_memory *memory, uint64_t *current)
{
	const struct py_layout *l = &walker->rt->layout;
	struct footprint_set *set = &memory->footprint.now;
	bool cframe = l->frame_model == PY_FRAMES_CFRAME;
	uint64_t at_thread = 0, at_cframe[PY_CFRAMES], datastack[2] = { 0, 0 };
	size_t moment, extra, n, done, used;

	if (!reserve_buffers(walker, footprint_layout(set), 2 * set->n + 2 + PY_CFRAMES + walker->n_extra))
		return LOOK_NOMEM;
	walker->looks++;
	walker->extra_read = false;
	extra = add_pass(walker, set, 0, memory->leaf_range, 0);
	moment = extra + walker->n_extra;
	if (walker->n_extra)
		memcpy(walker->pieces + extra, walker->extra,
		       walker->n_extra * sizeof(walker->pieces[0]));
	n = moment;
	walker->pieces[n++] = (struct memory_piece){
		tstate + l->thread.frame, &at_thread, sizeof(at_thread)
	};
	/* In every version the top's pointer follows that of the chunk. */
	if (l->frame_model != PY_FRAMES_HEAP && l->thread.datastack_chunk != PY_ABSENT)
		walker->pieces[n++] = (struct memory_piece){
			tstate + l->thread.datastack_chunk, datastack, sizeof(datastack)
		};
	if (cframe)
		n = add_cframes(walker, memory, at_cframe, n);
	n = add_pass(walker, set, 1, memory->leaf_range, n);
	done = read_pieces(walker, n);
	if (done == moment)
		return LOOK_FAULT;
	if (done >= extra && done < moment) {
		walker->n_extra = 0; /* something of them is gone */
		return LOOK_AGAIN;
	}
	if (done < n) {
		forget(walker, memory, done);
		return LOOK_AGAIN;
	}
	walker->extra_read = true;
	*current = at_thread;
	walker->newest_chunk = datastack[0];
	walker->stack_top = datastack[1];
	if (!cframe || !at_thread)
		return LOOK_SEEN;
	used = find_cframe(memory, at_thread);
	if (used == PY_CFRAMES)
		return LOOK_AGAIN;
	*current = at_cframe[used];
	return LOOK_SEEN;
}
