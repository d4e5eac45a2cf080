/* SPDX-License-Identifier: MIT */
/* Numbers for narrow columns, and the small graphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The screen is no part of the library that tests are linked with. */
#include "tui/figure.c"
#include "tui/history.c"

#define assert_text(call, wanted)                                                        \
	do {                                                                             \
		char buf[FIGURE_MAX];                                                    \
		assert_string_equal(call, wanted);                                       \
	} while (0)

static void percents(void **state)
{
	(void)state;
	assert_text(figure_percent(0, 10, buf), "0.0%");
	assert_text(figure_percent(1, 8, buf), "12.5%");
	assert_text(figure_percent(10, 10, buf), "100.0%");
	assert_text(figure_percent(12345, 1000, buf), "1234%");
	assert_text(figure_percent(0, 0, buf), "-");
	assert_text(figure_percent(1e30, 1, buf), ">99999%");
	assert_text(figure_percent(-0.0, 0, buf), "-");
}

static void times(void **state)
{
	(void)state;
	assert_text(figure_time(0, buf), "0");
	assert_text(figure_time(1, buf), "<1ms");
	assert_text(figure_time(999999, buf), "<1ms");
	assert_text(figure_time(1500000, buf), "2ms");
	assert_text(figure_time(999400000, buf), "999ms");
	assert_text(figure_time(999900000, buf), "1.00s");
	assert_text(figure_time(12345000000, buf), "12.35s");
	assert_text(figure_time(123450000000, buf), "123.5s");
	assert_text(figure_time(599900000000, buf), "599.9s");
	assert_text(figure_time(603000000000, buf), "10m03s");
	assert_text(figure_time(2 * 3600 * SECOND + 5 * 60 * SECOND, buf), "2h05m");
	assert_text(figure_time(100 * 3600 * SECOND, buf), "4d04h");
	assert_text(figure_clock(3723 * SECOND, buf), "1:02:03");
}

static void counts(void **state)
{
	(void)state;
	assert_text(figure_count(0, buf), "0");
	assert_text(figure_count(999, buf), "999");
	assert_text(figure_count(1000, buf), "1,000");
	assert_text(figure_count(999999, buf), "999,999");
	assert_text(figure_count(1000000, buf), "1.00M");
	assert_text(figure_count(123400000, buf), "123M");
	assert_text(figure_count(UINT64_MAX, buf), "18.4E");
	assert_text(figure_bytes(0, buf), "0K");
	assert_text(figure_bytes(512 << 10, buf), "512K");
	assert_text(figure_bytes(1 << 20, buf), "1.00M");
	assert_text(figure_bytes(150u << 20, buf), "150M");
	assert_text(figure_bytes(UINT64_MAX, buf), "16.0E");
}

/* Whatever the number: it fits a column of eight. */
static void all_fit(void **state)
{
	char buf[FIGURE_MAX];
	uint64_t n = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		n = n * 6364136223846793005u + 1442695040888963407u;
		uint64_t value = n >> (i % 64);

		assert_true(strlen(figure_time(value, buf)) <= 8);
		assert_true(strlen(figure_count(value, buf)) <= 7);
		assert_true(strlen(figure_bytes(value, buf)) <= 7);
		assert_true(strlen(figure_percent((double)value, 1e9, buf)) <= 7);
	}
}

static void assert_line(const struct history *h, int columns, int lines, int line, double full,
			bool utf8, const char *wanted)
{
	struct str out = STR_INIT;

	history_line(&out, h, columns, lines, line, full, utf8);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

static void graphs(void **state)
{
	struct history h = { .n = 0 };

	(void)state;
	assert_line(&h, 4, 1, 0, 1, true, "    ");
	history_add(&h, 0);
	history_add(&h, 0.5);
	history_add(&h, 1);
	assert_line(&h, 4, 1, 0, 1, true, " ▁▄█");
	assert_line(&h, 2, 1, 0, 1, true, "▄█");
	assert_line(&h, 4, 1, 0, 1, false, "  -#");
	assert_line(&h, 4, 2, 0, 1, true, "   █");
	assert_line(&h, 4, 2, 1, 1, true, " ▁██");
	assert_line(&h, 3, 1, 0, 0, true, "▁  "); /* nothing is known to compare with */
	history_add(&h, 0.001); /* more than nothing shows */
	history_add(&h, 7);	/* no more than all of it */
	assert_line(&h, 2, 1, 0, 1, true, "▁█");
	history_add(&h, -1);
	history_add(&h, 0.0 / 0.0);
	assert_line(&h, 2, 1, 0, 1, true, "▁▁");
	assert_true(history_highest(&h, 3) == 7);
	assert_true(history_highest(&h, 2) == 0);
	for (int i = 0; i < 3 * HISTORY_KEPT; i++)
		history_add(&h, i);
	assert_true(history_highest(&h, 100000) == 3 * HISTORY_KEPT - 1);
}

static void bars(void **state)
{
	static const struct {
		double share;
		bool utf8;
		const char *bar;
	} rows[] = {
		{ 0, true, "    " },	{ 1, true, "████" },	{ 0.5, true, "██  " },
		{ 0.28, true, "█▏  " }, { 9, true, "████" },	{ -1, true, "    " },
		{ 0.5, false, "||  " }, { 0.0 / 0.0, true, "    " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str out = STR_INIT;

		history_bar(&out, rows[i].share, 4, rows[i].utf8);
		assert_string_equal(str_cstr(&out), rows[i].bar);
		str_deinit(&out);
	}
}

static void what_is_counted_whole_is_not_a_little_more(void **state)
{
	(void)state;
	assert_true(figure_share(1.013, 0.05) == 1);
	assert_true(figure_share(2.04, 0.05) == 2);
	assert_true(figure_share(1.5, 0.05) == 1.5);
	assert_true(figure_share(0.01, 0.05) == 0.01);
	assert_true(figure_share(0.999, 0.05) == 0.999);
	assert_true(figure_share(1.9, 1) == 1); /* one look in the span tells no more */
	assert_true(figure_share(1e30, 1) == 1e30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_counted_whole_is_not_a_little_more),
		cmocka_unit_test(percents), cmocka_unit_test(times),  cmocka_unit_test(counts),
		cmocka_unit_test(all_fit),  cmocka_unit_test(graphs), cmocka_unit_test(bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
