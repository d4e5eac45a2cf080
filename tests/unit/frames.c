/* SPDX-License-Identifier: MIT */
/*
 * The walker on memory that changes under it: a small backend runs a step of a script before a
 * given piece of a look, as a target would between the two passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "python/rootless.h"
#include "support/datastack.h"

static void a_quiet_stack_is_whole(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	for (int i = 0; i < 200; i++) {
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_false(w->stack.truncated);
		assert_frames(w, 20);
	}
	/* Two places, learnt once: after that one look a walk. */
	assert_true(w->walker.misses <= 2);
	assert_true(w->walker.looks <= 203);
	walk_free(w);
}

/* ---- changes between the passes --------------------------------------------------- */

static void leaf_returns_and_its_caller_calls_another(struct script *s)
{
	s->armed = false;
	put_frame(s, frame_addr(18), frame_addr(17), 0x1000 * 19, 0x1000 * 19 + 20, 0);
	put_frame(s, frame_addr(19), frame_addr(18), 0x99000, 0x99008, 0);
}

static void what_moved_is_cut_off_and_marked(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk_with(w, BEHIND_MOMENT, leaf_returns_and_its_caller_calls_another),
			 PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	/* The caller stood; its instruction moved, so nothing above it is proven. */
	assert_frames(w, 19);
	walk_free(w);
}

static void leaf_moves_on_within_its_code(struct script *s)
{
	s->armed = false;
	put64(s, frame_addr(19) + 0x38, 0x1000 * 20 + 30);
}

static void a_leaf_that_only_runs_on_is_whole(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk_with(w, BEHIND_MOMENT, leaf_moves_on_within_its_code),
			 PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_frames(w, 20);
	walk_free(w);
}

/* The leaf has returned and garbage lies where it was. */
static void leaf_place_is_overwritten(struct script *s)
{
	s->armed = false;
	memset(host(s, frame_addr(19)), 0x41, FRAME);
}

static void callers_of_an_overwritten_leaf_are_kept(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk_with(w, BEHIND_MOMENT, leaf_place_is_overwritten),
			 PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 19);
	walk_free(w);
}

static void a_call_is_made(struct script *s)
{
	s->armed = false;
	put_frame(s, frame_addr(20), frame_addr(19), 0x1000 * 21, 0x1000 * 21, 0);
	put_current(s, frame_addr(20));
	put_top(s, 21);
}

static void a_frame_that_came_between_the_passes_is_not_believed(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	/* Before the moment: current in the middle, seen by the second pass only. */
	assert_int_equal(walk_with(w, BEFORE_MOMENT, a_call_is_made), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_frames(w, 20);
	walk_free(w);
}

static void a_second_thread_state_appears(struct script *s)
{
	s->armed = false;
	put_current(s, 0);
}

static void no_current_frame_is_an_empty_thread(void **state)
{
	struct walk *w = walk_new(3);

	(void)state;
	assert_int_equal(walk_with(w, BEFORE_MOMENT, a_second_thread_state_appears),
			 PY_WALK_EMPTY);
	walk_free(w);
}

/* ---- where the current frame is no help ---------------------------------------------- */

/* A generator is current by now, and has been left already; half of the stack has returned. */
static void ten_frames_return(struct script *s)
{
	s->armed = false;
	put_frame(s, GENERATOR, 0, 0x99000, 0x99008, 1);
	put_current(s, GENERATOR);
	put_top(s, 10);
}

static void callers_below_the_top_stand(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	assert_int_equal(walk_with(w, BEFORE_MOMENT, ten_frames_return), PY_WALK_STACK);
	assert_true(w->stack.truncated);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	/* The bytes of the other ten are as they were; the top says that they are not in use. */
	assert_frames(w, 10);
	walk_free(w);
}

static void the_stack_goes_on_in_a_new_chunk(struct script *s)
{
	ten_frames_return(s);
	put64(s, TSTATE + 0x50, CHUNK + 0x8000);
	put64(s, CHUNK + 0x8008, 0x4000);
}

static void nothing_is_said_of_a_chunk_that_is_not_the_newest(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	/* How much of the older one is in use does not stand in the thread's state. */
	put64(&w->script, CHUNK + 16, 0);
	walk_with(w, BEFORE_MOMENT, the_stack_goes_on_in_a_new_chunk);
	assert_int_equal(w->memory.chunk_start, CHUNK + 0x8000);
	walk_free(w);
}

static void a_busy_thread_is_known_by_its_datastack(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	/* The leaf changes during the first look that knows where everything lies. */
	script_arm(&w->script, BEHIND_MOMENT, leaf_returns_and_its_caller_calls_another);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->script.armed);
	assert_true(w->stack.truncated);
	assert_frames(w, 19);
	walk_free(w);
}

/* ---- hostile memory ------------------------------------------------------------------ */

static void a_loop_is_no_stack(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	put64(&w->script, frame_addr(3) + 8, frame_addr(9));
	assert_int_equal(walk(w), PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_BROKEN);
	walk_free(w);
}

static void a_loop_in_unknown_places_is_left_soon(void **state)
{
	struct walk *w = walk_new(2);

	(void)state;
	/* As PyType_Type, which is its own type, where a frame was. */
	put_frame(&w->script, GENERATOR, GENERATOR, 0x99000, 0x99008, 1);
	put_current(&w->script, GENERATOR);
	assert_int_equal(walk(w), PY_WALK_FAILED);
	assert_true(w->script.calls < 500);
	walk_free(w);
}

static void a_chain_without_its_root_is_no_stack(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	/* Frame 5 says that nobody called it; only C's frame may say so. */
	put64(&w->script, frame_addr(5) + 8, 0);
	assert_int_equal(walk(w), PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_BROKEN);
	walk_free(w);
}

/* Of one that stands, what hangs together from its current frame can be had. */
static void a_chain_without_its_root_has_an_upper_part(void **state)
{
	struct walk *w = walk_new(20);
	struct py_stack stack;

	(void)state;
	/* With a root there is nothing to be had but the stack. */
	assert_false(py_walk_rootless(&w->walker, TSTATE, &stack));
	put64(&w->script, frame_addr(5) + 8, MEM_BASE + MEM_SIZE);
	assert_int_equal(walk(w), PY_WALK_FAILED);
	assert_true(py_walk_rootless(&w->walker, TSTATE, &stack));
	assert_int_equal(stack.n, 15);
	for (unsigned i = 0; i < 15; i++)
		assert_int_equal(stack.frames[i].code, 0x1000 * (i + 6));
	/* A frame of C code is not shown: 5 to 9, then 12 to 19. */
	put_shim(&w->script, frame_addr(10), frame_addr(9));
	put_shim(&w->script, frame_addr(11), frame_addr(10));
	assert_true(py_walk_rootless(&w->walker, TSTATE, &stack));
	assert_int_equal(stack.n, 13);
	assert_int_equal(stack.frames[4].code, 0x1000 * 10);
	assert_int_equal(stack.frames[5].code, 0x1000 * 13);
	/* The leaf alone is not there: nothing. */
	put_current(&w->script, MEM_BASE + MEM_SIZE);
	assert_false(py_walk_rootless(&w->walker, TSTATE, &stack));
	put_current(&w->script, 0);
	assert_false(py_walk_rootless(&w->walker, TSTATE, &stack));
	walk_free(w);
}

static void a_circle_has_no_upper_part(void **state)
{
	(void)state;
	for (unsigned to = 0; to < 20; to++) {
		struct walk *w = walk_new(20);
		struct py_stack stack;

		put64(&w->script, frame_addr(0) + 8, frame_addr(to));
		assert_false(py_walk_rootless(&w->walker, TSTATE, &stack));
		assert_true(w->script.calls < 500);
		walk_free(w);
	}
}

static void garbage_links_fail_and_end(void **state)
{
	static const uint64_t garbage[] = { 1, 8, 0xffffffffffffffff, 0x8000000000000000,
					    0x4141414141414141, MEM_BASE + MEM_SIZE - 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		struct walk *w = walk_new(20);

		put64(&w->script, frame_addr(5) + 8, garbage[i]);
		assert_int_equal(walk(w), PY_WALK_FAILED);
		put_current(&w->script, garbage[i]);
		assert_int_equal(walk(w), PY_WALK_FAILED);
		walk_free(w);
	}
}

static void an_unreadable_thread_state_is_a_fault(void **state)
{
	struct walk *w = walk_new(2);

	(void)state;
	assert_int_equal(py_walk(&w->walker, 0x1000, &w->memory, &w->stack), PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_FAULT);
	walk_free(w);
}

/* A stack through many places: generators lie in the heap, shims on the C stack. */
static void frames_outside_of_the_chunk_are_found(void **state)
{
	struct walk *w = walk_new(4);
	uint64_t last = frame_addr(3);

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t shim = CSTACK + 0x1000 * (i + 1), gen = MEM_BASE + 0x20000 + i * 0x1000;

		put_shim(&w->script, shim, last);
		put_frame(&w->script, gen, shim, 0x1000 * (i + 5), 0x1000 * (i + 5), 1);
		last = gen;
	}
	put_current(&w->script, last);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_frames(w, 12);
	walk_free(w);
}

/* From 3.14 on: the thread state holds it, and nothing else ever comes to stand there. */
static void the_root_in_the_thread_state_is_read_once(void **state)
{
	struct walk *w = walk_new(5);
	size_t pieces;

	(void)state;
	put_shim(&w->script, TSTATE + 0x800, 0);
	put64(&w->script, frame_addr(0) + 8, TSTATE + 0x800);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_false(w->stack.truncated);
		assert_frames(w, 5);
		pieces = w->walker.n_pieces;
	}
	/* The chunk twice, and what the thread state says, three times. */
	assert_int_equal(pieces, 5);
	walk_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_stack_is_whole),
		cmocka_unit_test(what_moved_is_cut_off_and_marked),
		cmocka_unit_test(a_leaf_that_only_runs_on_is_whole),
		cmocka_unit_test(callers_of_an_overwritten_leaf_are_kept),
		cmocka_unit_test(a_frame_that_came_between_the_passes_is_not_believed),
		cmocka_unit_test(no_current_frame_is_an_empty_thread),
		cmocka_unit_test(callers_below_the_top_stand),
		cmocka_unit_test(nothing_is_said_of_a_chunk_that_is_not_the_newest),
		cmocka_unit_test(a_busy_thread_is_known_by_its_datastack),
		cmocka_unit_test(a_loop_is_no_stack),
		cmocka_unit_test(a_loop_in_unknown_places_is_left_soon),
		cmocka_unit_test(a_chain_without_its_root_is_no_stack),
		cmocka_unit_test(a_chain_without_its_root_has_an_upper_part),
		cmocka_unit_test(a_circle_has_no_upper_part),
		cmocka_unit_test(garbage_links_fail_and_end),
		cmocka_unit_test(an_unreadable_thread_state_is_a_fault),
		cmocka_unit_test(frames_outside_of_the_chunk_are_found),
		cmocka_unit_test(the_root_in_the_thread_state_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
