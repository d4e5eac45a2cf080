/* SPDX-License-Identifier: MIT */
/*
 * The table of processes with real ones: they fork, exec, are orphaned and end, and say so, so
 * that each look is at a state that is known. What is left to chance there is in
 * processes_children.c and processes_numbers.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <cmocka.h>

#include "target/process_pattern.h"
#include "target/processes.h"
#include "target/procfs.h"
#include "target_child.h"

/*
 * A family of processes, each the child of the one before. Each takes orders, one letter each,
 * from a pipe of its own, and answers with a number:
 *   f  forks the next one                                    the next one's PID
 *   o  forks the next one by way of one that ends at once    the next one's PID
 *   z  forks one that ends, and does not wait for it         its PID
 *   s  becomes the leader of a session                       1
 *   x  executes this program anew, as the same member        1
 *   w  waits for its next child to end                       its PID
 *   q  ends
 */
#define N_MEMBERS 4

struct wires {
	int orders[2], answers[2];
};

static struct wires wires[N_MEMBERS];
static const char *program;

static _Noreturn void run_member(int member);

static void answer(int member, int value)
{
	child_say(wires[member].answers[1], value);
}

/* Returns the PID of the next one, which does not return. */
static int fork_next(int member)
{
	pid_t pid = fork();

	if (pid == 0)
		run_member(member + 1);
	return (int)pid;
}

/* Answers when the one between has ended, so that there is no look at it. */
static void fork_orphan(int member)
{
	int pid, between[2];

	if (pipe(between) < 0)
		_exit(96);
	pid = (int)fork();
	if (pid == 0) {
		child_say(between[1], fork_next(member));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (read(between[0], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
		_exit(95);
	answer(member, pid);
}

static void fork_zombie(int member)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	answer(member, (int)pid);
}

/* As "processes MEMBER WIRE WIRE...": see main(). */
static void execute_anew(int member)
{
	const int *fds = (const int *)wires;
	char texts[N_MEMBERS * 4 + 1][12];
	char *argv[N_MEMBERS * 4 + 3] = { (char *)program };

	snprintf(texts[0], sizeof(texts[0]), "%d", member);
	argv[1] = texts[0];
	for (int i = 0; i < N_MEMBERS * 4; i++) {
		snprintf(texts[i + 1], sizeof(texts[0]), "%d", fds[i]);
		argv[i + 2] = texts[i + 1];
	}
	execv("/proc/self/exe", argv);
	_exit(97);
}

static _Noreturn void run_member(int member)
{
	char order;

	for (;;) {
		if (read(wires[member].orders[0], &order, 1) != 1)
			_exit(98);
		switch (order) {
		case 'f':
			answer(member, fork_next(member));
			break;
		case 'o':
			fork_orphan(member);
			break;
		case 'z':
			fork_zombie(member);
			break;
		case 's':
			answer(member, setsid() > 0);
			break;
		case 'x':
			execute_anew(member);
			break;
		case 'w':
			answer(member, (int)waitpid(-1, NULL, 0));
			break;
		default:
			_exit(0);
		}
	}
}

static void run_executed(char **argv)
{
	int *fds = (int *)wires;
	int member = atoi(argv[1]);

	program = argv[0];
	for (int i = 0; i < N_MEMBERS * 4; i++)
		fds[i] = atoi(argv[i + 2]);
	answer(member, 1);
	run_member(member);
}

/* ---- the test's side -------------------------------------------------------------- */

struct fixture {
	struct process_table *table;
	uint64_t now_ns;
	pid_t root; /* the first member; followed */
};

/* The members have not the test's ends: they end when the test does. */
static pid_t start_family(void)
{
	pid_t pid;

	for (int i = 0; i < N_MEMBERS; i++) {
		assert_int_equal(pipe(wires[i].orders), 0);
		assert_int_equal(pipe(wires[i].answers), 0);
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < N_MEMBERS; i++) {
			close(wires[i].orders[1]);
			close(wires[i].answers[0]);
		}
		run_member(0);
	}
	for (int i = 0; i < N_MEMBERS; i++) {
		close(wires[i].orders[0]);
		close(wires[i].answers[1]);
	}
	return pid;
}

static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .now_ns = 1, .root = start_family() };
	assert_int_equal(processes_create(&f.table, "/proc", NULL), PYPROF_OK);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	processes_destroy(f->table);
	for (int i = 0; i < N_MEMBERS; i++) {
		close(wires[i].orders[1]);
		close(wires[i].answers[0]);
	}
	waitpid(f->root, NULL, 0);
	return 0;
}

static int order(int member, char letter)
{
	struct child ear = { .from = wires[member].answers[0] };
	int value;

	assert_int_equal(write(wires[member].orders[1], &letter, 1), 1);
	value = child_hear(&ear);
	assert_true(value > 0);
	return value;
}

/* Looks when `ms` have passed, as the table is told. */
static void look(struct fixture *f, int ms)
{
	struct pyprof_error err = { 0 };

	f->now_ns += (uint64_t)ms * 1000000;
	if (processes_refresh(f->table, f->now_ns, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

/* Lets the table look at all that it ever looks at again, as in a second. */
static void look_at_all(struct fixture *f)
{
	for (int i = 0; i < 300; i++)
		look(f, 10);
}

static void assert_next(struct fixture *f, pid_t pid, pid_t ppid)
{
	struct process process;

	assert_true(processes_next(f->table, &process));
	assert_int_equal(process.pid, pid);
	assert_int_equal(process.ppid, ppid);
	assert_true(process.start_time > 0);
}

static void assert_no_next(struct fixture *f)
{
	struct process process;

	assert_false(processes_next(f->table, &process));
}

static void follow_root(struct fixture *f)
{
	assert_int_equal(processes_follow(f->table, f->root, NULL), PYPROF_OK);
	look(f, 10);
	assert_no_next(f);
}

/* ---- tests ------------------------------------------------------------------------ */

static void test_child_and_grandchild(void **state)
{
	struct fixture *f = *state;
	pid_t child, grandchild;

	follow_root(f);
	child = order(0, 'f');
	look(f, 10);
	assert_next(f, child, f->root);
	assert_no_next(f);
	grandchild = order(1, 'f');
	look(f, 10);
	assert_next(f, grandchild, child);
	assert_no_next(f);
	assert_int_equal(processes_alive(f->table), 3);
	look_at_all(f);
	assert_no_next(f);
}

static void test_orphaned_grandchild(void **state)
{
	struct fixture *f = *state;
	pid_t child, grandchild, last;

	follow_root(f);
	child = order(0, 'f');
	grandchild = order(1, 'f');
	look(f, 10);
	assert_next(f, child, f->root);
	assert_next(f, grandchild, child);
	assert_int_equal(write(wires[1].orders[1], "q", 1), 1);
	assert_int_equal(order(0, 'w'), child);
	look_at_all(f);
	assert_int_equal(processes_alive(f->table), 2);
	last = order(2, 'f');
	look(f, 10);
	assert_next(f, last, grandchild);
	assert_no_next(f);
	assert_int_equal(processes_alive(f->table), 3);
}

/* Orphaned before it was seen: its session proves where it comes from, if it is our own. */
static void test_orphan(void **state)
{
	struct fixture *f = *state;
	struct process process;
	pid_t orphan;

	follow_root(f);
	assert_int_equal(order(0, 's'), 1);
	orphan = order(0, 'o');
	look(f, 10);
	assert_true(processes_next(f->table, &process));
	assert_int_equal(process.pid, orphan);
	assert_int_not_equal(process.ppid, f->root);
	assert_no_next(f);
}

static void test_orphan_of_nobody(void **state)
{
	struct fixture *f = *state;

	follow_root(f);
	order(0, 'o');
	look_at_all(f);
	assert_no_next(f);
	assert_int_equal(processes_alive(f->table), 1);
}

static void test_exec(void **state)
{
	struct fixture *f = *state;
	pid_t child, grandchild;

	follow_root(f);
	child = order(0, 'f');
	look(f, 10);
	assert_next(f, child, f->root);
	assert_int_equal(order(1, 'x'), 1);
	assert_int_equal(order(0, 'x'), 1);
	look_at_all(f);
	assert_no_next(f);
	assert_int_equal(processes_alive(f->table), 2);
	grandchild = order(1, 'f');
	look(f, 10);
	assert_next(f, grandchild, child);
	assert_no_next(f);
}

static void test_zombie(void **state)
{
	struct fixture *f = *state;
	pid_t zombie, child;

	follow_root(f);
	zombie = order(0, 'z');
	child = order(0, 'f');
	assert_int_not_equal(zombie, child);
	look(f, 10);
	assert_next(f, child, f->root);
	assert_no_next(f);
	look_at_all(f);
	assert_no_next(f);
	assert_int_equal(processes_alive(f->table), 2);
	assert_int_equal(order(0, 'w'), zombie);
}

static void test_end(void **state)
{
	struct fixture *f = *state;
	pid_t child;

	follow_root(f);
	child = order(0, 'f');
	look(f, 10);
	assert_next(f, child, f->root);
	assert_int_equal(write(wires[1].orders[1], "q", 1), 1);
	assert_int_equal(order(0, 'w'), child);
	look_at_all(f);
	assert_int_equal(processes_alive(f->table), 1);
	assert_int_equal(write(wires[0].orders[1], "q", 1), 1);
	assert_true(await(is_zombie(f->root)));
	look_at_all(f);
	assert_int_equal(processes_alive(f->table), 0);
}

/* Our own command line matches as well, but is not told. */
static void test_match(void **state)
{
	struct fixture *f = *state;
	struct process_pattern *pattern;
	struct process process;
	bool child_told = false, we_told = false;
	char regex[300];
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);

	snprintf(regex, sizeof(regex), "(^|/)%s( 0 |$)", program_invocation_short_name);
	assert_int_equal(process_pattern_create(&pattern, regex, NULL), PYPROF_OK);
	assert_true(process_pattern_matches(pattern, proc, getpid()));
	assert_int_equal(order(0, 'x'), 1);
	assert_true(process_pattern_matches(pattern, proc, f->root));
	process_pattern_destroy(pattern);
	close(proc);

	assert_int_equal(processes_match(f->table, regex, false, NULL), PYPROF_OK);
	look(f, 10);
	/* There may be others: this program may run twice. */
	while (processes_next(f->table, &process)) {
		child_told |= process.pid == f->root;
		we_told |= process.pid == getpid();
	}
	assert_true(child_told);
	assert_false(we_told);
}

/* A thread of the kernel has no command line to match. */
static void test_match_kernel_thread(void **state)
{
	struct fixture *f = *state;
	struct process process;
	struct proc_stat stat;

	if (!proc_stat_read(&stat, AT_FDCWD, "/proc/2/stat") ||
	    !(stat.flags & PROC_FLAG_KERNEL_THREAD))
		skip_because("no kernel threads to be seen here");
	assert_int_equal(processes_match(f->table, "^", false, NULL), PYPROF_OK);
	look(f, 10);
	while (processes_next(f->table, &process))
		assert_int_not_equal(process.pid, 2);
}

static void test_bad_pattern(void **state)
{
	struct fixture *f = *state;
	struct pyprof_error err;

	assert_int_equal(processes_match(f->table, "python (", false, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message,
			    "not a regular expression: Unmatched ( or \\( in \"python (\"");
}

#define family_test(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		family_test(test_child_and_grandchild),
		family_test(test_orphaned_grandchild),
		family_test(test_orphan),
		family_test(test_orphan_of_nobody),
		family_test(test_exec),
		family_test(test_zombie),
		family_test(test_end),
		family_test(test_match),
		family_test(test_match_kernel_thread),
		family_test(test_bad_pattern),
	};

	if (argc == N_MEMBERS * 4 + 2)
		run_executed(argv);
	program = argv[0];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
