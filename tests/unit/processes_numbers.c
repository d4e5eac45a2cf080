/* SPDX-License-Identifier: MIT */
/* Which processes are new, by the numbers given and by listing; and errors. */
#include <sys/resource.h>

#include "made_up_proc.h"
#include "target/process_table.h"

/* While no number is given nothing is looked at but that; once a second all is. */
static void test_nothing_given(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	give_number(f, 101);
	look(f, 10);
	look(f, 60);
	look(f, 60);
	look(f, 60);
	PUT(f, .pid = 101, .ppid = 100);
	for (int i = 0; i < 20; i++) {
		look(f, 10);
		assert_none_told(f);
	}
	look_at_all(f);
	assert_told(f, 101);
}

static void test_too_early(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	look(f, 9);
	assert_none_told(f);
	look(f, 1);
	assert_told(f, 101);
}

/* A number is given before its process can be seen. */
static void test_half_forked(void **state)
{
	struct fixture *f = *state;
	unsigned int ms = 0;

	follow(f, 100);
	look(f, 10);
	look(f, 60);
	look(f, 60);
	give_number(f, 101);
	look(f, 10);
	assert_none_told(f);
	PUT(f, .pid = 101, .ppid = 100);
	while (!f->n_told && ms < 200) {
		look(f, 10);
		ms += 10;
	}
	assert_told(f, 101);
	assert_true(ms <= 100);
}

static void test_number_given_again(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 101, .ppid = 50);
	PUT(f, .pid = 102, .ppid = 100);
	PUT(f, .pid = 103, .ppid = 100);
	follow(f, 100);
	look(f, 10);
	assert_told(f, 102, 103);
	PUT(f, .pid = 101, .ppid = 100, .start = 2000);
	PUT(f, .pid = 102, .ppid = 50, .start = 2001);
	PUT(f, .pid = 103, .ppid = 100, .start = 2002);
	give_number(f, 103);
	look(f, 10);
	assert_told(f, 101, 103);
	assert_alive(f, 3);
	/* Chosen by somebody: the numbers given do not show it. */
	PUT(f, .pid = 103, .ppid = 50, .start = 3000);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 2);
}

/* Refreshes without asking what is new. */
static void refresh(struct fixture *f, unsigned int ms)
{
	f->now_ns += ms * 1000000ull;
	assert_int_equal(processes_refresh(f->table, f->now_ns, NULL), PYPROF_OK);
}

/* Told is what lives at the last look, once, though its number stands twice in the queue. */
static void test_ended_before_told(void **state)
{
	struct fixture *f = *state;
	struct process told;

	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 101, .ppid = 100);
	PUT(f, .pid = 102, .ppid = 100);
	PUT_NEW(f, .pid = 103, .ppid = 100);
	refresh(f, 10);
	take_away(f, 101);
	PUT(f, .pid = 102, .ppid = 100, .start = 2000);
	PUT(f, .pid = 103, .ppid = 50, .start = 2001);
	give_number(f, 100);
	refresh(f, 10);
	give_number(f, 103);
	refresh(f, 10);
	assert_true(processes_next(f->table, &told));
	assert_int_equal(told.pid, 102);
	assert_int_equal(told.start_time, 2000);
	assert_false(processes_next(f->table, &told));
}

/* The parent is told that it had when it was first seen; a zombie is not told any more. */
static void test_told_late(void **state)
{
	struct fixture *f = *state;
	struct process told;

	follow(f, 100);
	look(f, 10);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	PUT_NEW(f, .pid = 102, .ppid = 100);
	refresh(f, 10);
	PUT(f, .pid = 101, .ppid = 100, .state = 'Z');
	PUT(f, .pid = 102, .ppid = 1);
	refresh(f, 1001);
	assert_true(processes_next(f->table, &told));
	assert_int_equal(told.pid, 102);
	assert_int_equal(told.ppid, 100);
	assert_false(processes_next(f->table, &told));
}

/* The number of a parent that is gone came to a process that is followed. */
static void test_number_of_the_parent(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 200, .ppid = 50, .start = 500);
	PUT(f, .pid = 201, .ppid = 200, .session = 200, .start = 501);
	give_number(f, 199);
	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 201, .ppid = 1, .session = 200, .start = 501);
	PUT_NEW(f, .pid = 200, .ppid = 100, .start = 2000);
	look(f, 10);
	assert_told(f, 200);
	PUT_NEW(f, .pid = 202, .ppid = 200, .start = 2000);
	look(f, 10);
	assert_told(f, 202);
}

/* The numbers begin anew: some above, some below. */
static void test_numbers_begin_anew(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 40, .ppid = 50);
	PUT(f, .pid = 1000, .ppid = 1);
	PUT(f, .pid = 1100, .ppid = 50);
	give_number(f, 1050);
	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 1000, .ppid = 100, .start = 2000); /* not among the numbers given */
	PUT(f, .pid = 1100, .ppid = 100, .start = 2000);
	PUT(f, .pid = 1150, .ppid = 100, .start = 2001);
	PUT(f, .pid = 40, .ppid = 100, .start = 2002);
	PUT(f, .pid = 45, .ppid = 100, .start = 2003);
	give_number(f, 45);
	look(f, 10);
	assert_told(f, 1100, 1150, 40, 45);
}

static void test_many_numbers(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 700, .ppid = 50);
	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 700, .ppid = 100, .start = 2000);
	PUT(f, .pid = 101, .ppid = 100, .start = 2000);
	PUT(f, .pid = 1000, .ppid = 100, .start = 2000);
	give_number(f, INT_MAX);
	look(f, 10);
	assert_told(f, 101, 700, 1000);
}

/* After a break nothing is taken for known: the numbers may have gone round. */
static void test_after_a_break(void **state)
{
	struct fixture *f = *state;

	PUT(f, .pid = 60, .ppid = 50);
	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 60, .ppid = 100, .start = 2000);
	look(f, 1001);
	assert_told(f, 60);
}

/* What came and went leaves nothing behind. */
static void test_nothing_grows(void **state)
{
	struct fixture *f = *state;

	follow(f, 100);
	look(f, 10);
	for (pid_t pid = 101; pid < 300; pid++) {
		PUT_NEW(f, .pid = pid, .ppid = 100);
		look(f, 10);
		assert_told(f, pid);
		take_away(f, pid);
		if (pid % 5 == 0)
			look_at_all(f);
	}
	look_at_all(f);
	assert_int_equal(f->table->n, 3);
	assert_true(f->table->cap <= 16);
	assert_true(f->table->fresh.cap <= 16);
	assert_true(f->table->parents.cap <= 16);
	assert_true(f->table->news.cap <= 16);
}

/* ---- listing ---------------------------------------------------------------------- */

/* More than one buffer takes: what ended is dropped, what lives stays. */
static void test_many_processes(void **state)
{
	struct fixture *f = *state;

	for (pid_t pid = 101; pid < MAX_PIDS; pid++)
		PUT(f, .pid = pid, .ppid = pid % 100 == 7 ? 100 : 50);
	give_number(f, MAX_PIDS - 1);
	follow(f, 100);
	look(f, 10);
	assert_int_equal(f->n_told, 11);
	assert_alive(f, 12);
	take_away(f, 107);
	take_away(f, 1107);
	for (pid_t pid = 150; pid < 1100; pid += 2)
		take_away(f, pid);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 10);
	/* Numbers that were chosen: a new one is found, one that is known not looked at again. */
	PUT(f, .pid = 150, .ppid = 100);
	PUT(f, .pid = 151, .ppid = 100, .start = 2000);
	look_at_all(f);
	assert_told(f, 150);
	look_at_all(f);
	assert_none_told(f);
	assert_alive(f, 11);
}

/* The kernel, or what is in its place, does not say which number it gave last. */
static void follow_by_listing(struct fixture *f)
{
	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 101, .ppid = 100);
	look(f, 49);
	assert_none_told(f);
	look(f, 1);
	assert_told(f, 101);
	take_away(f, 101);
	look(f, 50);
	assert_alive(f, 1);
	/* A number given again takes a second. */
	PUT(f, .pid = 60, .ppid = 50);
	look(f, 50);
	PUT(f, .pid = 60, .ppid = 100, .start = 2000);
	look(f, 50);
	assert_none_told(f);
	for (int i = 0; i < 20 && !f->n_told; i++)
		look(f, 50);
	assert_told(f, 60);
}

static void test_no_counter(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/loadavg", f->dir);
	assert_int_equal(remove(path), 0);
	follow_by_listing(f);
}

/* As lxcfs does, somebody has put another file there. */
static void test_no_word_of_the_kernel(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/loadavg", f->dir);
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink("/proc/loadavg", path), 0);
	follow_by_listing(f);
}

static void test_no_number(void **state)
{
	struct fixture *f = *state;

	write_text(f, "loadavg", "0.00 0.00 0.00 0/0 0\n");
	follow_by_listing(f);
}

/* ---- errors ----------------------------------------------------------------------- */

static void assert_no_proc(const char *proc, const char *message)
{
	struct process_table *table = (void *)1;
	struct pyprof_error err = { 0 };

	assert_int_equal(processes_create(&table, proc, &err), PYPROF_ERR_IO);
	assert_null(table);
	assert_string_equal(err.message, message);
}

static void test_no_proc(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX], other[32];

	assert_no_proc("/no/such/folder", "cannot look at the processes: no /proc here");
	snprintf(path, sizeof(path), "%s/self", f->dir);
	assert_int_equal(remove(path), 0);
	snprintf(other, sizeof(other), "%d", getpid() + 1);
	assert_int_equal(symlink(other, path), 0);
	assert_no_proc(f->dir, "cannot look at the processes: /proc shows another PID namespace "
			       "than the one that pyprof runs in");
	processes_destroy(NULL);
}

/* Without a descriptor nothing can be seen, which is said; later it is made up for. */
static void test_out_of_descriptors(void **state)
{
	struct fixture *f = *state;
	enum pyprof_status created, followed, refreshed;
	struct process_table *table;
	struct rlimit before, none;
	struct pyprof_error err;

	follow(f, 100);
	look(f, 10);
	PUT(f, .pid = 60, .ppid = 100, .start = 2000);
	PUT_NEW(f, .pid = 101, .ppid = 100);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	f->now_ns += 10000000;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	created = processes_create(&table, f->dir, NULL);
	followed = processes_follow(f->table, 50, NULL);
	refreshed = processes_refresh(f->table, f->now_ns, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(created, PYPROF_ERR_IO);
	assert_int_equal(followed, PYPROF_ERR_IO);
	assert_int_equal(refreshed, PYPROF_ERR_IO);
	assert_string_equal(err.message,
			    "cannot look at the processes: Too many open files");
	look(f, 10);
	assert_told(f, 60, 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		made_up_test(test_nothing_given),
		made_up_test(test_too_early),
		made_up_test(test_half_forked),
		made_up_test(test_number_given_again),
		made_up_test(test_ended_before_told),
		made_up_test(test_told_late),
		made_up_test(test_number_of_the_parent),
		made_up_test(test_numbers_begin_anew),
		made_up_test(test_many_numbers),
		made_up_test(test_after_a_break),
		made_up_test(test_nothing_grows),
		made_up_test(test_many_processes),
		made_up_test(test_no_counter),
		made_up_test(test_no_word_of_the_kernel),
		made_up_test(test_no_number),
		made_up_test(test_no_proc),
		made_up_test(test_out_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
