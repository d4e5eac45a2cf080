/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/jsonl.h"

static uint32_t string(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static void add(struct profile *p, const struct profile_label *labels, size_t n)
{
	struct profile_sample key = { .node = PROFILE_ROOT, .thread = PROFILE_NONE };
	const uint64_t one = 1;

	key.labels = profile_label_set(p, labels, n);
	assert_int_not_equal(key.labels, PROFILE_NONE);
	assert_true(profile_add_to(p, &key, &one));
}

/* Keys by their first label, the labels of each in their order; of each sample by itself. */
static void labels_of_one_key_are_an_array(void **state)
{
	static const struct profile_metric metric = { "samples", "count" };
	struct format_input input = { 0 };
	struct profile *p;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	assert_int_equal(profile_create(&p, &metric, 1, NULL), PYPROF_OK);
	{
		const struct profile_label many[] = {
			{ .key = string(p, "b"), .number = 1 },
			{ .key = string(p, "a"), .text = string(p, "x") },
			{ .key = string(p, "b"), .number = 2, .unit = string(p, "bytes") },
			{ .key = string(p, "c"), .number = -3 },
			{ .key = string(p, "b"), .text = string(p, "b") },
		};

		add(p, many, 5);
		add(p, many + 2, 1);
		add(p, many + 3, 2);
	}
	input.profile = p;
	assert_int_equal(format_jsonl.write(&input, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(strchr(text, '\n') + 1,
			    "{\"stack\":[],\"labels\":{\"b\":[1,{\"value\":2,\"unit\":\"bytes\"},"
			    "\"b\"],\"a\":\"x\",\"c\":-3},\"values\":{\"samples\":1}}\n"
			    "{\"stack\":[],\"labels\":{\"b\":{\"value\":2,\"unit\":\"bytes\"}},"
			    "\"values\":{\"samples\":1}}\n"
			    "{\"stack\":[],\"labels\":{\"c\":-3,\"b\":\"b\"},"
			    "\"values\":{\"samples\":1}}\n");
	free(text);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_of_one_key_are_an_array),
	};

	return cmocka_run_group_tests_name("jsonl", tests, NULL, NULL);
}
