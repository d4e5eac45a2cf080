/* SPDX-License-Identifier: MIT */
/*
 * Several moments of one look at a deep stack, of which only the upper end is read again at each:
 * what that saves, and when it is not believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/datastack.h"
#include "support/moments.h"

#define DEEP   400
#define WINDOW 128
#define BURST  4

/* A chunk right below the other one in memory: it holds the upper frames. */
#define CHUNK2	  (CHUNK - 0x3000)
#define IN_CHUNK2 120

/*
 * Pieces: the top; the first pass (the C stack, the chunk) and a moment; then the window, in so many
 * parts, and a moment, again and again; the last pass.
 */
static size_t window_pass(unsigned pass, unsigned parts)
{
	return 4 + (size_t)(pass - 1) * (parts + 1);
}

static uint64_t upper_addr(unsigned i)
{
	return CHUNK2 + 24 + i * FRAME;
}

/* A thread so deep whose places are known, in one chunk or in two. */
static struct walk *deep_new(bool two)
{
	struct walk *w = walk_new(DEEP);
	struct script *s = &w->script;

	put64(s, CHUNK + 8, 0xc000);
	if (two) {
		put64(s, CHUNK2, CHUNK);
		put64(s, CHUNK2 + 8, 0x3000);
		put64(s, CHUNK + 16, (DEEP - IN_CHUNK2) * FRAME / 8);
		put64(s, TSTATE + 0x50, CHUNK2);
		for (unsigned i = 0; i < IN_CHUNK2; i++) {
			unsigned depth = DEEP - IN_CHUNK2 + i;

			put_frame(s, upper_addr(i),
				  i ? upper_addr(i - 1) : frame_addr(depth - 1),
				  0x1000 * (depth + 1), 0x1000 * (depth + 1) + 8, 0);
		}
		put_current(s, upper_addr(IN_CHUNK2 - 1));
		put64(s, TSTATE + 0x58, upper_addr(IN_CHUNK2));
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(walk(w), PY_WALK_STACK);
	assert_frames(w, DEEP);
	w->walker.burst = BURST;
	return w;
}

static void next_are_whole(struct walk *w, unsigned n)
{
	for (unsigned i = 1; i < BURST; i++) {
		next_stack(w);
		assert_whole(w, n);
	}
}

/* ---- what is read --------------------------------------------------------------------- */

static void whole_at_each_moment(struct walk *w, unsigned parts)
{
	uint64_t looks = w->walker.looks;

	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_frames(w, DEEP);
	assert_int_equal(w->walker.n_window, parts);
	assert_int_equal(w->walker.n_pieces, window_pass(BURST, parts) + 3);
	next_are_whole(w, DEEP);
	assert_no_more(w);
	assert_int_equal(w->walker.looks, looks + 1);
}

static void the_upper_end_is_read_again(void **state)
{
	struct walk *w = deep_new(false);

	(void)state;
	whole_at_each_moment(w, 1);
	/* The window's frames, and some room above. */
	assert_in_range(w->walker.window_bytes, WINDOW * FRAME, WINDOW * FRAME + 2048);
	walk_free(w);
}

/* What lies between, or above the newer chunk's frames, is not read. */
static void it_may_lie_in_two_chunks(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	whole_at_each_moment(w, 2);
	assert_int_equal(w->walker.window[0].range, w->walker.window[1].range);
	assert_in_range(w->walker.window_bytes, WINDOW * FRAME, WINDOW * FRAME + 2048);
	walk_free(w);
}

/* ---- what moves ------------------------------------------------------------------------ */

static void the_leaf_calls_on(struct script *s)
{
	s->armed = false;
	put64(s, upper_addr(IN_CHUNK2 - 1) + 0x38, 0x1000 * DEEP + 20);
}

static void another_is_called(struct script *s)
{
	s->armed = false;
	put64(s, upper_addr(IN_CHUNK2 - 2) + 0x38, 0x1000 * (DEEP - 1) + 20);
	put_frame(s, upper_addr(IN_CHUNK2 - 1), upper_addr(IN_CHUNK2 - 2), 0x99000, 0x99008, 0);
}

static void what_moves_is_cut_off_at_its_moment_alone(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	script_arm(&w->script, window_pass(2, 2), another_is_called);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, DEEP);
	next_stack(w);
	assert_cut(w, DEEP - 1);
	for (unsigned i = 2; i < BURST; i++) {
		next_stack(w);
		assert_false(w->stack.truncated);
		assert_int_equal(w->stack.n, DEEP);
		assert_int_equal(w->stack.frames[DEEP - 1].code, 0x99000);
	}
	assert_no_more(w);
	walk_free(w);
}

static void the_leaf_may_run_on(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	script_arm(&w->script, window_pass(2, 2), the_leaf_calls_on);
	assert_int_equal(walk(w), PY_WALK_STACK);
	next_are_whole(w, DEEP);
	assert_no_more(w);
	walk_free(w);
}

/* ---- when it is not believed ------------------------------------------------------------ */

static void one_below_has_changed(struct script *s)
{
	s->armed = false;
	put64(s, frame_addr(50) + 0x38, 0x99008);
}

/* It can only have been left and come back: the stack was another one at an unknown time. */
static void a_change_below_makes_it_one_look(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	script_arm(&w->script, window_pass(2, 2), one_below_has_changed);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_cut(w, 51);
	assert_no_more(w);
	walk_free(w);
}

/* Time enough to leave all frames of the window and to come back to as many. */
static void a_slow_one_is_one_look(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	held_up = 20000;
	for (int i = 0; i < 100; i++)
		walk(w);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, DEEP);
	assert_no_more(w);
	held_up = 0;
	walk_free(w);
}

static void a_shallow_stack_needs_none(void **state)
{
	struct walk *w = walk_new(2 * WINDOW - 2);

	(void)state;
	put64(&w->script, CHUNK + 8, 0xc000);
	for (int i = 0; i < 10; i++)
		assert_int_equal(walk(w), PY_WALK_STACK);
	w->walker.burst = BURST;
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->walker.windowed);
	next_are_whole(w, 2 * WINDOW - 2);
	walk_free(w);
}

/* ---- a stack whose top comes and goes ----------------------------------------------------- */

static void the_newer_chunk_goes(struct script *s)
{
	put64(s, TSTATE + 0x50, CHUNK);
	put_current(s, MEM_BASE + 0x200); /* no place of a frame */
	put64(s, TSTATE + 0x58, frame_addr(DEEP - IN_CHUNK2));
}

/* What lay in the chunk that is gone is not taken for standing, although its bytes do. */
static void the_lower_chunk_stands_when_the_newer_one_goes(void **state)
{
	struct walk *w = deep_new(true);

	(void)state;
	w->walker.burst = 1;
	script_arm(&w->script, 0, the_newer_chunk_goes);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_in_range(w->stack.n, DEEP / 2 - 1, DEEP - IN_CHUNK2);
	assert_frames(w, (unsigned)w->stack.n);
	walk_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_upper_end_is_read_again),
		cmocka_unit_test(it_may_lie_in_two_chunks),
		cmocka_unit_test(what_moves_is_cut_off_at_its_moment_alone),
		cmocka_unit_test(the_leaf_may_run_on),
		cmocka_unit_test(a_change_below_makes_it_one_look),
		cmocka_unit_test(a_slow_one_is_one_look),
		cmocka_unit_test(a_shallow_stack_needs_none),
		cmocka_unit_test(the_lower_chunk_stands_when_the_newer_one_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
