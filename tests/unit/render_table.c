/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/scale.h"
#include "render/table.h"

static const struct table_column columns[] = {
	{ .title = "n", .right = true },
	{ .title = "name", .elastic = true },
	{ .title = "place", .elastic = true, .keep_end = true },
};

static void add(struct table *table, const char *text, enum ink ink)
{
	table_cell(table, ink, text, strlen(text));
}

static void add_row(struct table *table, const char *n, const char *name, const char *place)
{
	add(table, n, INK_HOT);
	add(table, name, INK_NONE);
	add(table, place, INK_DIM);
}

/* What is written of it; the caller frees. */
static char *written(const struct table *table, size_t width, bool color)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(table_write(table, out, width, color, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect(const struct table *table, size_t width, bool color, const char *want)
{
	char *text = written(table, width, color);

	assert_string_equal(text, want);
	free(text);
}

static void columns_are_as_wide_as_they_need(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, columns, 3);
	expect(&table, 0, false, "");
	add_row(&table, "1", "a", "x.py:1");
	add_row(&table, "12", "longer", "");
	expect(&table, 0, false,
	       " n  name    place\n"
	       " 1  a       x.py:1\n"
	       "12  longer\n");
	expect(&table, 0, true,
	       " \033[2mn\033[m  \033[2mname\033[m    \033[2mplace\033[m\n"
	       " \033[31m1\033[m  a       \033[2mx.py:1\033[m\n"
	       "\033[31m12\033[m  longer\n");
	table_deinit(&table);
}

static void what_does_not_fit_is_cut(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, columns, 3);
	add_row(&table, "1", "abcdefghijklmnopqrstuvwxyz", "/srv/a/long/folder/file.py:123");
	expect(&table, 40, false,
	       "n  name               place\n"
	       "1  abcdefghijklmnop\xe2\x80\xa6  \xe2\x80\xa6" "older/file.py:123\n");
	/* The number stays whatever the width. */
	expect(&table, 3, false, "n  na\xe2\x80\xa6  \xe2\x80\xa6" "ce\n1  ab\xe2\x80\xa6  \xe2\x80\xa6" "23\n");
	table_deinit(&table);
}

static void wide_characters_are_two_columns(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, columns, 3);
	add_row(&table, "1", "\xe5\x90\x8d\xe5\x89\x8d", "p");
	add_row(&table, "2", "abcd", "p");
	expect(&table, 0, false,
	       "n  name  place\n"
	       "1  \xe5\x90\x8d\xe5\x89\x8d  p\n"
	       "2  abcd  p\n");
	table_deinit(&table);
}

static void a_cell_stays_one_line(void **state)
{
	struct table table;

	(void)state;
	table_init(&table, columns, 3);
	add_row(&table, "1", "a\nb\033[31m", "");
	table_more(&table, "\t", 1);
	expect(&table, 0, false, "n  name          place\n1  a\\nb\\x1b[31m  \\t\n");
	table_deinit(&table);
}

/* One name of a megabyte does not make every row one. */
static void long_cells_are_not_lined_up(void **state)
{
	struct table table;
	char *name = malloc(1 << 20), *text;

	(void)state;
	assert_non_null(name);
	memset(name, 'x', 1 << 20);
	table_init(&table, columns, 3);
	add(&table, "1", INK_NONE);
	table_cell(&table, INK_NONE, name, 1 << 20);
	add(&table, "p", INK_NONE);
	for (int i = 0; i < 100; i++)
		add_row(&table, "2", "b", "p");
	text = written(&table, 0, false);
	assert_true(strlen(text) < (1 << 20) + 102 * 80);
	free(text);
	text = written(&table, 50, false);
	assert_true(strlen(text) < 102 * 60);
	free(text);
	table_deinit(&table);
	free(name);
}

/* ---- values ---------------------------------------------------------------------- */

static void shown_as(const char *unit, uint64_t largest, uint64_t value, const char *want)
{
	struct scale scale = scale_of(unit, largest);
	struct str text = STR_INIT;

	scale_value(&text, &scale, value);
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

static void values_have_the_unit_of_the_largest(void **state)
{
	(void)state;
	shown_as("nanoseconds", 12345678901, 12345678901, "12.35 s");
	shown_as("nanoseconds", 12345678901, 4999999, "<0.01 s");
	shown_as("nanoseconds", 12345678901, 5000000, "0.01 s");
	shown_as("nanoseconds", 12345678901, 0, "0.00 s");
	shown_as("nanoseconds", 1000000000, 1000000000, "1.00 s");
	shown_as("nanoseconds", 999999999, 999999999, "1000.00 ms");
	shown_as("nanoseconds", 999999, 1500, "1.50 us");
	shown_as("nanoseconds", 999, 1, "1 ns");
	shown_as("microseconds", 2000000, 1500000, "1.50 s");
	shown_as("milliseconds", 20, 15, "15.00 ms");
	shown_as("seconds", 5000, 1234, "1234.00 s");
	shown_as("count", 5000, 1234, "1,234");
	shown_as("bytes", UINT64_MAX, UINT64_MAX, "18,446,744,073,709,551,615");
}

static void expect_share(uint64_t part, uint64_t whole, const char *want)
{
	struct str text = STR_INIT;

	scale_share(&text, part, whole);
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

/* As C and Go round a double: a half goes to the even digit where it is exact. */
static void shares_are_rounded_as_pprof_does(void **state)
{
	(void)state;
	expect_share(1, 3, "33.33%");
	expect_share(2, 3, "66.67%");
	expect_share(1, 800, "0.12%");
	expect_share(3, 800, "0.38%");
	expect_share(800, 800, "100.00%");
	expect_share(1, 1000000, "<0.01%");
	expect_share(0, 1000000, "0.00%");
	expect_share(0, 0, "0.00%");
	expect_share(5, 0, "0.00%");
}

static void ink_goes_by_the_share(void **state)
{
	(void)state;
	assert_int_equal(ink_of_share(0, 100), INK_NONE);
	assert_int_equal(ink_of_share(4, 100), INK_NONE);
	assert_int_equal(ink_of_share(5, 100), INK_MILD);
	assert_int_equal(ink_of_share(20, 100), INK_WARM);
	assert_int_equal(ink_of_share(50, 100), INK_HOT);
	assert_int_equal(ink_of_share(0, 0), INK_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_they_need),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(wide_characters_are_two_columns),
		cmocka_unit_test(a_cell_stays_one_line),
		cmocka_unit_test(long_cells_are_not_lined_up),
		cmocka_unit_test(values_have_the_unit_of_the_largest),
		cmocka_unit_test(shares_are_rounded_as_pprof_does),
		cmocka_unit_test(ink_goes_by_the_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
