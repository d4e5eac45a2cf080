/* SPDX-License-Identifier: MIT */
/* What pyprof_compare_create() does not take, before anything is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libpyprof.h"

static char *command[] = { (char *)(uintptr_t)"true", NULL };

static struct pyprof_compare_opts usual(void)
{
	struct pyprof_compare_opts opts = PYPROF_COMPARE_OPTS_INIT;

	opts.argv[0] = opts.argv[1] = command;
	return opts;
}

static void assert_refused(const struct pyprof_compare_opts *opts, const char *message)
{
	struct pyprof_compare *compare = NULL;
	struct pyprof_error err = { 0 };

	assert_int_equal(pyprof_compare_create(&compare, opts, &err), PYPROF_ERR_USAGE);
	assert_null(compare);
	assert_string_equal(err.message, message);
}

static void assert_taken(const struct pyprof_compare_opts *opts)
{
	struct pyprof_compare *compare = NULL;

	assert_int_equal(pyprof_compare_create(&compare, opts, NULL), PYPROF_OK);
	assert_non_null(compare);
	pyprof_compare_destroy(compare);
}

static void test_commands(void **state)
{
	struct pyprof_compare_opts opts = usual();
	char *none[] = { NULL };

	(void)state;
	assert_taken(&opts);
	opts.argv[1] = none;
	assert_refused(&opts, "head: no command to run");
	opts.argv[0] = NULL;
	assert_refused(&opts, "base: no command to run");
}

static void test_numbers(void **state)
{
	struct pyprof_compare_opts opts = usual();

	(void)state;
	opts.runs = 1;
	assert_refused(&opts, "runs can be 2 to 1000 a side");
	opts.runs = 1001;
	assert_refused(&opts, "runs can be 2 to 1000 a side");
	opts.runs = 1000;
	opts.warmup = 100;
	assert_taken(&opts);
	opts.warmup = 101;
	assert_refused(&opts, "warm-up runs can be 0 to 100 a side");
	opts.warmup = 0;
	opts.metric = "cpu,wall";
	assert_refused(&opts, "one metric is compared, not 'cpu,wall'");
}

static void test_part(void **state)
{
	struct pyprof_compare_opts opts = usual();
	struct pyprof_filter filter = PYPROF_FILTER_INIT;

	(void)state;
	opts.filter = &filter;
	filter.granularity = PYPROF_FUNCTIONS;
	assert_taken(&opts);
	filter.granularity = PYPROF_FILES;
	assert_refused(&opts, "what is compared are functions, and the modules they are in, not "
			      "frames of whole files or modules");
	filter.granularity = PYPROF_LINES;
	filter.focus = "(";
	assert_refused(&opts, "--focus: '(' is no regular expression: missing closing parenthesis at its byte 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
