/* SPDX-License-Identifier: MIT */
#include "python/rootless.h"

#include "base/array.h"
#include "python/look.h"

static uint64_t current_frame(const struct py_runtime *rt, uint64_t tstate)
{
	const struct py_layout *l = &rt->layout;
	struct memory *m = rt->target->memory;
	uint64_t at;

	if (memory_read_u64(m, tstate + l->thread.frame, &at, NULL))
		return 0;
	if (l->frame_model == PY_FRAMES_CFRAME &&
	    memory_read_u64(m, at + l->cframe.current_frame, &at, NULL))
		return 0;
	return at;
}

static bool read_frame(struct py_walker *walker, uint64_t addr, struct py_frame *frame)
{
	uint8_t span[PY_FRAME_SPAN_MAX];
	size_t len = (size_t)(walker->span_to - walker->span_from);

	return addr >= FOOTPRINT_GAP && addr <= INT64_MAX &&
	       !memory_read(walker->rt->target->memory, look_start(walker, addr), span, len,
			    NULL) &&
	       look_decode(walker, span, addr, frame);
}

/* Follows the links into walker->searched, leaf first. False: there is no end of them, or a root. */
static bool follow(struct py_walker *walker, uint64_t tstate)
{
	uint64_t addr = current_frame(walker->rt, tstate), mark = 0;
	size_t n = 0, next_mark = 1;

	for (walker->n_searched = 0; addr && addr != mark; walker->n_searched = ++n) {
		if (n == next_mark) {
			mark = addr;
			next_mark *= 2;
		}
		if (n >= PY_MAX_DEPTH ||
		    !array_grow(walker->searched, n, walker->searched_cap))
			return false;
		if (!read_frame(walker, addr, &walker->searched[n]))
			return n > 0;
		addr = walker->searched[n].prev;
	}
	return false;
}

bool py_walk_rootless(struct py_walker *walker, uint64_t tstate, struct py_stack *stack)
{
	struct py_frame *frames;
	size_t n = 0;

	*stack = (struct py_stack){ 0 };
	if (!follow(walker, tstate))
		return false;
	frames = walker->searched;
	for (size_t i = 0; i < walker->n_searched; i++)
		if (!frames[i].c_frame)
			frames[n++] = frames[i];
	for (size_t i = 0; i < n / 2; i++) {
		struct py_frame other = frames[i];

		frames[i] = frames[n - 1 - i];
		frames[n - 1 - i] = other;
	}
	walker->n_searched = 0;
	stack->frames = frames;
	stack->n = n;
	return n > 0;
}
