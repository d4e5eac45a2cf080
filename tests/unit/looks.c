/* SPDX-License-Identifier: MIT */
/* When a compare may look, at which level, and when the answer is clear. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diff/looks.h"

static void planned(void **state)
{
	char text[200] = "";

	(void)state;
	/* Quarters, rounded up, five runs at least, and never the last one. */
	for (size_t runs = 2; runs <= 20; runs += 6)
		for (size_t done = 0; done <= runs + 1; done++)
			if (looks_planned(done, runs))
				snprintf(text + strlen(text), sizeof(text) - strlen(text),
					 "%zu/%zu ", done, runs);
	assert_string_equal(text, "6/8 7/14 11/14 5/20 10/20 15/20 ");
	assert_true(looks_planned(5, 10) && looks_planned(8, 10));
	assert_false(looks_planned(3, 10) || looks_planned(10, 10));
}

/*
 * The O'Brien-Fleming-type spending function, 2 - 2 F(z / sqrt(f)), two-sided at 5%, as tables of it
 * have it for f of 0.25, 0.5, 0.75: 0.0001, 0.0056, 0.0236 (Lan and DeMets; z of 1.96).
 */
static void levels(void **state)
{
	(void)state;
	assert_true(fabs(looks_level(.05, 5, 20) - .0000886) < 1e-6);
	assert_true(fabs(looks_level(.05, 10, 20) - .00557) < 1e-5);
	assert_true(fabs(looks_level(.05, 15, 20) - .02362) < 1e-5);
	assert_true(looks_level(.05, 20, 20) == .05);
	for (size_t done = 1; done < 20; done++)
		assert_true(looks_level(.01, done, 20) < looks_level(.01, done + 1, 20));
}

static bool clear_of(enum verdict_outcome outcome, size_t findings, double q, size_t done)
{
	struct verdict_item items[2] = {
		{ .q = .9, .told_by = PROFILE_NONE },
		{ .q = q, .tested = true, .told_by = PROFILE_NONE },
	};
	struct verdict verdict = { .outcome = outcome, .items = items, .n_items = 2,
				   .n_findings = findings };

	return looks_clear(&verdict, done, 20);
}

static void clear(void **state)
{
	(void)state;
	assert_true(clear_of(VERDICT_REGRESSION, 1, .001, 5));
	assert_true(clear_of(VERDICT_IMPROVEMENT, 1, .001, 5));
	assert_false(clear_of(VERDICT_REGRESSION, 0, .001, 15)); /* whose is it? */
	assert_false(clear_of(VERDICT_INCONCLUSIVE, 0, .9, 15));
	assert_false(clear_of(VERDICT_PASS, 0, .9, 5));
	assert_true(clear_of(VERDICT_PASS, 0, .9, 10));
	assert_false(clear_of(VERDICT_PASS, 0, .3, 15)); /* it could be yet */
}

/* The first got faster; is the second perhaps slower? */
static bool gain_clear(double total, double change, double q, bool small, uint32_t told_by)
{
	struct verdict_item items[3] = {
		{ .change = total, .q = .2, .tested = true, .told_by = PROFILE_NONE },
		{ .change = -.3, .q = .001, .tested = true, .found = CHANGE_FASTER, .gains = true,
		  .told_by = PROFILE_NONE },
		{ .change = change, .q = q, .tested = true, .small = small, .told_by = told_by },
	};
	struct verdict verdict = { .outcome = VERDICT_IMPROVEMENT, .items = items, .n_items = 3,
				   .n_findings = 1 };

	return looks_clear(&verdict, 15, 20);
}

/* A loss may be open yet while a gain is clear, and fresh runs are asked of what was found alone. */
static void clear_gain(void **state)
{
	(void)state;
	assert_true(gain_clear(-.03, -.1, .2, false, PROFILE_NONE));
	assert_true(gain_clear(-.03, .1, .6, false, PROFILE_NONE));
	assert_false(gain_clear(-.03, .1, .2, false, PROFILE_NONE));
	assert_false(gain_clear(.03, -.1, .2, false, PROFILE_NONE));
	assert_true(gain_clear(-.03, .1, .2, true, PROFILE_NONE));
	/* A module of which all that is known is a function that is told. */
	assert_true(gain_clear(-.03, .1, .001, false, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planned),
		cmocka_unit_test(levels),
		cmocka_unit_test(clear),
		cmocka_unit_test(clear_gain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
