/* SPDX-License-Identifier: MIT */
/*
 * Several moments of one look, as high rates need: each has its own stack, cut off where that
 * moved around it; and what a look reads beside the stack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/datastack.h"
#include "support/moments.h"

/* Pieces of a burst at two ranges: the top; then a pass (the C stack, the chunk) and a moment. */
#define PASS(p)	  (1 + 3 * (size_t)(p))
#define MOMENT(m) (PASS(m) + 2)

/* A thread whose places are known, of which so many moments are wanted. */
static struct walk *burst_new(unsigned frames, size_t moments)
{
	struct walk *w = walk_new(frames);

	for (int i = 0; i < 10; i++)
		assert_int_equal(walk(w), PY_WALK_STACK);
	w->walker.burst = moments;
	return w;
}

/* ---- how many ----------------------------------------------------------------------- */

static void a_quiet_thread_is_whole_at_each_moment(void **state)
{
	struct walk *w = burst_new(20, 4);
	uint64_t looks = w->walker.looks;

	(void)state;
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	for (int i = 1; i < 4; i++) {
		next_stack(w);
		assert_whole(w, 20);
	}
	assert_no_more(w);
	assert_int_equal(w->walker.looks, looks + 1);
	/* The top in front, then five passes with a moment behind each. */
	assert_int_equal(w->walker.n_pieces, 1 + 5 * 3);
	walk_free(w);
}

static size_t moments_of(struct walk *w)
{
	enum py_walk_result result;
	size_t n = 1;

	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	while (next(w, &result)) {
		assert_int_equal(result, PY_WALK_STACK);
		n++;
	}
	return n;
}

static void some_looks_have_one_moment(void **state)
{
	struct walk *w = burst_new(20, 4);
	uint64_t word;
	struct memory_piece piece = { MEM_BASE, &word, sizeof(word) };

	(void)state;
	assert_int_equal(moments_of(w), 4);
	w->walker.burst = 1;
	assert_int_equal(moments_of(w), 1);
	w->walker.burst = 0;
	assert_int_equal(moments_of(w), 1);
	w->walker.burst = 1000;
	assert_int_equal(moments_of(w), PY_BURST_MAX);
	/* A thread that is paused has one stack. */
	w->walker.stands = true;
	assert_int_equal(moments_of(w), 1);
	w->walker.stands = false;
	/* Code objects are to be read at the very moment. */
	w->walker.asides[PY_ASIDE_CODES] = (struct py_aside_pieces){ &piece, 1, false };
	assert_int_equal(moments_of(w), 1);
	w->walker.asides[PY_ASIDE_CODES].n = 0;
	assert_int_equal(moments_of(w), PY_BURST_MAX);
	walk_free(w);
}

static void a_thread_that_is_not_known_has_one_moment(void **state)
{
	struct walk *w = walk_new(20);

	(void)state;
	w->walker.burst = 4;
	assert_int_equal(moments_of(w), 1);
	assert_int_equal(moments_of(w), 4);
	walk_free(w);
}

static void frames_in_many_places_have_one_moment(void **state)
{
	struct walk *w = walk_new(4);
	uint64_t last = frame_addr(3);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t generator = GENERATOR + i * 0x1000;

		put_frame(&w->script, generator, last, 0x1000 * (i + 5), 0x1000 * (i + 5), 1);
		last = generator;
	}
	put_current(&w->script, last);
	for (int i = 0; i < 10; i++)
		assert_int_equal(moments_of(w), 1);
	w->walker.burst = 4;
	assert_int_equal(moments_of(w), 1);
	assert_whole(w, 8);
	walk_free(w);
}

/* ---- what moves between two moments ---------------------------------------------------- */

static void another_is_called(struct script *s)
{
	s->armed = false;
	put_frame(s, frame_addr(18), frame_addr(17), 0x1000 * 19, 0x1000 * 19 + 20, 0);
	put_frame(s, frame_addr(19), frame_addr(18), 0x99000, 0x99008, 0);
}

static void what_moves_is_cut_off_at_its_moment_alone(void **state)
{
	struct walk *w = burst_new(20, 4);

	(void)state;
	/* Behind moment 1, before the pass between it and moment 2. */
	script_arm(&w->script, PASS(2), another_is_called);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	next_stack(w);
	assert_cut(w, 19);
	assert_int_equal(w->stack.lost, 1);
	for (int i = 2; i < 4; i++) {
		next_stack(w);
		assert_false(w->stack.truncated);
		assert_int_equal(w->stack.n, 20);
		assert_int_equal(w->stack.frames[18].lasti, 0x1000 * 19 + 20);
		assert_int_equal(w->stack.frames[19].code, 0x99000);
	}
	assert_no_more(w);
	walk_free(w);
}

static void a_call_is_made(struct script *s)
{
	s->armed = false;
	put_frame(s, frame_addr(20), frame_addr(19), 0x1000 * 21, 0x1000 * 21, 0);
	put_current(s, frame_addr(20));
	put_top(s, 21);
}

static void a_call_is_seen_from_the_moment_on_that_it_stood(void **state)
{
	struct walk *w = burst_new(20, 3);

	(void)state;
	/* The pass before moment 1 did not see it. */
	script_arm(&w->script, MOMENT(1), a_call_is_made);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	next_stack(w);
	assert_cut(w, 20);
	next_stack(w);
	assert_whole(w, 21);
	assert_no_more(w);
	walk_free(w);
}

/* Their bytes stay as they are. */
static void two_calls_end(struct script *s)
{
	s->armed = false;
	put_current(s, frame_addr(17));
	put_top(s, 18);
}

static void what_is_left_is_not_believed_up_to_the_moment_before(void **state)
{
	struct walk *w = burst_new(20, 3);

	(void)state;
	script_arm(&w->script, PASS(2), two_calls_end);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	next_stack(w);
	assert_cut(w, 18);
	next_stack(w);
	assert_whole(w, 18);
	assert_no_more(w);
	walk_free(w);
}

static void the_leaf_runs_on(struct script *s)
{
	s->armed = false;
	put64(s, frame_addr(19) + 0x38, 0x1000 * 20 + 30);
}

static void each_moment_has_its_own_line(void **state)
{
	struct walk *w = burst_new(20, 3);

	(void)state;
	script_arm(&w->script, MOMENT(1), the_leaf_runs_on);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	assert_int_equal(w->stack.frames[19].lasti, 0x1000 * 20 + 8);
	next_stack(w);
	assert_whole(w, 20);
	next_stack(w);
	assert_whole(w, 20);
	assert_int_equal(w->stack.frames[19].lasti, 0x1000 * 20 + 30);
	walk_free(w);
}

/* ---- what cannot be judged -------------------------------------------------------------- */

static void it_leaves_python(struct script *s)
{
	s->armed = false;
	put_current(s, 0);
}

static void a_thread_may_leave_between_two_moments(void **state)
{
	struct walk *w = burst_new(20, 3);
	enum py_walk_result result;

	(void)state;
	script_arm(&w->script, MOMENT(1), it_leaves_python);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	assert_true(next(w, &result));
	assert_int_equal(result, PY_WALK_EMPTY);
	/* Its root is known no longer. */
	assert_int_equal(w->memory.root, 0);
	walk_free(w);
}

static void a_generator_is_entered(struct script *s)
{
	s->armed = false;
	put_frame(s, GENERATOR, frame_addr(19), 0x99000, 0x99008, 1);
	put_current(s, GENERATOR);
}

static void an_unknown_place_is_not_searched_for(void **state)
{
	struct walk *w = burst_new(20, 3);
	size_t calls;

	(void)state;
	script_arm(&w->script, MOMENT(1), a_generator_is_entered);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	calls = w->script.calls;
	/* What stood of the stack before stands. */
	next_stack(w);
	assert_cut(w, 20);
	next_stack(w);
	assert_cut(w, 20);
	assert_int_equal(w->script.calls, calls);
	/* The next look finds it. */
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_false(w->stack.truncated);
	assert_int_equal(w->stack.n, 21);
	walk_free(w);
}

static void the_chain_breaks(struct script *s)
{
	s->armed = false;
	put64(s, frame_addr(5) + 8, frame_addr(9));
	memset(host(s, CSTACK), 0x41, FRAME);
}

static void what_cannot_be_proven_fails_at_its_moment(void **state)
{
	struct walk *w = burst_new(20, 3);
	enum py_walk_result result;

	(void)state;
	script_arm(&w->script, MOMENT(1), the_chain_breaks);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_true(next(w, &result));
	assert_true(next(w, &result));
	assert_int_equal(result, PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_BROKEN);
	assert_no_more(w);
	walk_free(w);
}

/* ---- what is read beside ------------------------------------------------------------------ */

#define BESIDE (MEM_BASE + 0x800)

/* One that is there, of each kind; those of the kinds in `gone` are not. */
struct beside {
	uint64_t words[PY_N_ASIDES];
	struct memory_piece pieces[PY_N_ASIDES];
};

static void ask_beside(struct walk *w, struct beside *beside, unsigned gone)
{
	for (int i = 0; i < PY_N_ASIDES; i++) {
		put64(&w->script, BESIDE + 8 * (uint64_t)i, 100 + (uint64_t)i);
		beside->words[i] = 0;
		beside->pieces[i] = (struct memory_piece){
			gone >> i & 1 ? 0x1000 : BESIDE + 8 * (uint64_t)i, &beside->words[i], 8
		};
		w->walker.asides[i] = (struct py_aside_pieces){ &beside->pieces[i], 1, false };
	}
}

static void what_is_there_beside_is_read(void **state)
{
	struct walk *w = walk_new(20);
	struct beside beside;

	(void)state;
	assert_int_equal(walk(w), PY_WALK_STACK);
	ask_beside(w, &beside, 0);
	assert_int_equal(walk(w), PY_WALK_STACK);
	assert_whole(w, 20);
	for (int i = 0; i < PY_N_ASIDES; i++) {
		assert_true(w->walker.asides[i].read);
		assert_int_equal(beside.words[i], 100 + i);
	}
	walk_free(w);
}

static void what_is_gone_beside_costs_one_look_and_no_stack(void **state)
{
	(void)state;
	for (unsigned gone = 1; gone < 1u << PY_N_ASIDES; gone++) {
		struct walk *w = walk_new(20);
		struct beside beside;
		uint64_t looks;

		for (int i = 0; i < 10; i++)
			assert_int_equal(walk(w), PY_WALK_STACK);
		ask_beside(w, &beside, gone);
		looks = w->walker.looks;
		assert_int_equal(walk(w), PY_WALK_STACK);
		assert_whole(w, 20);
		for (int i = 0; i < PY_N_ASIDES; i++) {
			bool there = !(gone >> i & 1);

			assert_int_equal(w->walker.asides[i].read, there);
			assert_int_equal(w->walker.asides[i].n, there);
			assert_int_equal(beside.words[i], there ? 100 + i : 0);
		}
		assert_int_equal(w->walker.looks, looks + 1 +
						  (unsigned)__builtin_popcount(gone));
		walk_free(w);
	}
}

static void a_burst_reads_it_once_at_the_end(void **state)
{
	struct walk *w = burst_new(20, 4);
	struct beside beside;

	(void)state;
	ask_beside(w, &beside, 1u << PY_ASIDE_DEATHS);
	w->walker.asides[PY_ASIDE_CODES].n = 0;
	assert_int_equal(moments_of(w), 4);
	assert_true(w->walker.asides[PY_ASIDE_GIL].read);
	assert_true(w->walker.asides[PY_ASIDE_AFTER].read);
	assert_false(w->walker.asides[PY_ASIDE_DEATHS].read);
	assert_false(w->walker.asides[PY_ASIDE_CODES].read);
	assert_int_equal(beside.words[PY_ASIDE_AFTER], 100 + PY_ASIDE_AFTER);
	walk_free(w);
}

/* A thread state that is gone in the middle of a burst is no stack, at no moment. */
static void a_burst_at_what_is_unreadable_has_no_moments(void **state)
{
	struct walk *w = burst_new(20, 4);

	(void)state;
	assert_int_equal(py_walk(&w->walker, 0x1000, &w->memory, &w->stack), PY_WALK_FAILED);
	assert_int_equal(w->stack.cause, PYPROF_CAUSE_FAULT);
	assert_no_more(w);
	walk_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_thread_is_whole_at_each_moment),
		cmocka_unit_test(some_looks_have_one_moment),
		cmocka_unit_test(a_thread_that_is_not_known_has_one_moment),
		cmocka_unit_test(frames_in_many_places_have_one_moment),
		cmocka_unit_test(what_moves_is_cut_off_at_its_moment_alone),
		cmocka_unit_test(a_call_is_seen_from_the_moment_on_that_it_stood),
		cmocka_unit_test(what_is_left_is_not_believed_up_to_the_moment_before),
		cmocka_unit_test(each_moment_has_its_own_line),
		cmocka_unit_test(a_thread_may_leave_between_two_moments),
		cmocka_unit_test(an_unknown_place_is_not_searched_for),
		cmocka_unit_test(what_cannot_be_proven_fails_at_its_moment),
		cmocka_unit_test(what_is_there_beside_is_read),
		cmocka_unit_test(what_is_gone_beside_costs_one_look_and_no_stack),
		cmocka_unit_test(a_burst_reads_it_once_at_the_end),
		cmocka_unit_test(a_burst_at_what_is_unreadable_has_no_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
