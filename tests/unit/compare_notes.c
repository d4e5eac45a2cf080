/* SPDX-License-Identifier: MIT */
/* What a compare says of its runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/compare.c"

/* The notes on `done` of `runs` runs a side, a line each. */
static const char *notes(enum verdict_outcome outcome_now, size_t done, size_t runs, bool changed,
			 bool again)
{
	static char text[1000];
	struct verdict_item total = { .change = 0.25, .low = 0.2, .high = 0.301 };
	struct verdict fresh = { .items = &total, .n_items = 1 };
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct pyprof_verdict first = { .verdict = verdict }, second = { .verdict = &fresh };
	struct pyprof_compare compare = { .opts.runs = runs,
					  .verdicts = { &first, again ? &second : NULL } };

	assert_non_null(verdict);
	verdict->outcome = outcome_now;
	assert_int_equal(note_runs(&compare, done, changed, NULL), PYPROF_OK);
	text[0] = '\0';
	for (size_t i = 0; i < verdict->n_notes; i++)
		sprintf(text + strlen(text), "%s\n", verdict->notes[i]);
	verdict_destroy(verdict);
	return text;
}

/* The levels are the spending function's: see looks.c. */
static void early_end(void **state)
{
	(void)state;
	assert_string_equal(notes(VERDICT_PASS, 5, 10, false, false),
			    "the answer was clear after 5 of 10 runs a side\n");
	assert_string_equal(notes(VERDICT_REGRESSION, 5, 10, true, false),
			    "the answer was clear after 5 of 10 runs a side (a change is believed that "
			    "early at a level of 0.027%)\n");
	assert_string_equal(notes(VERDICT_IMPROVEMENT, 8, 10, true, false),
			    "the answer was clear after 8 of 10 runs a side (a change is believed that "
			    "early at a level of 0.4%)\n");
	assert_string_equal(notes(VERDICT_REGRESSION, 250, 1000, true, false),
			    "the answer was clear after 250 of 1000 runs a side (a change is believed "
			    "that early at a level below 0.001%)\n");
}

/* That they ended early was for what they showed, whatever became of it. */
static void not_confirmed(void **state)
{
	(void)state;
	assert_string_equal(notes(VERDICT_PASS, 5, 10, true, true),
			    "the answer was clear after 5 of 10 runs a side (a change is believed that "
			    "early at a level of 0.027%)\n");
}

static void all_runs(void **state)
{
	(void)state;
	assert_string_equal(notes(VERDICT_PASS, 10, 10, false, false), "");
	assert_string_equal(notes(VERDICT_REGRESSION, 10, 10, true, false), "");
	assert_string_equal(notes(VERDICT_REGRESSION, 10, 10, true, true),
			    "10 fresh runs a side confirm it: there the total changed by +25.0% (+20.0 "
			    "to +30.1%)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_end),
		cmocka_unit_test(not_confirmed),
		cmocka_unit_test(all_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
