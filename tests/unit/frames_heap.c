/* SPDX-License-Identifier: MIT */
/* The walker on frame objects (to 3.10), which lie anywhere and change between the passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/walk.h"

#define PLACE	0x1000u /* between two frame objects: farther than ranges are joined over */
#define DEPTH	8u

/* Offsets as in 3.8. */
enum { REFCOUNT = 0, BACK = 24, CODE = 32, LASTI = 104, EXECUTING = 112 };

static uint64_t place(unsigned i)
{
	return MEM_BASE + 0x10000 + i * PLACE;
}

static void put_frame(struct script *s, uint64_t at, uint64_t back, uint64_t code)
{
	put64(s, at + REFCOUNT, 1);
	put64(s, at + BACK, back);
	put64(s, at + CODE, code);
	put64(s, at + LASTI, 6);
	*host(s, at + EXECUTING) = 1;
}

/* What frame_dealloc leaves behind: no reference, no link, not running. */
static void free_frame(struct script *s, uint64_t at)
{
	put64(s, at + REFCOUNT, 0);
	put64(s, at + BACK, 0);
	*host(s, at + EXECUTING) = 0;
}

static struct walk *walk_new(void)
{
	struct walk *w = walk_alloc();
	struct py_layout *l = &w->rt.layout;

	l->frame_model = PY_FRAMES_HEAP;
	l->lasti_model = PY_LASTI_BYTES;
	l->skip_owner_from = 255;
	l->object.ob_type = 8;
	l->thread.frame = 24;
	l->frame.previous = BACK;
	l->frame.executable = CODE;
	l->frame.lasti = LASTI;
	l->frame.executing = EXECUTING;
	for (unsigned i = 0; i < DEPTH; i++)
		put_frame(&w->script, place(i), i ? place(i - 1) : 0, 0x1000 * (i + 1));
	put64(&w->script, TSTATE + 24, place(DEPTH - 1));
	walk_begin(w);
	return w;
}

static void a_quiet_stack_is_whole(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_false(w->stack.truncated);
		assert_frames(w, DEPTH);
	}
	assert_int_equal(w->walker.misses, 1);
	walk_free(w);
}

/*
 * A frame that comes just before the moment and is gone just behind it has no link in either
 * pass: it must not be taken for a stack of its own.
 */
static void a_brief_frame_comes(struct script *s)
{
	s->armed = false;
	put64(s, TSTATE + 24, place(20));
}

static void a_frame_that_was_given_back_is_no_root(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	/* Make its place a known one first. */
	put_frame(&w->script, place(20), place(DEPTH - 1), 0x99000);
	put64(&w->script, TSTATE + 24, place(20));
	assert_int_equal(walk(w), PY_WALK_STACK);
	free_frame(&w->script, place(20));
	put64(&w->script, TSTATE + 24, place(DEPTH - 1));
	script_arm(&w->script, DEPTH + 1, a_brief_frame_comes);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	assert_frames(w, DEPTH);
	walk_free(w);
}

/*
 * A generator that is suspended before and behind the moment, and was current in between: it
 * has no caller in either pass, and is no root.
 */
static void a_suspended_generator_is_no_root(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	put_frame(&w->script, place(20), place(DEPTH - 1), 0x99000);
	put64(&w->script, TSTATE + 24, place(20));
	assert_int_equal(walk(w), PY_WALK_STACK);
	put64(&w->script, place(20) + BACK, 0);
	*host(&w->script, place(20) + EXECUTING) = 0;
	put64(&w->script, TSTATE + 24, place(DEPTH - 1));
	script_arm(&w->script, DEPTH + 1, a_brief_frame_comes);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, DEPTH);
	walk_free(w);
}

/* In 2.7 a generator's frame does not say whether it runs, but has no thread while it waits. */
static void a_suspended_generator_of_old_is_no_root(void **state)
{
	struct walk *w = walk_new();
	struct py_layout *l = &w->rt.layout;

	(void)state;
	l->frame.executing = PY_ABSENT;
	l->frame.tstate = LASTI - 8;
	py_walker_init(&w->walker, &w->rt);
	for (unsigned i = 0; i < DEPTH; i++)
		put64(&w->script, place(i) + LASTI - 8, TSTATE);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_frames(w, DEPTH);
	put_frame(&w->script, place(20), 0, 0x99000);
	put64(&w->script, place(20) + LASTI - 8, 0);
	script_arm(&w->script, DEPTH, a_brief_frame_comes);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, DEPTH);
	walk_free(w);
}

/*
 * The current frame is left just behind the moment, and given out again to another thread: its
 * callers are now that thread's.
 */
static void another_thread_takes_the_frame(struct script *s)
{
	s->armed = false;
	put_frame(s, place(20), place(31), 0x77000);
	put64(s, TSTATE + 24, place(DEPTH - 1));
}

static void the_stack_of_another_thread_is_not_ours(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	put_frame(&w->script, place(20), place(DEPTH - 1), 0x99000);
	put_frame(&w->script, place(30), 0, 0x66000);
	put_frame(&w->script, place(31), place(30), 0x77000);
	/* The other thread's frames are in the footprint, as after its frame was ours. */
	put64(&w->script, TSTATE + 24, place(31));
	assert_int_equal(walk(w), PY_WALK_STACK);
	put64(&w->script, TSTATE + 24, place(20));
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_int_equal(w->stack.n, DEPTH + 1);
	/* The pass before the moment, the moment, and the pass behind it. */
	script_arm(&w->script, DEPTH + 4, another_thread_takes_the_frame);
	if (walk(w) == PY_WALK_STACK)
		assert_int_equal(w->stack.frames[0].code, 0x1000);
	walk_free(w);
}

/* At every look the current frame is another one, in a place never seen before. */
static unsigned brief;

static void another_unknown_frame(struct script *s)
{
	free_frame(s, place(20 + brief));
	brief++;
	put_frame(s, place(20 + brief), place(DEPTH - 1), 0x99000);
	put64(s, TSTATE + 24, place(20 + brief));
	s->at = DEPTH + 1; /* and again at the next look */
}

static void callers_of_frames_in_unknown_places_are_kept(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	brief = 0;
	assert_int_equal(walk(w), PY_WALK_STACK);
	script_arm(&w->script, DEPTH, another_unknown_frame);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, DEPTH);
	assert_true(brief > 0);
	walk_free(w);
}

static void a_caller_that_has_returned_is_not_kept(struct script *s)
{
	another_unknown_frame(s);
	free_frame(s, place(DEPTH - 1));
	put64(s, place(20 + brief) + BACK, place(DEPTH - 2));
}

static void what_no_longer_runs_is_cut_off(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	brief = 0;
	assert_int_equal(walk(w), PY_WALK_STACK);
	script_arm(&w->script, DEPTH, a_caller_that_has_returned_is_not_kept);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, DEPTH - 1);
	walk_free(w);
}

static void a_loop_is_no_stack(void **state)
{
	struct walk *w = walk_new();

	(void)state;
	put64(&w->script, place(2) + BACK, place(5));
	assert_int_equal(walk(w), PY_WALK_FAILED);
	walk_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_stack_is_whole),
		cmocka_unit_test(a_frame_that_was_given_back_is_no_root),
		cmocka_unit_test(a_suspended_generator_is_no_root),
		cmocka_unit_test(a_suspended_generator_of_old_is_no_root),
		cmocka_unit_test(the_stack_of_another_thread_is_not_ours),
		cmocka_unit_test(callers_of_frames_in_unknown_places_are_kept),
		cmocka_unit_test(what_no_longer_runs_is_cut_off),
		cmocka_unit_test(a_loop_is_no_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
