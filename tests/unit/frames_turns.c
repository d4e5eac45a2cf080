/* SPDX-License-Identifier: MIT */
/*
 * The walker where other frames come to stand in the same places, by turns: what was there before
 * and after the moment was not at the moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/datastack.h"

/* ---- the datastack's top ---------------------------------------------------------------- */

/* After the first top was read, and before the frames are. */
static void a_call_begins(struct script *s)
{
	s->armed = false;
	put_top(s, 20);
}

static void what_was_beyond_the_top_before_is_not_believed(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk(w), PY_WALK_STACK);
	put_top(&w->script, 19);
	script_arm(&w->script, FIRST_PASS, a_call_begins);
	/* All of the leaf's bytes are the same in both passes. */
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 19);
	walk_free(w);
}

static void two_calls_end(struct script *s)
{
	s->armed = false;
	put_top(s, 18);
}

static void what_is_beyond_the_top_after_is_not_believed(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk_with(w, TOP_AFTER, two_calls_end), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 18);
	walk_free(w);
}

/* ---- frames that no link leads to --------------------------------------------------------- */

/* A generator is current and has been left again: the last stack's frames are what is known. */
static void a_generator_was_here(struct script *s)
{
	s->armed = false;
	put_frame(s, GENERATOR, 0, 0x99000, 0x99008, 1);
	put_current(s, GENERATOR);
}

static void a_callee_of_another_function_does_not_stand(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk(w), PY_WALK_STACK);
	/* A larger function in the place of frame 15: that of frame 16 is within it. */
	put64(&w->script, frame_addr(15), 0x88000);
	script_arm(&w->script, BEFORE_MOMENT, a_generator_was_here);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 15);
	walk_free(w);
}

static void a_generator_that_nobody_links_to_does_not_stand(void **state)
{
	struct walk *w = walk_new(20);
	uint64_t other = GENERATOR + 0x4000;

	(void)state;
	/* It runs at both passes: it has a caller. */
	put_frame(&w->script, other, frame_addr(19), 0x77000, 0x77008, 1);
	put_current(&w->script, other);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_int_equal(w->stack.n, 21);
	script_arm(&w->script, BEFORE_MOMENT + 1, a_generator_was_here);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 20);
	walk_free(w);
}

/* ---- frames of C code ----------------------------------------------------------------------- */

/* What a C function has left where a shim was; a word of it is even the address of an object. */
static void a_shim_whose_code_is_not_none_is_no_root(void **state)
{
	const uint64_t garbage[] = { 0, 1, NONE + 0x100, NONE + 4, MEM_BASE + MEM_SIZE, UINT64_MAX };
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk(w), PY_WALK_STACK);
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		put_shim(&w->script, CSTACK + 0x100, 0);
		put64(&w->script, CSTACK + 0x100, garbage[i]);
		put64(&w->script, frame_addr(12) + 8, CSTACK + 0x100);
		if (walk(w) == PY_WALK_STACK) {
			assert_true(w->stack.truncated);
			assert_true(w->stack.frames[0].code == 0x1000);
		}
	}
	put_shim(&w->script, CSTACK + 0x100, frame_addr(11));
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_frames(w, 20);
	walk_free(w);
}

/* ---- looks that were held up ------------------------------------------------------------------ */

static unsigned times;

/* Something else holds the kernel's lock, `times` times. */
static void the_look_is_held_up(struct script *s)
{
	held_up = times > 0 ? 100000 : 0;
	s->armed = times > 0;
	times -= times > 0;
}

static void a_look_that_was_held_up_is_taken_again(void **state)
{
	struct walk *w = walk_new(20);
	uint64_t looks;

	(void)state;
	for (int i = 0; i < 100; i++)
		walk(w);
	looks = w->walker.looks;
	times = 3;
	script_arm(&w->script, FIRST_PASS, the_look_is_held_up);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_frames(w, 20);
	assert_int_equal(w->walker.looks, looks + 4);
	walk_free(w);
}

static void one_that_always_is_fails_and_ends(void **state)
{
	struct walk *w = walk_new(20);
	uint64_t looks;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		walk(w);
	looks = w->walker.looks;
	held_up = 100000;
	assert_int_equal(walk(w), PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	assert_true(w->walker.looks - looks < 20);
	/* A machine that has become that slow is what is usual, soon. */
	for (i = 0; i < 100 && walk(w) != PY_WALK_STACK; i++)
		;
	assert_true(i < 20);
	assert_false(w->stack.truncated);
	walk_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_beyond_the_top_before_is_not_believed),
		cmocka_unit_test(what_is_beyond_the_top_after_is_not_believed),
		cmocka_unit_test(a_callee_of_another_function_does_not_stand),
		cmocka_unit_test(a_generator_that_nobody_links_to_does_not_stand),
		cmocka_unit_test(a_shim_whose_code_is_not_none_is_no_root),
		cmocka_unit_test(a_look_that_was_held_up_is_taken_again),
		cmocka_unit_test(one_that_always_is_fails_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
