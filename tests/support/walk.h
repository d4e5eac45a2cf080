/* SPDX-License-Identifier: MIT */
/* A walker on memory that changes under it, and what came of its last walk. */
#ifndef PYPROF_TESTS_WALK_H
#define PYPROF_TESTS_WALK_H

#include <stdlib.h>

#include "python/frames.h"
#include "support/scripted_memory.h"

#define TSTATE (MEM_BASE + 0x100)

struct walk {
	struct script script;
	struct target target;
	struct py_runtime rt;
	struct py_walker walker;
	struct py_thread_memory memory;
	struct py_stack stack;
};

/* Each look takes a microsecond, by this clock, and `held_up` more. */
static uint64_t now, held_up;

static uint64_t walk_clock(void)
{
	now += 1000 + held_up;
	return now;
}

/* Everything of the layout is absent as yet. */
static inline struct walk *walk_alloc(void)
{
	struct walk *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	memset(&w->rt.layout, 0xff, sizeof(w->rt.layout));
	w->rt.layout.tag_mask = 0;
	w->script.memory.ops = &script_ops;
	w->target.memory = &w->script.memory;
	w->rt.target = &w->target;
	now = held_up = 0;
	return w;
}

/* Once the layout is there. */
static inline void walk_begin(struct walk *w)
{
	assert_true(py_walker_init(&w->walker, &w->rt));
	w->walker.clock = walk_clock;
}

static inline enum py_walk_result walk(struct walk *w)
{
	return py_walk(&w->walker, TSTATE, &w->memory, &w->stack);
}

/* A walk that learns all the places, and then one during which the step happens. */
static inline enum py_walk_result walk_with(struct walk *w, size_t at,
					    void (*step)(struct script *))
{
	walk(w);
	script_arm(&w->script, at, step);
	return walk(w);
}

static inline void walk_free(struct walk *w)
{
	py_walker_deinit(&w->walker);
	py_thread_memory_deinit(&w->memory);
	free(w);
}

/* The code of each frame is 0x1000 times its depth. */
static inline void assert_frames(const struct walk *w, unsigned n)
{
	assert_int_equal(w->stack.n, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(w->stack.frames[i].code, 0x1000 * (i + 1));
}

#endif
