/* SPDX-License-Identifier: MIT */
/*
 * Finding 2.7 and 3.6, which have no _PyRuntime: by _PyThreadState_Current and, since nobody
 * need hold the GIL, by the variable that PyInterpreterState_Head() returns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_process.h"

extern uint64_t _PyThreadState_Current, _Py_Finalizing;
uint64_t _PyThreadState_Current = 1;
uint64_t _Py_Finalizing = 1;
/* CPython calls it interp_head, and strip(1) takes that name away. */
static uint64_t the_head __attribute__((used)) = 1;
static volatile char banner[256] = { 1 };

#if defined(__x86_64__)
#define HAVE_HEAD_CODE 1
__asm__(".text\n"
	".globl PyInterpreterState_Head\n"
	".type PyInterpreterState_Head, @function\n"
	"PyInterpreterState_Head:\n"
	"\tmov the_head(%rip), %rax\n"
	"\tret\n"
	".size PyInterpreterState_Head, .-PyInterpreterState_Head\n");
#else
#define HAVE_HEAD_CODE 0
#endif

static void build(struct fake_process *child, uint32_t version)
{
	fake_build(&child->fake, first_row(version), NULL);
	_Py_Finalizing = 0;
	the_head = child->fake.interp_head;
	_PyThreadState_Current = child->fake.thread_current;
	fake_banner((char *)banner, sizeof(banner), version);
}

static void find(struct fake_process *child, enum pyprof_status expected,
		 struct py_runtime *rt, struct pyprof_error *err)
{
	fake_process_start(child);
	if (py_runtime_find(rt, child->target, err) != expected)
		fail_msg("%s: %s", pyprof_status_name(err->status), err->message);
	fake_process_stop(child);
}

static const uint32_t versions[] = { 0x020712f0, 0x03060ff0 };

static void with_and_without_the_gil(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (int held = 0; held < 2; held++) {
			struct fake_process child = { 0 };
			struct pyprof_error err = { 0 };
			struct py_runtime rt;

			build(&child, versions[i]);
			if (!held)
				_PyThreadState_Current = 0;
			find(&child, PYPROF_OK, &rt, &err);
			assert_int_equal(rt.version, versions[i]);
			assert_int_equal(rt.runtime, 0);
			assert_int_equal(rt.thread_current,
					 (uintptr_t)&_PyThreadState_Current);
			assert_int_equal(rt.interp_head_at, (uintptr_t)&the_head);
			assert_int_equal(rt.interp_head, the_head);
			assert_int_equal(rt.layout.gil_model, PY_GIL_CURRENT_SYMBOL);
		}
	}
}

static void not_ready(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err = { 0 };
	struct py_runtime rt;

	(void)state;
	build(&child, 0x03060ff0);
	_Py_Finalizing = child.fake.thread_current;
	find(&child, PYPROF_ERR_NOT_READY, &rt, &err);
	assert_non_null(strstr(err.message, "finalizing"));
	build(&child, 0x020712f0);
	_PyThreadState_Current = the_head = 0;
	find(&child, PYPROF_ERR_NOT_READY, &rt, &err);
	assert_non_null(strstr(err.message, "not started"));
}

static void too_old(void **state)
{
	static const uint32_t olds[] = { 0x020609f0, 0x030000f0, 0x030509f0 };
	static const char *const texts[] = { "CPython 2.6.9", "CPython 3.0.0",
					     "CPython 3.5.9" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fake_process child = { 0 };
		struct pyprof_error err = { 0 };
		struct py_runtime rt;

		build(&child, 0x020712f0);
		fake_banner((char *)banner, sizeof(banner), olds[i]);
		find(&child, PYPROF_ERR_UNSUPPORTED, &rt, &err);
		assert_non_null(strstr(err.message, texts[i]));
		assert_int_equal(rt.version, olds[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_and_without_the_gil),
		cmocka_unit_test(not_ready),
		cmocka_unit_test(too_old),
	};

	if (!HAVE_HEAD_CODE) {
		print_message("skipped: no machine code for this architecture\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
