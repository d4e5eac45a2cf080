/* SPDX-License-Identifier: MIT */
/*
 * Verdicts when there is no memory: each allocation fails in turn, alone or with all after it. Then
 * they say so, and nothing is left behind.
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

#include "diff/verdict.h"
#include "support/counted_malloc.h"
#include "support/simulated_runs.h"

static int skip_unless_counted(void **state)
{
	(void)state;
	if (!COUNTED)
		print_message("skipped: the sanitizer's malloc() cannot be replaced\n");
	return 0;
}

/* Runs of which one is odd, rules of which one is about nothing: notes, too. */
static struct sim sim, fresh;
static struct rules rules;

static int make(void **state)
{
	static const struct sim_setting set = {
		.functions = 40, .runs = 8, .seconds = 20, .rate = {1000, 1000}, .machine = .005,
		.own = .01,
	};
	struct sim_truth truth;

	sim_truth_init(&truth, &set, .2);
	truth.change[0] = 1.5;
	sim_make(&sim, &set, &truth, 1);
	truth.change[0] = 1;
	sim_make(&fresh, &set, &truth, 2);
	for (size_t i = 0; i < sim.runs.n_items; i++)
		sim.cost[SIDE_BASE][i] *= 1.4;
	assert_int_equal(rules_fail_on_function(&rules, "gone=3%", NULL), PYPROF_OK);
	return skip_unless_counted(state);
}

static int clean(void **state)
{
	(void)state;
	rules_deinit(&rules);
	return 0;
}

/* One is judged, and confirmed by the other; allocations from number `from` on, below `to`, fail. */
static enum pyprof_status try_once(size_t from, size_t to)
{
	struct verdict_opts opts = verdict_screening;
	enum pyprof_status status;
	struct verdict *v, *w;

	opts.rules = &rules;
	assert_int_equal(verdict_create(&w, &fresh.runs, NULL, &opts, NULL), PYPROF_OK);
	n_allocations = 0;
	fail_from = from;
	fail_to = to;
	status = verdict_create(&v, &sim.runs, NULL, &opts, NULL);
	if (!status) {
		status = verdict_confirm(v, w, NULL);
		fail_never();
		if (!status) {
			assert_int_equal(v->n_findings, 0);
			assert_true(v->n_notes >= 3);
		}
		verdict_destroy(v);
	}
	fail_never();
	verdict_destroy(w);
	return status;
}

static void no_memory_is_said(void **state)
{
	size_t n, before;

	(void)state;
	if (!COUNTED)
		skip();
	assert_int_equal(try_once(SIZE_MAX, SIZE_MAX), PYPROF_OK);
	assert_int_equal(try_once(SIZE_MAX - 1, SIZE_MAX), PYPROF_OK);
	n = n_allocations;
	assert_true(n > 10);
	for (size_t i = 0; i < 2 * n; i++) {
		size_t from = i / 2, to = i % 2 ? SIZE_MAX : from + 1;
		enum pyprof_status status;

		before = live;
		status = try_once(from, to);
		assert_int_equal(live, before);
		if (status)
			assert_int_equal(status, PYPROF_ERR_NOMEM);
	}
	assert_int_equal(try_once(0, 1), PYPROF_ERR_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_memory_is_said, make, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
