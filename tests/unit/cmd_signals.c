/* SPDX-License-Identifier: MIT */
/* A signal that ends a recording finds a recorder, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libpyprof.h"

/* cmd/ is no part of the library that tests are linked with. */
static void stop(struct pyprof_recorder *recorder);
#define pyprof_recorder_stop stop
#include "cmd/signals.c"

static struct pyprof_recorder *const recorder = (struct pyprof_recorder *)0x1000;
static struct pyprof_recorder *asked;
static int times;

static void stop(struct pyprof_recorder *which)
{
	asked = which;
	times++;
}

static void a_recorder_is_stopped_while_it_is_there(void **state)
{
	(void)state;
	signals_stop(recorder);
	raise(SIGTERM);
	assert_ptr_equal(asked, recorder);
	raise(SIGINT);
	raise(SIGHUP);
	assert_int_equal(times, 3);
	signals_recorder_gone();
	raise(SIGTERM);
	raise(SIGINT);
	assert_int_equal(times, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorder_is_stopped_while_it_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
