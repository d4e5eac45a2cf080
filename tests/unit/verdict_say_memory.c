/* SPDX-License-Identifier: MIT */
/*
 * Verdicts told when there is no memory: each allocation fails in turn, alone or with all after it.
 * Then it is an error, or the text is whole; and nothing is left behind.
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

#include "support/counted_malloc.h"
#include "support/made_verdict.h"

static char room[65536], whole[65536];

/* Allocations from number `from` up to `to` fail. *n: how many there were. */
static enum pyprof_status tell_into(char *text, const struct verdict_format *format, size_t from,
				    size_t to, size_t *n)
{
	FILE *out = fmemopen(text, sizeof(room), "w");
	enum pyprof_status status;

	assert_non_null(out);
	memset(text, 0, sizeof(room));
	setvbuf(out, NULL, _IONBF, 0);
	n_allocations = 0;
	fail_from = from;
	fail_to = to;
	status = verdict_say(&made, &made_opts, format, out, NULL);
	fail_never();
	*n = n_allocations;
	fclose(out);
	return status;
}

static void check_format(const struct verdict_format *format)
{
	size_t wanted, n, before, errors = 0;

	assert_int_equal(tell_into(whole, format, SIZE_MAX, SIZE_MAX, &wanted), PYPROF_OK);
	assert_in_range(strlen(whole), 1, sizeof(whole) - 2);
	before = live;
	for (size_t i = 0; i < 2 * wanted; i++) {
		size_t from = i / 2, to = i % 2 ? SIZE_MAX : from + 1;
		enum pyprof_status status = tell_into(room, format, from, to, &n);

		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			errors++;
		} else {
			assert_string_equal(room, whole);
		}
		assert_int_equal(live, before);
	}
	assert_true(wanted > 4);
	assert_true(errors > wanted);
}

static void each_format(void **state)
{
	static const char *const cases[] = { "regression", "inconclusive" };

	(void)state;
	if (!COUNTED)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(made_verdict(cases[i]));
		made_opts.width = 100;
		made_opts.color = true;
		for (const struct verdict_format *const *f = verdict_formats; *f; f++)
			check_format(*f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
