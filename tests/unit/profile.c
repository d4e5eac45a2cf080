/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/profile.h"

static const struct profile_metric two_metrics[] = { { "samples", "count" },
						     { "wall", "nanoseconds" } };

static struct profile *make(size_t n_metrics)
{
	struct pyprof_error err = { 0 };
	struct profile *p;

	assert_int_equal(profile_create(&p, two_metrics, n_metrics, &err), PYPROF_OK);
	return p;
}

static uint32_t str(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, int line)
{
	return profile_node(p, parent,
			    profile_location(p, profile_function(p, str(p, name), 0, 0),
					     line, 0));
}

static void starts_with_a_root(void **state)
{
	struct profile *p = make(2);

	(void)state;
	assert_int_equal(p->n_nodes, 1);
	assert_int_equal(p->nodes[PROFILE_ROOT].parent, PROFILE_NONE);
	assert_int_equal(str(p, ""), 0);
	assert_string_equal(profile_str(p, 0), "");
	assert_int_equal(p->n_samples, 0);
	assert_int_equal(profile_total(p, 0), 0);
	assert_int_equal(profile_total(p, 2), 0);
	profile_destroy(p);
	profile_destroy(NULL);
}

static void wants_a_metric(void **state)
{
	struct profile_metric many[PROFILE_MAX_METRICS + 1];
	struct pyprof_error err = { 0 };
	struct profile *p;

	(void)state;
	for (size_t i = 0; i <= PROFILE_MAX_METRICS; i++)
		many[i] = two_metrics[i % 2];
	assert_int_equal(profile_create(&p, many, 0, &err), PYPROF_ERR_USAGE);
	assert_null(p);
	assert_int_equal(profile_create(&p, many, PROFILE_MAX_METRICS + 1, &err),
			 PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.message, "41"));
	assert_int_equal(profile_create(&p, many, PROFILE_MAX_METRICS, &err), PYPROF_OK);
	profile_destroy(p);
}

static void interns_what_is_equal(void **state)
{
	struct profile *p = make(1);
	uint32_t a = str(p, "a"), b = str(p, "b");
	uint32_t nul = profile_string(p, "a\0b", 3);
	uint32_t f = profile_function(p, a, b, 7);
	uint32_t l = profile_location(p, f, 9, 0);
	uint32_t n = profile_node(p, PROFILE_ROOT, l);

	(void)state;
	assert_int_not_equal(a, b);
	assert_int_not_equal(nul, a);
	assert_int_equal(p->string_lengths[nul], 3);
	assert_memory_equal(profile_str(p, nul), "a\0b", 4);
	assert_int_equal(profile_string(p, "abc", 1), a);
	assert_int_equal(profile_string(p, NULL, 0), 0);

	assert_int_equal(profile_function(p, a, b, 7), f);
	assert_int_not_equal(profile_function(p, b, a, 7), f);
	assert_int_not_equal(profile_function(p, a, b, 8), f);
	assert_int_equal(profile_location(p, f, 9, 0), l);
	assert_int_not_equal(profile_location(p, f, 10, 0), l);
	assert_int_not_equal(profile_location(p, f, -9, 0), l);
	assert_int_equal(profile_node(p, PROFILE_ROOT, l), n);
	assert_int_not_equal(profile_node(p, n, l), n);
	assert_int_equal(p->nodes[profile_node(p, n, l)].parent, n);
	assert_int_equal(profile_process(p, 12, a), profile_process(p, 12, a));
	assert_int_not_equal(profile_process(p, 12, a), profile_process(p, 12, b));
	/* Two threads of one id may have lived one after the other. */
	assert_int_not_equal(profile_thread(p, 0, 5, a), profile_thread(p, 0, 5, a));
	profile_destroy(p);
}

static void refuses_ids_of_nothing(void **state)
{
	struct profile *p = make(1);
	uint64_t one = 1;

	(void)state;
	assert_int_equal(profile_function(p, PROFILE_NONE, 0, 0), PROFILE_NONE);
	assert_int_equal(profile_function(p, 0, 1, 0), PROFILE_NONE);
	assert_int_equal(profile_location(p, PROFILE_NONE, 1, 0), PROFILE_NONE);
	assert_int_equal(profile_location(p, 0, 1, 0), PROFILE_NONE);
	assert_int_equal(profile_node(p, PROFILE_NONE, 0), PROFILE_NONE);
	assert_int_equal(profile_node(p, PROFILE_ROOT, PROFILE_NONE), PROFILE_NONE);
	assert_int_equal(profile_process(p, 1, 1), PROFILE_NONE);
	assert_int_equal(profile_thread(p, 0, 1, 0), PROFILE_NONE);
	assert_int_equal(profile_sample(p, &(struct profile_sample){ 1, PROFILE_NONE, 0, 0 }), PROFILE_NONE);
	assert_int_equal(profile_sample(p, &(struct profile_sample){ PROFILE_ROOT, 0, 0, 0 }), PROFILE_NONE);
	assert_false(profile_add(p, PROFILE_NONE, PROFILE_NONE, 0, &one));
	assert_string_equal(profile_str(p, PROFILE_NONE), "");
	assert_int_equal(p->n_functions + p->n_locations + p->n_threads + p->n_samples, 0);
	profile_destroy(p);
}

static void adds_up_equal_samples(void **state)
{
	struct profile *p = make(2);
	uint32_t n = call(p, PROFILE_ROOT, "f", 1);
	uint32_t t = profile_thread(p, profile_process(p, 1, 0), 1, 0);
	const uint64_t v[] = { 1, 100 };

	(void)state;
	assert_true(profile_add(p, n, t, 0, v));
	assert_true(profile_add(p, n, t, 0, v));
	assert_true(profile_add(p, n, t, PROFILE_MARK_TRUNCATED, v));
	assert_true(profile_add(p, n, PROFILE_NONE, 0, v));
	assert_int_equal(p->n_samples, 3);
	assert_int_equal(p->values[0], 2);
	assert_int_equal(p->values[1], 200);
	assert_int_equal(profile_total(p, 0), 4);
	assert_int_equal(profile_total(p, 1), 400);
	profile_destroy(p);
}

static void saturates(void **state)
{
	struct profile *p = make(1);
	const uint64_t most = UINT64_MAX - 1;

	(void)state;
	assert_true(profile_add(p, PROFILE_ROOT, PROFILE_NONE, 0, &most));
	assert_true(profile_add(p, PROFILE_ROOT, PROFILE_NONE, 0, &most));
	assert_true(p->values[0] == UINT64_MAX);
	assert_true(profile_add(p, PROFILE_ROOT, PROFILE_NONE, 1, &most));
	assert_true(profile_total(p, 0) == UINT64_MAX);
	profile_destroy(p);
}

/* ---- against a count kept by hand ------------------------------------------------ */

enum { LETTERS = 3, DEPTH = 4, STACKS = 121 /* 1 + 3 + 9 + 27 + 81 */, THREADS = 3 };

/* Stack number `code` in base LETTERS with a leading 1, so that "", "a", "aa" differ. */
static uint32_t node_of(struct profile *p, unsigned code)
{
	static const char *const names[] = { "a", "b", "c" };
	unsigned digits[DEPTH], n = 0;
	uint32_t node = PROFILE_ROOT;

	for (; code; code = (code - 1) / LETTERS)
		digits[n++] = (code - 1) % LETTERS;
	while (n)
		node = call(p, node, names[digits[--n]], 0);
	return node;
}

static void feed(struct profile *p, unsigned seed, uint64_t sums[STACKS][THREADS])
{
	uint32_t process = profile_process(p, seed, str(p, "x"));
	uint32_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		threads[i] = profile_thread(p, process, i, 0);
	for (int i = 0; i < 20000; i++) {
		unsigned code = (unsigned)rand_r(&seed) % STACKS;
		unsigned thread = (unsigned)rand_r(&seed) % THREADS;
		uint64_t v = (unsigned)rand_r(&seed) % 1000;

		assert_true(profile_add(p, node_of(p, code), threads[thread], 0, &v));
		sums[code][thread] += v;
	}
}

/* Sums of the samples of `p` by stack and thread id; all of it must be one of these. */
static void count(struct profile *p, uint64_t sums[STACKS][THREADS])
{
	uint64_t total = 0;

	memset(sums, 0, sizeof(uint64_t) * STACKS * THREADS);
	for (size_t i = 0; i < p->n_samples; i++) {
		const struct profile_sample *s = &p->samples[i];
		unsigned code = 0;

		while (node_of(p, code) != s->node)
			assert_in_range(++code, 0, STACKS - 1);
		sums[code][p->threads[s->thread].tid] += p->values[i];
		total += p->values[i];
	}
	assert_int_equal(total, profile_total(p, 0));
}

static void counts_like_a_table(void **state)
{
	static uint64_t fed[STACKS][THREADS], counted[STACKS][THREADS];
	struct profile *p = make(1);

	(void)state;
	memset(fed, 0, sizeof(fed));
	feed(p, 1, fed);
	count(p, counted);
	assert_memory_equal(fed, counted, sizeof(fed));
	assert_int_equal(p->n_nodes, STACKS);
	for (size_t i = 1; i < p->n_nodes; i++)
		assert_true(p->nodes[i].parent < i);
	profile_destroy(p);
}

/* ---- merging ------------------------------------------------------------------------ */

static void merges_counts(void **state)
{
	static uint64_t fed[STACKS][THREADS], counted[STACKS][THREADS];
	struct profile *a = make(1), *b = make(1);
	struct pyprof_error err = { 0 };

	(void)state;
	memset(fed, 0, sizeof(fed));
	/* Other ids for the same names in one of them. */
	str(b, "y");
	str(b, "x");
	call(b, PROFILE_ROOT, "c", 0);
	profile_thread(b, profile_process(b, 99, 0), 2, 0);
	feed(a, 1, fed);
	feed(b, 2, fed);
	assert_int_equal(profile_merge(a, b, &err), PYPROF_OK);
	count(a, counted);
	assert_memory_equal(fed, counted, sizeof(fed));
	assert_int_equal(a->n_nodes, STACKS);
	assert_int_equal(a->n_threads, 2 * THREADS + 1);
	assert_int_equal(a->n_processes, 3);
	profile_destroy(b);
	profile_destroy(a);
}

static void merges_marks_and_no_threads(void **state)
{
	struct profile *a = make(1), *b = make(1);
	const uint64_t five = 5;

	(void)state;
	profile_add(b, call(b, PROFILE_ROOT, "f", 1), PROFILE_NONE, PROFILE_MARK_TRUNCATED,
		    &five);
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_int_equal(profile_merge(a, b, NULL), PYPROF_OK);
	assert_int_equal(a->n_samples, 1);
	assert_int_equal(a->samples[0].thread, PROFILE_NONE);
	assert_int_equal(a->samples[0].marks, PROFILE_MARK_TRUNCATED);
	assert_int_equal(a->values[0], 10);
	profile_destroy(b);
	profile_destroy(a);
}

static void merges_only_what_fits(void **state)
{
	static const struct profile_metric other[] = { { "wall", "nanoseconds" } };
	struct profile *a = make(1), *b = make(2), *c;
	struct pyprof_error err = { 0 };

	(void)state;
	assert_int_equal(profile_create(&c, other, 1, NULL), PYPROF_OK);
	assert_int_equal(profile_merge(a, b, &err), PYPROF_ERR_USAGE);
	assert_int_equal(profile_merge(a, c, &err), PYPROF_ERR_USAGE);
	assert_int_equal(profile_merge(a, a, &err), PYPROF_ERR_USAGE);
	profile_destroy(c);
	profile_destroy(b);
	profile_destroy(a);
}

static void describe(struct profile *p, const char *command, const char *cwd, uint64_t pid,
		     int64_t start)
{
	p->info.command = strdup(command);
	p->info.python_version = strdup("3.13.0");
	p->info.cwd = strdup(cwd);
	p->info.revision = strdup("0123 (main)");
	p->info.machine = strdup("x86_64, 2 CPUs, Linux 6");
	p->info.ended = strdup(pid == 10 ? "exit" : "duration");
	p->info.pid = pid;
	p->info.start_realtime_ns = start;
	p->info.stats = (struct pyprof_stats){ .ticks = 100,
					       .late_ticks = 1,
					       .samples = 90,
					       .elapsed_ns = 1000000000,
					       .rate_asked_hz = 100,
					       .rate_hz = 100,
					       .threads = 3 };
	p->info.stats.truncated[PYPROF_CAUSE_MOVED] = 2;
	p->info.stats.failed[PYPROF_CAUSE_FAULT] = 3;
}

static void merges_info(void **state)
{
	struct profile *all = make(1), *a = make(1), *b = make(1);

	(void)state;
	describe(a, "python a.py", "/srv", 10, 500);
	describe(b, "python b.py", "/srv", 11, 400);
	assert_int_equal(profile_merge(all, a, NULL), PYPROF_OK);
	assert_string_equal(all->info.command, "python a.py");
	assert_int_equal(all->info.pid, 10);
	assert_string_equal(all->info.ended, "exit");
	assert_int_equal(all->info.stats.ticks, 100);

	assert_int_equal(profile_merge(all, b, NULL), PYPROF_OK);
	assert_null(all->info.command);
	assert_string_equal(all->info.python_version, "3.13.0");
	assert_string_equal(all->info.cwd, "/srv");
	assert_string_equal(all->info.revision, "0123 (main)");
	assert_string_equal(all->info.machine, "x86_64, 2 CPUs, Linux 6");
	assert_null(all->info.ended);
	assert_int_equal(all->info.pid, 0);
	assert_int_equal(all->info.start_realtime_ns, 400);
	assert_int_equal(all->info.stats.ticks, 200);
	assert_int_equal(all->info.stats.late_ticks, 2);
	assert_int_equal(all->info.stats.samples, 180);
	assert_int_equal(all->info.stats.truncated[PYPROF_CAUSE_MOVED], 4);
	assert_int_equal(all->info.stats.failed[PYPROF_CAUSE_FAULT], 6);
	assert_int_equal(all->info.stats.threads, 3);
	assert_true(all->info.stats.rate_hz == 100);
	assert_true(all->info.stats.rate_asked_hz == 100);
	profile_destroy(b);
	profile_destroy(a);
	profile_destroy(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_with_a_root),
		cmocka_unit_test(wants_a_metric),
		cmocka_unit_test(interns_what_is_equal),
		cmocka_unit_test(refuses_ids_of_nothing),
		cmocka_unit_test(adds_up_equal_samples),
		cmocka_unit_test(saturates),
		cmocka_unit_test(counts_like_a_table),
		cmocka_unit_test(merges_counts),
		cmocka_unit_test(merges_marks_and_no_threads),
		cmocka_unit_test(merges_only_what_fits),
		cmocka_unit_test(merges_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
