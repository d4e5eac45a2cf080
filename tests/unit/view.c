/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "profile/view.h"

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "wall", "nanoseconds" } };

static struct profile *make(size_t n_metrics)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, n_metrics, NULL), PYPROF_OK);
	return p;
}

static uint32_t str(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t line)
{
	uint32_t f = profile_function(p, str(p, name), str(p, file), 0);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static uint32_t thread(struct profile *p, uint64_t tid, const char *name)
{
	return profile_thread(p, profile_process(p, 1, 0), tid, str(p, name));
}

static void add(struct profile *p, uint32_t node, uint32_t thread_id, uint32_t marks,
		uint64_t value)
{
	const uint64_t values[2] = { value, value * 10 };

	assert_true(profile_add(p, node, thread_id, marks, values));
}

/* ---- a view as text: a line a node, two spaces a level, self/total ---------------- */

/* What must hold of every tree, whatever it shows. */
static void check_tree(const struct view_node *nodes, size_t n)
{
	uint64_t *totals = calloc(n, sizeof(*totals));
	size_t linked = 0;

	assert_non_null(totals);
	assert_int_equal(nodes[0].parent, PROFILE_NONE);
	for (size_t i = 0; i < n; i++) {
		totals[i] += nodes[i].self;
		for (uint32_t c = nodes[i].first_child; c != PROFILE_NONE;
		     c = nodes[c].next_sibling) {
			assert_in_range(c, i + 1, n - 1);
			assert_int_equal(nodes[c].parent, i);
			totals[i] += nodes[c].total;
			linked++;
		}
		assert_true(totals[i] == nodes[i].total);
		assert_true(i == 0 || nodes[i].total > 0);
	}
	assert_int_equal(linked, n - 1);
	free(totals);
}

static void dump(const struct view *view, struct str *out)
{
	size_t n, depth = 0;
	const struct view_node *nodes = view_nodes(view, &n);
	uint32_t at = PROFILE_ROOT;

	check_tree(nodes, n);
	for (;;) {
		size_t len;
		const char *text = view_text(view, nodes[at].text, &len);

		str_printf(out, "%*s", (int)(2 * depth), "");
		str_add(out, text, len);
		str_printf(out, " %ju/%ju\n", (uintmax_t)nodes[at].self,
			   (uintmax_t)nodes[at].total);
		if (nodes[at].first_child != PROFILE_NONE) {
			at = nodes[at].first_child;
			depth++;
			continue;
		}
		while (at != PROFILE_ROOT && nodes[at].next_sibling == PROFILE_NONE) {
			at = nodes[at].parent;
			depth--;
		}
		if (at == PROFILE_ROOT)
			return;
		at = nodes[at].next_sibling;
	}
}

static void expect(const struct profile *p, const struct view_opts *opts, const char *want)
{
	struct str got = STR_INIT;
	struct view *view;

	assert_int_equal(view_create(&view, p, opts, NULL), PYPROF_OK);
	dump(view, &got);
	assert_string_equal(str_cstr(&got), want);
	str_deinit(&got);
	view_destroy(view);
}

static void nothing_is_a_root(void **state)
{
	struct profile *p = make(1);

	(void)state;
	expect(p, NULL, " 0/0\n");
	call(p, PROFILE_ROOT, "never_seen", "", 0);
	expect(p, NULL, " 0/0\n");
	profile_destroy(p);
}

static void names_frames(void **state)
{
	struct profile *p = make(1);
	struct view_opts functions = { .by_function = true };
	struct view_opts full = { .full_path = true };
	uint32_t main_1, f_5, f_6;

	(void)state;
	p->info.cwd = strdup("/srv/app");
	main_1 = call(p, PROFILE_ROOT, "<module>", "/srv/app/main.py", 1);
	f_5 = call(p, main_1, "A.f", "/usr/lib/python3.11/site-packages/a/f.py", 5);
	f_6 = call(p, main_1, "A.f", "/usr/lib/python3.11/site-packages/a/f.py", 6);
	add(p, f_5, PROFILE_NONE, 0, 1);
	add(p, f_6, PROFILE_NONE, 0, 2);
	add(p, main_1, PROFILE_NONE, 0, 4);
	expect(p, NULL,
	       " 0/7\n"
	       "  <module> (main.py:1) 4/7\n"
	       "    A.f (a/f.py:5) 1/1\n"
	       "    A.f (a/f.py:6) 2/2\n");
	expect(p, &functions,
	       " 0/7\n"
	       "  <module> (main.py) 4/7\n"
	       "    A.f (a/f.py) 3/3\n");
	expect(p, &full,
	       " 0/7\n"
	       "  <module> (/srv/app/main.py:1) 4/7\n"
	       "    A.f (/usr/lib/python3.11/site-packages/a/f.py:5) 1/1\n"
	       "    A.f (/usr/lib/python3.11/site-packages/a/f.py:6) 2/2\n");
	profile_destroy(p);
}

static void leaves_out_the_unknown(void **state)
{
	struct profile *p = make(1);
	struct view_opts functions = { .by_function = true };

	(void)state;
	add(p, call(p, PROFILE_ROOT, "f", "", 0), PROFILE_NONE, 0, 1);
	add(p, call(p, PROFILE_ROOT, "g", "x.py", 0), PROFILE_NONE, 0, 1);
	add(p, call(p, PROFILE_ROOT, "h", "", 3), PROFILE_NONE, 0, 1);
	add(p, call(p, PROFILE_ROOT, "i", "x.py", -3), PROFILE_NONE, 0, 1);
	add(p, call(p, PROFILE_ROOT, "", "", 0), PROFILE_NONE, 0, 1);
	add(p, PROFILE_ROOT, PROFILE_NONE, 0, 1);
	expect(p, NULL,
	       " 1/6\n"
	       "   1/1\n"
	       "  f 1/1\n"
	       "  g (x.py) 1/1\n"
	       "  h (:3) 1/1\n"
	       "  i (x.py) 1/1\n");
	expect(p, &functions,
	       " 1/6\n"
	       "   1/1\n"
	       "  f 1/1\n"
	       "  g (x.py) 1/1\n"
	       "  h 1/1\n"
	       "  i (x.py) 1/1\n");
	profile_destroy(p);
}

static void threads_are_frames(void **state)
{
	struct profile *p = make(1);
	struct view_opts opts = { .by_thread = true };
	uint32_t one = thread(p, 12, "MainThread"), again = thread(p, 12, "MainThread");
	uint32_t other = thread(p, 9, ""), unknown = thread(p, 0, "pool (1)");
	uint32_t f = call(p, PROFILE_ROOT, "f", "", 0), g = call(p, f, "g", "", 0);

	(void)state;
	add(p, g, one, 0, 1);
	add(p, f, other, 0, 2);
	add(p, g, again, 0, 4);
	add(p, f, one, 0, 8);
	add(p, g, PROFILE_NONE, 0, 16);
	add(p, f, unknown, 0, 32);
	add(p, PROFILE_ROOT, one, PROFILE_MARK_TRUNCATED, 64);
	expect(p, NULL,
	       " 0/127\n"
	       "  [truncated] 64/64\n"
	       "  f 42/63\n"
	       "    g 21/21\n");
	expect(p, &opts,
	       " 0/127\n"
	       "  f 0/16\n"
	       "    g 16/16\n"
	       "  thread 12 (MainThread) 0/77\n"
	       "    [truncated] 64/64\n"
	       "    f 8/13\n"
	       "      g 5/5\n"
	       "  thread 9 0/2\n"
	       "    f 2/2\n"
	       "  thread ? (pool (1)) 0/32\n"
	       "    f 32/32\n");
	profile_destroy(p);
}

static void truncation_is_no_function(void **state)
{
	struct profile *p = make(1);
	uint32_t f = call(p, PROFILE_ROOT, "f", "x.py", 2);
	uint32_t namesake = call(p, f, "[truncated]", "", 0);
	struct view *view;
	const struct view_node *nodes;
	size_t n, marks = 0;

	(void)state;
	add(p, f, PROFILE_NONE, PROFILE_MARK_TRUNCATED, 1);
	add(p, f, PROFILE_NONE, 0, 2);
	add(p, namesake, PROFILE_NONE, 0, 4);
	expect(p, NULL,
	       " 0/7\n"
	       "  f (x.py:2) 2/7\n"
	       "    [truncated] 4/4\n"
	       "    [truncated] 1/1\n");
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	nodes = view_nodes(view, &n);
	for (size_t i = 0; i < n; i++) {
		bool mark = view_text_parts(view, nodes[i].text).kind == VIEW_TRUNCATED;

		assert_int_equal(view_node_function(view, (uint32_t)i) == PROFILE_NONE,
				 mark || i == 0);
		marks += mark;
	}
	assert_int_equal(marks, 1);
	view_destroy(view);
	profile_destroy(p);
}

static void one_text_is_one_node(void **state)
{
	struct profile *p = make(1);
	/* The same text in three ways: two functions, and a name that looks like a file. */
	uint32_t a = profile_node(
		p, PROFILE_ROOT,
		profile_location(p, profile_function(p, str(p, "f"), str(p, "x"), 1), 0, 0));
	uint32_t b = profile_node(
		p, PROFILE_ROOT,
		profile_location(p, profile_function(p, str(p, "f"), str(p, "x"), 2), 0, 0));
	uint32_t c = call(p, PROFILE_ROOT, "f (x)", "", 0);

	(void)state;
	add(p, call(p, a, "g", "", 0), PROFILE_NONE, 0, 1);
	add(p, call(p, b, "g", "", 0), PROFILE_NONE, 0, 2);
	add(p, call(p, c, "g", "", 0), PROFILE_NONE, 0, 4);
	expect(p, NULL,
	       " 0/7\n"
	       "  f (x) 0/7\n"
	       "    g 7/7\n");
	profile_destroy(p);
}

static void tells_the_parts(void **state)
{
	struct profile *p = make(1);
	struct view *view;
	struct view_text text;
	uint32_t f = profile_function(p, str(p, "f (a)"), str(p, "b:1"), 0);

	(void)state;
	add(p, profile_node(p, PROFILE_ROOT, profile_location(p, f, 17, 0)), PROFILE_NONE, 0, 1);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	assert_int_equal(view_text_count(view), 3);
	text = view_text_parts(view, view_nodes(view, &(size_t){ 0 })[1].text);
	assert_string_equal(text.bytes, "f (a) (b:1:17)");
	assert_int_equal(text.len, strlen(text.bytes));
	assert_int_equal(text.name_len, 5);
	assert_int_equal(text.file_len, 3);
	assert_true(text.has_file);
	assert_int_equal(text.line, 17);
	assert_int_equal(text.kind, VIEW_FUNCTION);
	assert_int_equal(text.function, f);
	view_destroy(view);
	profile_destroy(p);
}

static void shows_one_metric(void **state)
{
	struct profile *p = make(2);
	struct view_opts wall = { .metric = 1 }, none = { .metric = 2 };
	struct pyprof_error err = { 0 };
	struct view *view;
	const uint64_t only_samples[] = { 1, 0 }, only_wall[] = { 0, 5 };

	(void)state;
	profile_add(p, call(p, PROFILE_ROOT, "f", "", 0), PROFILE_NONE, 0, only_samples);
	profile_add(p, call(p, PROFILE_ROOT, "g", "", 0), PROFILE_NONE, 0, only_wall);
	expect(p, NULL, " 0/1\n  f 1/1\n");
	expect(p, &wall, " 0/5\n  g 5/5\n");
	assert_int_equal(view_create(&view, p, &none, &err), PYPROF_ERR_USAGE);
	assert_null(view);
	profile_destroy(p);
}

static void saturates(void **state)
{
	struct profile *p = make(1);
	struct view *view;
	const struct view_node *nodes;
	const uint64_t most = UINT64_MAX;
	size_t n;

	(void)state;
	profile_add(p, call(p, PROFILE_ROOT, "f", "", 0), PROFILE_NONE, 0, &most);
	profile_add(p, call(p, PROFILE_ROOT, "g", "", 0), PROFILE_NONE, 0, &most);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	nodes = view_nodes(view, &n);
	assert_true(nodes[0].total == UINT64_MAX);
	view_destroy(view);
	profile_destroy(p);
}

/* ---- order: by bytes, not by locale or sign ------------------------------------- */

static void sorts_by_bytes(void **state)
{
	static const char *const sorted[] = { "A",	"B", "B\x01", "a", "aa",
					      "\xc3\xa9", "\xf0\x9f\x90\x8d" };
	struct profile *p = make(1);
	struct view *view;
	const struct view_node *nodes;
	size_t n, i = 0;

	(void)state;
	for (size_t k = ARRAY_SIZE(sorted); k-- > 0;)
		add(p, call(p, PROFILE_ROOT, sorted[k], "", 0), PROFILE_NONE, 0, 1);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	nodes = view_nodes(view, &n);
	for (uint32_t c = nodes[0].first_child; c != PROFILE_NONE; c = nodes[c].next_sibling)
		assert_string_equal(view_text(view, nodes[c].text, NULL), sorted[i++]);
	assert_int_equal(i, ARRAY_SIZE(sorted));
	view_destroy(view);
	profile_destroy(p);
}

/* ---- against paths counted one by one ---------------------------------------------- */

#define MAX_PATHS 4096

struct paths {
	struct {
		char *text;
		uint64_t self;
	} path[MAX_PATHS];
	size_t n;
};

static void count_path(struct paths *paths, const char *text, uint64_t value)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (strcmp(paths->path[i].text, text) == 0) {
			paths->path[i].self += value;
			return;
		}
	}
	assert_in_range(paths->n, 0, MAX_PATHS - 1);
	paths->path[paths->n].text = strdup(text);
	paths->path[paths->n++].self = value;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void paths_deinit(struct paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->path[i].text);
	free(paths);
}

/* The frames of a profile's sample, from the root, each followed by a newline. */
static void sample_path(const struct profile *p, const struct profile_sample *s,
			const struct view_opts *opts, struct str *out)
{
	uint32_t frames[32];
	size_t n = 0;

	str_clear(out);
	if (opts->by_thread && s->thread != PROFILE_NONE)
		str_printf(out, "thread %ju (%s)\n", (uintmax_t)p->threads[s->thread].tid,
			   profile_str(p, p->threads[s->thread].name));
	for (uint32_t node = s->node; node != PROFILE_ROOT; node = p->nodes[node].parent)
		frames[n++] = p->nodes[node].location;
	while (n) {
		const struct profile_location *l = &p->locations[frames[--n]];
		const struct profile_function *f = &p->functions[l->function];

		str_printf(out, "%s (%s", profile_str(p, f->name), profile_str(p, f->file));
		if (!opts->by_function)
			str_printf(out, ":%d", l->line);
		str_add_cstr(out, ")\n");
	}
	if (s->marks & PROFILE_MARK_TRUNCATED)
		str_add_cstr(out, "[truncated]\n");
}

static void view_path(const struct view *view, const struct view_node *nodes, uint32_t node,
		      struct str *out)
{
	uint32_t texts[32];
	size_t n = 0;

	str_clear(out);
	for (; node != PROFILE_ROOT; node = nodes[node].parent)
		texts[n++] = nodes[node].text;
	while (n)
		str_printf(out, "%s\n", view_text(view, texts[--n], NULL));
}

static void compare_paths(const struct profile *p, const struct view_opts *opts)
{
	struct paths *want = calloc(1, sizeof(*want)), *got = calloc(1, sizeof(*got));
	struct str text = STR_INIT;
	const struct view_node *nodes;
	struct view *view;
	size_t n;

	assert_non_null(want);
	assert_non_null(got);
	for (size_t i = 0; i < p->n_samples; i++) {
		sample_path(p, &p->samples[i], opts, &text);
		if (p->values[i])
			count_path(want, str_cstr(&text), p->values[i]);
	}
	assert_int_equal(view_create(&view, p, opts, NULL), PYPROF_OK);
	nodes = view_nodes(view, &n);
	check_tree(nodes, n);
	for (size_t i = 0; i < n; i++) {
		size_t before = got->n;

		view_path(view, nodes, (uint32_t)i, &text);
		if (nodes[i].self) {
			count_path(got, str_cstr(&text), nodes[i].self);
			assert_int_equal(got->n, before + 1); /* no two of one path */
		}
	}
	assert_int_equal(got->n, want->n);
	qsort(want->path, want->n, sizeof(want->path[0]), by_text);
	qsort(got->path, got->n, sizeof(got->path[0]), by_text);
	for (size_t i = 0; i < want->n; i++) {
		assert_string_equal(got->path[i].text, want->path[i].text);
		assert_true(got->path[i].self == want->path[i].self);
	}
	view_destroy(view);
	str_deinit(&text);
	paths_deinit(want);
	paths_deinit(got);
}

static void counts_like_paths(void **state)
{
	struct profile *p = make(1);
	unsigned seed = 7;
	uint32_t threads[4] = { PROFILE_NONE, thread(p, 3, "a"), thread(p, 3, "a"),
				thread(p, 4, "a") };

	(void)state;
	for (int i = 0; i < 1500; i++) {
		uint32_t node = PROFILE_ROOT;
		unsigned depth = (unsigned)rand_r(&seed) % 6;
		uint64_t value = (unsigned)rand_r(&seed) % 5;

		for (unsigned d = 0; d < depth; d++) {
			char name[2] = { (char)('a' + (unsigned)rand_r(&seed) % 3), '\0' };
			uint32_t f = profile_function(p, str(p, name), str(p, "x.py"),
						      rand_r(&seed) % 2);

			node = profile_node(p, node,
					    profile_location(p, f, 1 + rand_r(&seed) % 2, 0));
		}
		assert_true(profile_add(p, node, threads[(unsigned)rand_r(&seed) % 4],
					(unsigned)rand_r(&seed) % 8 == 0, &value));
	}
	for (int i = 0; i < 4; i++) {
		struct view_opts opts = { .by_thread = i & 1, .by_function = i & 2 };

		compare_paths(p, &opts);
	}
	profile_destroy(p);
}

/* ---- depth ---------------------------------------------------------------------------- */

enum { DEEP = 1000000 };

/* Runs on a small stack: nothing may recurse. */
static void *view_deep(void *arg)
{
	struct profile *p = arg;
	struct view_opts opts = { .by_thread = true, .by_function = true };
	struct view *view;

	if (view_create(&view, p, &opts, NULL) != PYPROF_OK)
		return NULL;
	return view;
}

static void deep_stacks_need_no_deep_stack(void **state)
{
	struct profile *p = make(1);
	uint32_t node = PROFILE_ROOT, location;
	pthread_attr_t attr;
	pthread_t worker;
	void *view;
	size_t n;

	(void)state;
	location = profile_location(p, profile_function(p, str(p, "deep"), str(p, "x"), 1), 1, 0);
	for (int i = 0; i < DEEP; i++)
		node = profile_node(p, node, location);
	add(p, node, thread(p, 1, "t"), PROFILE_MARK_TRUNCATED, 3);

	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 256 << 10), 0);
	assert_int_equal(pthread_create(&worker, &attr, view_deep, p), 0);
	assert_int_equal(pthread_join(worker, &view), 0);
	pthread_attr_destroy(&attr);
	assert_non_null(view);
	view_nodes(view, &n);
	assert_int_equal(n, DEEP + 3);
	check_tree(view_nodes(view, &n), n);
	assert_int_equal(view_nodes(view, &n)[0].total, 3);
	view_destroy(view);
	profile_destroy(p);
}

/* ---- paths ------------------------------------------------------------------------------ */

static void shortens_paths(void **state)
{
	static const struct {
		const char *path, *cwd, *want;
	} rows[] = {
		{ "/usr/lib/python3.11/json/decoder.py", NULL, "json/decoder.py" },
		{ "/usr/lib64/python3.6/os.py", NULL, "os.py" },
		{ "/opt/lib/python3.14t/os.py", NULL, "os.py" },
		{ "/usr/lib/python2.7/os.py", NULL, "os.py" },
		{ "/usr/lib/python3/dist-packages/yaml/__init__.py", NULL, "yaml/__init__.py" },
		{ "/v/lib/python3.12/site-packages/flask/app.py", NULL, "flask/app.py" },
		{ "/srv/app/.venv/lib/python3.12/site-packages/flask/app.py", "/srv/app",
		  "flask/app.py" },
		{ "/v/site-packages/a.egg/a/b.py", NULL, "a.egg/a/b.py" },
		{ "/v/site-packages/x/site-packages/y.py", NULL, "y.py" },
		{ "/v/site-packages/site-packages/y.py", NULL, "y.py" },
		{ "site-packages/y.py", NULL, "y.py" },
		{ "/v/site-packages//srv/app/y.py", "/srv/app", "srv/app/y.py" },
		{ "/srv/app/main.py", "/srv/app", "main.py" },
		{ "/srv/app/main.py", "/srv/app///", "main.py" },
		{ "/srv/app//main.py", "/srv/app", "main.py" },
		{ "/srv/application/main.py", "/srv/app", "/srv/application/main.py" },
		{ "/srv/app/", "/srv/app", "/srv/app/" },
		{ "/srv/app", "/srv/app", "/srv/app" },
		{ "/main.py", "/", "/main.py" },
		{ "main.py", "/srv", "main.py" },
		{ "./main.py", "/srv", "./main.py" },
		{ "a/main.py", "a", "a/main.py" },
		{ "/srv/main.py", "", "/srv/main.py" },
		{ "/srv/main.py", NULL, "/srv/main.py" },
		/* No folders that Python imports from. */
		{ "/usr/lib/python3/x.py", NULL, "/usr/lib/python3/x.py" },
		{ "/usr/lib/python3.x/x.py", NULL, "/usr/lib/python3.x/x.py" },
		{ "/usr/lib/python3./x.py", NULL, "/usr/lib/python3./x.py" },
		{ "/usr/lib/python.11/x.py", NULL, "/usr/lib/python.11/x.py" },
		{ "/usr/lib/python3.11d/x.py", NULL, "/usr/lib/python3.11d/x.py" },
		{ "/usr/share/python3.11/x.py", NULL, "/usr/share/python3.11/x.py" },
		{ "/usr/mylib/python3.11/x.py", NULL, "/usr/mylib/python3.11/x.py" },
		{ "/usr/lib/python3.11", NULL, "/usr/lib/python3.11" },
		{ "/v/site-packages/", NULL, "/v/site-packages/" },
		{ "/v/my-site-packages/y.py", NULL, "/v/my-site-packages/y.py" },
		/* Zip files and names that are no paths. */
		{ "/usr/lib/python311.zip/os.py", NULL, "/usr/lib/python311.zip/os.py" },
		{ "/srv/app.pyz/__main__.py", "/srv/app", "/srv/app.pyz/__main__.py" },
		{ "/srv/app.pyz/__main__.py", "/srv", "app.pyz/__main__.py" },
		{ "<string>", "/srv", "<string>" },
		{ "<frozen importlib._bootstrap>", NULL, "<frozen importlib._bootstrap>" },
		{ "<x>/site-packages/y>", NULL, "<x>/site-packages/y>" },
		{ "", "/srv", "" },
		{ "/", "/srv", "/" },
		{ "///", "/", "///" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct str once = STR_INIT, twice = STR_INIT;

		view_short_path(&once, rows[i].path, rows[i].cwd);
		assert_string_equal(str_cstr(&once), rows[i].want);
		view_short_path(&twice, str_cstr(&once), rows[i].cwd);
		assert_string_equal(str_cstr(&twice), rows[i].want);
		assert_string_equal(view_short_path_of(rows[i].path, rows[i].cwd), rows[i].want);
		str_deinit(&once);
		str_deinit(&twice);
	}
}

static void a_path_with_a_nul_stays(void **state)
{
	struct profile *p = make(1);
	struct view *view;
	struct view_text text;
	static const char file[] = "/lib/python3.11/a\0b.py";
	uint32_t f = profile_function(p, str(p, "f"),
				      profile_string(p, file, sizeof(file) - 1), 0);

	(void)state;
	add(p, profile_node(p, PROFILE_ROOT, profile_location(p, f, 1, 0)), PROFILE_NONE, 0, 1);
	assert_int_equal(view_create(&view, p, NULL, NULL), PYPROF_OK);
	text = view_text_parts(view, view_nodes(view, &(size_t){ 0 })[1].text);
	assert_int_equal(text.file_len, sizeof(file) - 1);
	assert_memory_equal(text.bytes + 3, file, text.file_len);
	view_destroy(view);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_a_root),
		cmocka_unit_test(names_frames),
		cmocka_unit_test(leaves_out_the_unknown),
		cmocka_unit_test(threads_are_frames),
		cmocka_unit_test(truncation_is_no_function),
		cmocka_unit_test(one_text_is_one_node),
		cmocka_unit_test(tells_the_parts),
		cmocka_unit_test(shows_one_metric),
		cmocka_unit_test(saturates),
		cmocka_unit_test(sorts_by_bytes),
		cmocka_unit_test(counts_like_paths),
		cmocka_unit_test(deep_stacks_need_no_deep_stack),
		cmocka_unit_test(shortens_paths),
		cmocka_unit_test(a_path_with_a_nul_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
