/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "format/folded.h"
#include "format/format.h"
#include "render/svg.h"

static void rows_are_whole(void **state)
{
	size_t n = 0;

	(void)state;
	for (; formats[n]; n++) {
		const struct format *f = formats[n];

		assert_ptr_equal(format_by_name(f->name), f);
		assert_true(f->write || f->read);
		assert_true(strlen(f->description) > 0);
		assert_non_null(f->endings[0]);
		for (const char *const *e = f->endings; *e; e++) {
			assert_int_equal((*e)[0], '.');
			assert_ptr_equal(format_choose(*e, NULL, NULL), f->write ? f : NULL);
		}
	}
	assert_true(n >= 2);
}

static void finds_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(format_by_name("folded"), &format_folded);
	assert_ptr_equal(format_by_name("svg"), &format_svg);
	assert_ptr_equal(format_by_name("SVG"), &format_svg);
	assert_null(format_by_name("fold"));
	assert_null(format_by_name(".svg"));
	assert_null(format_by_name(""));
}

static void chooses(void **state)
{
	static const struct {
		const char *path, *name;
		const struct format *want;
	} rows[] = {
		{ "x.svg", NULL, &format_svg },
		{ "a.b/x.y.SVG", NULL, &format_svg },
		{ "x.folded", NULL, &format_folded },
		{ "x.Txt", "", &format_folded },
		{ "x.collapsed", NULL, &format_folded },
		{ "x.svg.txt", NULL, &format_folded },
		{ "-", NULL, &format_folded },
		{ "-", "svg", &format_svg },
		{ "x.txt", "svg", &format_svg },
		{ "x", "folded", &format_folded },
		{ "x", NULL, NULL },
		{ "", NULL, NULL },
		{ "x.svg.gz", NULL, NULL },
		{ "xsvg", NULL, NULL },
		{ "x.svg/y", NULL, NULL },
		{ "x.svg", "png", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pyprof_error err = { 0 };

		assert_ptr_equal(format_choose(rows[i].path, rows[i].name, &err),
				 rows[i].want);
		assert_int_equal(err.status, rows[i].want ? PYPROF_OK : PYPROF_ERR_USAGE);
		if (rows[i].want)
			continue;
		assert_non_null(
			strstr(err.message, rows[i].name ? rows[i].name : rows[i].path));
		for (const struct format *const *f = formats; *f; f++)
			assert_true(!(*f)->write || strstr(err.hint, (*f)->name));
		assert_non_null(strstr(err.hint, ".collapsed"));
	}
	assert_null(format_choose("x", NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(finds_by_name),
		cmocka_unit_test(chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
