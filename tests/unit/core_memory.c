/* SPDX-License-Identifier: MIT */
/*
 * A core file without memory: whichever allocation is the one that fails, it is said and nothing is
 * kept, or the target is whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/core_open.h"
#include "support/counted_malloc.h"
#include "target/target.h"

static enum pyprof_status open_and_read(const char *path, bool *whole)
{
	static const struct core_opts opts = { .root = "/nowhere" };
	struct pyprof_error err = { 0 };
	struct target *target;
	struct core *core;
	uint8_t byte;
	const struct memory_piece piece = { TEXT, &byte, 1 };
	enum pyprof_status why;
	enum pyprof_status status = core_open(&core, path, &opts, &err);

	if (status) {
		assert_null(core);
		assert_int_equal(err.status, status);
		return status;
	}
	/* Of the file that is not there; a sentence for which there is no memory is an error too. */
	status = memory_readv(core->memory, &piece, 1, &why) ? PYPROF_OK : why;
	if (status == PYPROF_ERR_NOMEM) {
		core_close(core);
		return status;
	}
	*whole = core->n_missing == 1 && strstr(core->missing[0], "/nowhere" EXE " cannot be");
	status = target_open_core(&target, core, &err);
	if (status) {
		assert_null(target);
		return status;
	}
	*whole = *whole && target->maps.n == 4 && target->core->n_threads == 2 &&
		 strcmp(target->exe, EXE) == 0;
	target_close(target);
	return PYPROF_OK;
}

static void test_each_allocation(void **state)
{
	struct made_core made = usual();
	struct str bytes = STR_INIT;
	struct made_places places;
	struct made_file file;
	size_t before, n;
	bool whole = false;

	(void)state;
	if (!COUNTED)
		skip();
	core_make(&bytes, &made, &places);
	file = file_of(bytes.data, bytes.len);
	str_deinit(&bytes);
	open_and_read(file.path, &whole); /* what the C library keeps */
	n_allocations = 0;
	assert_int_equal(open_and_read(file.path, &whole), PYPROF_OK);
	assert_true(whole);
	n = n_allocations;
	assert_true(n > 20);
	before = live;
	for (size_t i = 0; i < n; i++) {
		enum pyprof_status status;

		n_allocations = 0;
		whole = false;
		fail_only(i);
		status = open_and_read(file.path, &whole);
		fail_never();
		assert_true(status == PYPROF_ERR_NOMEM || (status == PYPROF_OK && whole));
		assert_int_equal(live, before);
	}
	close(file.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
