/* SPDX-License-Identifier: MIT */
/* Processes by their command line, over a /proc made up: see made_up_proc.h. */
#include "made_up_proc.h"

static void test_match(void **state)
{
	struct fixture *f = *state;

	CMDLINE(f, 50, "/usr/bin/python3\0-m\0app.server\0--port\0" "80");
	CMDLINE(f, 100, "python3\0other.py");
	PUT(f, .pid = 101, .ppid = 100);
	CMDLINE(f, 101, "server title\0\0\0\0\0\0");
	PUT(f, .pid = 102, .ppid = 50);
	CMDLINE(f, 102, "");
	PUT(f, .pid = 103, .ppid = 50); /* no command line at all */
	match(f, "^/usr/bin/python[23.]+ -m app\\.(server|worker) --port 80$|title$", false);
	look(f, 10);
	assert_told(f, 50, 101);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 2);
	match(f, ".|^$", false);
	look(f, 10);
	assert_told(f, 100); /* not what has an empty one, or none */
}

/* A longer command line is cut, and no harm done. */
static void test_match_long(void **state)
{
	struct fixture *f = *state;
	size_t len = 200000;
	char *bytes = malloc(len);

	memset(bytes, 'x', len);
	bytes[65535] = 'y';
	bytes[65536] = 'z';
	put_cmdline(f, 50, bytes, len);
	bytes[65535] = 'z';
	put_cmdline(f, 100, bytes, len);
	free(bytes);
	match(f, "z", false);
	look(f, 10);
	assert_told(f, 100);
	match(f, "^x+y$", false);
	look(f, 10);
	assert_told(f, 50);
}

/* Forked first, executed later: soon after a fork it is looked at often, then each second. */
static void test_match_after_exec(void **state)
{
	struct fixture *f = *state;

	CMDLINE(f, 50, "sh");
	CMDLINE(f, 100, "sh");
	match(f, "python", false);
	look(f, 10);
	assert_none_told(f);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	CMDLINE(f, 101, "sh");
	look(f, 10);
	CMDLINE(f, 101, "python");
	look(f, 10);
	assert_told(f, 101);
	PUT_NEW(f, .pid = 102, .ppid = 100);
	CMDLINE(f, 102, "sh");
	for (int i = 0; i < 20; i++)
		look(f, 10);
	CMDLINE(f, 102, "python");
	look(f, 10);
	assert_none_told(f);
	for (int i = 0; i < 12 && !f->n_told; i++)
		look(f, 10);
	assert_told(f, 102);
	CMDLINE(f, 50, "python");
	look_at_all(f);
	assert_told(f, 50);
	/* What it executes later makes no difference. */
	CMDLINE(f, 50, "ls");
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 3);
}

/* Somebody has said that it is not to be met; only as long as he says so. */
static void test_left_out(void **state)
{
	struct fixture *f = *state;

	match(f, "python", true);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	CMDLINE(f, 101, "python");
	processes_leave_out(table_of(f), 101);
	look(f, 10);
	assert_none_told(f);
	PUT_NEW(f, .pid = 102, .ppid = 101);
	CMDLINE(f, 102, "python");
	look_at_all(f);
	assert_told(f, 102);
	processes_leave_out(table_of(f), 0);
	look_at_all(f);
	assert_told(f, 101);
	/* Nor as what comes from another. */
	PUT_NEW(f, .pid = 103, .ppid = 101);
	CMDLINE(f, 103, "sh");
	processes_leave_out(table_of(f), 103);
	look_at_all(f);
	assert_none_told(f);
}

/* Each has its turn where there are more than can be looked at in a second. */
static void test_match_many(void **state)
{
	struct fixture *f = *state;

	for (pid_t pid = 101; pid < MAX_PIDS; pid++) {
		PUT(f, .pid = pid, .ppid = 100);
		CMDLINE(f, pid, "sh");
	}
	give_number(f, MAX_PIDS - 1);
	match(f, "python", false);
	look(f, 10);
	assert_none_told(f);
	CMDLINE(f, 101, "python");
	CMDLINE(f, 1000, "python");
	CMDLINE(f, MAX_PIDS - 1, "python");
	for (int i = 0; i < 150; i++)
		look(f, 10);
	assert_alive(f, 1); /* the cost is bounded */
	for (int i = 0; i < 210; i++)
		look(f, 10);
	assert_alive(f, 3);
	/* Another pattern is tried on all at once. */
	match(f, "^sh$", false);
	f->now_ns += 10000000;
	assert_int_equal(processes_refresh(f->table, f->now_ns, NULL), PYPROF_OK);
	assert_alive(f, MAX_PIDS - 101);
}

static void test_match_descendants(void **state)
{
	struct fixture *f = *state;

	CMDLINE(f, 50, "app");
	CMDLINE(f, 100, "sh");
	PUT(f, .pid = 60, .ppid = 50);
	PUT(f, .pid = 70, .ppid = 60);
	PUT(f, .pid = 110, .ppid = 100);
	match(f, "app", true);
	look(f, 10);
	assert_told(f, 50, 60, 70);
	/* Its children are there when it becomes a match. */
	CMDLINE(f, 100, "app");
	look_at_all(f);
	assert_told(f, 100, 110);
	/* And matches alone, where descendants are not asked for. */
	PUT_NEW(f, .pid = 120, .ppid = 1);
	PUT_NEW(f, .pid = 121, .ppid = 120);
	CMDLINE(f, 120, "other");
	match(f, "other", false);
	look_at_all(f);
	assert_told(f, 120);
	/* Unless it is followed as well. */
	follow(f, 120);
	look(f, 10);
	assert_told(f, 121);
}

/* Whom the caller follows it knows, though it matches too. */
static void test_match_and_follow(void **state)
{
	struct fixture *f = *state;

	CMDLINE(f, 50, "app");
	PUT(f, .pid = 60, .ppid = 50);
	match(f, "app", false);
	f->now_ns += 10000000;
	assert_int_equal(processes_refresh(f->table, f->now_ns, NULL), PYPROF_OK);
	follow(f, 50);
	look(f, 10);
	assert_told(f, 60);
}

static void assert_bad(struct fixture *f, const char *regex, const char *message)
{
	struct pyprof_error err = { 0 };

	assert_int_equal(processes_match(table_of(f), regex, true, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message, message);
}

static void test_bad_pattern(void **state)
{
	struct fixture *f = *state;

	CMDLINE(f, 50, "app");
	match(f, "app", false);
	assert_bad(f, "a(b", "not a regular expression: Unmatched ( or \\( in \"a(b\"");
	assert_bad(f, "a{2,1}", "not a regular expression: Invalid content of \\{\\} in "
				 "\"a{2,1}\"");
	assert_bad(f, "", "an empty pattern matches every process");
	/* The one from before still holds. */
	look(f, 10);
	assert_told(f, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		made_up_test(test_match),
		made_up_test(test_match_long),
		made_up_test(test_match_after_exec),
		made_up_test(test_left_out),
		made_up_test(test_match_many),
		made_up_test(test_match_descendants),
		made_up_test(test_match_and_follow),
		made_up_test(test_bad_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
