/* SPDX-License-Identifier: MIT */
/* What comes of a look's further moments. */
#ifndef PYPROF_TESTS_MOMENTS_H
#define PYPROF_TESTS_MOMENTS_H

#include "support/walk.h"

static inline bool next(struct walk *w, enum py_walk_result *result)
{
	return py_walk_next(&w->walker, TSTATE, &w->memory, &w->stack, result);
}

/* The next moment has a stack. */
static inline void next_stack(struct walk *w)
{
	enum py_walk_result result;

	assert_true(next(w, &result));
	assert_int_equal(result, PY_WALK_STACK);
}

static inline void assert_whole(const struct walk *w, unsigned n)
{
	assert_false(w->stack.truncated);
	assert_int_equal(w->stack.lost, 0);
	assert_frames(w, n);
}

static inline void assert_cut(const struct walk *w, unsigned n)
{
	assert_true(w->stack.truncated);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	assert_frames(w, n);
}

static inline void assert_no_more(struct walk *w)
{
	enum py_walk_result result;

	assert_false(next(w, &result));
	assert_false(next(w, &result));
}

#endif
