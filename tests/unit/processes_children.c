/* SPDX-License-Identifier: MIT */
/* Whose child a process is, over a /proc made up: see made_up_proc.h. */
#include "made_up_proc.h"

static void test_children(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	assert_none_told(f);
	PUT_NEW(f, .pid = 101, .ppid = 100, .start = 7);
	look(f, 10);
	assert_none_told(f); /* older than its parent: that cannot be */
	PUT_NEW(f, .pid = 102, .ppid = 100, .start = 4711);
	PUT_NEW(f, .pid = 103, .ppid = 50);
	PUT_NEW(f, .pid = 104, .ppid = 102, .start = 4712);
	look(f, 10);
	assert_told(f, 102, 104);
	assert_int_equal(f->last.ppid, 102);
	assert_int_equal(f->last.start_time, 4712);
	look(f, 10);
	assert_none_told(f);
	assert_alive(f, 3);
}

/* What the followed process has started before is wanted, whichever is asked first. */
static void test_children_from_before(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 60, .ppid = 50);
	PUT(f, .pid = 70, .ppid = 60);
	follow(f, 50);
	look(f, 10);
	assert_told(f, 60, 70);
	PUT_NEW(f, .pid = 110, .ppid = 100);
	PUT_NEW(f, .pid = 120, .ppid = 110);
	look(f, 10);
	assert_none_told(f);
	follow(f, 100);
	look(f, 10);
	assert_told(f, 110, 120);
}

/* A parent that cannot be seen yet, or whose number is the higher one, is no worse. */
static void test_child_before_parent(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 30, .ppid = 200, .start = 900);
	PUT(f, .pid = 20, .ppid = 30, .start = 901);
	PUT(f, .pid = 200, .ppid = 100, .start = 899);
	follow(f, 100);
	look(f, 10);
	assert_told(f, 20, 30, 200);

	give_number(f, 202);
	PUT(f, .pid = 202, .ppid = 201, .start = 1001);
	look(f, 10);
	assert_none_told(f);
	PUT(f, .pid = 201, .ppid = 100, .start = 1000);
	for (int i = 0; i < 10 && !f->n_told; i++)
		look(f, 10);
	assert_told(f, 201, 202);
}

/* Followed once, followed for life, though the parent ended and even its entry is gone. */
static void test_adopted(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	PUT_NEW(f, .pid = 102, .ppid = 101);
	look(f, 10);
	assert_told(f, 101, 102);
	take_away(f, 101);
	PUT(f, .pid = 102, .ppid = 1);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 2);
	PUT_NEW(f, .pid = 103, .ppid = 102);
	look(f, 10);
	assert_told(f, 103);
	/* One that we have not seen with its parent is nobody's. */
	PUT_NEW(f, .pid = 104, .ppid = 1);
	look_at_all(f);
	assert_none_told(f);
}

/* The session of an orphan tells where it comes from; its process group does not. */
static void test_orphan_in_session(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	PUT_NEW(f, .pid = 101, .ppid = 100, .session = 101);
	look(f, 10);
	assert_told(f, 101);
	PUT_NEW(f, .pid = 102, .ppid = 1, .session = 101);
	PUT_NEW(f, .pid = 103, .ppid = 1, .group = 101);
	PUT_NEW(f, .pid = 104, .ppid = 1, .group = 100, .session = 50);
	PUT_NEW(f, .pid = 105, .ppid = 102, .session = 105);
	look_at_all(f);
	assert_told(f, 102, 105);
	/* Also where it was there before its session's leader was followed. */
	PUT_NEW(f, .pid = 106, .ppid = 1, .session = 50);
	look(f, 10);
	assert_none_told(f);
	follow(f, 50);
	look(f, 10);
	assert_told(f, 104, 106);
}

/* The number of a followed process came to another, which had a child and ended: not ours. */
static void test_parent_with_a_followed_number(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 101, .ppid = 100);
	follow(f, 100);
	look(f, 10);
	assert_told(f, 101);
	take_away(f, 101);
	PUT_NEW(f, .pid = 102, .ppid = 101);
	look(f, 10);
	assert_none_told(f);
}

static void test_this_process(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = own_pid(), .ppid = 100, .start = 200);
	CMDLINE(f, own_pid(), "me");
	match(f, "me", true);
	follow(f, 100);
	look(f, 10);
	assert_none_told(f);
	/* Nor what it starts. */
	PUT_NEW(f, .pid = 101, .ppid = own_pid(), .start = 201);
	look(f, 10);
	assert_none_told(f);
}

/* ---- what is no process ----------------------------------------------------------- */

static void test_zombies(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	PUT_NEW(f, .pid = 101, .ppid = 100, .state = 'Z');
	PUT_NEW(f, .pid = 102, .ppid = 100, .state = 'Z', .threads = 2);
	PUT_NEW(f, .pid = 103, .ppid = 100, .state = 'X');
	PUT_NEW(f, .pid = 104, .ppid = 100);
	look(f, 10);
	assert_told(f, 102, 104);
	assert_alive(f, 3);
	PUT(f, .pid = 104, .ppid = 100, .state = 'Z');
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 2);
	/* Its number is another's. */
	PUT(f, .pid = 101, .ppid = 100, .start = 2000);
	give_number(f, 100);
	look(f, 10);
	give_number(f, 101);
	look(f, 10);
	assert_told(f, 101);
}

static void test_threads(void **state)
{
	struct fixture *f = *state;
	struct pyprof_error err = { 0 };

	follow(f, 100);
	look(f, 10);
	PUT_NEW(f, .pid = 101, .ppid = 100, .is_thread = true);
	look(f, 10);
	assert_none_told(f);
	assert_int_equal(processes_follow(f->table, 101, &err), PYPROF_ERR_NO_PROCESS);
	assert_string_equal(err.message, "no process with PID 101");
	assert_int_equal(processes_follow(f->table, 1200, &err), PYPROF_ERR_NO_PROCESS);
	assert_int_equal(processes_follow(f->table, 0, &err), PYPROF_ERR_NO_PROCESS);
	assert_int_equal(processes_follow(f->table, -1, &err), PYPROF_ERR_NO_PROCESS);
}

static void test_hostile_names(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	PUT_NEW(f, .pid = 101, .ppid = 100, .comm = ") S 1 1 1");
	PUT_NEW(f, .pid = 102, .ppid = 1, .comm = ") S 100 1 1");
	PUT_NEW(f, .pid = 103, .ppid = 100, .comm = "a\n103 (b) Z 1\n");
	PUT_NEW(f, .pid = 104, .ppid = 1, .comm = "\n104 (b) R 100");
	PUT_NEW(f, .pid = 105, .ppid = 100, .comm = "");
	look(f, 10);
	assert_told(f, 101, 103, 105);
}

/* What may not be read yet is followed when it may. */
static void test_unreadable(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 101, .ppid = 100);
	make_folder(f, 102);
	write_text(f, "102/stat", "102 (x) S what");
	write_text(f, "101/stat", "101 (x) S what");
	follow(f, 101);
	follow(f, 100);
	give_number(f, 102);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 2);
	PUT(f, .pid = 101, .ppid = 1);
	PUT(f, .pid = 102, .ppid = 100);
	PUT_NEW(f, .pid = 103, .ppid = 101);
	look_at_all(f);
	assert_told(f, 102, 103);
	/* And what could be read once is remembered. */
	write_text(f, "102/stat", "102 (x) S what");
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		made_up_test(test_children),
		made_up_test(test_children_from_before),
		made_up_test(test_child_before_parent),
		made_up_test(test_adopted),
		made_up_test(test_orphan_in_session),
		made_up_test(test_parent_with_a_followed_number),
		made_up_test(test_this_process),
		made_up_test(test_zombies),
		made_up_test(test_threads),
		made_up_test(test_hostile_names),
		made_up_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
