/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dump/deadlock.h"
#include "support/counted_malloc.h"

#define NOBODY SNAPSHOT_NONE

/* Threads 'a', 'b', … each of which waits for the lock that holders[i] has, called lock_a, … */
static struct snapshot *waiting(const size_t *holders, size_t n)
{
	struct snapshot *s = snapshot_create();

	assert_non_null(s);
	s->threads = calloc(n, sizeof(*s->threads));
	assert_non_null(s->threads);
	s->n_threads = n;
	for (size_t i = 0; i < n; i++) {
		struct snapshot_thread *thread = &s->threads[i];
		char name[2] = { (char)('a' + i % 26), '\0' }, lock[] = "lock_?";

		thread->tid = (pid_t)(10 + i);
		thread->name = strdup(name);
		thread->wait.kind = SNAPSHOT_LOCK_LOCK;
		thread->wait.holder = holders[i];
		if (holders[i] < n)
			lock[5] = (char)('a' + holders[i] % 26);
		thread->wait.name = strdup(lock);
	}
	return s;
}

static void assert_cycle(const struct snapshot *s, size_t i, const char *threads)
{
	assert_true(i < s->n_cycles);
	assert_int_equal(s->cycles[i].n, strlen(threads));
	for (size_t k = 0; k < s->cycles[i].n; k++)
		assert_int_equal(s->cycles[i].threads[k], threads[k] - 'a');
}

static void assert_sentence(const struct snapshot *s, size_t i, const char *want)
{
	struct str out = STR_INIT;

	deadlock_sentence(s, i, &out);
	assert_string_equal(str_cstr(&out), want);
	str_deinit(&out);
}

static void test_nobody_waits(void **state)
{
	struct snapshot *s = snapshot_create();

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 0);
	snapshot_destroy(s);
	snapshot_destroy(NULL);
}

static void test_chain(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 2, 3, NOBODY }, 4);

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 0);
	snapshot_destroy(s);
}

static void test_two(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 0 }, 2);

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 1);
	assert_cycle(s, 0, "ab");
	assert_sentence(s, 0,
			"deadlock: thread 'a' (10) waits for lock_b, held by thread 'b' (11), "
			"which waits for lock_a, held by thread 'a'");
	snapshot_destroy(s);
}

/* Two locks of one name are told apart; who waits for the same one needs no more than the name. */
static void test_namesakes(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 0, 1, 1, 1, NOBODY }, 6);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		free(s->threads[i].wait.name);
		s->threads[i].wait.name = strdup(i == 4 ? "other" : i == 3 ? "x (Event)" : "second");
		s->threads[i].wait.lock = i == 1 ? 0x20 : i == 3 ? 0x30 : 0x10;
	}
	s->threads[5].wait.lock = 0;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 1);
	assert_sentence(s, 0,
			"deadlock: thread 'a' (10) waits for second (at 0x10), held by thread 'b' "
			"(11), which waits for second (at 0x20), held by thread 'a'");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(s->threads[i].wait.namesake, i < 3);
	s->threads[1].wait.lock = 0x10;
	assert_true(deadlock_find(s));
	assert_false(s->threads[0].wait.namesake);
	snapshot_destroy(s);
}

/* Who joins a thread waits for its end, and not for a lock that somebody would give back. */
static void test_joins(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 2, 0 }, 3);

	(void)state;
	free(s->threads[0].wait.name);
	s->threads[0].wait.name = strdup("t (Thread)");
	s->threads[0].wait.kind = SNAPSHOT_LOCK_THREAD;
	free(s->threads[1].wait.name);
	s->threads[1].wait.name = strdup("import");
	s->threads[1].wait.kind = SNAPSHOT_LOCK_IMPORT;
	free(s->threads[2].wait.name);
	s->threads[2].wait.name = strdup("import of json");
	s->threads[2].wait.kind = SNAPSHOT_LOCK_IMPORT;
	assert_true(deadlock_find(s));
	assert_sentence(s, 0,
			"deadlock: thread 'a' (10) waits for thread 'b' (11) to end, which waits "
			"for the import lock, held by thread 'c' (12), which waits for the import "
			"of json, held by thread 'a'");
	snapshot_destroy(s);
}

static void test_longer(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 2, 0, 3, 1 }, 4);

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 1);
	assert_cycle(s, 0, "acdb");
	assert_sentence(s, 0,
			"deadlock: thread 'a' (10) waits for lock_c, held by thread 'c' (12), "
			"which waits for lock_d, held by thread 'd' (13), "
			"which waits for lock_b, held by thread 'b' (11), "
			"which waits for lock_a, held by thread 'a'");
	snapshot_destroy(s);
}

static void test_itself(void **state)
{
	struct snapshot *s = waiting((size_t[]){ NOBODY, 1 }, 2);

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 1);
	assert_cycle(s, 0, "b");
	assert_sentence(s, 0,
			"deadlock: thread 'b' (11) waits for lock_b, which it holds itself");
	snapshot_destroy(s);
}

/* Who waits for one in a circle is not in it, wherever the walk begins. */
static void test_tails(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 2, 3, 1, 3, 0, 7, 6, 7, 9 }, 10);

	(void)state;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 3);
	assert_cycle(s, 0, "bcd");
	assert_cycle(s, 1, "gh");
	assert_cycle(s, 2, "j");
	snapshot_destroy(s);
}

/* A holder that is no thread's index, and a wait for nothing. */
static void test_odd_holders(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 5, 0, 2 }, 3);

	(void)state;
	s->threads[2].wait.kind = SNAPSHOT_NO_LOCK;
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 0);
	snapshot_destroy(s);
}

static void test_words(void **state)
{
	static const struct {
		enum snapshot_lock_kind kind;
		const char *want;
	} rows[] = {
		{ SNAPSHOT_LOCK_LOCK, "a Lock" },
		{ SNAPSHOT_LOCK_RLOCK, "an RLock" },
		{ SNAPSHOT_LOCK_MUTEX, "a mutex of the interpreter" },
		{ SNAPSHOT_LOCK_IMPORT, "the import lock" },
		{ SNAPSHOT_LOCK_OTHER, "a lock" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snapshot *s = waiting((size_t[]){ 0 }, 1);
		char want[160];

		s->threads[0].wait.kind = rows[i].kind;
		s->threads[0].wait.name[0] = '\0';
		s->threads[0].tid = 0;
		assert_true(deadlock_find(s));
		snprintf(want, sizeof(want),
			 "deadlock: thread 'a' waits for %s, which it holds itself", rows[i].want);
		assert_sentence(s, 0, want);
		snapshot_destroy(s);
	}
}

static void test_many(void **state)
{
	enum { N = 20000 };
	size_t *holders = calloc(N, sizeof(*holders));
	struct snapshot *s;

	(void)state;
	assert_non_null(holders);
	for (size_t i = 0; i < N; i++)
		holders[i] = i % 2 ? i - 1 : i + 1; /* pairs */
	s = waiting(holders, N);
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, N / 2);
	snapshot_destroy(s);
	for (size_t i = 0; i < N; i++)
		holders[i] = (i + 1) % N; /* one of all */
	s = waiting(holders, N);
	assert_true(deadlock_find(s));
	assert_int_equal(s->n_cycles, 1);
	assert_int_equal(s->cycles[0].n, N);
	snapshot_destroy(s);
	free(holders);
}

/* Whichever allocation fails: it is said, and nothing leaks. */
static void test_no_memory(void **state)
{
	struct snapshot *s = waiting((size_t[]){ 1, 0, 3, 2, 4 }, 5);
	size_t failures = 0, before = live;

	(void)state;
	if (!COUNTED) {
		snapshot_destroy(s);
		skip();
	}
	for (;;) {
		fail_only(n_allocations + failures);
		bool found = deadlock_find(s);

		fail_never();
		for (size_t i = 0; i < s->n_cycles; i++)
			free(s->cycles[i].threads);
		free(s->cycles);
		s->cycles = NULL;
		if (found)
			assert_int_equal(s->n_cycles, 3);
		s->n_cycles = 0;
		assert_int_equal(live, before);
		if (found)
			break;
		failures++;
	}
	assert_true(failures >= 4);
	snapshot_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_waits), cmocka_unit_test(test_chain),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_namesakes),	     cmocka_unit_test(test_longer), cmocka_unit_test(test_joins),
		cmocka_unit_test(test_itself),	     cmocka_unit_test(test_tails),
		cmocka_unit_test(test_odd_holders),  cmocka_unit_test(test_words),
		cmocka_unit_test(test_many),	     cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
