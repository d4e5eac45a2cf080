/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/filter.h"
#include "profile/subtract.h"
#include "support/counted_malloc.h"

#define N_METRICS 2

static uint32_t string(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static struct profile *make(void)
{
	static const struct profile_metric metrics[N_METRICS] = { { "samples", "count" },
								  { "wall", "nanoseconds" } };
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, N_METRICS, NULL), PYPROF_OK);
	return p;
}

/* A sample of the thread: f calls g in this line. */
static struct profile_sample at(struct profile *p, uint64_t tid, int32_t line)
{
	uint32_t file = string(p, "a.py"), node;

	node = profile_node(p, PROFILE_ROOT,
			    profile_location(p, profile_function(p, string(p, "f"), file, 1), line,
					     0));
	node = profile_node(p, node,
			    profile_location(p, profile_function(p, string(p, "g"), file, 9), 10, 0));
	return (struct profile_sample){
		.node = node,
		.thread = profile_thread(p, profile_process(p, 7, string(p, "python")), tid, 0),
	};
}

static void add(struct profile *p, uint64_t tid, int32_t line, uint64_t samples, uint64_t wall)
{
	const struct profile_sample key = at(p, tid, line);

	assert_true(profile_add_to(p, &key, (uint64_t[]){ samples, wall }));
}

static void check_values(const struct profile *p, size_t sample, int64_t samples, int64_t wall)
{
	assert_true(sample < p->n_samples);
	assert_true((int64_t)p->values[sample * N_METRICS] == samples);
	assert_true((int64_t)p->values[sample * N_METRICS + 1] == wall);
}

static struct profile *less(const struct profile *a, const struct profile *b, bool label)
{
	struct profile *d;

	assert_int_equal(profile_subtract(&d, a, b, label, NULL), PYPROF_OK);
	return d;
}

static void test_cancels(void **state)
{
	struct profile *a = make(), *b = make(), *d;

	(void)state;
	add(a, 1, 2, 5, 500);
	add(a, 1, 3, 1, 100);
	add(a, 2, 2, 4, 400);
	add(b, 2, 2, 4, 400);
	add(b, 1, 2, 3, 100);
	d = less(a, b, false);
	assert_int_equal(d->n_samples, 2);
	check_values(d, 0, 2, 400);
	check_values(d, 1, 1, 100);
	assert_false(d->is_difference);
	assert_false(profile_has_negative(d));
	/* It can be fed, and filtered, like any other. */
	add(d, 1, 2, 1, 1);
	assert_int_equal(profile_total(d, 0), 4);
	profile_destroy(d);
	d = less(b, a, false);
	assert_int_equal(d->n_samples, 2);
	check_values(d, 0, -2, -400);
	check_values(d, 1, -1, -100);
	assert_true(d->is_difference);
	assert_true(profile_has_negative(d));
	profile_destroy(d);
	d = less(a, a, false);
	assert_int_equal(d->n_samples, 0);
	assert_false(d->is_difference);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

static void test_threads_of_one_profile(void **state)
{
	struct profile *a = make(), *b = make(), *d;

	(void)state;
	add(a, 1, 2, 5, 5); /* each call makes a thread of its own */
	add(a, 1, 2, 5, 5);
	add(b, 1, 2, 10, 9);
	d = less(a, b, false);
	assert_int_equal(d->n_samples, 1);
	check_values(d, 0, 0, 1);
	assert_false(d->is_difference);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

static void test_labelled(void **state)
{
	struct profile *a = make(), *d;
	const struct profile_label *label;

	(void)state;
	add(a, 1, 2, 5, 500);
	d = less(a, a, true);
	assert_int_equal(d->n_samples, 2);
	check_values(d, 0, 5, 500);
	check_values(d, 1, -5, -500);
	assert_int_equal(d->samples[0].labels, 0);
	label = &d->labels[d->label_sets[d->samples[1].labels].first];
	assert_string_equal(profile_str(d, label->key), "pprof::base");
	assert_string_equal(profile_str(d, label->text), "true");
	profile_destroy(d);
	profile_destroy(a);
}

static void test_extremes(void **state)
{
	struct profile *a = make(), *b = make(), *d;

	(void)state;
	add(a, 1, 2, UINT64_MAX, 0);
	add(a, 1, 3, 0, UINT64_MAX);
	add(b, 1, 2, 0, UINT64_MAX);
	add(b, 1, 2, 0, UINT64_MAX);
	add(b, 1, 3, 1, UINT64_MAX);
	d = less(a, b, false);
	assert_int_equal(d->n_samples, 2);
	check_values(d, 0, INT64_MAX, INT64_MIN);
	check_values(d, 1, -1, 0);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

static void test_info(void **state)
{
	struct profile *a = make(), *b = make(), *d;

	(void)state;
	a->info.command = strdup("a");
	b->info.command = strdup("b");
	a->info.cwd = strdup("/srv");
	b->info.cwd = strdup("/srv");
	a->info.start_realtime_ns = 200;
	b->info.start_realtime_ns = 100;
	a->info.stats.elapsed_ns = b->info.stats.elapsed_ns = 50;
	a->info.stats.samples = a->info.stats.ticks = 9;
	a->default_metric = 1;
	a->timeline = timeline_create(TIMELINE_BUDGET);
	d = less(a, b, false);
	assert_null(d->info.command);
	assert_string_equal(d->info.cwd, "/srv");
	assert_int_equal(d->info.start_realtime_ns, 100);
	assert_int_equal(d->info.stats.elapsed_ns, 100);
	assert_int_equal(d->info.stats.samples, 0);
	assert_int_equal(d->default_metric, 1);
	assert_null(d->timeline);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

static void test_not_of_differences(void **state)
{
	struct profile *a = make(), *b = make(), *d, *again;

	(void)state;
	add(b, 1, 2, 1, 1);
	d = less(a, b, false);
	assert_int_equal(profile_subtract(&again, a, d, false, NULL), PYPROF_ERR_USAGE);
	assert_null(again);
	assert_int_equal(profile_subtract(&again, d, a, false, NULL), PYPROF_ERR_USAGE);
	assert_int_equal(profile_merge(a, d, NULL), PYPROF_ERR_USAGE);
	assert_int_equal(profile_merge(d, a, NULL), PYPROF_ERR_USAGE);
	profile_destroy(d);
	profile_destroy(b);
	b = NULL;
	assert_int_equal(profile_create(&b, a->metrics, 1, NULL), PYPROF_OK);
	assert_int_equal(profile_subtract(&again, a, b, false, NULL), PYPROF_ERR_USAGE);
	profile_destroy(a);
	profile_destroy(b);
}

/* Samples that a filter makes one: their values are added with their signs. */
static void test_filtered(void **state)
{
	const struct profile_filter functions = { .granularity = PROFILE_FUNCTIONS };
	struct profile *a = make(), *b = make(), *d, *part;

	(void)state;
	add(a, 1, 2, 5, 5);
	add(b, 1, 3, 2, 9);
	d = less(a, b, false);
	assert_int_equal(d->n_samples, 2);
	assert_int_equal(profile_filter(&part, d, &functions, NULL), PYPROF_OK);
	assert_true(part->is_difference);
	assert_int_equal(part->n_samples, 1);
	check_values(part, 0, 3, -4);
	assert_true(profile_has_negative(part));
	profile_destroy(part);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

static void test_no_memory(void **state)
{
	enum pyprof_status status = PYPROF_ERR_NOMEM;
	struct profile *a, *b, *d;
	size_t failures = 0;

	(void)state;
	if (!COUNTED)
		skip();
	a = make();
	b = make();
	a->info.command = strdup("a");
	for (int32_t i = 1; i < 30; i++) {
		add(a, (uint64_t)i, i, 5, 5);
		add(b, (uint64_t)i + 10, i, 5, 5);
	}
	while (status) {
		size_t before = live;

		fail_from = n_allocations + failures;
		status = profile_subtract(&d, a, b, true, NULL);
		fail_never();
		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			assert_null(d);
			assert_int_equal(live, before);
			failures++;
		}
	}
	assert_true(failures > 20);
	profile_destroy(d);
	profile_destroy(a);
	profile_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancels),
		cmocka_unit_test(test_threads_of_one_profile),
		cmocka_unit_test(test_labelled),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_not_of_differences),
		cmocka_unit_test(test_filtered),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
