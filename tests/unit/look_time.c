/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "python/look_time.h"

/* A look at 8 pieces that takes 4 µs, give or take. */
static void settle(struct look_time *time)
{
	for (unsigned i = 0; i < 1000; i++)
		look_time_counts(time, 3600 + i * 37 % 800, 8, 2000);
}

static void what_takes_far_longer_does_not_count(void **state)
{
	struct look_time time = { 0 };

	(void)state;
	settle(&time);
	assert_true(look_time_counts(&time, 5000, 8, 2000));
	assert_false(look_time_counts(&time, 7000, 8, 2000));
	assert_false(look_time_counts(&time, 1000000000, 8, 2000));
	assert_true(look_time_counts(&time, 4000, 8, 2000));
	assert_true(look_time_counts(&time, 0, 8, 2000));
}

static void more_to_read_may_take_longer(void **state)
{
	struct look_time time = { 0 };

	(void)state;
	settle(&time);
	assert_true(look_time_counts(&time, 12000, 40, 9000));
	assert_true(look_time_counts(&time, 30000, 8, 400000));
	assert_false(look_time_counts(&time, 12000, 2, 16));
}

static void most_looks_count_on_a_machine_that_slows_down(void **state)
{
	struct look_time time = { 0 };
	unsigned lost = 0;

	(void)state;
	settle(&time);
	for (unsigned i = 0; i < 1000; i++)
		lost += !look_time_counts(&time, 400000, 8, 2000);
	assert_in_range(lost, 1, 100);
	/* And one that has become fast again is found out too. */
	settle(&time);
	assert_false(look_time_counts(&time, 10000, 8, 2000));
}

static void the_first_looks_count_in_any_case(void **state)
{
	struct look_time time = { 0 };

	(void)state;
	for (unsigned i = 0; i < LOOK_TIME_LEARN; i++)
		assert_true(look_time_counts(&time, 1000 << i, 8, 2000));
	assert_false(look_time_counts(&time, 1000 << LOOK_TIME_LEARN, 8, 2000));
}

static void a_slow_first_look_is_no_measure(void **state)
{
	struct look_time time = { 0 };

	(void)state;
	assert_true(look_time_counts(&time, 1000000000, 8, 2000));
	for (unsigned i = 0; i < 400; i++)
		assert_true(look_time_counts(&time, 4000, 8, 2000));
	assert_false(look_time_counts(&time, 10000, 8, 2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_takes_far_longer_does_not_count),
		cmocka_unit_test(more_to_read_may_take_longer),
		cmocka_unit_test(most_looks_count_on_a_machine_that_slows_down),
		cmocka_unit_test(the_first_looks_count_in_any_case),
		cmocka_unit_test(a_slow_first_look_is_no_measure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
