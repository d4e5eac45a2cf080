/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sample/clock.h"

static void ticks_do_not_drift(void **state)
{
	struct sample_clock clock;
	uint64_t late = 0;

	(void)state;
	/* 333 Hz has no whole number of nanoseconds for a period. */
	sample_clock_init(&clock, 1000, 333, 0);
	for (int i = 0; i < 333 * 3600; i++)
		late += sample_clock_answer(&clock, sample_clock_due(&clock));
	assert_int_equal(late, 0);
	assert_true(sample_clock_due(&clock) >= 1000 + 3600000000000ULL - 1000);
	assert_true(sample_clock_due(&clock) <= 1000 + 3600000000000ULL + 1000);
}

static void late_answers_are_counted_and_not_made_up_for(void **state)
{
	struct sample_clock clock;

	(void)state;
	sample_clock_init(&clock, 0, 1000, 0);
	assert_int_equal(sample_clock_answer(&clock, 0), 0);
	assert_int_equal(sample_clock_answer(&clock, 1500000), 0); /* tick 1, a bit late */
	assert_int_equal(sample_clock_answer(&clock, 7200000), 5); /* 2; 3 to 7 are gone */
	assert_int_equal(sample_clock_due(&clock), 8000000);
}

static void an_early_answer_is_taken_for_on_time(void **state)
{
	struct sample_clock clock;

	(void)state;
	sample_clock_init(&clock, 5000000, 1000, 0);
	assert_int_equal(sample_clock_answer(&clock, 0), 0);
	assert_int_equal(sample_clock_due(&clock), 6000000);
}

static void ticks_that_nobody_answered_are_counted(void **state)
{
	struct sample_clock clock;

	(void)state;
	sample_clock_init(&clock, 0, 1000, 0);
	assert_int_equal(sample_clock_answer(&clock, 0), 0);
	assert_int_equal(sample_clock_passed(&clock, 500000), 0);
	assert_int_equal(sample_clock_passed(&clock, 1000000), 0);
	assert_int_equal(sample_clock_passed(&clock, 1900000), 0);
	assert_int_equal(sample_clock_passed(&clock, 2100000), 1);
	assert_int_equal(sample_clock_passed(&clock, 7100000), 6);
}

static void jitter_fills_every_period_evenly(void **state)
{
	enum { TICKS = 100000, TENTHS = 10 };
	struct sample_clock clock;
	unsigned seen[TENTHS] = { 0 };

	(void)state;
	sample_clock_init(&clock, 1000, 1000, 42);
	for (uint64_t i = 0; i < TICKS; i++) {
		uint64_t due = sample_clock_due(&clock);

		/* One tick a period, so that the rate is what was asked for. */
		assert_in_range(due, 1000 + i * 1000000, 1000 + (i + 1) * 1000000);
		assert_int_equal(sample_clock_due(&clock), due);
		seen[(due - 1000) % 1000000 * TENTHS / 1000000]++;
		assert_int_equal(sample_clock_answer(&clock, due), 0);
	}
	/* 10,000 each, give or take five standard deviations. */
	for (int i = 0; i < TENTHS; i++)
		assert_in_range(seen[i], 9500, 10500);
}

static void late_ticks_are_counted_with_jitter_too(void **state)
{
	struct sample_clock clock;
	uint64_t answered = 0, late = 0, now = 0;

	(void)state;
	sample_clock_init(&clock, 0, 1000, 7);
	/* Three quarters of each ten ticks come too late to be answered. */
	while (now < 10000000000) {
		now = sample_clock_due(&clock) + answered % 10 * 1000000;
		late += sample_clock_answer(&clock, now);
		answered++;
		assert_true(sample_clock_due(&clock) > now);
	}
	assert_true(late > 2 * answered);
	assert_in_range(answered + late, now / 1000000, now / 1000000 + 1);
}

static void clocks_advance(void **state)
{
	uint64_t wall = clock_monotonic_ns(), cpu = clock_cpu_ns();
	volatile unsigned sum = 0;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		sum += i;
	assert_true(clock_monotonic_ns() > wall);
	assert_true(sum > 0);
	assert_true(clock_cpu_ns() > cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_do_not_drift),
		cmocka_unit_test(late_answers_are_counted_and_not_made_up_for),
		cmocka_unit_test(an_early_answer_is_taken_for_on_time),
		cmocka_unit_test(ticks_that_nobody_answered_are_counted),
		cmocka_unit_test(jitter_fills_every_period_evenly),
		cmocka_unit_test(late_ticks_are_counted_with_jitter_too),
		cmocka_unit_test(clocks_advance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
