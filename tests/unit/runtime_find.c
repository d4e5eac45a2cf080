/* SPDX-License-Identifier: MIT */
/*
 * Finding an interpreter in a process: a child of this program, which has a _PyRuntime of its
 * own making. Its symbols are in the file only, for nothing exports them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"
#include "python/runtime_wait.h"

#include "support/debug_offsets_blocks.h"
#include "support/fake_process.h"

/* What CPython calls so. Data of this program, so that what its file says is found. */
extern uint8_t _PyRuntime[FAKE_PART];
extern volatile uint32_t Py_Version;
uint8_t _PyRuntime[FAKE_PART] = { 1 };
volatile uint32_t Py_Version = 1;
/* The buffer that Py_GetVersion() writes into. */
static volatile char banner[256] = { 1 };

static void build(struct fake_process *child, const struct py_layout *layout)
{
	memset(_PyRuntime, 0, sizeof(_PyRuntime));
	Py_Version = 0;
	fake_banner((char *)banner, sizeof(banner), 0);
	fake_build(&child->fake, layout, _PyRuntime);
}

static void check_found(struct fake_process *child, const char *layout, uint32_t version)
{
	struct pyprof_error err = { 0 };
	struct py_runtime rt;

	fake_process_start(child);
	if (py_runtime_find(&rt, child->target, &err))
		fail_msg("%s: %s", layout, err.message);
	assert_string_equal(rt.layout.name, layout);
	assert_int_equal(rt.version, version);
	assert_int_equal(rt.runtime, (uintptr_t)_PyRuntime);
	assert_int_equal(rt.interp_head_at,
			 (uintptr_t)_PyRuntime + rt.layout.runtime.interpreters_head);
	assert_int_equal(rt.found_by, PY_FOUND_SYMTAB);
	assert_ptr_equal(rt.target, child->target);
	fake_process_stop(child);
}

static void by_symbol_and_version(void **state)
{
	(void)state;
	for (uint32_t minor = 7; minor <= 12; minor++) {
		uint32_t version = PY_HEX(3, minor, 4) | 0xf0;
		char name[16];
		struct fake_process child = { 0 };

		snprintf(name, sizeof(name), "3.%u", minor);
		build(&child, first_row(version));
		Py_Version = version;
		check_found(&child, name, version);
		/* The text of sys.version will do. */
		build(&child, first_row(version));
		fake_banner((char *)banner, sizeof(banner), version);
		check_found(&child, name, version);
	}
}

static void layout_without_a_version(void **state)
{
	struct fake_process child = { 0 };

	(void)state;
	/* Every row is tried; the right one alone holds. */
	build(&child, first_row(0x030c03f0));
	check_found(&child, "3.12", 0);
	build(&child, first_row(0x030a03f0));
	check_found(&child, "3.10", 0);
}

static void debug_build(void **state)
{
	struct fake_process child = { 0 };

	(void)state;
	for (size_t i = 0; i < py_n_layout_rows; i++) {
		const struct py_layout *l = &py_layout_rows[i];

		if (!l->trace_refs || l->runtime.interpreters_head == PY_ABSENT)
			continue;
		build(&child, l);
		Py_Version = l->version_min | 0xf0;
		check_found(&child, l->name, l->version_min | 0xf0);
	}
}

static void build_describing(struct fake_process *child, const uint64_t *block, size_t size)
{
	struct py_layout layout;
	uint32_t version;

	assert_int_equal(py_debug_offsets_parse(block, size, &layout, &version, NULL),
			 PYPROF_OK);
	build(child, &layout);
	memcpy(_PyRuntime, block, size);
}

static void by_debug_offsets(void **state)
{
	struct fake_process child = { 0 };

	(void)state;
	build_describing(&child, block_313, sizeof(block_313));
	check_found(&child, "3.13 (debug offsets)", 0x030d00f0);
	build_describing(&child, block_313t, sizeof(block_313t));
	check_found(&child, "3.13 free-threaded (debug offsets)", 0x030d05f0);
	build_describing(&child, block_314t, sizeof(block_314t));
	check_found(&child, "3.14 free-threaded (debug offsets)", 0x030e08f0);
	build_describing(&child, block_315, sizeof(block_315));
	check_found(&child, "3.15 (debug offsets)", 0x030f00f0);
}

/* ---- what cannot be read, and why ------------------------------------------------------ */

static void check_refused(struct fake_process *child, enum pyprof_status status, const char *word)
{
	struct pyprof_error err = { 0 };
	struct py_runtime rt;
	char pid[32];

	fake_process_start(child);
	assert_int_equal(py_runtime_find(&rt, child->target, &err), status);
	assert_int_equal(err.status, status);
	if (!strstr(err.message, word) && !strstr(err.hint, word))
		fail_msg("no \"%s\" in: %s [%s]", word, err.message, err.hint);
	snprintf(pid, sizeof(pid), "PID %d (", (int)child->pid);
	assert_ptr_equal(strstr(err.message, pid), err.message);
	assert_non_null(strstr(err.message, "runtime_find"));
	fake_process_stop(child);
}

static void unsupported_versions(void **state)
{
	uint64_t block[ARRAY_SIZE(block_315)];
	struct fake_process child = { 0 };

	(void)state;
	build(&child, first_row(0x030800f0));
	Py_Version = 0x030509f0;
	check_refused(&child, PYPROF_ERR_UNSUPPORTED, "CPython 3.5.9");
	memcpy(block, block_315, sizeof(block));
	build_describing(&child, block, sizeof(block));
	block[1] = 0x031000f0;
	memcpy(_PyRuntime, block, sizeof(block));
	check_refused(&child, PYPROF_ERR_UNSUPPORTED, "CPython 3.16.0");
	block[1] = 0x030f00a5;
	block[4] -= 16;
	build_describing(&child, block_315, sizeof(block_315));
	memcpy(_PyRuntime, block, sizeof(block));
	check_refused(&child, PYPROF_ERR_UNSUPPORTED, "CPython 3.15.0a5");
}

static void not_laid_out_as_expected(void **state)
{
	struct fake_process child = { 0 };
	const struct py_layout *l = first_row(0x030b00f0);

	(void)state;
	build(&child, l);
	fake_put(fake_at(&child.fake, FAKE_THREAD), l->thread.interp, 0x1000, 8);
	Py_Version = 0x030b00f0;
	check_refused(&child, PYPROF_ERR_UNSUPPORTED, "3.11.0");
}

static void starting_and_finalizing(void **state)
{
	struct fake_process child = { 0 };
	const struct py_layout *l = first_row(0x030900f0);

	(void)state;
	build(&child, l);
	fake_put(_PyRuntime, l->runtime.initialized, 0, 4);
	fake_banner((char *)banner, sizeof(banner), 0x030900f0);
	check_refused(&child, PYPROF_ERR_NOT_READY, "not started");
	build(&child, l);
	fake_put(_PyRuntime, l->runtime.finalizing, child.fake.thread_current, 8);
	fake_banner((char *)banner, sizeof(banner), 0x030900f0);
	check_refused(&child, PYPROF_ERR_NOT_READY, "finalizing");
}

static void exited(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err;
	struct py_runtime rt;

	(void)state;
	build(&child, first_row(0x030900f0));
	fake_process_start(&child);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	assert_int_equal(py_runtime_find(&rt, child.target, &err), PYPROF_ERR_GONE);
	fake_process_stop(&child);
}

/* ---- waiting --------------------------------------------------------------------------- */

static void become_ready(void)
{
	usleep(30000);
	fake_put(_PyRuntime, first_row(0x030900f0)->runtime.initialized, 1, 4);
}

static void build_starting(struct fake_process *child)
{
	build(child, first_row(0x030900f0));
	fake_put(_PyRuntime, first_row(0x030900f0)->runtime.initialized, 0, 4);
}

static void waits_for_what_is_starting(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err;
	struct py_runtime rt;

	(void)state;
	build_starting(&child);
	fake_process_start_with(&child, become_ready);
	assert_int_equal(py_runtime_find(&rt, child.target, &err), PYPROF_ERR_NOT_READY);
	fake_process_go(&child);
	assert_int_equal(py_runtime_wait(&rt, &child.target, 60000000000u, false, NULL, &err),
			 PYPROF_OK);
	fake_process_stop(&child);
}

static void gives_up_waiting(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err;
	struct py_runtime rt;
	volatile int stopped = 1;

	(void)state;
	build_starting(&child);
	fake_process_start(&child);
	assert_int_equal(py_runtime_wait(&rt, &child.target, 30000000, false, NULL, &err),
			 PYPROF_ERR_NOT_READY);
	assert_int_equal(py_runtime_wait(&rt, &child.target, 3600000000000u, false, &stopped,
					 &err),
			 PYPROF_ERR_NOT_READY);
	fake_process_stop(&child);
}

static void become_sleep(void)
{
	usleep(30000);
	execlp("sleep", "sleep", "1000", (char *)NULL);
	_exit(127);
}

/* A program that has just been launched may replace itself before it is what it will be. */
static void follows_an_exec(void **state)
{
	enum pyprof_status status;
	struct fake_process child = { 0 };
	struct pyprof_error err;
	struct py_runtime rt;

	(void)state;
	build_starting(&child);
	fake_process_start_with(&child, become_sleep);
	fake_process_go(&child);
	do { /* till the program is another */
		status = py_runtime_wait(&rt, &child.target, 100000000, true, NULL, &err);
	} while (status == PYPROF_ERR_NOT_READY || status == PYPROF_ERR_EXEC);
	assert_int_equal(status, PYPROF_ERR_NOT_PYTHON);
	assert_int_equal(err.status, PYPROF_ERR_NOT_PYTHON);
	assert_non_null(strstr(child.target->exe, "sleep"));
	assert_non_null(strstr(err.message, "sleep"));
	assert_non_null(strstr(err.message, "runs no CPython"));
	fake_process_stop(&child);
}

/* Nobody said that it is just starting: an exec is told. */
static void tells_an_exec(void **state)
{
	struct fake_process child = { 0 };
	struct pyprof_error err;
	struct py_runtime rt;

	(void)state;
	build_starting(&child);
	fake_process_start_with(&child, become_sleep);
	fake_process_go(&child);
	assert_int_equal(py_runtime_wait(&rt, &child.target, 60000000000u, false, NULL, &err),
			 PYPROF_ERR_EXEC);
	fake_process_stop(&child);
}

/* ---- programs by their name ---------------------------------------------------------------- */

static char program[64];

static void become_program(void)
{
	execl(program, program, "1000", (char *)NULL);
	_exit(127);
}

/* A copy of sleep(1) that is called `name`, as the target of a find. */
static void check_named(const char *name, enum pyprof_status expected, const char *text)
{
	char directory[] = "/tmp/pyprof-find-XXXXXX", command[160];
	struct fake_process child = { 0 };
	struct pyprof_error err = { 0 };
	struct py_runtime rt;
	enum pyprof_status status;

	assert_non_null(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/%s", directory, name);
	snprintf(command, sizeof(command), "cp \"$(command -v sleep)\" %s", program);
	assert_int_equal(system(command), 0);
	build_starting(&child);
	fake_process_start_with(&child, become_program);
	fake_process_go(&child);
	do { /* till the program is another */
		status = py_runtime_wait(&rt, &child.target, 50000000, true, NULL, &err);
	} while (strcmp(child.target->exe, program) != 0 && status != PYPROF_ERR_GONE);
	fake_process_stop(&child);
	unlink(program);
	rmdir(directory);
	assert_int_equal(status, expected);
	if (!strstr(err.message, text))
		fail_msg("no \"%s\" in: %s", text, err.message);
}

static void named_after_an_interpreter(void **state)
{
	(void)state;
	check_named("pypy3.10", PYPROF_ERR_NOT_PYTHON, "runs PyPy, not CPython");
	check_named("python3.12", PYPROF_ERR_NOT_READY, "not loaded its interpreter");
	check_named("worker", PYPROF_ERR_NOT_PYTHON, "runs no CPython");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_symbol_and_version),
		cmocka_unit_test(layout_without_a_version),
		cmocka_unit_test(debug_build),
		cmocka_unit_test(by_debug_offsets),
		cmocka_unit_test(unsupported_versions),
		cmocka_unit_test(not_laid_out_as_expected),
		cmocka_unit_test(starting_and_finalizing),
		cmocka_unit_test(exited),
		cmocka_unit_test(waits_for_what_is_starting),
		cmocka_unit_test(gives_up_waiting),
		cmocka_unit_test(follows_an_exec),
		cmocka_unit_test(tells_an_exec),
		cmocka_unit_test(named_after_an_interpreter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
