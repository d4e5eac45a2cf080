/* SPDX-License-Identifier: MIT */
/*
 * A live view without memory: whichever allocation is the one that fails, it is said, nothing is
 * lost, and the next time all is as if nothing had been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/live.h"
#include "support/counted_malloc.h"

#define MAX 200

static uint32_t call(struct profile *p, uint32_t parent, unsigned i)
{
	char name[32];
	uint32_t function;

	snprintf(name, sizeof(name), "f%u", i % 60);
	function = profile_function(p, profile_string(p, name, strlen(name)), 0, 1);
	return profile_node(p, parent, profile_location(p, function, (int)(i % 7), 0));
}

static void feed(struct profile *p, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		uint32_t node = PROFILE_ROOT;
		uint64_t value = i;

		for (unsigned k = 0; k < i % 11; k++)
			node = call(p, node, i * (k + 1));
		assert_true(profile_add(p, node, i % 3,
					i % 4 ? 0 : PROFILE_MARK_TRUNCATED, &value));
	}
}

static struct profile *make(void)
{
	static const struct profile_metric samples = { "samples", "count" };
	struct profile *p;

	assert_int_equal(profile_create(&p, &samples, 1, NULL), PYPROF_OK);
	assert_int_equal(profile_process(p, 1, 0), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(profile_thread(p, 0, i, 0), i);
	feed(p, 0, 20);
	return p;
}

struct answers {
	struct pyprof_live_row rows[2][MAX], calls[2][MAX];
	struct pyprof_live_box boxes[4 * MAX];
	size_t n[5];
	uint64_t whole[PYPROF_N_SPANS];
};

/* Asks all there is to ask. Stops at what fails. */
static enum pyprof_status ask(struct live *l, struct answers *a)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT, text = PYPROF_LIVE_QUERY_INIT;
	enum pyprof_status status;
	size_t of;

	text.text = "F1";
	text.by_line = true;
	status = live_rows(l, &q, a->rows[0], MAX, &a->n[0], &of, a->whole, NULL);
	if (!status)
		status = live_rows(l, &text, a->rows[1], MAX, &a->n[1], &of, NULL, NULL);
	for (int i = 0; !status && i < 2; i++)
		status = live_calls(l, &q, PYPROF_LIVE_TRUNCATED - 1 + (uint32_t)i, i,
				    a->calls[i], MAX, &a->n[2 + i], &of, NULL);
	if (!status)
		status = live_calls(l, &q, 3, true, a->calls[0], MAX, &a->n[2], &of, NULL);
	if (!status)
		status = live_flame(l, &q, PYPROF_ALL, PYPROF_LIVE_ANY, 0, a->boxes, 4 * MAX,
				    &a->n[4], a->whole, NULL);
	return status;
}

/*
 * A life of two updates with questions in between, in which the allocation `failing` does; where
 * something could not be done it is done again. How many failed is added to *told.
 */
static void live_through(size_t failing, struct answers *a, size_t *told)
{
	struct profile *p = make();
	struct live *l = NULL;

	memset(a, 0, sizeof(*a));
	n_allocations = 0;
	fail_only(failing);
	while (live_create(&l, p, NULL))
		(*told)++;
	for (unsigned step = 0; step < 3; step++) {
		size_t fed = n_allocations;

		/* Feeding is somebody else's: it is not what fails here. */
		fail_never();
		feed(p, 20 * step, 30 * step + 20);
		n_allocations = fed;
		fail_only(failing);
		while (step == 1 && live_reset(l, NULL))
			(*told)++;
		while (live_update(l, NULL))
			(*told)++;
		while (ask(l, a))
			(*told)++;
	}
	fail_never();
	live_destroy(l);
	profile_destroy(p);
}

static void nothing_is_lost(void **state)
{
	static struct answers want, got;
	size_t all, told = 0, at_first = live;

	(void)state;
	if (!COUNTED)
		skip();
	live_through(SIZE_MAX, &want, &told);
	all = n_allocations;
	assert_int_equal(told, 0);
	assert_int_equal(live, at_first);
	assert_true(all > 30 && want.n[0] > 20 && want.n[4] > 40);
	for (size_t i = 0; i < all; i++) {
		live_through(i, &got, &told);
		assert_int_equal(live, at_first);
		assert_memory_equal(got.n, want.n, sizeof(want.n));
		for (size_t k = 0; k < want.n[0]; k++) {
			assert_int_equal(got.rows[0][k].id, want.rows[0][k].id);
			assert_memory_equal(got.rows[0][k].self, want.rows[0][k].self, 32);
		}
		for (size_t k = 0; k < want.n[2]; k++)
			assert_memory_equal(got.calls[0][k].self, want.calls[0][k].self, 32);
		for (size_t k = 0; k < want.n[4]; k++)
			assert_true(got.boxes[k].from == want.boxes[k].from &&
				    got.boxes[k].to == want.boxes[k].to);
	}
	/* Some are done without: a table that cannot grow is made anew, qsort() needs no memory. */
	assert_true(told > all / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
