/* SPDX-License-Identifier: MIT */
/*
 * speedscope's files and JSON lines without memory: whichever allocation is the one that fails,
 * writing and reading say so and keep nothing, and what they do not say so of is whole.
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

#include "format/jsonl.h"
#include "format/speedscope.h"
#include "support/counted_malloc.h"

static char buffer[1 << 16];

/* All kinds of profiles, names of lone surrogates, more frames than fit the first array. */
static const char foreign[] =
	"{\"exporter\":\"py-spy@1\",\"name\":\"n\\udc80\",\"shared\":{\"frames\":["
	"{\"name\":\"a\",\"file\":\"f\\ud800\",\"line\":1},{\"name\":\"b\"},{\"name\":\"c\"},"
	"{\"name\":\"d\"},{\"name\":\"[truncated]\",\"pyprof\":\"truncated\"}]},\"profiles\":["
	"{\"type\":\"sampled\",\"name\":\"Process 1 Thread 2 \\\"x\\\"\",\"unit\":\"seconds\","
	"\"samples\":[[0,1,2,3,0,1,2,3,0,1,2,3,0,1,2,3,4],[0,1,1]],\"weights\":[1,2]},"
	"{\"type\":\"evented\",\"name\":\"y\",\"unit\":\"none\",\"events\":["
	"{\"type\":\"O\",\"frame\":0,\"at\":1},{\"type\":\"C\",\"frame\":0,\"at\":4}]}]}";

static struct profile *profile;

static enum pyprof_status write_as(const struct format *format, size_t *len)
{
	const struct format_input input = { .profile = profile };
	FILE *out = fmemopen(buffer, sizeof(buffer), "w");
	enum pyprof_status status;

	if (!out)
		return PYPROF_ERR_NOMEM;
	status = format->write(&input, out, NULL);
	*len = (size_t)ftell(out);
	fclose(out);
	return status;
}

static void writes_without_memory(const struct format *format)
{
	char whole[sizeof(buffer)];
	size_t len = 0, again, n;

	n_allocations = 0;
	assert_int_equal(write_as(format, &len), PYPROF_OK);
	memcpy(whole, buffer, len);
	n = n_allocations;
	assert_in_range(n, 6, 1000);
	for (size_t i = 0; i < n; i++) {
		size_t before = live;
		enum pyprof_status status;

		n_allocations = 0;
		fail_only(i);
		again = 0;
		status = write_as(format, &again);
		fail_never();
		assert_int_equal(live, before);
		if (status)
			assert_int_equal(status, PYPROF_ERR_NOMEM);
		else if (again != len || memcmp(whole, buffer, len) != 0)
			fail_msg("allocation %zu fails, and the file is not whole", i);
	}
}

static void speedscope_is_written(void **state)
{
	(void)state;
	if (!COUNTED)
		skip();
	writes_without_memory(&format_speedscope);
}

static void lines_are_written(void **state)
{
	(void)state;
	if (!COUNTED)
		skip();
	writes_without_memory(&format_jsonl);
}

static void speedscope_is_read(void **state)
{
	size_t n, failed = 0;

	(void)state;
	if (!COUNTED)
		skip();
	n_allocations = 0;
	profile_destroy(profile);
	assert_int_equal(speedscope_read(&profile, foreign, strlen(foreign), NULL), PYPROF_OK);
	n = n_allocations;
	assert_in_range(n, 100, 5000);
	for (size_t i = 0; i < n; i++) {
		struct pyprof_error err = { 0 };
		struct profile *p;
		size_t before = live;
		enum pyprof_status status;

		n_allocations = 0;
		fail_only(i);
		status = speedscope_read(&p, foreign, strlen(foreign), &err);
		fail_never();
		if (status) {
			failed++;
			assert_null(p);
			/* In a string jansson cannot tell, see base/json_read.h. */
			if (status != PYPROF_ERR_NOMEM &&
			    (status != PYPROF_ERR_CORRUPT || !strstr(err.message, ", byte ")))
				fail_msg("allocation %zu of %zu fails: %d, %s", i, n, status,
					 err.message);
		} else {
			assert_int_equal(p->n_samples, profile->n_samples);
			assert_int_equal(p->n_nodes, profile->n_nodes);
			assert_int_equal(profile_total(p, 0), profile_total(profile, 0));
			assert_int_equal(profile_total(p, 1), profile_total(profile, 1));
			assert_non_null(p->info.comments);
		}
		profile_destroy(p);
		assert_int_equal(live, before);
	}
	assert_in_range(failed, n / 2, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speedscope_is_written),
		cmocka_unit_test(lines_are_written),
		cmocka_unit_test(speedscope_is_read),
	};

	int failed;

	if (speedscope_read(&profile, foreign, strlen(foreign), NULL))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	profile_destroy(profile);
	return failed;
}
