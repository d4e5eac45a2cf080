/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "python/layout.h"

static const struct py_layout *row(const char *name)
{
	for (size_t i = 0; i < py_n_layout_rows; i++) {
		if (strcmp(py_layout_rows[i].name, name) == 0)
			return &py_layout_rows[i];
	}
	fail_msg("there is no row %s", name);
	return NULL;
}

static void every_minor_has_rows(void **state)
{
	static const char *const names[] = {
		"2.7",	"2.7-debug",	  "3.6",  "3.6-debug",	    "3.7",  "3.7-debug",
		"3.8",	"3.8-trace-refs", "3.9",  "3.9-trace-refs", "3.10", "3.10-trace-refs",
		"3.11", "3.11-trace-refs", "3.12", "3.12-trace-refs",
	};

	(void)state;
	assert_int_equal(py_n_layout_rows, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(row(names[i])->trace_refs, strchr(names[i], '-') != NULL);
}

/* What scripts/layouts prints, against facts that were looked up by hand. */
static void known_offsets(void **state)
{
	const struct py_layout *r;

	(void)state;
	r = row("2.7");
	assert_int_equal(r->thread.prev, PY_ABSENT);
	assert_int_equal(r->thread.next, 0);
	assert_int_equal(r->thread.interp, 8);
	assert_int_equal(r->thread.frame, 16);
	r = row("3.8");
	assert_int_equal(r->runtime.interpreters_head, 32);
	assert_int_equal(r->runtime.gil_current, 1368);
	assert_int_equal(r->thread.frame, 24);
	r = row("3.9");
	assert_int_equal(r->runtime.gil_current, 568);
	r = row("3.11");
	assert_int_equal(r->runtime.interpreters_head, 40);
	assert_int_equal(r->runtime.gil_current, 576);
	assert_int_equal(r->cframe.current_frame, 8);
	r = row("3.12");
	assert_int_equal(r->cframe.current_frame, 0);
	assert_int_equal(r->code.code, 192);
	r = row("3.7-debug");
	assert_int_equal(r->object.size, 32);
	assert_int_equal(r->object.ob_type, 24);
	assert_int_equal(r->code.name, row("3.7")->code.name + 16);
	assert_int_equal(r->thread.frame, row("3.7")->thread.frame);
}

static void rows_of_a_release(void **state)
{
	const struct py_layout *r;
	size_t cursor = 0, n = 0;

	(void)state;
	r = py_layout_next(0x030807f0, &cursor);
	assert_string_equal(r->name, "3.8");
	r = py_layout_next(0x030807f0, &cursor);
	assert_string_equal(r->name, "3.8-trace-refs");
	assert_null(py_layout_next(0x030807f0, &cursor));
	assert_null(py_layout_next(0x030807f0, &cursor));
	cursor = 0;
	assert_string_equal(py_layout_next(PY_HEX_MINOR(2, 7), &cursor)->name, "2.7");
	cursor = 0;
	assert_null(py_layout_next(0x030500f0, &cursor));
	cursor = 0;
	assert_null(py_layout_next(0x030d00f0, &cursor));
	for (cursor = 0; py_layout_next(0, &cursor);)
		n++;
	assert_int_equal(n, py_n_layout_rows);
}

static void versions(void **state)
{
	(void)state;
	assert_true(py_version_supported(0x020712f0));
	assert_false(py_version_supported(0x020609f0));
	assert_false(py_version_supported(0x030509f0));
	assert_true(py_version_supported(0x030600f0));
	assert_true(py_version_supported(PY_HEX_MINOR(3, 9)));
	assert_true(py_version_supported(0x030f05f0));
	assert_false(py_version_supported(0x031000a1));
	assert_true(py_version_self_describing(0x030d00f0));
	assert_false(py_version_self_describing(0x030c09f0));
	assert_true(py_version_plausible(0x030b07f0));
	assert_true(py_version_plausible(0x030f00c2));
	assert_false(py_version_plausible(0x030b0700));
	assert_false(py_version_plausible(0x030b07d0));
	assert_false(py_version_plausible(0x040b07f0));
	assert_false(py_version_plausible(0));
	assert_true(py_version_prerelease(0x030f00b1));
	assert_false(py_version_prerelease(0x030f00c1));
	assert_false(py_version_prerelease(0x030f00f0));
	assert_int_equal(py_layout_oldest(), PY_HEX(2, 7, 0));
	assert_int_equal(py_layout_newest(), PY_HEX(3, 15, 0));
}

static void version_texts(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(py_version_text(0x030b07f0, buf, sizeof(buf)), "3.11.7");
	assert_string_equal(py_version_text(0x030f00a3, buf, sizeof(buf)), "3.15.0a3");
	assert_string_equal(py_version_text(0x030f00b1, buf, sizeof(buf)), "3.15.0b1");
	assert_string_equal(py_version_text(0x030f00c2, buf, sizeof(buf)), "3.15.0rc2");
	assert_string_equal(py_version_text(PY_HEX_MINOR(3, 8), buf, sizeof(buf)), "3.8");
	assert_string_equal(py_version_text(0x030b07f0, buf, 4), "3.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_minor_has_rows), cmocka_unit_test(known_offsets),
		cmocka_unit_test(rows_of_a_release),	cmocka_unit_test(versions),
		cmocka_unit_test(version_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
