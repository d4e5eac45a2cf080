/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/graph.h"

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "wall", "nanoseconds" } };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, int line)
{
	uint32_t string = profile_string(p, name, strlen(name));

	return profile_node(p, parent,
			    profile_location(p, profile_function(p, string, 0, 1), line, 0));
}

/* A sample of the stack "a:1;b:2", root first: a letter a function, a digit its line. */
static void sample(struct profile *p, const char *stack, uint32_t marks, uint64_t value)
{
	uint32_t node = PROFILE_ROOT;
	uint64_t values[] = { value, value * 10 };

	for (; *stack; stack += 2) {
		char name[] = { stack[0], '\0' };

		node = call(p, node, name, stack[1] - '0');
	}
	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

static const struct graph_node *find(const struct graph *g, const char *name, int line)
{
	for (size_t i = 0; i < g->n_nodes; i++) {
		uint32_t function = g->nodes[i].function;
		const char *its = "!";

		if (function != PROFILE_NONE)
			its = profile_str(g->profile, g->profile->functions[function].name);
		if (!strcmp(its, name) && g->nodes[i].line == line)
			return &g->nodes[i];
	}
	fail_msg("no node %s:%d", name, line);
	return NULL;
}

static uint64_t edge_total(const struct graph *g, const char *caller, const char *callee,
			   int line)
{
	const struct graph_node *from = find(g, caller, 0), *to = find(g, callee, 0);

	for (size_t i = 0; i < g->n_edges; i++)
		if (&g->nodes[g->edges[i].caller] == from &&
		    &g->nodes[g->edges[i].callee] == to && g->edges[i].line == line)
			return g->edges[i].total[0];
	return 0;
}

static void assert_node(const struct graph *g, const char *name, int line, uint64_t self,
			uint64_t total)
{
	const struct graph_node *node = find(g, name, line);

	assert_int_equal(node->self[0], self);
	assert_int_equal(node->total[0], total);
	assert_int_equal(node->self[1], self * 10);
	assert_int_equal(node->total[1], total * 10);
}

static void adds_up_functions(void **state)
{
	struct profile *p = make();
	struct graph *g;

	(void)state;
	sample(p, "a1b2", 0, 3);
	sample(p, "a1b3", 0, 4);
	sample(p, "a2", 0, 5);
	sample(p, "a1c1b2", 0, 6);
	sample(p, "", 0, 7); /* nobody's */
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(g->n_nodes, 3);
	assert_int_equal(g->n_edges, 3);
	assert_node(g, "a", 0, 5, 18);
	assert_node(g, "b", 0, 13, 13);
	assert_node(g, "c", 0, 0, 6);
	assert_int_equal(edge_total(g, "a", "b", 0), 7);
	assert_int_equal(edge_total(g, "a", "c", 0), 6);
	assert_int_equal(edge_total(g, "c", "b", 0), 6);
	graph_destroy(g);
	profile_destroy(p);
}

/* However often a function or a call is in a stack, the stack counts once. */
static void counts_recursion_once(void **state)
{
	struct profile *p = make();
	struct graph *g;

	(void)state;
	sample(p, "f1f1f1", 0, 5);
	sample(p, "f1g1f1g1", 0, 7);
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_node(g, "f", 0, 5, 12);
	assert_node(g, "g", 0, 7, 7);
	assert_int_equal(edge_total(g, "f", "f", 0), 5);
	assert_int_equal(edge_total(g, "f", "g", 0), 7);
	assert_int_equal(edge_total(g, "g", "f", 0), 7);
	graph_destroy(g);
	profile_destroy(p);
}

/* What enters a function, without what had it already; and what ends there. */
static void parts_what_leads_to_a_function(void **state)
{
	struct profile *p = make();
	struct graph *g;
	size_t found = 0;

	(void)state;
	sample(p, "m1f1g1f1", 0, 5);
	sample(p, "m1f1", 0, 2);
	sample(p, "m1f1", PROFILE_MARK_TRUNCATED, 3);
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	for (size_t i = 0; i < g->n_edges; i++) {
		const struct graph_edge *e = &g->edges[i];
		uint64_t entered = e->entered[0], self = e->self[0];

		found++;
		if (g->nodes[e->callee].function == PROFILE_NONE)
			assert_true(e->total[0] == 3 && entered == 3 && self == 3);
		else if (e->total[0] == 10) /* m to f */
			assert_true(entered == 10 && self == 2);
		else if (!entered) /* g to f */
			assert_true(e->total[0] == 5 && self == 5);
		else /* f to g */
			assert_true(e->total[0] == 5 && entered == 5 && self == 0);
	}
	assert_int_equal(found, 4);
	graph_destroy(g);
	profile_destroy(p);
}

static void keeps_lines_and_sites_apart(void **state)
{
	struct profile *p = make();
	struct graph *g;

	(void)state;
	sample(p, "a1b2", 0, 3);
	sample(p, "a2b2", 0, 4);
	sample(p, "a2b3", 0, 5);
	assert_int_equal(graph_create(&g, p, &(struct graph_opts){ .by_line = true }, NULL),
			 PYPROF_OK);
	assert_node(g, "a", 1, 0, 3);
	assert_node(g, "a", 2, 0, 9);
	assert_node(g, "b", 2, 7, 7);
	assert_node(g, "b", 3, 5, 5);
	assert_int_equal(g->n_edges, 3);
	graph_destroy(g);
	assert_int_equal(graph_create(&g, p, &(struct graph_opts){ .sites = true }, NULL),
			 PYPROF_OK);
	assert_int_equal(g->n_nodes, 2);
	assert_int_equal(edge_total(g, "a", "b", 1), 3);
	assert_int_equal(edge_total(g, "a", "b", 2), 9);
	graph_destroy(g);
	profile_destroy(p);
}

/* What is missing of a truncated stack is not its last frame's own. */
static void the_mark_is_a_node(void **state)
{
	struct profile *p = make();
	struct graph *g;

	(void)state;
	sample(p, "a1b2", PROFILE_MARK_TRUNCATED, 3);
	sample(p, "a1b2", 0, 4);
	sample(p, "a1b2c1", 0, 1);
	sample(p, "", PROFILE_MARK_TRUNCATED, 2);
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_node(g, "!", 0, 5, 5);
	assert_node(g, "b", 0, 4, 8);
	assert_int_equal(edge_total(g, "b", "!", 0), 3);
	graph_destroy(g);
	profile_destroy(p);
}

static void takes_nothing_and_the_deepest(void **state)
{
	struct profile *p = make();
	uint32_t node = PROFILE_ROOT;
	uint64_t most[] = { UINT64_MAX, 1 };
	struct graph *g;

	(void)state;
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(g->n_nodes + g->n_edges, 0);
	graph_destroy(g);
	graph_destroy(NULL);
	for (int i = 0; i < 1000000; i++)
		node = call(p, node, "f", 1);
	profile_add(p, node, PROFILE_NONE, 0, most);
	sample(p, "f1", 0, 1);
	assert_int_equal(graph_create(&g, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(g->n_nodes, 1);
	assert_int_equal(g->nodes[0].total[0], UINT64_MAX);
	assert_int_equal(g->nodes[0].total[1], 11);
	graph_destroy(g);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up_functions),
		cmocka_unit_test(counts_recursion_once),
		cmocka_unit_test(parts_what_leads_to_a_function),
		cmocka_unit_test(keeps_lines_and_sites_apart),
		cmocka_unit_test(the_mark_is_a_node),
		cmocka_unit_test(takes_nothing_and_the_deepest),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
