/* SPDX-License-Identifier: MIT */
/*
 * Reports and annotated sources when there is no memory: each allocation fails in turn, alone or
 * with all after it. Then they say so, or the text is whole; and nothing is left behind.
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

#include "render/annotate.h"
#include "render/report.h"
#include "support/counted_malloc.h"

static int skip_unless_counted(void **state)
{
	(void)state;
	if (!COUNTED)
		print_message("skipped: the sanitizer's malloc() cannot be replaced\n");
	return 0;
}

static const struct profile_metric wall = { "wall", "nanoseconds" };

static uint32_t text(struct profile *p, const char *bytes)
{
	return profile_string(p, bytes, strlen(bytes));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t line)
{
	uint32_t f = profile_function(p, text(p, name), text(p, file), 1);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static struct profile *make(void)
{
	uint64_t value = 1000000000;
	struct profile *p;

	assert_int_equal(profile_create(&p, &wall, 1, NULL), PYPROF_OK);
	for (char name[] = "a"; *name < 'h'; ++*name) {
		uint32_t main_node = call(p, PROFILE_ROOT, "main", "/srv/m.py", 2);
		uint32_t own = call(p, main_node, name, "/srv/m.py", *name - 'a' + 1);
		uint32_t one = call(p, own, "get", "/v/site-packages/x/y.py", 3);
		uint32_t two = call(p, one, "send", "/v/site-packages/z/y.py", 4);
		struct profile_label its = { 0 };
		struct profile_sample key = { .thread = PROFILE_NONE };

		its.key = text(p, "route");
		its.text = text(p, name);
		key.node = *name % 2 ? two : own;
		key.marks = *name % 3 ? 0 : PROFILE_MARK_TRUNCATED;
		key.labels = profile_label_set(p, &its, 1);
		assert_true(profile_add_to(p, &key, &value));
	}
	return p;
}

/* ---- texts into room of the test's own ------------------------------------------------- */

static enum source_state read_file(void *arg, const char *path, struct str *out)
{
	(void)arg;
	(void)path;
	str_clear(out);
	str_add_cstr(out, "def f():\n\tpass\n\tpass\n\tpass\n");
	return SOURCE_NEWER;
}

static const struct source_reader reader = { read_file, NULL };

#define ROOM (1 << 16)

/* Into the room; allocations from number `from` on and below `to` fail, but not the stream's own. */
static enum pyprof_status show(const struct profile *p, const struct report_opts *report,
			       const struct annotate_opts *annotate, size_t from, size_t to,
			       char *room)
{
	static char buffer[ROOM];
	FILE *out = fmemopen(room, ROOM, "w");
	enum pyprof_status status;

	assert_non_null(out);
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	n_allocations = 0;
	fail_from = from;
	fail_to = to;
	status = report ? report_write(p, report, out, NULL) :
			  annotate_write(p, annotate, &reader, out, NULL);
	fail_from = fail_to = SIZE_MAX;
	assert_int_equal(fclose(out), 0);
	return status;
}

static void try_all(const struct profile *p, const struct report_opts *report,
		    const struct annotate_opts *annotate)
{
	static char whole[ROOM], found[ROOM];
	size_t n, before;

	assert_int_equal(show(p, report, annotate, SIZE_MAX, SIZE_MAX, whole), PYPROF_OK);
	n = n_allocations;
	assert_true(n > 5);
	for (size_t i = 0; i < 2 * n; i++) {
		size_t from = i / 2, to = i % 2 ? SIZE_MAX : from + 1;
		enum pyprof_status status;

		memset(found, 0, sizeof(found));
		before = live;
		status = show(p, report, annotate, from, to, found);
		assert_int_equal(live, before);
		if (status == PYPROF_OK)
			assert_string_equal(found, whole);
		else if (status != PYPROF_ERR_LIMIT) /* what a match without memory is taken for */
			assert_int_equal(status, PYPROF_ERR_NOMEM);
	}
}

static void no_memory_is_said(void **state)
{
	const uint64_t all = 7000000000;
	const struct report_opts reports[] = {
		{ .limit = 3 },
		{ .by_line = true, .color = true, .width = 60 },
		{ .json = true },
		{ .kind = REPORT_TREE, .min_share = 0.2 },
		{ .kind = REPORT_TREE, .every_frame = true, .limit = 5, .color = true, .width = 40 },
		{ .kind = REPORT_CALLS, .callers = "^g", .callees = "main", .limit = 2 },
		{ .kind = REPORT_THREADS },
		{ .kind = REPORT_LABEL, .label = "route" },
	};
	const struct annotate_opts annotates[] = {
		{ .limit = 2, .whole = all },
		{ .what = "m.py", .whole = all, .color = true, .width = 50 },
		{ .what = "^[ab]$", .whole = all },
	};

	struct profile *p;

	(void)state;
	if (!COUNTED)
		skip();
	p = make();
	assert_int_equal(profile_total(p, 0), all);
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct report_opts opts = reports[i];

		opts.whole = all;
		opts.rows_are = "function";
		try_all(p, &opts, NULL);
	}
	for (size_t i = 0; i < sizeof(annotates) / sizeof(annotates[0]); i++)
		try_all(p, NULL, &annotates[i]);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_memory_is_said) };

	return cmocka_run_group_tests(tests, skip_unless_counted, NULL);
}
