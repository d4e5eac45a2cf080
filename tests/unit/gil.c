/* SPDX-License-Identifier: MIT */
/* Who holds the GIL, and who waits for it, on an interpreter made by hand in each layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"
#include "python/gil.h"

#include "support/all_layouts.h"
#include "support/fake_python.h"

/* Two threads of the main interpreter, of which the first holds the GIL; and a third. */
struct scene {
	struct fake fake;
	struct target target;
	struct py_runtime rt;
	uint8_t runtime[FAKE_PART];
	struct py_thread thread[3];
	struct py_thread *list[3];
	struct py_interpreter interpreters[2];
	struct py_threads threads;
};

static void put(struct scene *s, enum fake_part part, uint32_t offset, uint64_t value, size_t width)
{
	fake_put(fake_at(&s->fake, part), offset, value, width);
}

/* The thread, or NULL, comes to hold the GIL. */
static void give_gil(struct scene *s, const struct py_thread *to)
{
	const struct py_layout *l = &s->rt.layout;
	uint64_t tstate = to ? to->tstate : 0;

	s->fake.thread_current = tstate;
	if (l->gil_model == PY_GIL_RUNTIME_CURRENT)
		fake_put(s->runtime, l->runtime.gil_current, tstate, 8);
	/* As CPython does it: who had it last stays there. */
	if (l->gil_model == PY_GIL_HOLDER) {
		if (to)
			put(s, FAKE_GIL, l->gil.last_holder, tstate, 8);
		put(s, FAKE_GIL, l->gil.locked, to != NULL, 4);
	}
	if (l->gil_model == PY_GIL_THREAD_FLAG) {
		put(s, FAKE_THREAD, l->thread.holds_gil, to == &s->thread[0], 4);
		put(s, FAKE_THREAD_2, l->thread.holds_gil, to == &s->thread[1], 4);
	}
}

static void set(struct scene *s, const struct py_layout *layout)
{
	bool has_runtime = layout->runtime.interpreters_head != PY_ABSENT;

	memset(s, 0, sizeof(*s));
	fake_build(&s->fake, layout, has_runtime ? s->runtime : NULL);
	s->target.pid = getpid();
	s->target.memory = memory_live_create(getpid());
	s->rt.target = &s->target;
	s->rt.layout = *layout;
	if (has_runtime)
		s->rt.runtime = (uintptr_t)s->runtime;
	else
		s->rt.thread_current = (uintptr_t)&s->fake.thread_current;
	for (int i = 0; i < 2; i++) {
		s->thread[i].tstate = (uintptr_t)fake_at(&s->fake, FAKE_THREAD + i);
		s->thread[i].interp = (uintptr_t)fake_at(&s->fake, FAKE_INTERP);
		s->list[i] = &s->thread[i];
	}
	/* Of an interpreter that the list does not have yet, in memory that is gone. */
	s->thread[2] = (struct py_thread){ .tstate = 0x1000, .interp = 0x2000 };
	s->list[2] = &s->thread[2];
	s->interpreters[0] = (struct py_interpreter){
		.addr = (uintptr_t)fake_at(&s->fake, FAKE_SUB),
		.gil = (uintptr_t)fake_at(&s->fake, FAKE_GIL),
	};
	s->interpreters[1] = s->interpreters[0];
	s->interpreters[1].addr = (uintptr_t)fake_at(&s->fake, FAKE_INTERP);
	s->threads = (struct py_threads){ .rt = &s->rt,
					  .threads = s->list,
					  .n = 2,
					  .interpreters = s->interpreters,
					  .n_interpreters = 2 };
	give_gil(s, &s->thread[0]);
}

static void strike(struct scene *s)
{
	memory_destroy(s->target.memory);
	fake_free(&s->fake);
}

/* Runs a check in each layout, but those that have no GIL. */
static void in_each(void (*check)(struct scene *s))
{
	for (size_t i = 0; i < n_layouts; i++) {
		struct scene scene;

		if (layouts[i].free_threaded)
			continue;
		set(&scene, &layouts[i]);
		check(&scene);
		strike(&scene);
	}
}

/* As a look reads the words. */
static bool held(const struct scene *s, const struct py_thread *thread)
{
	struct py_gil_words words;
	enum pyprof_status status;

	py_gil_words(&s->threads, thread, &words);
	assert_true(words.n <= PY_GIL_PIECES);
	if (!words.n)
		return false;
	assert_int_equal(memory_readv(s->target.memory, words.pieces, words.n, &status), words.n);
	return py_gil_held(&s->threads, thread, &words);
}

/* The only holder; 0: nobody. */
static uint64_t holder(struct scene *s)
{
	uint64_t holders[4];
	size_t n;
	bool all;

	assert_int_equal(py_gil_holders(&s->threads, holders, ARRAY_SIZE(holders), &n, &all),
			 PYPROF_OK);
	assert_false(all);
	assert_true(n <= 1);
	return n ? holders[0] : 0;
}

/* ---- holding ---------------------------------------------------------------------- */

static void check_held(struct scene *s)
{
	assert_true(held(s, &s->thread[0]));
	assert_false(held(s, &s->thread[1]));
	assert_true(holder(s) == s->thread[0].tstate);
	give_gil(s, &s->thread[1]);
	assert_false(held(s, &s->thread[0]));
	assert_true(held(s, &s->thread[1]));
	assert_true(holder(s) == s->thread[1].tstate);
}

static void one_thread_holds_it(void **state)
{
	(void)state;
	in_each(check_held);
}

static void check_nobody(struct scene *s)
{
	give_gil(s, NULL);
	assert_false(held(s, &s->thread[0]));
	assert_false(held(s, &s->thread[1]));
	assert_true(holder(s) == 0);
}

static void who_had_it_last_does_not_hold_it(void **state)
{
	(void)state;
	in_each(check_nobody);
}

static void check_unlocked(struct scene *s)
{
	if (s->rt.layout.gil_model != PY_GIL_HOLDER)
		return;
	/* -1: no GIL was made yet. */
	put(s, FAKE_GIL, s->rt.layout.gil.locked, UINT32_MAX, 4);
	assert_false(held(s, &s->thread[0]));
	assert_true(holder(s) == 0);
}

static void a_gil_that_is_not_there_is_not_held(void **state)
{
	(void)state;
	in_each(check_unlocked);
}

static void check_stranger(struct scene *s)
{
	struct py_gil_words words;

	if (s->rt.layout.gil_model != PY_GIL_HOLDER)
		return;
	/* Which GIL is its own is not known: nothing is asked. */
	py_gil_words(&s->threads, &s->thread[2], &words);
	assert_int_equal(words.n, 0);
	assert_false(py_gil_held(&s->threads, &s->thread[2], &words));
	assert_false(py_gil_awaited(&s->threads, &s->thread[2], 0x2000));
}

static void of_an_unknown_interpreter_nothing_is_said(void **state)
{
	(void)state;
	in_each(check_stranger);
}

/* From 3.12 on an interpreter may have a GIL of its own. */
static void check_own_gil(struct scene *s)
{
	const struct py_layout *l = &s->rt.layout;
	uint64_t own = (uintptr_t)fake_at(&s->fake, FAKE_SHIM), holders[4];
	size_t n;
	bool all;

	if (l->gil_model != PY_GIL_HOLDER)
		return;
	memset(fake_at(&s->fake, FAKE_SHIM), 0, FAKE_PART);
	put(s, FAKE_SHIM, l->gil.locked, 1, 4);
	put(s, FAKE_SHIM, l->gil.last_holder, s->thread[1].tstate, 8);
	s->interpreters[0].gil = own;
	s->thread[1].interp = s->interpreters[0].addr;
	assert_true(held(s, &s->thread[0]));
	assert_true(held(s, &s->thread[1]));
	assert_int_equal(py_gil_holders(&s->threads, holders, ARRAY_SIZE(holders), &n, &all),
			 PYPROF_OK);
	assert_int_equal(n, 2);
	/* No more than there is room for. */
	assert_int_equal(py_gil_holders(&s->threads, holders, 1, &n, &all), PYPROF_OK);
	assert_int_equal(n, 1);
	assert_true(py_gil_awaited(&s->threads, &s->thread[1], own + 64));
	assert_false(py_gil_awaited(&s->threads, &s->thread[0], own + 64));
}

static void each_interpreter_may_have_its_own(void **state)
{
	(void)state;
	in_each(check_own_gil);
}

/* ---- without one ------------------------------------------------------------------ */

static void free_threaded_builds(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct py_layout *l = &layouts[i];
		struct py_gil_words words;
		struct scene s;
		uint64_t holders[4];
		size_t n;
		bool all;

		if (!l->free_threaded)
			continue;
		seen++;
		set(&s, l);
		py_gil_words(&s.threads, &s.thread[0], &words);
		assert_int_equal(words.n, 0);
		assert_false(py_gil_held(&s.threads, &s.thread[0], &words));
		py_gil_holders(&s.threads, holders, ARRAY_SIZE(holders), &n, &all);
		assert_int_equal(n, 0);
		assert_true(all || l->gil.enabled == PY_ABSENT);
		strike(&s);
	}
	assert_true(seen > 0);
}

static void where_it_cannot_be_told_nobody_does(void **state)
{
	struct py_gil_words words;
	struct scene s;
	uint64_t holders[4];
	size_t n;
	bool all;

	(void)state;
	set(&s, &layouts[0]);
	s.rt.layout.gil_model = PY_GIL_NONE;
	py_gil_words(&s.threads, &s.thread[0], &words);
	assert_int_equal(words.n, 0);
	assert_false(py_gil_held(&s.threads, &s.thread[0], &words));
	assert_int_equal(py_gil_holders(&s.threads, holders, ARRAY_SIZE(holders), &n, &all),
			 PYPROF_ERR_UNSUPPORTED);
	assert_int_equal(n, 0);
	assert_false(py_gil_awaited(&s.threads, &s.thread[0], s.interpreters[0].gil));
	strike(&s);
}

/* ---- waiting ---------------------------------------------------------------------- */

/* Where a condition of the GIL lies, as far as its layout tells. */
static uint64_t a_futex(const struct scene *s)
{
	switch (s->rt.layout.gil_model) {
	case PY_GIL_CURRENT_SYMBOL:
		return s->rt.thread_current + 512;
	case PY_GIL_RUNTIME_CURRENT:
		return s->rt.runtime + s->rt.layout.runtime.gil_current - 100;
	default:
		return s->interpreters[1].gil + 100;
	}
}

static void check_awaited(struct scene *s)
{
	const struct py_layout *l = &s->rt.layout;
	const struct py_thread *second = &s->thread[1];
	uint64_t futex = a_futex(s);
	/* A lock of the target's own, in the heap or on a stack. */
	uint64_t other = futex ^ (1ull << 40);

	assert_false(py_gil_awaited(&s->threads, second, 0));
	if (l->string_model == PY_STRINGS_BYTES) {
		/* 2.7: its lock is an object of its own, in the heap. */
		assert_false(py_gil_awaited(&s->threads, second, futex));
		return;
	}
	if (l->gil_model == PY_GIL_THREAD_FLAG) {
		assert_false(py_gil_awaited(&s->threads, second, other));
		put(s, FAKE_THREAD_2, l->thread.gil_requested, 1, 4);
		assert_true(py_gil_awaited(&s->threads, second, other));
		assert_false(py_gil_awaited(&s->threads, &s->thread[0], other));
		/* Its state is gone. */
		assert_false(py_gil_awaited(&s->threads, &s->thread[2], other));
		return;
	}
	assert_true(py_gil_awaited(&s->threads, second, futex));
	assert_false(py_gil_awaited(&s->threads, second, other));
	assert_false(py_gil_awaited(&s->threads, second, 1));
	assert_false(py_gil_awaited(&s->threads, second, UINT64_MAX));
}

static void a_futex_of_the_gil_is_waited_for(void **state)
{
	(void)state;
	in_each(check_awaited);
}

static void check_beside(struct scene *s)
{
	uint64_t start, end;

	switch (s->rt.layout.gil_model) {
	case PY_GIL_RUNTIME_CURRENT:
		start = s->rt.runtime;
		end = start + 4096;
		break;
	case PY_GIL_HOLDER:
		start = s->interpreters[1].gil;
		end = start + 256;
		break;
	default:
		return;
	}
	assert_true(py_gil_awaited(&s->threads, &s->thread[1], start));
	assert_true(py_gil_awaited(&s->threads, &s->thread[1], end - 4));
	assert_false(py_gil_awaited(&s->threads, &s->thread[1], start - 4));
	assert_false(py_gil_awaited(&s->threads, &s->thread[1], end));
}

static void one_beside_it_is_not(void **state)
{
	(void)state;
	in_each(check_beside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_holds_it),
		cmocka_unit_test(who_had_it_last_does_not_hold_it),
		cmocka_unit_test(a_gil_that_is_not_there_is_not_held),
		cmocka_unit_test(of_an_unknown_interpreter_nothing_is_said),
		cmocka_unit_test(each_interpreter_may_have_its_own),
		cmocka_unit_test(free_threaded_builds),
		cmocka_unit_test(where_it_cannot_be_told_nobody_does),
		cmocka_unit_test(a_futex_of_the_gil_is_waited_for),
		cmocka_unit_test(one_beside_it_is_not),
	};

	return cmocka_run_group_tests(tests, collect, NULL);
}
