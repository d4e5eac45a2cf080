/* SPDX-License-Identifier: MIT */
/* The upper end of a stack that moved, out of one reading of it: what is believed, what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "python/look.h"
#include "support/datastack.h"

#define DEPTH	 20
#define STACKTOP 0x40
#define STACKPOINTER 0x48

/* The caller's instruction that calls the leaf, and the one that calls `other`. */
#define CALL	   (0x1000 * (DEPTH - 1) + 8)
#define CALL_OTHER (0x1000 * (DEPTH - 1) + 20)
#define OTHER	   0x99000u

/* Where its frame begins in a generator. */
#define GENERATOR_FRAME 0x40

/* Where instructions begin in code objects. */
#define BEGIN 4

/* -1: runs by itself; 0: empty; else it waits. */
static void put_stacktop(struct script *s, uint64_t frame, int32_t top)
{
	memcpy(host(s, frame + STACKTOP), &top, sizeof(top));
}

static uint64_t leaf(void)
{
	return frame_addr(DEPTH - 1);
}

static uint64_t caller(void)
{
	return frame_addr(DEPTH - 2);
}

static void put_callee(struct script *s, uint64_t code, uint64_t call)
{
	put64(s, caller() + 0x38, call);
	put_frame(s, leaf(), caller(), code, code + 8, 0);
	put_stacktop(s, leaf(), -1);
}

/* 0: runs by itself. */
static void put_stackpointer(struct script *s, uint64_t frame, uint64_t pointer)
{
	put64(s, frame + STACKPOINTER, pointer);
}

/* A thread whose calls have been proven, and that goes on to change; to 3.13, or later. */
static struct walk *climber_of(bool later)
{
	struct walk *w = walk_new(DEPTH);

	w->rt.layout.frame.stacktop = later ? PY_ABSENT : STACKTOP;
	w->rt.layout.frame.stackpointer = later ? STACKPOINTER : PY_ABSENT;
	w->rt.layout.frame.localsplus = STACKPOINTER + 8;
	w->rt.layout.code.code = BEGIN;
	w->rt.layout.generator.iframe = GENERATOR_FRAME;
	py_walker_deinit(&w->walker);
	walk_begin(w);
	w->walker.climbs = true;
	for (unsigned i = 0; i < DEPTH; i++) {
		put_stacktop(&w->script, frame_addr(i), i + 1 < DEPTH ? 3 : -1);
		put_stackpointer(&w->script, frame_addr(i), i + 1 < DEPTH ? frame_addr(i + 1) : 0);
		py_calls_learn_size(&w->walker.calls, 0x1000 * (i + 1), FRAME);
	}
	py_calls_learn_size(&w->walker.calls, OTHER, FRAME);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_frames(w, DEPTH);
	assert_false(w->stack.climbed);
	return w;
}

static struct walk *climber_new(void)
{
	return climber_of(false);
}

static void the_first_is_called(struct script *s)
{
	s->armed = false;
	put_callee(s, 0x1000 * DEPTH, CALL);
	put_stacktop(s, caller(), 3);
	put_top(s, DEPTH);
}

/*
 * A look that begins when `state` is so, and finds the first call again in its second pass: which is
 * one piece later than BEHIND_MOMENT, for the one in front.
 */
static void walk_while(struct walk *w, void (*state)(struct script *))
{
	state(&w->script);
	script_arm(&w->script, BEHIND_MOMENT + 1, the_first_is_called);
	assert_int_equal(walk(w), PY_WALK_STACK);
}

/* What stood when the look began. */
static void assert_climbed_to_other(const struct walk *w)
{
	assert_false(w->stack.truncated);
	assert_true(w->stack.climbed);
	assert_int_equal(w->stack.lost, 0);
	assert_int_equal(w->stack.n, DEPTH);
	assert_int_equal(w->stack.frames[DEPTH - 2].lasti, CALL_OTHER);
	assert_int_equal(w->stack.frames[DEPTH - 1].code, OTHER);
}

static void assert_cut_above_caller(const struct walk *w)
{
	assert_true(w->stack.truncated);
	assert_false(w->stack.climbed);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_MOVED);
	assert_frames(w, DEPTH - 1);
}

static void other_is_called(struct script *s)
{
	put_callee(s, OTHER, CALL_OTHER);
}

/* A look at which nothing moves, while the other is called from there, and one behind it. */
static void see_other(struct walk *w, uint64_t call)
{
	put_callee(&w->script, OTHER, call);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	put_callee(&w->script, 0x1000 * DEPTH, CALL);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_frames(w, DEPTH);
}

static void prove_both(struct walk *w)
{
	see_other(w, CALL_OTHER);
	see_other(w, CALL_OTHER);
}

/* ---- what is believed ---------------------------------------------------------------- */

static void a_call_that_was_proven_is_believed(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	walk_while(w, other_is_called);
	assert_climbed_to_other(w);
	walk_free(w);
}

/* What is known of the last look is what its two readings agreed about, not what was shown. */
static void the_next_look_is_not_misled_by_it(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	walk_while(w, other_is_called);
	assert_climbed_to_other(w);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_frames(w, DEPTH);
		assert_int_equal(w->stack.frames[DEPTH - 2].lasti, CALL);
		assert_int_equal(w->stack.frames[DEPTH - 1].code, 0x1000 * DEPTH);
	}
	assert_in_range(w->stack.same, DEPTH - 2, DEPTH);
	walk_free(w);
}

static void one_that_was_not_is_cut_off(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	walk_while(w, other_is_called);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* The code was proven to be called, but not from there. */
static void one_from_another_place_is_cut_off(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	see_other(w, CALL_OTHER + 4);
	see_other(w, CALL_OTHER + 4);
	walk_while(w, other_is_called);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* That look may have been misled, as the next one may be. */
static void one_that_one_look_alone_has_proven_is_cut_off(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	see_other(w, CALL_OTHER);
	walk_while(w, other_is_called);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* Unless the thread stood. */
static void one_that_a_pause_has_proven_is_believed(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	w->walker.stands = true;
	see_other(w, CALL_OTHER);
	w->walker.stands = false;
	walk_while(w, other_is_called);
	assert_climbed_to_other(w);
	walk_free(w);
}

static void what_is_seen_four_times_is_believed(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	for (int i = 0; i < 4; i++) {
		walk_while(w, other_is_called);
		assert_cut_above_caller(w);
	}
	walk_while(w, other_is_called);
	assert_climbed_to_other(w);
	walk_free(w);
}

static void all_is_forgotten_at_once(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	py_calls_clear(&w->walker.calls);
	py_calls_learn_size(&w->walker.calls, 0x1000 * (DEPTH - 1), FRAME);
	walk_while(w, other_is_called);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* From 3.14 on a frame waits for C code, too: so it is not only what runs that is in use. */
static void other_waits_for_c_code(struct script *s)
{
	other_is_called(s);
	put_stackpointer(s, leaf(), frame_addr(DEPTH));
}

static void what_waits_for_c_code_counts_as_seen(void **state)
{
	struct walk *w = climber_of(true);

	(void)state;
	for (int i = 0; i < 4; i++) {
		walk_while(w, other_waits_for_c_code);
		assert_cut_above_caller(w);
	}
	walk_while(w, other_waits_for_c_code);
	assert_climbed_to_other(w);
	walk_free(w);
}

/* But what has become a generator is left behind as if it waited. */
static void what_makes_a_generator_does_not(void **state)
{
	struct walk *w = climber_of(true);

	(void)state;
	py_calls_learn_size(&w->walker.calls, OTHER, FRAME | PY_CALLS_GENERATES);
	for (int i = 0; i < 8; i++) {
		walk_while(w, other_waits_for_c_code);
		assert_cut_above_caller(w);
	}
	walk_free(w);
}

/* What both readings agree about is as it was when the look began, too: that counts. */
static void the_first_reading_counts(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	other_is_called(&w->script);
	script_arm(&w->script, 1, the_first_is_called);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_climbed_to_other(w);
	walk_free(w);
}

#define BELOW frame_addr(5)

static void a_caller_has_gone_on(struct script *s)
{
	the_first_is_called(s);
	put64(s, BELOW + 0x38, 0x6000 + 8);
}

/* What both agree about begins with another call, further below: the two are not to be mixed. */
static void nothing_of_two_moments_is_mixed(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	other_is_called(&w->script);
	put64(&w->script, BELOW + 0x38, 0x6000 + 30);
	script_arm(&w->script, 1, a_caller_has_gone_on);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_false(w->stack.climbed);
	assert_frames(w, DEPTH);
	assert_int_equal(w->stack.frames[DEPTH - 1].code, 0x1000 * DEPTH);
	walk_free(w);
}

/* What both readings agree about while the thread stands is how it is. */
static void a_thread_that_stands_needs_no_other_reading(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	w->walker.stands = true;
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_int_equal(w->walker.first_range, SIZE_MAX);
	assert_frames(w, DEPTH);
	walk_free(w);
}

static void a_whole_stack_stays_where_that_is_not_known(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	other_is_called(&w->script);
	script_arm(&w->script, 1, the_first_is_called);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_false(w->stack.climbed);
	assert_frames(w, DEPTH);
	walk_free(w);
}

/* The first reading is of the upper end alone, and says nothing about what is below. */
static void a_deep_stack_is_not_read_whole(void **state)
{
	const unsigned depth = 200;
	struct walk *w = walk_new(depth);

	(void)state;
	w->walker.climbs = true;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_frames(w, depth);
	}
	assert_in_range(w->walker.first_from, frame_addr(depth - 1) - 0x2000, frame_addr(depth - 2));

	struct py_frame frame;
	size_t range = w->walker.first_range;
	bool alive;

	assert_true(look_frame(&w->walker, &w->memory, LOOK_FIRST, frame_addr(depth - 1), &range,
			       &frame, &alive));
	assert_int_equal(frame.code, 0x1000 * depth);
	assert_false(look_frame(&w->walker, &w->memory, LOOK_FIRST, frame_addr(1), &range, &frame,
				&alive));
	walk_free(w);
}

/* ---- where it ends ---------------------------------------------------------------------- */

/* What was a frame once, and has been written over. */
static void other_runs_below_garbage(struct script *s)
{
	other_is_called(s);
	put_frame(s, frame_addr(DEPTH), 0x12345678, 0x77000, 0x6655443322, 0);
	put_stacktop(s, frame_addr(DEPTH), 5);
}

static void garbage_above_what_runs_is_no_call(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	walk_while(w, other_runs_below_garbage);
	assert_climbed_to_other(w);
	walk_free(w);
}

static void other_waits_below_garbage(struct script *s)
{
	other_runs_below_garbage(s);
	put_stackpointer(s, leaf(), frame_addr(DEPTH));
}

static void nor_above_what_waits_for_c_code(void **state)
{
	struct walk *w = climber_of(true);

	(void)state;
	prove_both(w);
	walk_while(w, other_waits_below_garbage);
	assert_climbed_to_other(w);
	walk_free(w);
}

static void the_leaf_returns(struct script *s)
{
	put_stacktop(s, leaf(), 0);
	put64(s, leaf() + 0x38, 0x1000 * DEPTH + 30);
	put64(s, caller() + 0x38, CALL + 2);
	put_stacktop(s, caller(), -1);
}

static void the_caller_that_runs_again_is_the_leaf(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	walk_while(w, the_leaf_returns);
	assert_true(w->stack.climbed);
	assert_frames(w, DEPTH - 1);
	assert_int_equal(w->stack.frames[DEPTH - 2].lasti, CALL + 2);
	walk_free(w);
}

static void other_is_being_left(struct script *s)
{
	other_is_called(s);
	put_stacktop(s, leaf(), 0);
	put64(s, leaf() + 0x38, OTHER + 30);
}

/* Who still waits for what has been left may have gone on: its own word may be on its way. */
static void what_has_just_been_left_is_cut_off(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	walk_while(w, other_is_being_left);
	assert_cut_above_caller(w);
	assert_int_equal(w->stack.frames[DEPTH - 2].lasti, CALL_OTHER);
	walk_free(w);
}

/* What its caller of before has called, and left, lies above it still. */
static void other_has_not_begun(struct script *s)
{
	other_is_called(s);
	put64(s, leaf() + 0x38, OTHER + BEGIN - 2);
	put_stacktop(s, leaf(), 1);
	put_frame(s, frame_addr(DEPTH), leaf(), 0x77000, 0x77008, 0);
	put_stacktop(s, frame_addr(DEPTH), -1);
	put_top(s, DEPTH + 1);
}

static void what_has_not_begun_waits_for_nothing(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	walk_while(w, other_has_not_begun);
	assert_climbed_to_other(w);
	walk_free(w);
}

/* Who waits at a call of a generator has it elsewhere, whatever lies above. */
static void a_generator_that_is_not_found_is_missing(void **state)
{
	struct walk *w = climber_new();
	struct py_frame at = { .code = 0x1000 * (DEPTH - 1), .lasti = CALL_OTHER };
	struct py_frame generator = { .code = 0x77000, .generator = true };

	(void)state;
	prove_both(w);
	py_calls_learn(&w->walker.calls, &at, &generator, PY_CALLS_ENOUGH, 0);
	walk_while(w, other_is_called);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* A generator was current at the moment, and has stopped since, without a word of its caller. */
static void a_generator_was_current(struct script *s)
{
	the_leaf_returns(s);
	put_top(s, DEPTH - 1);
	put_frame(s, GENERATOR, 0, 0x77000, 0x77008, 1);
	put_current(s, GENERATOR);
}

static void so_is_a_current_frame_elsewhere(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	put_frame(&w->script, GENERATOR, caller(), 0x77000, 0x77008, 1);
	put_current(&w->script, GENERATOR);
	assert_int_equal(walk(w), PY_WALK_STACK);
	put_current(&w->script, leaf());
	assert_int_equal(walk(w), PY_WALK_STACK);
	walk_while(w, a_generator_was_current);
	assert_true(w->stack.truncated);
	assert_in_range(w->stack.n, DEPTH - 1, DEPTH);
	walk_free(w);
}

static void c_code_has_called_something(struct script *s)
{
	the_leaf_returns(s);
	put_frame(s, leaf(), CSTACK + 0x100, OTHER, OTHER + 8, 0);
	put_stacktop(s, leaf(), -1);
	put_top(s, DEPTH);
}

/* The caller runs, and above it lies one in use that has another caller. */
static void so_is_what_unknown_c_code_has_called(void **state)
{
	struct walk *w = climber_new();

	(void)state;
	prove_both(w);
	/* Else the top would tell that there is nothing. */
	put_top(&w->script, DEPTH);
	walk_while(w, c_code_has_called_something);
	assert_cut_above_caller(w);
	walk_free(w);
}

/* ---- what is missed at first ---- */

/* The frame of C code in between is read from the second time on. */
static void what_c_code_has_called_is_found_in_time(void **state)
{
	struct walk *w = climber_new();
	struct py_frame at = { .code = 0x1000 * (DEPTH - 1), .lasti = CALL + 2 };
	struct py_frame callee = { .code = OTHER };

	(void)state;
	py_calls_learn(&w->walker.calls, &at, &callee, PY_CALLS_ENOUGH, 0);
	put_top(&w->script, DEPTH);
	put_shim(&w->script, CSTACK + 0x100, caller());
	walk_while(w, c_code_has_called_something);
	assert_cut_above_caller(w);
	walk_while(w, c_code_has_called_something);
	assert_false(w->stack.truncated);
	assert_true(w->stack.climbed);
	assert_int_equal(w->stack.n, DEPTH);
	assert_int_equal(w->stack.frames[DEPTH - 1].code, OTHER);
	walk_free(w);
}

/* The caller waits for it, and has it at the top of its own stack. */
static void a_generator_runs(struct script *s)
{
	put64(s, caller() + 0x38, CALL_OTHER);
	put_stacktop(s, caller(), 1);
	put64(s, caller() + STACKPOINTER + 8, GENERATOR - GENERATOR_FRAME);
	put_frame(s, GENERATOR, caller(), 0x77000, 0x77008, 1);
	put_stacktop(s, GENERATOR, -1);
}

static void so_is_a_generator(void **state)
{
	struct walk *w = climber_new();
	struct py_frame at = { .code = 0x1000 * (DEPTH - 1), .lasti = CALL_OTHER };
	struct py_frame generator = { .code = 0x77000, .generator = true };

	(void)state;
	py_calls_learn(&w->walker.calls, &at, &generator, PY_CALLS_ENOUGH, 0);
	walk_while(w, a_generator_runs);
	assert_cut_above_caller(w);
	walk_while(w, a_generator_runs);
	assert_false(w->stack.truncated);
	assert_true(w->stack.climbed);
	assert_int_equal(w->stack.n, DEPTH);
	assert_int_equal(w->stack.frames[DEPTH - 1].addr, GENERATOR);
	walk_free(w);
}

/* ---- what is remembered ---------------------------------------------------------------- */

static struct py_frame frame_of(uint64_t code)
{
	return (struct py_frame){ .code = code, .lasti = code + 8 };
}

static void calls_seen_too_far_apart_prove_nothing(void **state)
{
	struct py_calls calls = { 0 };
	struct py_frame a = frame_of(0x1000), b = frame_of(0x2000);
	uint64_t look = 0;

	(void)state;
	for (int round = 0; round < 8; round++, look += PY_CALLS_ROUND) {
		for (int i = 0; i < 3; i++)
			py_calls_learn(&calls, &a, &b, PY_CALLS_SIGHTED, look + i);
		assert_false(py_calls_known(&calls, &a, &b));
		assert_false(py_calls_site(&calls, &a));
	}
	py_calls_learn(&calls, &a, &b, PY_CALLS_SIGHTED, look - 1);
	assert_true(py_calls_known(&calls, &a, &b));
	assert_true(py_calls_site(&calls, &a));
	py_calls_deinit(&calls);
}

static void what_has_no_code_is_not_called(void **state)
{
	struct py_calls calls = { 0 };
	struct py_frame a = frame_of(0x1000), b = { .code = 0 };

	(void)state;
	for (int i = 0; i < 8; i++)
		py_calls_learn(&calls, &a, &b, PY_CALLS_SIGHTED, 0);
	assert_false(py_calls_known(&calls, &a, &b));
	assert_false(py_calls_site(&calls, &a));
	assert_false(py_calls_generators(&calls, &a));
	py_calls_deinit(&calls);
}

static void memory_is_bounded(void **state)
{
	struct py_calls calls = { 0 };
	struct py_frame a = frame_of(0x1000);

	(void)state;
	for (uint64_t i = 1; i <= 200000; i++) {
		struct py_frame b = frame_of(i << 4);

		py_calls_learn(&calls, &a, &b, PY_CALLS_ENOUGH, i);
		assert_true(py_calls_known(&calls, &a, &b));
		assert_true(py_calls_site(&calls, &a));
	}
	assert_in_range(calls.cap, 1, 65536);
	py_calls_deinit(&calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_was_proven_is_believed),
		cmocka_unit_test(the_next_look_is_not_misled_by_it),
		cmocka_unit_test(one_that_was_not_is_cut_off),
		cmocka_unit_test(one_from_another_place_is_cut_off),
		cmocka_unit_test(one_that_one_look_alone_has_proven_is_cut_off),
		cmocka_unit_test(one_that_a_pause_has_proven_is_believed),
		cmocka_unit_test(what_is_seen_four_times_is_believed),
		cmocka_unit_test(all_is_forgotten_at_once),
		cmocka_unit_test(what_waits_for_c_code_counts_as_seen),
		cmocka_unit_test(what_makes_a_generator_does_not),
		cmocka_unit_test(the_first_reading_counts),
		cmocka_unit_test(nothing_of_two_moments_is_mixed),
		cmocka_unit_test(a_thread_that_stands_needs_no_other_reading),
		cmocka_unit_test(a_whole_stack_stays_where_that_is_not_known),
		cmocka_unit_test(a_deep_stack_is_not_read_whole),
		cmocka_unit_test(garbage_above_what_runs_is_no_call),
		cmocka_unit_test(nor_above_what_waits_for_c_code),
		cmocka_unit_test(the_caller_that_runs_again_is_the_leaf),
		cmocka_unit_test(what_has_just_been_left_is_cut_off),
		cmocka_unit_test(what_has_not_begun_waits_for_nothing),
		cmocka_unit_test(a_generator_that_is_not_found_is_missing),
		cmocka_unit_test(so_is_a_current_frame_elsewhere),
		cmocka_unit_test(so_is_what_unknown_c_code_has_called),
		cmocka_unit_test(what_c_code_has_called_is_found_in_time),
		cmocka_unit_test(so_is_a_generator),
		cmocka_unit_test(calls_seen_too_far_apart_prove_nothing),
		cmocka_unit_test(what_has_no_code_is_not_called),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
