/* SPDX-License-Identifier: MIT */
/* A look as JSON, read again by jansson; tests/cmd/test-dump has it checked against the
 * schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/changes.h"
#include "support/made_snapshot.h"

static const struct snapshot_show plain = { 0 };

static json_t *read_json(const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, 0, &error);

	if (!root)
		fail_msg("%s at %d", error.text, error.position);
	return root;
}

/* The value at a path such as "processes/0/threads/1/name"; it must be there. */
static json_t *at(json_t *value, const char *path)
{
	char step[64];

	while (value && *path) {
		size_t len = strcspn(path, "/");

		snprintf(step, sizeof(step), "%.*s", (int)len, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(step))
					     : json_object_get(value, step);
		path += len + (path[len] == '/');
	}
	if (!value)
		fail_msg("there is no %s", path);
	return value;
}

static void check_text(json_t *root, const char *path, const char *expected)
{
	json_t *value = at(root, path);

	if (!expected)
		assert_true(json_is_null(value));
	else
		assert_string_equal(json_string_value(value), expected);
}

static void check_number(json_t *root, const char *path, double expected)
{
	json_t *value = at(root, path);

	assert_true(json_is_number(value));
	assert_true(json_number_value(value) == expected);
}

static void check_bool(json_t *root, const char *path, bool expected)
{
	json_t *value = at(root, path);

	assert_true(json_is_boolean(value));
	assert_int_equal(json_is_true(value), expected);
}

static void every_field(void **state)
{
	struct snapshot_value values[] = {
		{ TEXT("n"), SNAPSHOT_ARGUMENT, TEXT("int"), TEXT("5"), .bound = true,
		  .exact = true },
		{ TEXT("gone"), SNAPSHOT_VARIABLE, TEXT(""), TEXT(""), .bound = false },
		{ TEXT("key"), SNAPSHOT_FREE, TEXT("dict"), TEXT("{…}"), .bound = true,
		  .cut = true, .redacted = true },
	};
	struct snapshot_frame frames[] = {
		FRAME("<module>", "/srv/app/app.py", 44),
		FRAME("spin", "/srv/app/app.py", 0, .source = TEXT("a < b"),
		      .values_asked = true, .values_read = true, .values_late = true,
		      .values = values, .n_values = 3),
	};
	struct snapshot_thread threads[] = {
		{ .tid = 100,
		  .ident = 18446744073709551615U,
		  .name = TEXT("Main\n"),
		  .state = SNAPSHOT_RUNNING,
		  .holds_gil = true,
		  .exception = TEXT("ValueError('x')"),
		  .cpu_known = true,
		  .cpu_ns = 20000000000000000U + 1,
		  .wait = NO_WAIT,
		  FRAMES(frames) },
		{ .name = TEXT(""),
		  .state = SNAPSHOT_LOCK,
		  .interpreter = -1,
		  .wait = { .kind = SNAPSHOT_LOCK_RLOCK,
			    .lock = 0xffffffffffffffff,
			    .name = TEXT("a"),
			    .holder = 0,
			    .holder_frame = 1,
			    .holder_says = true },
		  .truncated = true,
		  .rootless = true,
		  .cause = PYPROF_CAUSE_DEPTH,
		  .syscall = TEXT("futex") },
	};
	size_t circle[] = { 1, 0 };
	struct snapshot_cycle cycle = { circle, 2 };
	char *missing[] = { TEXT("a"), TEXT("b") };
	struct snapshot process = made_process(threads, 2);
	struct snapshot *all = &process;
	_cleanup_free_ char *text = NULL;
	json_t *root;

	(void)state;
	process.cycles = &cycle;
	process.n_cycles = 1;
	process.missing = missing;
	process.n_missing = 2;
	process.taken_realtime_ns = 1700000000123456789;
	process.paused_ns = 1500;
	process.n_paused = 2;
	process.core = TEXT("core.1");
	process.core_written_ns = 1600000000000000001;
	process.signal = 6;
	text = shown(&all, 1, &plain, true);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	root = read_json(text);
	check_number(root, "schema", 1);
	check_text(root, "pyprof", PYPROF_VERSION);
	assert_int_equal(json_array_size(at(root, "failed")), 0);
	assert_null(json_object_get(root, "look"));
	json_t *p = at(root, "processes/0");
	check_number(p, "pid", 100);
	check_text(p, "parent", NULL);
	check_text(p, "command", "python3 app.py");
	check_text(p, "core", "core.1");
	check_text(p, "signal", "SIGABRT");
	check_text(p, "taken", "2023-11-14T22:13:20.123456789Z");
	check_text(p, "core_written", "2020-09-13T12:26:40.000000001Z");
	check_number(p, "paused_seconds", 0.0000015);
	check_number(p, "paused_threads", 2);
	check_text(p, "collecting", NULL);
	check_text(p, "missing/1", "b");
	check_number(p, "deadlocks/0/threads/0", 1);
	check_text(p, "threads/0/ident", "18446744073709551615");
	check_text(p, "threads/0/name", "Main\n");
	check_number(p, "threads/0/interpreter", 0);
	check_bool(p, "threads/0/holds_gil", true);
	check_text(p, "threads/0/waits_for", NULL);
	check_text(p, "threads/0/exception", "ValueError('x')");
	check_text(p, "threads/0/cause", NULL);
	assert_non_null(strstr(text, "\"cpu_seconds\":20000000.000000001"));
	check_text(p, "threads/1/tid", NULL);
	check_text(p, "threads/1/ident", NULL);
	check_text(p, "threads/1/interpreter", NULL);
	check_bool(p, "threads/0/rootless", false);
	check_bool(p, "threads/1/rootless", true);
	check_text(p, "threads/1/cause", "depth");
	check_text(p, "threads/1/cpu_seconds", NULL);
	check_text(p, "threads/1/waits_for/kind", "rlock");
	check_text(p, "threads/1/waits_for/address", "0xffffffffffffffff");
	check_number(p, "threads/1/waits_for/holder", 0);
	check_number(p, "threads/1/waits_for/holder_tid", 100);
	/* Frames are told the innermost first: the holder's frame 1 of 2 is the first
	 * one. */
	check_number(p, "threads/1/waits_for/holder_frame", 0);
	check_text(p, "threads/0/frames/0/function", "spin");
	check_text(p, "threads/0/frames/0/line", NULL);
	check_text(p, "threads/0/frames/0/source", "a < b");
	check_bool(p, "threads/0/frames/0/variables_late", true);
	check_text(p, "threads/0/frames/0/variables/0/value", "5");
	check_bool(p, "threads/0/frames/0/variables/0/exact", true);
	check_text(p, "threads/0/frames/0/variables/1/value", NULL);
	check_text(p, "threads/0/frames/0/variables/2/kind", "free");
	check_bool(p, "threads/0/frames/0/variables/2/cut", true);
	check_bool(p, "threads/0/frames/0/variables/2/redacted", true);
	check_number(p, "threads/0/frames/1/line", 44);
	check_text(p, "threads/0/frames/1/variables", NULL);
	json_decref(root);
}

static void failures_and_changes(void **state)
{
	struct snapshot_thread threads[] = {
		{ .tid = 1, .name = TEXT("a"), .wait = NO_WAIT },
		{ .tid = 2, .ident = 7, .name = TEXT("b"), .wait = NO_WAIT },
	};
	struct snapshot process = made_process(threads, 2);
	struct snapshot *processes = &process;
	struct snapshot_failure failed = { .pid = 9 };
	struct snapshots all = { &processes, 1, &failed, 1 };
	struct changes *changes = changes_create();
	struct snapshot_show show = { .changes = changes };
	char *text = NULL;
	size_t len;
	FILE *out;
	json_t *root;

	(void)state;
	error_set(&failed.error, PYPROF_ERR_PERMISSION, "PID 9: \"no\"");
	assert_int_equal(changes_add(changes, &all, NULL), PYPROF_OK);
	process.n_threads = 1;
	process.taken_ns = 1500000000;
	assert_int_equal(changes_add(changes, &all, NULL), PYPROF_OK);
	out = open_memstream(&text, &len);
	assert_int_equal(snapshots_json(&all, &show, out, NULL), PYPROF_OK);
	fclose(out);
	root = read_json(text);
	check_number(root, "look", 2);
	check_number(root, "failed/0/pid", 9);
	check_text(root, "failed/0/error", "permission");
	check_text(root, "failed/0/message", "PID 9: \"no\"");
	check_text(root, "failed/0/hint", NULL);
	check_text(root, "processes/0/threads/0/changes/verdict", "stuck");
	check_number(root, "processes/0/threads/0/changes/looks", 2);
	check_number(root, "processes/0/threads/0/changes/same_looks", 2);
	check_number(root, "processes/0/threads/0/changes/same_seconds", 1.5);
	check_text(root, "processes/0/threads/0/changes/inside", NULL);
	assert_int_equal(json_array_size(at(root, "processes/0/gone")), 1);
	check_number(root, "processes/0/gone/0/tid", 2);
	check_text(root, "processes/0/gone/0/ident", "7");
	json_decref(root);
	free(text);
	changes_destroy(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
		cmocka_unit_test(failures_and_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
