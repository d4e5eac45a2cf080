/* SPDX-License-Identifier: MIT */
#include "python/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "python/look.h"

/* Looks for one stack, at most: the first, and others after learning where frames lie. */
#define MAX_LOOKS 6

/* How following the links from the current frame ended. */
enum chain_end {
	CHAIN_ROOT,   /* at the root */
	CHAIN_MISS,   /* at a frame that was not read */
	CHAIN_BROKEN, /* at something that is no frame in use, or in a loop */
	CHAIN_DEPTH,  /* too deep */
	CHAIN_NOMEM,
};

static int32_t min_i32(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int32_t max_i32(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static int32_t field_end(uint32_t offset, uint32_t size)
{
	return offset == PY_ABSENT ? 0 : (int32_t)(offset + size);
}

void py_walker_init(struct py_walker *walker, const struct py_runtime *rt)
{
	const struct py_layout *l = &rt->layout;

	*walker = (struct py_walker){ .rt = rt };
	walker->span_to = max_i32(field_end(l->frame.previous, 8),
				  max_i32(field_end(l->frame.executable, 8),
					  field_end(l->frame.lasti, 8)));
	if (l->frame_model == PY_FRAMES_HEAP) {
		walker->span_from = (int32_t)l->object.ob_type - 8; /* the reference count */
		return;
	}
	walker->span_to = max_i32(walker->span_to, field_end(l->frame.owner, 1));
	walker->span_to = max_i32(walker->span_to, field_end(l->frame.tlbc_index, 4));
	walker->span_from = (int32_t)min_i32((int32_t)l->frame.executable,
					     (int32_t)l->frame.previous);
	if (l->skip_owner_from == 255 && l->generator.frame_state != PY_ABSENT)
		walker->span_from = (int32_t)l->generator.frame_state -
				    (int32_t)l->generator.iframe;
}

void py_walker_deinit(struct py_walker *walker)
{
	free(walker->pass[0]);
	free(walker->pass[1]);
	free(walker->pieces);
	free(walker->chain);
	free(walker->frames);
	*walker = (struct py_walker){ 0 };
}

void py_thread_memory_deinit(struct py_thread_memory *memory)
{
	footprint_deinit(&memory->footprint);
	*memory = (struct py_thread_memory){ 0 };
}

/* Follows the links as one pass saw them. *missing: the frame that was not read. */
static enum chain_end follow(struct py_walker *walker, struct py_thread_memory *memory,
			     int pass, uint64_t current, size_t *n, uint64_t *missing)
{
	const struct footprint_set *set = &memory->footprint.now;
	size_t hint = memory->leaf_range;
	uint64_t addr = current;

	/* No stack has more frames than fit what was read: more is a loop. */
	size_t span = (size_t)(walker->span_to - walker->span_from);
	size_t most = set->n ? (set->ranges[set->n - 1].offset +
				(set->ranges[set->n - 1].end - set->ranges[set->n - 1].start)) /
					       (span / 2 + 1) +
				       1 :
			       1;

	for (*n = 0; addr; (*n)++) {
		bool alive;

		if (*n >= PY_MAX_DEPTH)
			return CHAIN_DEPTH;
		if (*n > most)
			return CHAIN_BROKEN;
		if (!array_grow(walker->chain, *n, walker->chain_cap))
			return CHAIN_NOMEM;
		if (!look_frame(walker, set, pass, addr, &hint, &walker->chain[*n],
				&alive)) {
			*missing = addr;
			return CHAIN_MISS;
		}
		if (!alive)
			return CHAIN_BROKEN;
		if (*n == 0)
			memory->leaf_range = hint;
		addr = walker->chain[*n].prev;
	}
	return CHAIN_ROOT;
}

static bool same_links(const struct py_frame *a, const struct py_frame *b)
{
	return a->prev == b->prev && a->code == b->code && a->c_frame == b->c_frame &&
	       a->tlbc == b->tlbc;
}

/*
 * How many frames of the chain, from the root up, the other pass agrees with. A caller whose
 * instruction moved was running by itself: it stood, what was above it did not.
 */
static size_t agreeing(const struct py_walker *walker, const struct py_thread_memory *memory,
		       int other, size_t n)
{
	size_t hint = 0;

	for (size_t proven = 0; proven < n; proven++) {
		const struct py_frame *frame = &walker->chain[n - 1 - proven];
		struct py_frame again;
		bool alive;

		if (!look_frame(walker, &memory->footprint.now, other, frame->addr, &hint,
				&again, &alive) ||
		    !alive || !same_links(frame, &again))
			return proven;
		if (again.lasti != frame->lasti && proven + 1 < n)
			return proven + 1;
	}
	return n;
}

/* Remembers where the frames of a proven chain lie, so that renewing keeps these places. */
static void keep_places(const struct py_walker *walker, struct py_thread_memory *memory,
			size_t n)
{
	struct footprint *fp = &memory->footprint;

	for (size_t i = 0; i < n; i++) {
		uint64_t addr = walker->chain[i].addr;
		uint64_t end = addr + walker->span_to;

		if (i == 0 && addr < memory->chunk_end && memory->chunk_end - addr < 1 << 14) {
			/* The leaf of a chunk keeps the room above it. */
			uint64_t slack = end + 1024;
			end = slack < memory->chunk_end ? slack : memory->chunk_end;
			if (end < addr + walker->span_to)
				end = addr + walker->span_to;
		}
		footprint_add(&fp->next, addr + walker->span_from, end);
	}
	footprint_renew(fp);
}

/* The proven frames, root first and without C's, become the stack. */
static bool deliver(struct py_walker *walker, size_t n, size_t proven,
		    struct py_stack *stack)
{
	size_t kept = 0;

	if (!array_reserve((void **)&walker->frames, &walker->frames_cap, proven + 1,
			   sizeof(walker->frames[0])))
		return false;
	for (size_t i = 0; i < proven; i++) {
		const struct py_frame *frame = &walker->chain[n - 1 - i];

		if (!frame->c_frame)
			walker->frames[kept++] = *frame;
	}
	stack->frames = walker->frames;
	stack->n = kept;
	stack->truncated = proven < n;
	if (stack->truncated)
		stack->cause = PYPROF_CAUSE_MOVED;
	return true;
}

static enum py_walk_result failed(struct py_stack *stack, enum pyprof_cause cause)
{
	stack->cause = cause;
	return PY_WALK_FAILED;
}

enum py_walk_result py_walk(struct py_walker *walker, uint64_t tstate,
			    struct py_thread_memory *memory, struct py_stack *stack)
{
	enum pyprof_cause cause = PYPROF_CAUSE_MOVED;

	*stack = (struct py_stack){ 0 };
	for (int look = 0; look < MAX_LOOKS; look++) {
		uint64_t current = 0, missing[2] = { 0, 0 };
		enum chain_end end = CHAIN_BROKEN;
		size_t n = 0;
		int pass;

		switch (look_read(walker, tstate, memory, &current)) {
		case LOOK_SEEN:
			break;
		case LOOK_AGAIN:
			cause = PYPROF_CAUSE_FAULT;
			continue;
		case LOOK_FAULT:
		case LOOK_NOMEM:
			return failed(stack, PYPROF_CAUSE_FAULT);
		}
		if (!current)
			return PY_WALK_EMPTY;
		/*
		 * The second pass first: at the moment the current frame was there, so what
		 * is above the moment is the better witness. Where the frame has been left
		 * and overwritten since, the first pass may still have seen its callers.
		 */
		for (pass = 1; pass >= 0; pass--) {
			end = follow(walker, memory, pass, current, &n, &missing[pass]);
			if (end == CHAIN_ROOT || end == CHAIN_NOMEM)
				break;
		}
		if (end == CHAIN_NOMEM)
			return failed(stack, PYPROF_CAUSE_FAULT);
		if (end == CHAIN_ROOT) {
			size_t proven = agreeing(walker, memory, 1 - pass, n);

			keep_places(walker, memory, n);
			if (!deliver(walker, n, proven, stack))
				return failed(stack, PYPROF_CAUSE_FAULT);
			return stack->n || stack->truncated ? PY_WALK_STACK : PY_WALK_EMPTY;
		}
		cause = end == CHAIN_DEPTH ? PYPROF_CAUSE_DEPTH : PYPROF_CAUSE_BROKEN;
		if (missing[1] || missing[0]) {
			cause = PYPROF_CAUSE_MOVED;
			search_frames(walker, tstate, memory,
				      missing[1] ? missing[1] : missing[0]);
		}
	}
	return failed(stack, cause);
}
