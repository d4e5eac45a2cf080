/* SPDX-License-Identifier: MIT */
/* A thread whose frames lie in a datastack, as of 3.13, with numbers of our own. */
#ifndef PYPROF_TESTS_DATASTACK_H
#define PYPROF_TESTS_DATASTACK_H

#include "support/walk.h"

#define NONE   (MEM_BASE + 0x1000) /* the object, its type, and what that is called */
#define CHUNK  (MEM_BASE + 0x10000)
#define CSTACK (MEM_BASE + 0x30000) /* the thread's C stack: shim frames */
#define FRAME  0x60u		    /* bytes of one frame */

/* A generator that nobody called. */
#define GENERATOR (MEM_BASE + 0x20000)

/*
 * Pieces of a look at two ranges: the C stack, the top, the chunk; the moment; the chunk, the top,
 * the C stack.
 */
enum { FIRST_PASS = 2, BEFORE_MOMENT = 3, BEHIND_MOMENT = 4, TOP_AFTER = 5 };

static inline void put_none(struct walk *w)
{
	struct script *s = &w->script;

	w->rt.layout.object.ob_type = 8;
	w->rt.layout.type.name = 0x18;
	put64(s, NONE + 8, NONE + 0x100);
	put64(s, NONE + 0x100 + 0x18, NONE + 0x200);
	memcpy(host(s, NONE + 0x200), "NoneType", 9);
}

static inline uint64_t frame_addr(unsigned i)
{
	return CHUNK + 24 + i * FRAME;
}

static inline void put_frame(struct script *s, uint64_t addr, uint64_t prev, uint64_t code,
			     uint64_t lasti, uint8_t owner)
{
	put64(s, addr, code);
	put64(s, addr + 8, prev);
	put64(s, addr + 0x38, lasti);
	*host(s, addr + 0x46) = owner;
}

static inline void put_shim(struct script *s, uint64_t addr, uint64_t prev)
{
	put_frame(s, addr, prev, NONE, 0, 3);
}

/* So many frames of the chunk are in use. */
static inline void put_top(struct script *s, unsigned n)
{
	put64(s, TSTATE + 0x58, frame_addr(n));
}

static inline void put_current(struct script *s, uint64_t frame)
{
	put64(s, TSTATE + 0x48, frame);
}

/* A shim on the C stack, then n frames in the chunk; code is 0x1000 times the depth. */
static inline struct walk *walk_new(unsigned n)
{
	struct walk *w = walk_alloc();
	struct script *s = &w->script;
	struct py_layout *l = &w->rt.layout;

	l->frame_model = PY_FRAMES_CURRENT;
	l->lasti_model = PY_LASTI_POINTER;
	l->skip_owner_from = 3;
	l->thread.frame = 0x48;
	l->thread.datastack_chunk = 0x50;
	l->chunk.previous = 0;
	l->chunk.size = 8;
	l->chunk.top = 16;
	l->chunk.data = 24;
	l->frame.executable = 0;
	l->frame.previous = 8;
	l->frame.lasti = 0x38;
	l->frame.owner = 0x46;
	l->frame.localsplus = 0x50;
	put_none(w);
	put64(s, TSTATE + 0x50, CHUNK);
	put64(s, CHUNK + 8, 0x4000);
	put_shim(s, CSTACK, 0);
	for (unsigned i = 0; i < n; i++)
		put_frame(s, frame_addr(i), i ? frame_addr(i - 1) : CSTACK, 0x1000 * (i + 1),
			  0x1000 * (i + 1) + 8, 0);
	put_current(s, frame_addr(n - 1));
	put_top(s, n);
	walk_begin(w);
	return w;
}

#endif
