/* SPDX-License-Identifier: MIT */
/*
 * Finding an interpreter that has no symbol at all, as in a program that CPython was linked
 * into and that was stripped: by what lies in its writable data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"

#include "support/debug_offsets_blocks.h"
#include "support/fake_process.h"

/* Decoys around what is looked for, in the data of this program. */
static uint64_t before[64];
static uint8_t the_runtime[FAKE_PART] __attribute__((aligned(16))) = { 1 };
static uint64_t auto_interpreter = 1, the_head = 1, to_itself = 1;
static volatile char banner[256] = { 1 };

static void clear(uint32_t version)
{
	memset(the_runtime, 0, sizeof(the_runtime));
	memset(before, 0, sizeof(before));
	auto_interpreter = the_head = to_itself = 0;
	fake_banner((char *)banner, sizeof(banner), version);
}

/* Pointers to all that is near an interpreter and is none. */
static void add_decoys(const struct fake *fake)
{
	for (size_t i = 0; i < FAKE_N_PARTS; i++) {
		if (i != FAKE_INTERP && i != FAKE_SUB)
			before[i] = (uintptr_t)fake_at(fake, (enum fake_part)i);
	}
	to_itself = (uintptr_t)&to_itself;
}

static void find(struct fake_process *child, enum pyprof_status expected,
		 struct py_runtime *rt, struct pyprof_error *err)
{
	fake_process_start(child);
	if (py_runtime_find(rt, child->target, err) != expected)
		fail_msg("%s: %s", pyprof_status_name(err->status), err->message);
	fake_process_stop(child);
}

static void a_runtime(void **state)
{
	(void)state;
	for (size_t i = 0; i < py_n_layout_rows; i++) {
		const struct py_layout *l = &py_layout_rows[i];
		struct fake_process child = { 0 };
		struct pyprof_error err = { 0 };
		struct py_runtime rt;

		if (l->runtime.interpreters_head == PY_ABSENT)
			continue;
		clear(l->version_min | 0x2f0);
		fake_build(&child.fake, l, the_runtime);
		add_decoys(&child.fake);
		find(&child, PYPROF_OK, &rt, &err);
		assert_string_equal(rt.layout.name, l->name);
		assert_int_equal(rt.found_by, PY_FOUND_SCAN);
		assert_int_equal(rt.runtime, (uintptr_t)the_runtime);
		assert_int_equal(rt.version, l->version_min | 0x2f0);
		assert_string_equal(rt.version_by, "version text");
	}
}

static void two_static_pointers(void **state)
{
	(void)state;
	for (size_t i = 0; i < py_n_layout_rows; i++) {
		const struct py_layout *l = &py_layout_rows[i];
		struct fake_process child = { 0 };
		struct pyprof_error err = { 0 };
		struct py_runtime rt;
		uint64_t main;

		if (l->runtime.interpreters_head != PY_ABSENT)
			continue;
		clear(l->version_min | 0x2f0);
		fake_build(&child.fake, l, NULL);
		add_decoys(&child.fake);
		main = (uintptr_t)fake_at(&child.fake, FAKE_INTERP);
		/* A newer interpreter comes first, and has threads of its own. */
		fake_link(&child.fake, FAKE_SUB, l->interpreter.threads_head, FAKE_CHUNK);
		fake_link(&child.fake, FAKE_CHUNK, l->thread.interp, FAKE_SUB);
		the_head = child.fake.interp_head;
		auto_interpreter = before[60] = main;
		find(&child, PYPROF_OK, &rt, &err);
		assert_string_equal(rt.layout.name, l->name);
		assert_int_equal(rt.interp_head_at, (uintptr_t)&the_head);
		assert_int_equal(rt.layout.gil_model, PY_GIL_NONE);
	}
}

static void debug_offsets(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err = { 0 };
	struct py_runtime rt;
	struct py_layout layout;
	uint32_t version;

	(void)state;
	clear(0);
	assert_int_equal(py_debug_offsets_parse(block_314, sizeof(block_314), &layout, &version,
						NULL),
			 PYPROF_OK);
	fake_build(&child.fake, &layout, the_runtime);
	memcpy(the_runtime, block_314, sizeof(block_314));
	find(&child, PYPROF_OK, &rt, &err);
	assert_int_equal(rt.found_by, PY_FOUND_SCAN);
	assert_int_equal(rt.runtime, (uintptr_t)the_runtime);
	assert_int_equal(rt.version, 0x030e08f0);
}

static void nothing_to_find(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err = { 0 };
	struct py_runtime rt;

	(void)state;
	clear(0);
	find(&child, PYPROF_ERR_NOT_PYTHON, &rt, &err);
	assert_non_null(strstr(err.message, "runs no CPython"));
	/* The text that a CPython has made, but no interpreter yet, or no more. */
	clear(0x030900f0);
	find(&child, PYPROF_ERR_NOT_READY, &rt, &err);
	clear(0x020609f0);
	find(&child, PYPROF_ERR_UNSUPPORTED, &rt, &err);
	assert_non_null(strstr(err.message, "2.6.9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_runtime),
		cmocka_unit_test(two_static_pointers),
		cmocka_unit_test(debug_offsets),
		cmocka_unit_test(nothing_to_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
