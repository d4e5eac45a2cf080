/* SPDX-License-Identifier: MIT */
/* Numbers for people, without floats and without the locale. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/amount.h"

/* Runs `call`, which appends to `out`, and compares. */
#define assert_says(call, wanted)                                                        \
	do {                                                                             \
		struct str out = STR_INIT;                                               \
		call;                                                                    \
		assert_string_equal(str_cstr(&out), wanted);                             \
		str_deinit(&out);                                                        \
	} while (0)

static void scales_without_overflow(void **state)
{
	(void)state;
	assert_int_equal(amount_scale(1, 100, 3), 33);
	assert_int_equal(amount_scale(2, 100, 3), 67);
	assert_int_equal(amount_scale(7, 5, 0), 0);
	assert_true(amount_scale(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
	assert_true(amount_scale(UINT64_MAX / 3, 117600, UINT64_MAX) == 39200);
	assert_true(amount_scale(UINT64_MAX, 2, 1) == UINT64_MAX);
}

static void counts(void **state)
{
	(void)state;
	assert_says(amount_count(&out, 0), "0");
	assert_says(amount_count(&out, 999), "999");
	assert_says(amount_count(&out, 1000), "1,000");
	assert_says(amount_count(&out, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_says(amount_of(&out, 1, "box", "boxes"), "1 box");
	assert_says(amount_of(&out, 0, "box", "boxes"), "0 boxes");
}

static void percents(void **state)
{
	(void)state;
	assert_says(amount_percent(&out, 0, 5), "0.00%");
	assert_says(amount_percent(&out, 5, 5), "100.00%");
	assert_says(amount_percent(&out, 1, 3), "33.33%");
	assert_says(amount_percent(&out, 1, 20000), "0.01%");
	assert_says(amount_percent(&out, 1, 20001), "<0.01%");
	assert_says(amount_percent(&out, 0, 0), "0.00%");
	assert_says(amount_percent(&out, UINT64_MAX / 2, UINT64_MAX), "50.00%");
}

static void durations(void **state)
{
	(void)state;
	assert_says(amount_duration(&out, 0), "0 ns");
	assert_says(amount_duration(&out, 999), "999 ns");
	assert_says(amount_duration(&out, 1000), "1 \xc2\xb5s");
	assert_says(amount_duration(&out, 12340), "12.3 \xc2\xb5s");
	assert_says(amount_duration(&out, 999499), "999 \xc2\xb5s");
	assert_says(amount_duration(&out, 999500), "1 ms");
	assert_says(amount_duration(&out, 1234000), "1.23 ms");
	assert_says(amount_duration(&out, 59900000000), "59.9 s");
	assert_says(amount_duration(&out, 119000000000), "119 s");
	assert_says(amount_duration(&out, 120000000000), "2 min");
	assert_says(amount_duration(&out, 725000000000), "12 min 5 s");
	assert_says(amount_duration(&out, 7200000000000), "2 h");
	assert_says(amount_duration(&out, 12000000000000), "3 h 20 min");
	assert_says(amount_duration(&out, UINT64_MAX), "5,124,095 h 34 min");
}

static void rates(void **state)
{
	(void)state;
	assert_says(amount_rate(&out, 100), "100 Hz");
	assert_says(amount_rate(&out, 99.84), "99.84 Hz");
	assert_says(amount_rate(&out, 0.5), "0.5 Hz");
	assert_says(amount_rate(&out, 10000), "10,000 Hz");
	assert_says(amount_rate(&out, 1000.4), "1,000 Hz");
	assert_says(amount_rate(&out, -1), "0 Hz");
	assert_says(amount_rate(&out, (double)NAN), "0 Hz");
	assert_says(amount_rate(&out, (double)INFINITY), "0 Hz");
}

static void values(void **state)
{
	(void)state;
	assert_says(amount_value(&out, 1234, "samples", "count"), "1,234 samples");
	assert_says(amount_value(&out, 1, "samples", "count"), "1 sample");
	assert_says(amount_value(&out, 1250000000, "wall", "nanoseconds"), "1.25 s");
	assert_says(amount_value(&out, 2048, "heap", "bytes"), "2,048 bytes");
}

static void no_locale_changes_them(void **state)
{
	(void)state;
	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "C.UTF-8"))
		skip();
	assert_says(amount_hundredths(&out, 1250), "12.5");
	assert_says(amount_hundredths(&out, 1205), "12.05");
	assert_says(amount_hundredths(&out, 1200), "12");
	assert_says(amount_percent(&out, 1, 3), "33.33%");
	assert_says(amount_rate(&out, 99.84), "99.84 Hz");
	setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_without_overflow),
		cmocka_unit_test(counts),
		cmocka_unit_test(percents),
		cmocka_unit_test(durations),
		cmocka_unit_test(rates),
		cmocka_unit_test(values),
		cmocka_unit_test(no_locale_changes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
