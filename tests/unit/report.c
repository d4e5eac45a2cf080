/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "render/report.h"

#define LIB "/v/lib/python3.12/site-packages/"

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "wall", "nanoseconds" } };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t text(struct profile *p, const char *bytes)
{
	return profile_string(p, bytes, strlen(bytes));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t start, int32_t line)
{
	uint32_t f = profile_function(p, text(p, name), text(p, file), start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t thread, uint32_t marks, uint64_t n)
{
	const uint64_t values[] = { n, n * 10000000 };

	assert_true(profile_add(p, node, thread, marks, values));
}

/* main → work → leaf, main → work → work (recursion), main → [library run] → back */
static struct profile *sample_profile(void)
{
	struct profile *p = make();
	uint32_t process = profile_process(p, 42, text(p, "app"));
	uint32_t one = profile_thread(p, process, 7, text(p, "MainThread"));
	uint32_t two = profile_thread(p, process, 8, 0);
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "/srv/app/m.py", 1, 3);
	uint32_t work = call(p, main_node, "work", "/srv/app/m.py", 10, 12);
	uint32_t again = call(p, work, "work", "/srv/app/m.py", 10, 12);
	uint32_t leaf = call(p, again, "leaf", "/srv/app/n.py", 0, 5);
	uint32_t get = call(p, main_node, "get", LIB "web/a.py", 20, 21);
	uint32_t send = call(p, get, "send", LIB "net/b.py", 30, 31);
	uint32_t back = call(p, send, "back", "/srv/app/m.py", 40, 41);

	add(p, leaf, one, 0, 40);
	add(p, again, one, PROFILE_MARK_TRUNCATED, 10);
	add(p, work, two, 0, 20);
	add(p, back, two, 0, 20);
	add(p, send, two, 0, 9);
	add(p, get, PROFILE_NONE, 0, 1);
	p->info.cwd = strdup("/srv/app");
	p->info.command = strdup("python m.py");
	p->info.python_version = strdup("3.12.1");
	return p;
}

static char *written(const struct profile *p, struct report_opts opts)
{
	struct pyprof_error err = { 0 };
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	if (!opts.whole)
		opts.whole = profile_total(p, opts.metric);
	if (!opts.rows_are)
		opts.rows_are = "function";
	if (report_write(p, &opts, out, &err))
		fail_msg("%s", err.message);
	assert_int_equal(fclose(out), 0);
	return bytes;
}

#define HEAD "python m.py \xc2\xb7 Python 3.12.1\nsamples: 100 in all \xc2\xb7 10.00% truncated\n\n"

static void expect(const struct profile *p, struct report_opts opts, const char *want)
{
	char *bytes = written(p, opts);

	assert_string_equal(bytes, want);
	free(bytes);
}

static void refuse(const struct profile *p, struct report_opts opts, enum pyprof_status status,
		   const char *why)
{
	struct pyprof_error err = { 0 };
	FILE *out = fopen("/dev/null", "w");

	opts.rows_are = "function";
	assert_int_equal(report_write(p, &opts, out, &err), status);
	assert_non_null(strstr(err.message, why));
	fclose(out);
}

/* ---- flat ------------------------------------------------------------------------- */

static void flat_counts_a_stack_once(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct report_opts){ 0 },
	       HEAD "self   self%  total   total%  function     place\n"
		    "  40  40.00%     40   40.00%  leaf         n.py\n"
		    "  20  20.00%     70   70.00%  work         m.py:10\n"
		    "  20  20.00%     20   20.00%  back         m.py:40\n"
		    "  10  10.00%     10   10.00%  [truncated]\n"
		    "   9   9.00%     29   29.00%  send         net/b.py:30\n"
		    "   1   1.00%     30   30.00%  get          web/a.py:20\n"
		    "   0   0.00%    100  100.00%  main         m.py:1\n");
	expect(p, (struct report_opts){ .sort = REPORT_BY_TOTAL, .limit = 2, .metric = 1 },
	       "python m.py \xc2\xb7 Python 3.12.1\n"
	       "wall: 1.00 s in all \xc2\xb7 100 samples \xc2\xb7 10.00% truncated\n\n"
	       "  self   self%   total   total%  function  place\n"
	       "0.00 s   0.00%  1.00 s  100.00%  main      m.py:1\n"
	       "0.20 s  20.00%  0.70 s   70.00%  work      m.py:10\n"
	       "5 more functions, 80.00% self, not shown (-n 0 shows all)\n");
	expect(p, (struct report_opts){ .sort = REPORT_BY_NAME, .limit = 1, .by_line = true },
	       HEAD "self   self%  total  total%  function  place\n"
		    "  20  20.00%     20  20.00%  back      m.py:41\n"
		    "6 more lines, 80.00% self, not shown (-n 0 shows all)\n");
	profile_destroy(p);
}

static void shares_are_of_the_whole(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct report_opts){ .limit = 1, .whole = 400 },
	       "python m.py \xc2\xb7 Python 3.12.1\n"
	       "samples: 100, 25.00% of 400 in all \xc2\xb7 10.00% truncated\n\n"
	       "self   self%  total  total%  function  place\n"
	       "  40  10.00%     40  10.00%  leaf      n.py\n"
	       "6 more functions, 15.00% self, not shown (-n 0 shows all)\n");
	profile_destroy(p);
}

static void nothing_is_a_report_too(void **state)
{
	struct profile *p = make();

	(void)state;
	for (int kind = REPORT_FLAT; kind <= REPORT_PROCESSES; kind++) {
		if (kind == REPORT_CALLS)
			continue;
		char *bytes = written(p, (struct report_opts){ .kind = (enum report_kind)kind });

		assert_non_null(strstr(bytes, "samples: 0 in all \xc2\xb7 0.00% truncated\n"));
		free(bytes);
		bytes = written(p, (struct report_opts){ .kind = (enum report_kind)kind,
							 .json = true });
		json_decref(json_loads(bytes, 0, NULL));
		free(bytes);
	}
	refuse(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "x" },
	       PYPROF_ERR_USAGE, "no function matches 'x'");
	profile_destroy(p);
}

/* ---- callers and callees ------------------------------------------------------------- */

static void calls_are_parts_of_the_function(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "work" },
	       HEAD "callers of work (m.py:10): 70.00%, 70 total, 20 self\n"
		    "70  100.00%  main              m.py:1\n"
		    "50   71.43%  work (recursion)  m.py:10\n");
	expect(p, (struct report_opts){ .kind = REPORT_CALLS, .callees = "^w", .limit = 1 },
	       HEAD "callees of work (m.py:10): 70.00%, 70 total, 20 self\n"
		    "50  71.43%  work (recursion)  m.py:10\n"
		    "2 more, not shown (-n 0 shows all)\n");
	expect(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "main", .callees = "leaf" },
	       HEAD "callers of main (m.py:1): 100.00%, 100 total, 0 self\n"
		    "nobody: it is where stacks begin\n\n"
		    "callees of leaf (n.py): 40.00%, 40 total, 40 self\nnone\n");
	expect(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "back", .by_line = true },
	       HEAD "callers of back (m.py:40): 20.00%, 20 total, 20 self\n"
		    "20  100.00%  send  net/b.py:31\n");
	refuse(p, (struct report_opts){ .kind = REPORT_CALLS, .callees = "(" }, PYPROF_ERR_USAGE,
	       "--callees");
	profile_destroy(p);
}

/* ---- values --------------------------------------------------------------------------- */

static void each_sample_has_one_thread(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct report_opts){ .kind = REPORT_THREADS },
	       HEAD "total  total%  thread\n"
		    "   50  50.00%  thread 7 (MainThread)\n"
		    "   49  49.00%  thread 8\n"
		    "    1   1.00%  (none)\n");
	expect(p, (struct report_opts){ .kind = REPORT_PROCESSES, .limit = 1 },
	       HEAD "total  total%  process\n"
		    "   99  99.00%  process 42 (app)\n"
		    "1 more, not shown (-n 0 shows all)\n");
	refuse(p, (struct report_opts){ .kind = REPORT_LABEL, .label = "route" },
	       PYPROF_ERR_USAGE, "'route'");
	profile_destroy(p);
}

static void labels_are_values(void **state)
{
	struct profile *p = sample_profile();
	const struct profile_label labels[] = {
		{ .key = text(p, "route"), .text = text(p, "/\n") },
		{ .key = text(p, "size"), .number = -5, .unit = text(p, "bytes") },
	};
	const struct profile_sample key = { .node = call(p, PROFILE_ROOT, "f", "", 0, 0),
					    .thread = PROFILE_NONE,
					    .labels = profile_label_set(p, labels, 2) };
	const uint64_t values[] = { 100, 100 };

	(void)state;
	assert_true(profile_add_to(p, &key, values));
	expect(p, (struct report_opts){ .kind = REPORT_LABEL, .label = "route" },
	       "python m.py \xc2\xb7 Python 3.12.1\n"
	       "samples: 200 in all \xc2\xb7 5.00% truncated\n\n"
	       "total  total%  value\n"
	       "  100  50.00%  (none)\n"
	       "  100  50.00%  /\\n\n");
	expect(p, (struct report_opts){ .kind = REPORT_LABEL, .label = "size", .limit = 2 },
	       "python m.py \xc2\xb7 Python 3.12.1\n"
	       "samples: 200 in all \xc2\xb7 5.00% truncated\n\n"
	       "total  total%  value\n"
	       "  100  50.00%  (none)\n"
	       "  100  50.00%  -5 bytes\n");
	profile_destroy(p);
}

/* ---- the tree --------------------------------------------------------------------------- */

#define V "\xe2\x94\x82 "
#define L "\xe2\x94\x94 "
#define T "\xe2\x94\x9c "

static void runs_of_libraries_are_one_branch(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct report_opts){ .kind = REPORT_TREE },
	       HEAD " total%  total   self\n"
		    "100.00%    100         main  m.py:1\n"
		    " 70.00%     70     20  " T "work  m.py:10\n"
		    " 50.00%     50         " V L "work  m.py:10\n"
		    " 40.00%     40     40  " V "  " T "leaf  n.py\n"
		    " 10.00%     10     10  " V "  " L "[truncated]\n"
		    " 30.00%     30     10  " L "net, web  2 library frames\n"
		    " 20.00%     20     20    " L "back  m.py:40\n");
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .every_frame = true, .by_line = true,
					.min_share = 0.35 },
	       HEAD " total%  total   self\n"
		    "100.00%    100         main  m.py:3\n"
		    " 70.00%     70     20  " L "work  m.py:12\n"
		    " 50.00%     50           " L "work  m.py:12\n"
		    " 40.00%     40     40      " L "leaf  n.py:5\n"
		    "4 thin branches are folded, below 35% (--min 0 shows all)\n");
	profile_destroy(p);
}

static void thin_branches_are_told_together(void **state)
{
	struct profile *p = make();
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "m.py", 0, 0);

	(void)state;
	add(p, PROFILE_ROOT, PROFILE_NONE, 0, 10);
	add(p, call(p, main_node, "big", "m.py", 0, 0), PROFILE_NONE, 0, 60);
	for (char name[] = "a"; *name <= 'j'; ++*name)
		add(p, call(p, main_node, name, "m.py", 0, 0), PROFILE_NONE, 0, 3);
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .min_share = 0.05 },
	       "samples: 100 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       " 10.00%     10     10  (no Python frame)\n"
	       " 90.00%     90         main  m.py\n"
	       " 60.00%     60     60  " T "big  m.py\n"
	       " 30.00%     30         " L "10 more\n"
	       "10 thin branches are folded, below 5% (--min 0 shows all)\n");
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .limit = 3 },
	       "samples: 100 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       " 10.00%     10     10  (no Python frame)\n"
	       " 90.00%     90         main  m.py\n"
	       " 60.00%     60     60  " T "big  m.py\n"
	       "  3.00%      3      3  " T "a  m.py\n"
	       " 27.00%     27         " L "9 more\n"
	       "9 more branches, not shown (-n 0 shows all)\n");
	/* Both; and thin is what is thin in shares of the whole, as they are shown. */
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .limit = 1, .min_share = 0.04 },
	       "samples: 100 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       " 10.00%     10     10  (no Python frame)\n"
	       " 90.00%     90         main  m.py\n"
	       " 90.00%     90         " L "11 more\n"
	       "10 thin branches are folded, below 4% (--min 0 shows all)\n"
	       "1 more branch, not shown (-n 0 shows all)\n");
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .whole = 1000, .min_share = 0.06 },
	       "samples: 100, 10.00% of 1,000 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       "  1.00%     10     10  (no Python frame)\n"
	       "  9.00%     90         main  m.py\n"
	       "  6.00%     60     60  " L "big  m.py\n"
	       "10 thin branches are folded, below 6% (--min 0 shows all)\n");
	profile_destroy(p);
}

/* A share of 2^64 - 1 is one of 2^64 to a double. */
static void all_of_the_most_is_not_too_thin(void **state)
{
	struct profile *p = make();
	const uint64_t most[] = { UINT64_MAX, UINT64_MAX };

	(void)state;
	assert_true(profile_add(p, call(p, PROFILE_ROOT, "main", "m.py", 0, 0), PROFILE_NONE, 0,
				most));
	add(p, call(p, PROFILE_ROOT, "thin", "m.py", 0, 0), PROFILE_NONE, 0, 1);
	expect(p, (struct report_opts){ .kind = REPORT_TREE, .min_share = 1 },
	       "samples: 18,446,744,073,709,551,615 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%                       total                        self\n"
	       "100.00%  18,446,744,073,709,551,615  18,446,744,073,709,551,615  main  m.py\n"
	       "1 thin branch is folded, below 100% (--min 0 shows all)\n");
	profile_destroy(p);
}

/* A program that is nothing but library: its frames are what there is to see. */
static void without_own_code_frames_are_shown(void **state)
{
	struct profile *p = make();
	uint32_t a = call(p, PROFILE_ROOT, "a", LIB "x/a.py", 0, 0);

	(void)state;
	add(p, call(p, a, "b", LIB "y/b.py", 0, 0), PROFILE_NONE, 0, 1);
	expect(p, (struct report_opts){ .kind = REPORT_TREE },
	       "samples: 1 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       "100.00%      1         a  x/a.py\n"
	       "100.00%      1      1  " L "b  y/b.py\n");
	profile_destroy(p);
}

/* Own code that a framework calls on two ways stands together. */
static void ways_through_a_library_join(void **state)
{
	struct profile *p = make();
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "m.py", 0, 0);
	uint32_t a = call(p, main_node, "a", LIB "x/a.py", 0, 0);
	uint32_t b = call(p, main_node, "b", LIB "x/b.py", 0, 0);

	(void)state;
	add(p, call(p, a, "view", "v.py", 0, 0), PROFILE_NONE, 0, 2);
	add(p, call(p, b, "view", "v.py", 0, 0), PROFILE_NONE, 0, 3);
	expect(p, (struct report_opts){ .kind = REPORT_TREE },
	       "samples: 5 in all \xc2\xb7 0.00% truncated\n\n"
	       " total%  total   self\n"
	       "100.00%      5         main  m.py\n"
	       "100.00%      5         " L "x  2 library frames\n"
	       "100.00%      5      5    " L "view  v.py\n");
	profile_destroy(p);
}

static void deep_stacks_are_no_trouble(void **state)
{
	struct profile *p = make();
	uint32_t at = PROFILE_ROOT;
	char *bytes;

	(void)state;
	for (int i = 0; i < 20000; i++)
		at = call(p, at, i % 2 ? "a" : "b", "m.py", 0, 0);
	add(p, at, PROFILE_NONE, 0, 1);
	bytes = written(p, (struct report_opts){ .kind = REPORT_TREE });
	assert_non_null(strstr(bytes, "+19899 "));
	assert_true(strlen(bytes) < 20000 * 400);
	free(bytes);
	bytes = written(p, (struct report_opts){ .kind = REPORT_TREE, .width = 60 });
	for (char *line = bytes; *line;) {
		size_t len = strcspn(line, "\n");

		assert_true(len < 60 * 3);
		line += len + 1;
	}
	free(bytes);
	profile_destroy(p);
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void json_is_exact(void **state)
{
	struct profile *p = sample_profile();
	char *bytes = written(p, (struct report_opts){ .json = true, .limit = 2, .metric = 1 });
	json_t *top = json_loads(bytes, 0, NULL), *rows = json_object_get(top, "rows");

	(void)state;
	assert_non_null(top);
	assert_string_equal(json_string_value(json_object_get(top, "schema")), "pyprof-report");
	assert_int_equal(json_integer_value(json_object_get(top, "version")), 1);
	assert_string_equal(json_string_value(json_object_get(top, "report")), "functions");
	assert_int_equal(json_integer_value(json_object_get(top, "total")), 1000000000);
	assert_int_equal(json_integer_value(json_object_get(top, "truncated")), 100000000);
	assert_int_equal(json_integer_value(json_object_get(top, "samples")), 100);
	assert_int_equal(json_integer_value(json_object_get(top, "rows_in_all")), 7);
	assert_int_equal(json_array_size(rows), 2);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "line")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "file")),
			    "/srv/app/m.py");
	json_decref(top);
	free(bytes);
	bytes = written(p, (struct report_opts){ .kind = REPORT_CALLS, .json = true,
						 .callers = "work", .callees = "." });
	top = json_loads(bytes, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(top, "rows")), 7);
	json_decref(top);
	free(bytes);
	bytes = written(p, (struct report_opts){ .kind = REPORT_TREE, .json = true });
	top = json_loads(bytes, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(top, "rows")), 8);
	json_decref(top);
	free(bytes);
	profile_destroy(p);
}

/* The rows of a report in JSON, which the caller gives back; `in_all` is what it says there are. */
static json_t *rows_of(const struct profile *p, struct report_opts opts, size_t in_all)
{
	json_t *top, *rows;
	char *bytes;

	opts.json = true;
	bytes = written(p, opts);
	top = json_loads(bytes, JSON_REJECT_DUPLICATES, NULL);
	free(bytes);
	assert_non_null(top);
	rows = json_incref(json_object_get(top, "rows"));
	assert_int_equal(json_integer_value(json_object_get(top, "rows_in_all")), in_all);
	json_decref(top);
	return rows;
}

static void expect_row(const json_t *rows, size_t i, const char *want)
{
	char *text = json_dumps(json_array_get(rows, i), JSON_PRESERVE_ORDER);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

/* What is not known is null, and no member is left out for it. */
static void json_keeps_its_schema(void **state)
{
	struct profile *p = make();
	uint32_t main_node = call(p, PROFILE_ROOT, "main", "m.py", 1, 2);
	json_t *rows;

	(void)state;
	add(p, PROFILE_ROOT, PROFILE_NONE, 0, 5);
	add(p, main_node, PROFILE_NONE, PROFILE_MARK_TRUNCATED, 3);
	add(p, call(p, main_node, "bare", "", 0, 0), PROFILE_NONE, 0, 2);
	add(p, call(p, call(p, PROFILE_ROOT, "main", "m.py", 1, 0), "bare", "", 0, 0),
	    PROFILE_NONE, 0, 1);
	rows = rows_of(p, (struct report_opts){ .kind = REPORT_TREE, .limit = 1 }, 4);
	assert_int_equal(json_array_size(rows), 4);
	expect_row(rows, 0, "{\"id\": 0, \"parent\": null, \"function\": null, \"file\": null, "
			    "\"line\": null, \"self\": 5, \"total\": 5}");
	expect_row(rows, 1, "{\"id\": 1, \"parent\": null, \"function\": \"main\", \"file\": "
			    "\"m.py\", \"line\": 1, \"self\": 0, \"total\": 6}");
	json_decref(rows);
	rows = rows_of(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "bare",
						.callees = "main", .by_line = true },
		       2);
	expect_row(rows, 0, "{\"function\": \"bare\", \"file\": null, \"line\": null, \"self\": 3, "
			    "\"total\": 3, \"callers\": [{\"function\": \"main\", \"file\": "
			    "\"m.py\", \"line\": 1, \"call_line\": 2, \"total\": 2}, {\"function\": "
			    "\"main\", \"file\": \"m.py\", \"line\": 1, \"call_line\": null, "
			    "\"total\": 1}]}");
	json_decref(rows);
	rows = rows_of(p, (struct report_opts){ .kind = REPORT_CALLS, .callers = "bare" }, 1);
	assert_null(json_object_get(json_array_get(json_object_get(json_array_get(rows, 0),
								   "callers"), 0),
				    "call_line"));
	json_decref(rows);
	rows = rows_of(p, (struct report_opts){ .rows_are = "file", .limit = 2 }, 3);
	expect_row(rows, 0, "{\"file\": null, \"function\": \"bare\", \"self\": 3, \"total\": 3}");
	expect_row(rows, 1, "{\"file\": null, \"function\": \"[truncated]\", \"self\": 3, "
			    "\"total\": 3}");
	json_decref(rows);
	rows = rows_of(p, (struct report_opts){ .rows_are = "module" }, 3);
	expect_row(rows, 0, "{\"module\": \"bare\", \"self\": 3, \"total\": 3}");
	expect_row(rows, 1, "{\"module\": null, \"function\": \"[truncated]\", \"self\": 3, "
			    "\"total\": 3}");
	json_decref(rows);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_counts_a_stack_once),
		cmocka_unit_test(shares_are_of_the_whole),
		cmocka_unit_test(nothing_is_a_report_too),
		cmocka_unit_test(calls_are_parts_of_the_function),
		cmocka_unit_test(each_sample_has_one_thread),
		cmocka_unit_test(labels_are_values),
		cmocka_unit_test(runs_of_libraries_are_one_branch),
		cmocka_unit_test(thin_branches_are_told_together),
		cmocka_unit_test(all_of_the_most_is_not_too_thin),
		cmocka_unit_test(without_own_code_frames_are_shown),
		cmocka_unit_test(ways_through_a_library_join),
		cmocka_unit_test(deep_stacks_are_no_trouble),
		cmocka_unit_test(json_is_exact),
		cmocka_unit_test(json_keeps_its_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
