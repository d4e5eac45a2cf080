/* SPDX-License-Identifier: MIT */
/*
 * Dumps and series of them when there is no memory: each allocation fails in turn, alone or with
 * all after it. Then they say so, or the text is whole; and nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dump/changes.h"
#include "support/counted_malloc.h"
#include "support/made_snapshot.h"

enum { N = 6 };

#define LONG_TEXT "<shop.Cart items=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], owner='somebody'>"

static struct snapshot_value values[] = {
	{ TEXT("n"), SNAPSHOT_ARGUMENT, TEXT("int"), TEXT("5"), .bound = true },
	{ TEXT("a"), SNAPSHOT_ARGUMENT, TEXT("T"), TEXT(LONG_TEXT), .object = 1, .bound = true },
	{ TEXT("b"), SNAPSHOT_ARGUMENT, TEXT("T"), TEXT(LONG_TEXT), .object = 1, .bound = true },
};
static struct snapshot_frame waiting[] = {
	FRAME("run", "/srv/app/pool.py", 3),
	FRAME("wait", "/usr/lib/python3.9/threading.py", 355, .source = TEXT("lock.acquire()")),
};
static struct snapshot_frame busy[] = {
	FRAME("spin", "/srv/app/app.py", 7, .values_asked = true, .values_read = true,
	      .values = values, .n_values = 3),
};
static struct snapshot_thread threads[N];
static size_t circle[] = { 0, 1 };
static struct snapshot_cycle cycle = { circle, 2 };
static struct snapshot process, child;
static char *changed[] = { TEXT("/srv/app/app.py"), TEXT("b.py") };
static struct snapshot *both[] = { &process, &child };
static const struct snapshots all = { .processes = both, .n = 2 };

static void make(unsigned look)
{
	static char names[N][8];

	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "w_%d", i & 7);
		threads[i] = (struct snapshot_thread){ .tid = 200 + i,
						       .name = names[i],
						       .state = SNAPSHOT_SYSCALL,
						       .wait = NO_WAIT,
						       .cpu_known = true,
						       FRAMES(waiting) };
	}
	for (size_t i = 0; i < 2; i++) {
		threads[i].state = SNAPSHOT_LOCK;
		threads[i].wait = (struct snapshot_wait){ SNAPSHOT_LOCK_LOCK, 1, TEXT("a"), 1 - i,
							  0, false, false };
	}
	threads[N - 1].frames = busy;
	threads[N - 1].n_frames = 1;
	busy[0].line = (int32_t)look;
	process = made_process(threads, N);
	process.taken_ns = look * 1000000000u;
	process.cycles = &cycle;
	process.n_cycles = 1;
	process.changed = changed;
	process.n_changed = 2;
	child = made_process(threads, 1);
	child.pid = 300;
	child.parent = 100;
	child.taken_ns = process.taken_ns;
}

static char room[65536], whole[65536];

/* Three looks, each shown, and what they come to. */
static enum pyprof_status tell(FILE *out, bool json)
{
	struct changes *changes = changes_create();
	struct snapshot_show show = { .changes = changes, .color = true, .width = 60 };
	enum pyprof_status status = changes ? PYPROF_OK : PYPROF_ERR_NOMEM;

	for (unsigned look = 1; look <= 3 && !status; look++) {
		make(look);
		status = changes_add(changes, &all, NULL);
		if (!status)
			status = json ? snapshots_json(&all, &show, out, NULL) :
					snapshots_text(&all, &show, out, NULL);
	}
	if (!status)
		status = changes_text(changes, &show, out, NULL);
	changes_destroy(changes);
	return status;
}

/* Allocations from number `from` up to `to` fail. *n: how many there were. */
static enum pyprof_status tell_into(char *text, bool json, size_t from, size_t to, size_t *n)
{
	FILE *out = fmemopen(text, sizeof(room), "w");
	enum pyprof_status status;

	assert_non_null(out);
	memset(text, 0, sizeof(room));
	setvbuf(out, NULL, _IONBF, 0);
	n_allocations = 0;
	fail_from = from;
	fail_to = to;
	status = tell(out, json);
	fail_never();
	*n = n_allocations;
	fclose(out);
	return status;
}

static void check_each(bool json)
{
	size_t wanted, n, before, errors = 0;

	if (!COUNTED)
		skip();
	assert_int_equal(tell_into(whole, json, SIZE_MAX, SIZE_MAX, &wanted), PYPROF_OK);
	before = live;
	for (size_t i = 0; i < 2 * wanted; i++) {
		size_t from = i / 2, to = i % 2 ? SIZE_MAX : from + 1;
		enum pyprof_status status = tell_into(room, json, from, to, &n);

		if (status) {
			assert_int_equal(status, PYPROF_ERR_NOMEM);
			errors++;
		} else {
			assert_string_equal(room, whole);
		}
		assert_int_equal(live, before);
	}
	assert_true(wanted > 50);
	assert_true(errors > wanted);
}

static void texts(void **state)
{
	(void)state;
	check_each(false);
}

static void jsons(void **state)
{
	(void)state;
	check_each(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(jsons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
