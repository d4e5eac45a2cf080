/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "render/dot.h"

static const struct profile_metric metrics[] = {
	{ "samples", "count" },
	{ "wall", "nanoseconds" },
};

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name, strlen(name)),
				      profile_string(p, file, strlen(file)), 0);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t samples)
{
	const uint64_t values[] = { samples, samples * 1000000 };

	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

/* What is written of it; the caller frees it. */
static char *draw(const struct profile *p, size_t metric)
{
	struct format_input input = { .profile = p, .metric = metric };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(format_dot.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

/* main calls f at two lines, f calls itself, and is cut short once. */
static void says_shares(void **state)
{
	struct profile *p = make();
	uint32_t top = call(p, PROFILE_ROOT, "main", "/srv/m.py", 1);
	uint32_t f = call(p, top, "f", "/srv/m.py", 5);
	uint32_t again = call(p, call(p, PROFILE_ROOT, "main", "/srv/m.py", 2), "f", "/srv/m.py", 6);
	_cleanup_free_ char *text = NULL;

	(void)state;
	p->info.cwd = strdup("/srv");
	p->info.command = strdup("run \"it\"");
	add(p, top, 0, 10);
	add(p, f, 0, 20);
	add(p, call(p, f, "f", "/srv/m.py", 7), 0, 30);
	add(p, again, PROFILE_MARK_TRUNCATED, 15);
	add(p, call(p, PROFILE_ROOT, "g", "", 0), 0, 25);
	text = draw(p, 1);
	has(text, "label=\"Call graph of run \\\"it\\\"\\nwall: 100 ms in all\"");
	has(text, "n0 [ label=\"main\\nm.py\\ntotal 75.00% (75 ms)\\nself 10.00% (10 ms)\" "
		  "tooltip=\"main\\n/srv/m.py\"");
	has(text, "n1 [ label=\"f\\nm.py\\ntotal 65.00% (65 ms)\\nself 50.00% (50 ms)\"");
	has(text, "[ label=\"[truncated]\\ntotal 15.00% (15 ms)\\nself 15.00% (15 ms)\"");
	has(text, "[ label=\"g\\ntotal 25.00% (25 ms)");
	has(text, "n0 -> n1 [ label=\"65.00%\" tooltip=\"main calls f: 65.00% (65 ms), 100.00% of "
		  "the callee's total\"");
	has(text, "n1 -> n1 [ label=\"30.00%\\n46.15% of callee\"");
	has_not(text, "left out");
	free(text);
	text = draw(p, 0);
	has(text, "total 75.00% (75 samples)");
	profile_destroy(p);
}

static void leaves_out_what_is_small(void **state)
{
	struct profile *p = make();
	uint32_t top = call(p, PROFILE_ROOT, "main", "m.py", 1);
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(p, call(p, top, "just", "m.py", 1), 0, 50);
	add(p, call(p, top, "small", "m.py", 1), 0, 49);
	add(p, call(p, call(p, top, "big", "m.py", 1), "just", "m.py", 1), 0, 9);
	add(p, call(p, top, "big", "m.py", 1), 0, 10000 - 108);
	text = draw(p, 0);
	has(text, "label=\"just\\nm.py\\ntotal 0.59%");
	has_not(text, "small");
	has(text, "label=\"0.50%\\n84.75% of callee\"");
	has_not(text, "0.09%");
	has(text, "left out: 1 function below 0.5%, 2 calls below 0.1% or of these");
	profile_destroy(p);
}

static void escapes(void **state)
{
	struct profile *p = make();
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(p, call(p, PROFILE_ROOT, "a\"b\\N&amp;\n<b>", "\xff\\", 1), 0, 1);
	text = draw(p, 0);
	has(text, "label=\"a\\\"b\\\\N&amp;amp;\\\\n<b>\\n\\\\udcff\\\\\\ntotal");
	profile_destroy(p);
}

static void says_that_there_is_nothing(void **state)
{
	struct profile *p = make();
	_cleanup_free_ char *text = draw(p, 0);

	(void)state;
	has(text, "samples: 0 samples in all\\nNo samples.\"");
	has_not(text, "n0");
	profile_destroy(p);
}

static void takes_the_largest_values(void **state)
{
	struct profile *p = make();
	const uint64_t values[] = { UINT64_MAX, UINT64_MAX };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_true(profile_add(p, call(p, PROFILE_ROOT, "f", "", 0), PROFILE_NONE, 0, values));
	text = draw(p, 0);
	has(text, "total 100.00% (18,446,744,073,709,551,615 samples)");
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_shares),
		cmocka_unit_test(leaves_out_what_is_small),
		cmocka_unit_test(escapes),
		cmocka_unit_test(says_that_there_is_nothing),
		cmocka_unit_test(takes_the_largest_values),
	};

	return cmocka_run_group_tests_name("render_dot", tests, NULL, NULL);
}
