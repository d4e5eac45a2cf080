/* SPDX-License-Identifier: MIT */
/*
 * Columns make locations finer, and nothing that is shown: a profile with columns gives the
 * same text, picture and graph, byte for byte, as the same one without.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/sources.h"
#include "base/cleanup.h"
#include "format/folded.h"
#include "profile/filter.h"
#include "profile/graph.h"
#include "render/svg.h"

#define N_THREADS 3
#define N_STACKS  3000
#define VALUES_SIZE (2 * sizeof(uint64_t)) /* of the two metrics */

static struct profile *make(void)
{
	static const struct profile_metric metrics[] = { { "samples", "count" },
							 { "wall", "nanoseconds" } };
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, ARRAY_SIZE(metrics), NULL), PYPROF_OK);
	return p;
}

static uint32_t str(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

/* A frame of few functions, lines and columns, so that all of them meet. */
static uint32_t frame(struct profile *p, uint32_t parent, unsigned number, bool columns)
{
	char name[32], file[32];

	snprintf(name, sizeof(name), "f%u", number % 4);
	snprintf(file, sizeof(file), "/m%u.py", number % 2);
	uint32_t function = profile_function(p, str(p, name), str(p, file), (int)(number % 4));

	return profile_node(p, parent,
			    profile_location(p, function, (int)(number / 4 % 3),
					     columns ? (int)(number / 12 % 4) : 0));
}

static struct profile *filled(bool columns)
{
	struct profile *p = make();
	uint32_t process = profile_process(p, 1, str(p, "python"));
	unsigned seed = 1;

	for (uint64_t i = 0; i < N_THREADS; i++)
		profile_thread(p, process, i + 1, str(p, "worker"));
	for (int i = 0; i < N_STACKS; i++) {
		uint32_t node = PROFILE_ROOT;
		unsigned depth = (unsigned)rand_r(&seed) % 5;
		uint32_t thread = (uint32_t)rand_r(&seed) % N_THREADS;
		uint32_t marks = (unsigned)rand_r(&seed) % 5 == 0 ? PROFILE_MARK_TRUNCATED : 0;
		uint64_t values[] = { 1, (uint64_t)rand_r(&seed) % 100 };

		marks |= (unsigned)rand_r(&seed) % 2 ? PROFILE_MARK_PAUSED : 0;
		while (depth--)
			node = frame(p, node, (unsigned)rand_r(&seed), columns);
		assert_true(profile_add(p, node, thread, marks, values));
	}
	return p;
}

/* The file that a format makes of it; the caller frees it. */
static char *written(const struct profile *p, const struct format *format,
		     const struct view_opts *opts)
{
	struct view *view;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(view_create(&view, p, opts, NULL), PYPROF_OK);
	assert_int_equal(format->write(&(struct format_input){ .profile = p, .view = view }, out,
				       NULL),
			 PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	view_destroy(view);
	return text;
}

static void assert_same_files(const struct profile *a, const struct profile *b)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		const struct view_opts opts = { .by_process = bits & 1,
						.by_thread = bits & 2,
						.by_function = bits & 4,
						.all_metrics = true,
						.metric = bits / 8 };
		_cleanup_free_ char *folded_a = written(a, &format_folded, &opts);
		_cleanup_free_ char *folded_b = written(b, &format_folded, &opts);
		_cleanup_free_ char *svg_a = written(a, &format_svg, &opts);
		_cleanup_free_ char *svg_b = written(b, &format_svg, &opts);

		assert_true(strlen(folded_a) > 1000 && strlen(svg_a) > 10000);
		assert_string_equal(folded_a, folded_b);
		assert_string_equal(svg_a, svg_b);
	}
}

static void files_are_the_same(void **state)
{
	struct profile *with = filled(true), *without = filled(false);

	(void)state;
	assert_true(with->n_nodes > without->n_nodes);
	assert_true(with->n_samples > without->n_samples);
	assert_same_files(with, without);
	profile_destroy(with);
	profile_destroy(without);
}

/* The order of nodes and edges is that in which the tree has them, which is another. */
static bool same_node(const struct graph_node *a, const struct graph_node *b)
{
	return a->function == b->function && a->line == b->line;
}

/* How many nodes of the two graphs are one, and have the same values. */
static size_t nodes_in_both(const struct graph *a, const struct graph *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_nodes; i++) {
		for (size_t k = 0; k < b->n_nodes; k++) {
			if (!same_node(&a->nodes[i], &b->nodes[k]))
				continue;
			n++;
			assert_memory_equal(a->nodes[i].self, b->nodes[k].self, VALUES_SIZE);
			assert_memory_equal(a->nodes[i].total, b->nodes[k].total, VALUES_SIZE);
		}
	}
	return n;
}

static size_t edges_in_both(const struct graph *a, const struct graph *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_edges; i++) {
		for (size_t k = 0; k < b->n_edges; k++) {
			const struct graph_edge *x = &a->edges[i], *y = &b->edges[k];

			if (!same_node(&a->nodes[x->caller], &b->nodes[y->caller]) ||
			    !same_node(&a->nodes[x->callee], &b->nodes[y->callee]) ||
			    x->line != y->line)
				continue;
			n++;
			assert_memory_equal(x->total, y->total, VALUES_SIZE);
		}
	}
	return n;
}

static void graphs_are_the_same(void **state)
{
	struct profile *with = filled(true), *without = filled(false);

	(void)state;
	for (unsigned bits = 0; bits < 4; bits++) {
		struct graph_opts opts = { .by_line = bits & 1, .sites = bits & 2 };
		struct graph *a, *b;

		assert_int_equal(graph_create(&a, with, &opts, NULL), PYPROF_OK);
		assert_int_equal(graph_create(&b, without, &opts, NULL), PYPROF_OK);
		assert_int_equal(a->n_nodes, b->n_nodes);
		assert_int_equal(a->n_edges, b->n_edges);
		assert_int_equal(nodes_in_both(a, b), a->n_nodes);
		assert_int_equal(edges_in_both(a, b), a->n_edges);
		graph_destroy(a);
		graph_destroy(b);
	}
	profile_destroy(with);
	profile_destroy(without);
}

/* What is left of lines has no columns; lines as they are keep theirs, and so does a merge. */
static void filters_and_merges_know_them(void **state)
{
	struct profile *with = filled(true), *without = filled(false), *into = make();
	struct profile_filter filter = { .granularity = PROFILE_FUNCTIONS };
	struct profile *a, *b;

	(void)state;
	assert_int_equal(profile_filter(&a, with, &filter, NULL), PYPROF_OK);
	assert_int_equal(profile_filter(&b, without, &filter, NULL), PYPROF_OK);
	assert_int_equal(a->n_locations, b->n_locations);
	assert_int_equal(a->n_nodes, b->n_nodes);
	assert_int_equal(a->n_samples, b->n_samples);
	profile_destroy(a);
	profile_destroy(b);
	assert_int_equal(profile_merge(into, with, NULL), PYPROF_OK);
	assert_int_equal(into->n_locations, with->n_locations);
	assert_memory_equal(into->locations, with->locations,
			    with->n_locations * sizeof(*with->locations));
	profile_destroy(into);
	profile_destroy(with);
	profile_destroy(without);
}

/* ---- lines of source ---------------------------------------------------------------- */

static void put(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A root with the two files of filled(). */
static struct source_root make_root(char *dir)
{
	assert_non_null(mkdtemp(dir));
	put(dir, "m0.py", "zero_one()\n\tzero_two()\n");
	put(dir, "m1.py", "one_one()\none_two()\n");
	return (struct source_root){ .fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC),
				     .owner = geteuid(),
				     .group = getegid() };
}

static void remove_root(struct source_root *root, const char *dir)
{
	char command[128];

	source_root_close(root);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

/* Whichever location a frame is shown with. */
static void pictures_have_the_same_source(void **state)
{
	struct profile *with = filled(true), *without = filled(false);
	char dir[] = "/tmp/pyprof-columns-XXXXXX";
	struct source_root root = make_root(dir);

	(void)state;
	assert_int_equal(sources_read(with, &root, with->info.start_realtime_ns, NULL), PYPROF_OK);
	assert_int_equal(sources_read(without, &root, without->info.start_realtime_ns, NULL), PYPROF_OK);
	assert_same_files(with, without);
	_cleanup_free_ char *svg = written(with, &format_svg, NULL);
	assert_non_null(strstr(svg, "zero_two()"));
	assert_non_null(strstr(svg, "one_one()"));
	profile_destroy(with);
	profile_destroy(without);
	remove_root(&root, dir);
}

static const char *source_of(const struct profile *p, uint32_t location)
{
	assert_true(location < p->n_sources);
	return profile_str(p, p->sources[location]);
}

/* Every location of a leaf's line has its source, and no location of another. */
static void each_location_has_its_source(void **state)
{
	struct profile *p = make();
	char dir[] = "/tmp/pyprof-columns-XXXXXX";
	struct source_root root = make_root(dir);
	uint32_t f = profile_function(p, str(p, "f"), str(p, "/m0.py"), 1);
	uint32_t g = profile_function(p, str(p, "g"), str(p, "/m0.py"), 1);
	uint32_t caller = profile_location(p, f, 2, 3), other = profile_location(p, g, 2, 3);
	uint32_t leaf = profile_location(p, f, 2, 9), above = profile_location(p, f, 1, 3);
	uint32_t node = profile_node(p, PROFILE_ROOT, above);
	uint64_t values[] = { 1, 1 };

	(void)state;
	node = profile_node(p, profile_node(p, profile_node(p, node, other), caller), leaf);
	assert_true(profile_add(p, node, PROFILE_NONE, 0, values));
	assert_int_equal(sources_read(p, &root, p->info.start_realtime_ns, NULL), PYPROF_OK);
	assert_string_equal(source_of(p, leaf), "zero_two()");
	assert_string_equal(source_of(p, caller), "zero_two()");
	assert_string_equal(source_of(p, other), "");
	assert_string_equal(source_of(p, above), "");
	profile_destroy(p);
	remove_root(&root, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_the_same),
		cmocka_unit_test(graphs_are_the_same),
		cmocka_unit_test(filters_and_merges_know_them),
		cmocka_unit_test(pictures_have_the_same_source),
		cmocka_unit_test(each_location_has_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
