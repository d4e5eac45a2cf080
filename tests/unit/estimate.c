/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "profile/estimate.h"
#include "profile/estimate_flow.h"
#include "profile/graph.h"

static const struct profile_metric metrics[] = {{"samples", "count"},
						{"wall", "nanoseconds"}};

/* Functions are letters; one metric unless said otherwise. */
static struct profile *begin(struct estimate *e, size_t n_metrics)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, n_metrics, NULL), PYPROF_OK);
	estimate_init(e, p);
	return p;
}

static uint32_t node(struct estimate *e, char name)
{
	uint32_t f = name == '!' ? PROFILE_NONE
				 : profile_function(e->profile,
						    profile_string(e->profile, &name, 1),
						    0, 0);
	uint32_t n = estimate_node(e, f);

	assert_int_not_equal(n, PROFILE_NONE);
	return n;
}

static void self(struct estimate *e, char name, uint64_t value)
{
	uint64_t values[2] = {value, value * 10};

	assert_true(estimate_add_self(e, node(e, name), 0, values));
}

static void call(struct estimate *e, char caller, char callee, uint64_t value)
{
	uint64_t values[2] = {value, value * 10};

	assert_true(estimate_add_call(e, node(e, caller), 0, node(e, callee), values));
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "abc 5\n" a stack, sorted; "!" is the mark. */
static void text_of(struct str *out, const struct profile *p, size_t metric)
{
	char *lines[1000];
	size_t n = 0;

	for (size_t i = 0; i < p->n_samples; i++) {
		char path[512] = "", reversed[512];
		size_t len = 0;
		struct str line = STR_INIT;

		if (!p->values[i * p->n_metrics + metric])
			continue;
		for (uint32_t at = p->samples[i].node; at != PROFILE_ROOT;
		     at = p->nodes[at].parent) {
			uint32_t f = p->locations[p->nodes[at].location].function;

			reversed[len++] = *profile_str(p, p->functions[f].name);
		}
		for (size_t j = 0; j < len; j++)
			path[j] = reversed[len - 1 - j];
		path[len] = '\0';
		str_printf(&line, "%s%s %llu\n", path,
			   p->samples[i].marks & PROFILE_MARK_TRUNCATED ? "!" : "",
			   (unsigned long long)p->values[i * p->n_metrics + metric]);
		lines[n++] = str_take(&line);
	}
	qsort(lines, n, sizeof(*lines), compare_lines);
	str_clear(out);
	for (size_t i = 0; i < n; i++) {
		str_add_cstr(out, lines[i]);
		free(lines[i]);
	}
}

static void expect(struct estimate *e, const char *wanted)
{
	struct str text = STR_INIT;
	size_t truncated = 9;

	assert_int_equal(estimate_add(e, 0, &truncated, NULL), PYPROF_OK);
	assert_int_equal(truncated, 0);
	assert_non_null(strstr(e->profile->info.comments, "an estimate"));
	text_of(&text, e->profile, 0);
	assert_string_equal(str_cstr(&text), wanted);
	str_deinit(&text);
	profile_destroy(e->profile);
	estimate_deinit(e);
}

static void trees_are_exact(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	self(&e, 'a', 1);
	call(&e, 'a', 'b', 5);
	call(&e, 'a', 'c', 7);
	self(&e, 'b', 5);
	self(&e, 'c', 3);
	call(&e, 'c', 'd', 4);
	self(&e, 'd', 4);
	expect(&e, "a 1\nab 5\nac 3\nacd 4\n");
}

static void shared_functions_are_parted_by_what_calls_cost(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'a', 'c', 6);
	call(&e, 'b', 'c', 3);
	self(&e, 'c', 3);
	call(&e, 'c', 'd', 6);
	self(&e, 'd', 6);
	self(&e, 'b', 10);
	expect(&e, "ac 2\nacd 4\nb 10\nbc 1\nbcd 2\n");
}

static void remainders_go_where_they_are_largest(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'a', 'c', 2);
	call(&e, 'b', 'c', 1);
	self(&e, 'c', 1);
	call(&e, 'c', 'd', 2);
	self(&e, 'd', 2);
	/* of a's 2: 2/3 and 4/3; the larger remainder is c's own. */
	expect(&e, "ac 1\nacd 1\nbcd 1\n");
}

static void what_nothing_calls_is_a_root(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	self(&e, 'a', 1);
	call(&e, 'a', 'b', 2);
	self(&e, 'b', 5);
	self(&e, 'z', 4);
	expect(&e, "a 1\nab 2\nb 3\nz 4\n");
}

static void calls_above_their_callee_are_made_less(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'a', 'b', 30);
	call(&e, 'c', 'b', 10);
	self(&e, 'b', 4);
	self(&e, 'c', 1);
	expect(&e, "ab 3\nc 1\ncb 1\n");
	/* Beyond 64 bits, and of nothing. */
	begin(&e, 1);
	call(&e, 'a', 'b', UINT64_MAX);
	call(&e, 'a', 'b', UINT64_MAX);
	call(&e, 'c', 'b', UINT64_MAX);
	call(&e, 'c', 'd', UINT64_MAX);
	self(&e, 'b', 4);
	expect(&e, "ab 2\ncb 2\n");
}

static void recursion_stays_where_it_was_entered(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'm', 'f', 10);
	call(&e, 'f', 'f', 8);
	self(&e, 'f', 7);
	call(&e, 'f', 'g', 3);
	self(&e, 'g', 3);
	expect(&e, "mf 7\nmfg 3\n");
}

static void cycles_keep_what_enters_and_leaves_them(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'm', 'f', 12);
	call(&e, 'n', 'g', 8);
	call(&e, 'f', 'g', 15);
	call(&e, 'g', 'f', 14);
	self(&e, 'f', 4);
	self(&e, 'g', 6);
	call(&e, 'g', 'h', 10);
	self(&e, 'h', 10);
	/* 12 of 20 and 8 of 20 of each: 2.4 3.6 6; what is left of each is the other's.
	 */
	expect(&e, "mf 2\nmfg 4\nmfgh 6\nng 2\nngf 2\nngh 4\n");
}

static void cycles_without_a_caller_have_a_root(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	call(&e, 'g', 'f', 3);
	call(&e, 'f', 'g', 5);
	self(&e, 'f', 1);
	self(&e, 'g', 4);
	expect(&e, "f 1\nfg 4\n");
}

static void marks_end_stacks(void **state)
{
	struct estimate e;

	(void)state;
	begin(&e, 1);
	self(&e, 'a', 1);
	call(&e, 'a', '!', 2);
	self(&e, '!', 3);
	expect(&e, "! 1\na 1\na! 2\n");
}

static void metrics_are_parted_each_by_itself(void **state)
{
	static const uint64_t selves[2] = {0, 9}, calls[2] = {4, 0}, below[2] = {4, 0};
	struct estimate e;
	struct profile *p = begin(&e, 2);
	struct str text = STR_INIT;

	(void)state;
	assert_true(estimate_add_self(&e, node(&e, 'a'), 0, selves));
	assert_true(estimate_add_call(&e, node(&e, 'a'), 0, node(&e, 'b'), calls));
	assert_true(estimate_add_self(&e, node(&e, 'b'), 0, below));
	assert_int_equal(estimate_add(&e, 0, NULL, NULL), PYPROF_OK);
	text_of(&text, p, 0);
	assert_string_equal(str_cstr(&text), "ab 4\n");
	text_of(&text, p, 1);
	assert_string_equal(str_cstr(&text), "a 9\n");
	str_deinit(&text);
	profile_destroy(p);
	estimate_deinit(&e);
}

static void lines_are_kept(void **state)
{
	static const uint64_t one = 1, two = 2;
	struct estimate e;
	struct profile *p = begin(&e, 1);
	const struct profile_node *leaf;

	(void)state;
	assert_true(estimate_add_call(&e, node(&e, 'a'), 7, node(&e, 'b'), &two));
	assert_true(estimate_add_self(&e, node(&e, 'b'), 9, &one));
	assert_true(estimate_add_self(&e, node(&e, 'b'), 9, &one));
	assert_int_equal(estimate_add(&e, 0, NULL, NULL), PYPROF_OK);
	assert_int_equal(p->n_samples, 1);
	assert_int_equal(p->values[0], 2);
	leaf = &p->nodes[p->samples[0].node];
	assert_int_equal(p->locations[leaf->location].line, 9);
	assert_int_equal(p->locations[p->nodes[leaf->parent].location].line, 7);
	profile_destroy(p);
	estimate_deinit(&e);
}

/* Thirty layers of three functions, each calling all of the next: 3^30 paths. Not "!". */
static void build_layers(struct estimate *e)
{
	uint64_t value = 1000003;

	for (char layer = 0; layer < 30; layer++)
		for (char a = 0; a < 3; a++)
			for (char b = 0; b < 3; b++)
				call(e, (char)(34 + layer * 3 + a),
				     (char)(37 + layer * 3 + b), value);
	for (char a = 0; a < 3; a++)
		self(e, (char)(34 + 30 * 3 + a), 3 * value);
}

static void check_layers(size_t max_nodes)
{
	struct estimate e;
	struct profile *p = begin(&e, 1);
	struct graph *g;
	size_t truncated;

	build_layers(&e);
	assert_int_equal(estimate_add(&e, max_nodes, &truncated, NULL), PYPROF_OK);
	assert_int_equal(truncated, 0);
	assert_true(p->n_nodes < ESTIMATE_UNDIVIDED * (max_nodes + 300));
	assert_int_equal(profile_total(p, 0), 9 * 1000003);
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(g->n_nodes, 93);
	assert_int_equal(g->n_edges, 270);
	for (size_t i = 0; i < g->n_nodes; i++)
		assert_int_equal(g->nodes[i].total[0], 3 * 1000003);
	for (size_t i = 0; i < g->n_edges; i++)
		assert_int_equal(g->edges[i].total[0], 1000003);
	graph_destroy(g);
	profile_destroy(p);
	estimate_deinit(&e);
}

static void countless_paths_stay_exact(void **state)
{
	(void)state;
	check_layers(100);
	check_layers(5000);
}

/* As many branches as it may have, each as long as can be: two functions a layer. */
static void beyond_all_measure_the_rest_is_cut_off(void **state)
{
	struct estimate e;
	struct profile *p = begin(&e, 1);
	size_t truncated;

	(void)state;
	for (int i = 0; i < 2 * 45; i++) {
		char next = (char)(34 + (i / 2 + 1) * 2);

		call(&e, (char)(34 + i), next, 1000003);
		call(&e, (char)(34 + i), (char)(next + 1), 1000003);
	}
	self(&e, 34 + 2 * 45, 2000006);
	self(&e, 35 + 2 * 45, 2000006);
	assert_int_equal(estimate_add(&e, 1, &truncated, NULL), PYPROF_OK);
	assert_true(truncated > 0);
	assert_int_equal(profile_total(p, 0), 4 * 1000003);
	assert_non_null(strstr(p->info.comments, "cut off"));
	profile_destroy(p);
	estimate_deinit(&e);
}

static void sums_beyond_64_bits_are_refused(void **state)
{
	struct estimate e;
	struct profile *p = begin(&e, 1);

	(void)state;
	self(&e, 'a', UINT64_MAX);
	self(&e, 'b', 1);
	assert_int_equal(estimate_add(&e, 0, NULL, NULL), PYPROF_ERR_LIMIT);
	profile_destroy(p);
	estimate_deinit(&e);
}

static void shares_add_up(void **state)
{
	static const uint64_t left[] = {5, 0, UINT64_MAX, 1, 1};
	struct apportioning a = {0};
	uint64_t shares[5];

	(void)state;
	assert_true(apportion(&a, shares, left, 5, UINT64_MAX));
	assert_true(shares[0] + shares[1] + shares[2] + shares[3] + shares[4] ==
		    UINT64_MAX);
	assert_int_equal(shares[1], 0);
	for (size_t i = 0; i < 5; i++)
		assert_true(shares[i] <= left[i]);
	assert_true(apportion(&a, shares, left + 3, 2, 1));
	assert_int_equal(shares[0], 1);
	assert_int_equal(shares[1], 0);
	assert_true(apportion(&a, shares, left, 2, 7));
	assert_int_equal(shares[0], 5);
	free(a.remainders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_are_exact),
		cmocka_unit_test(shared_functions_are_parted_by_what_calls_cost),
		cmocka_unit_test(remainders_go_where_they_are_largest),
		cmocka_unit_test(what_nothing_calls_is_a_root),
		cmocka_unit_test(calls_above_their_callee_are_made_less),
		cmocka_unit_test(recursion_stays_where_it_was_entered),
		cmocka_unit_test(cycles_keep_what_enters_and_leaves_them),
		cmocka_unit_test(cycles_without_a_caller_have_a_root),
		cmocka_unit_test(marks_end_stacks),
		cmocka_unit_test(metrics_are_parted_each_by_itself),
		cmocka_unit_test(lines_are_kept),
		cmocka_unit_test(countless_paths_stay_exact),
		cmocka_unit_test(beyond_all_measure_the_rest_is_cut_off),
		cmocka_unit_test(sums_beyond_64_bits_are_refused),
		cmocka_unit_test(shares_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
