/* SPDX-License-Identifier: MIT */
/* Opening real processes: who they are, and when they are no longer the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "target/target.h"
#include "target_child.h"

static struct target *open_target(pid_t pid)
{
	struct target *target;
	struct pyprof_error err = { 0 };

	if (target_open(&target, pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return target;
}

static void assert_not_opened(pid_t pid, enum pyprof_status status, const char *message)
{
	struct target *target = (void *)&status;
	struct pyprof_error err = { 0 };

	assert_int_equal(target_open(&target, pid, &err), status);
	assert_null(target);
	assert_string_equal(err.message, message);
	assert_int_equal(err.status, status);
	assert_int_equal(target_open(&target, pid, NULL), status);
}

/* ---- a process ---------------------------------------------------------------- */

static bool runs(pid_t pid, const char *name)
{
	char path[64], exe[256] = "";

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	/* Debian's sh is dash: the file's name need only end so. */
	return readlink(path, exe, sizeof(exe) - 1) > 0 && strlen(exe) >= strlen(name) &&
	       strcmp(exe + strlen(exe) - strlen(name), name) == 0;
}

static void run_shell(int in, int out, void *arg)
{
	(void)arg;
	if (chdir("/usr") < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(1);
	/* The four bytes are what child_hear() takes; then it runs, and is not being loaded. */
	execl("/bin/sh", "sh", "-c", "echo yes; read x", "it's", "a b", "\x1b[1m\xff", "",
	      "end", NULL);
	_exit(1);
}

static void test_open(void **state)
{
	struct child child = child_start(run_shell, NULL);
	struct target *target;
	uint64_t word;

	(void)state;
	assert_true(child_hear(&child) > 0);
	target = open_target(child.pid);
	assert_int_equal(target->pid, child.pid);
	assert_int_equal(target->ns_pid, child.pid);
	assert_int_equal(target->mem_tid, child.pid);
	assert_false(target->nested_pid_ns);
	assert_true(target->start_time > 0);
	assert_non_null(strstr(target->exe, "sh"));
	assert_string_equal(target->cwd, "/usr");
	assert_string_equal(target->cmdline, "sh -c 'echo yes; read x' 'it'\\''s' 'a b' "
					     "$'\\033[1m\\377' '' end");
	assert_true(target->maps.n_modules >= 1);
	assert_string_equal(target->maps.modules[0].path, target->exe);
	assert_int_equal(memory_read_u64(target->memory, target->maps.modules[0].base, &word,
					 NULL),
			 PYPROF_OK);
	assert_memory_equal(&word, "\177ELF", 4);
	assert_int_equal(target_check(target), PYPROF_OK);
	target_close(target);
	target_close(NULL);
	child_reap(&child);
}

static void test_self(void **state)
{
	struct target *target = open_target(getpid());
	char here[4096];

	(void)state;
	assert_string_equal(target->cwd, getcwd(here, sizeof(here)));
	assert_int_equal(target_check(target), PYPROF_OK);
	assert_int_equal(target_refresh_maps(target, NULL), PYPROF_OK);
	target_close(target);
}

static void test_descriptors_are_closed(void **state)
{
	struct child child = child_start(child_idle, NULL);
	int before = dup(0), after;

	(void)state;
	close(before);
	assert_int_equal(child_hear(&child), 1);
	for (int i = 0; i < 10; i++) {
		struct target *target = open_target(child.pid);
		assert_true(fcntl(target->mem_fd, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(target->proc_fd, F_GETFD) & FD_CLOEXEC);
		assert_true(target->pidfd < 0 || fcntl(target->pidfd, F_GETFD) & FD_CLOEXEC);
		target_close(target);
		assert_int_not_equal(target_open(&target, INT32_MAX, NULL), PYPROF_OK);
	}
	child_reap(&child);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

/* ---- what cannot be opened ------------------------------------------------------- */

static void test_no_process(void **state)
{
	pid_t pid = fork();
	char message[64];

	(void)state;
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	snprintf(message, sizeof(message), "no process with PID %d", pid);
	assert_not_opened(pid, PYPROF_ERR_NO_PROCESS, message);
	assert_not_opened(0, PYPROF_ERR_NO_PROCESS, "no process with PID 0");
	assert_not_opened(-1, PYPROF_ERR_NO_PROCESS, "no process with PID -1");
	assert_not_opened(INT32_MAX, PYPROF_ERR_NO_PROCESS, "no process with PID 2147483647");
}

static void test_zombie(void **state)
{
	pid_t pid = fork();
	char message[200];

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_true(await(is_zombie(pid)));
	snprintf(message, sizeof(message),
		 "PID %d has exited: it is a zombie that its parent, PID %d, has not waited for",
		 pid, getpid());
	assert_not_opened(pid, PYPROF_ERR_NO_PROCESS, message);
	waitpid(pid, NULL, 0);
}

static void test_kernel_thread(void **state)
{
	char comm[64] = "";
	FILE *f = fopen("/proc/2/comm", "r");

	(void)state;
	if (f) {
		if (!fgets(comm, sizeof(comm), f))
			comm[0] = '\0';
		fclose(f);
	}
	if (strcmp(comm, "kthreadd\n") != 0)
		skip_because("PID 2 is no kernel thread here (a container?)");
	assert_not_opened(2, PYPROF_ERR_NOT_PYTHON, "PID 2 (kthreadd) is a kernel thread");
}

static void *say_tid(void *arg)
{
	child_say(*(int *)arg, (int)syscall(SYS_gettid));
	for (;;)
		pause();
	return NULL;
}

static void run_thread(int in, int out, void *arg)
{
	pthread_t thread;

	(void)arg;
	pthread_create(&thread, NULL, say_tid, &out);
	child_await(in);
}

static void test_thread_id(void **state)
{
	struct child child = child_start(run_thread, NULL);
	struct target *target;
	struct pyprof_error err;
	char message[100];
	int tid = child_hear(&child);

	(void)state;
	assert_true(tid > 0);
	assert_int_equal(target_open(&target, tid, &err), PYPROF_ERR_NO_PROCESS);
	snprintf(message, sizeof(message), "%d is a thread of process %d, not a process", tid,
		 child.pid);
	assert_string_equal(err.message, message);
	snprintf(message, sizeof(message), "use -p %d", child.pid);
	assert_string_equal(err.hint, message);
	child_reap(&child);
}

/* ---- the main thread ended by itself, others run on ------------------------------- */

static void run_without_main_thread(int in, int out, void *arg)
{
	pthread_t thread;
	static int fd;

	(void)in;
	(void)arg;
	fd = out;
	pthread_create(&thread, NULL, say_tid, &fd);
	pthread_exit(NULL);
}

static char state_of(pid_t pid)
{
	char path[40], state = '?';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (stat && fscanf(stat, "%*d %*s %c", &state) != 1)
		state = '?';
	if (stat)
		fclose(stat);
	return state;
}

static void test_main_thread_gone(void **state)
{
	struct child child = child_start(run_without_main_thread, NULL);
	int tid = child_hear(&child);
	struct target *target;
	uint64_t word;
	pid_t *tids = NULL;
	size_t n, cap = 0;
	int fd;

	(void)state;
	assert_true(tid > 0);
	assert_true(await(state_of(child.pid) == 'Z'));
	target = open_target(child.pid);
	assert_int_equal(target->pid, child.pid);
	assert_int_equal(target->mem_tid, tid);
	assert_string_not_equal(target->exe, "");
	assert_string_not_equal(target->cmdline, "");
	assert_true(target->maps.n_modules > 0);
	assert_int_equal(memory_read_u64(target->memory, target->maps.modules[0].base, &word,
					 NULL),
			 PYPROF_OK);
	assert_int_equal(target_check(target), PYPROF_OK);
	assert_int_equal(target_refresh_maps(target, NULL), PYPROF_OK);
	assert_int_equal(target_threads(target, &tids, &n, &cap, NULL), PYPROF_OK);
	assert_int_equal(n, 2);
	fd = target_open_module(target, &target->maps.modules[0]);
	assert_true(fd >= 0);
	close(fd);
	free(tids);
	kill(child.pid, SIGKILL);
	assert_true(await(target_check(target) == PYPROF_ERR_GONE));
	target_close(target);
	child_reap(&child);
}

/* Opened while its main thread leaves: the process is there all the while. */
static void test_main_thread_leaves(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct child child = child_start(run_without_main_thread, NULL);
		int tid = child_hear(&child);
		struct pyprof_error err;
		bool left;

		assert_true(tid > 0);
		do {
			struct target *target;

			if (target_open(&target, child.pid, &err) != PYPROF_OK)
				fail_msg("%s", err.message);
			left = target->mem_tid == tid;
			target_close(target);
		} while (!left);
		child_reap(&child);
	}
}

/* ---- exec and exit ------------------------------------------------------------------- */

static void run_exec(int in, int out, void *arg)
{
	(void)arg;
	child_say(out, 1);
	child_await(in);
	execlp("sleep", "sleep", "100", NULL);
	_exit(1);
}

static void assert_changed(struct target *target, enum pyprof_status status,
			   const char *message)
{
	struct pyprof_error err = { 0 };
	struct mapping first = target->maps.mappings[0];

	assert_int_equal(target_check(target), status);
	assert_int_equal(target_check_error(target, &err), status);
	assert_string_equal(err.message, message);
	assert_int_equal(target_refresh_maps(target, &err), status);
	assert_string_equal(err.message, message);
	assert_memory_equal(&first, &target->maps.mappings[0], sizeof(first));
}

static void test_exec(void **state)
{
	struct child child = child_start(run_exec, NULL);
	struct target *target, *again;
	char message[100];

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	assert_int_equal(target_check(target), PYPROF_OK);
	child_tell(&child);
	assert_true(await(target_check(target) != PYPROF_OK));
	snprintf(message, sizeof(message), "PID %d replaced itself by exec", child.pid);
	assert_changed(target, PYPROF_ERR_EXEC, message);
	again = open_target(child.pid);
	assert_int_equal(again->start_time, target->start_time);
	assert_non_null(strstr(again->exe, "sleep"));
	assert_int_equal(target_check(again), PYPROF_OK);
	/* And then an exit: the first one can tell that too. */
	kill(child.pid, SIGKILL);
	assert_true(await(is_zombie(child.pid)));
	assert_int_equal(target_check(target), PYPROF_ERR_GONE);
	assert_int_equal(target_check(again), PYPROF_ERR_GONE);
	target_close(target);
	target_close(again);
	child_reap(&child);
}

/* An exec by a thread that is not the main one takes over the process's id. */
static void *exec_sleep(void *arg)
{
	(void)arg;
	execlp("sleep", "sleep", "100", NULL);
	_exit(1);
}

static void run_exec_in_thread(int in, int out, void *arg)
{
	pthread_t thread;

	(void)arg;
	child_say(out, 1);
	child_await(in);
	pthread_create(&thread, NULL, exec_sleep, NULL);
	for (;;)
		pause();
}

static void test_exec_by_thread(void **state)
{
	struct child child = child_start(run_exec_in_thread, NULL);
	struct target *target;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	child_tell(&child);
	assert_true(await(target_check(target) != PYPROF_OK));
	assert_int_equal(target_check(target), PYPROF_ERR_EXEC);
	target_close(target);
	child_reap(&child);
}

/* At no moment of an exit may it look like an exec: look as often as can be. */
static void test_exit_is_never_exec(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct child child = child_start(child_idle, NULL);
		struct target *target;
		enum pyprof_status status;

		assert_int_equal(child_hear(&child), 1);
		target = open_target(child.pid);
		kill(child.pid, SIGKILL);
		while ((status = target_check(target)) == PYPROF_OK)
			;
		assert_int_equal(status, PYPROF_ERR_GONE);
		assert_true(await(is_zombie(child.pid)));
		assert_int_equal(target_check(target), PYPROF_ERR_GONE);
		child_reap(&child);
		assert_int_equal(target_check(target), PYPROF_ERR_GONE);
		target_close(target);
	}
}

/* Opens children at any moment of their exit; returns how many answers were no sense. */
static int open_exiting(void)
{
	int wrong = 0;

	for (int i = 0; i < 100; i++) {
		struct child child = child_start(child_idle, NULL);
		enum pyprof_status status;

		wrong += child_hear(&child) != 1;
		kill(child.pid, SIGKILL);
		do {
			struct target *target;
			status = target_open(&target, child.pid, NULL);
			if (status == PYPROF_OK)
				target_close(target);
		} while (status == PYPROF_OK || status == PYPROF_ERR_GONE);
		wrong += status != PYPROF_ERR_NO_PROCESS; /* a zombie, at last */
		child_reap(&child);
	}
	return wrong;
}

/* Also as an ordinary user, to whom an exiting process is closed before it is gone. */
static void test_open_while_it_exits(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(open_exiting(), 0);
	if (geteuid() != 0)
		return;
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
		    setresuid(65534, 65534, 65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
			_exit(0); /* a container that lacks other users */
		_exit(open_exiting() ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void test_exit(void **state)
{
	struct child child = child_start(child_idle, NULL);
	struct target *target;
	struct pyprof_error err;
	char message[100];
	pid_t *tids = NULL;
	size_t n, cap = 0;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	child_tell(&child);
	snprintf(message, sizeof(message), "PID %d exited", child.pid);
	assert_true(await(is_zombie(child.pid)));
	assert_changed(target, PYPROF_ERR_GONE, message);
	waitpid(child.pid, NULL, 0);
	assert_changed(target, PYPROF_ERR_GONE, message);
	assert_int_equal(target_threads(target, &tids, &n, &cap, &err), PYPROF_ERR_GONE);
	assert_string_equal(err.message, message);
	free(tids);
	target_close(target);
	child.pid = -1;
}

/* Opened again and again while it execs without end: always one answer, never a mixture. */
static void run_exec_forever(int in, int out, void *arg)
{
	(void)in;
	(void)out;
	(void)arg;
	execl("/bin/sh", "sh", "-c", "exec \"$0\" -c \"$1\" \"$0\" \"$1\"", "/bin/sh",
	      "exec \"$0\" -c \"$1\" \"$0\" \"$1\"", NULL);
}

static void test_open_while_it_execs(void **state)
{
	struct child child = child_start(run_exec_forever, NULL);
	int opened = 0;

	(void)state;
	assert_true(await(runs(child.pid, "sh")));
	for (int i = 0; i < 200; i++) {
		struct target *target;
		struct pyprof_error err = { 0 };
		enum pyprof_status status = target_open(&target, child.pid, &err);

		if (status == PYPROF_OK) {
			opened++;
			assert_true(target->maps.n > 0);
			target_close(target);
		} else if (status != PYPROF_ERR_EXEC) {
			fail_msg("%s: %s", pyprof_status_name(status), err.message);
		}
	}
	assert_true(opened > 0);
	child_reap(&child);
}

/* ---- a PID given away again ------------------------------------------------------------ */

static void run_pid_reuse(int in, int out, void *arg)
{
	FILE *last;
	pid_t first = fork(), second;
	struct target *target;
	enum pyprof_status before, after;

	(void)arg;
	if (first == 0)
		for (;;)
			pause();
	if (target_open(&target, first, NULL) != PYPROF_OK)
		_exit(1);
	before = target_check(target);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	last = fopen("/proc/sys/kernel/ns_last_pid", "w");
	if (!last || fprintf(last, "%d", first - 1) < 0 || fclose(last) != 0)
		_exit(77);
	second = fork();
	if (second == 0)
		for (;;)
			pause();
	after = target_check(target);
	child_say(out, second == first);
	child_say(out, (int)before);
	child_say(out, (int)after);
	child_say(out, (int)target_refresh_maps(target, NULL));
	child_await(in);
	_exit(0);
}

/* In a PID namespace of its own, where the next id can be chosen and nobody else takes it. */
static void test_pid_reuse(void **state)
{
	struct child child;
	pid_t pid;
	int reused;

	(void)state;
	if (geteuid() != 0)
		skip_because("a PID namespace of one's own needs root");
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(77);
		pid = fork();
		if (pid == 0) {
			/* This namespace's init: its end is the end of all in it. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (system("mount --make-rprivate / && mount -t proc proc /proc") != 0)
				_exit(77);
			child = child_start(run_pid_reuse, NULL);
			reused = child_hear(&child);
			if (reused != 1)
				_exit(reused < 0 ? 77 : 2);
			if (child_hear(&child) != PYPROF_OK)
				_exit(3);
			if (child_hear(&child) != PYPROF_ERR_GONE)
				_exit(4);
			_exit(child_hear(&child) == PYPROF_ERR_GONE ? 0 : 5);
		}
		int status = 0;
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 6);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip_because("no PID namespace with a settable ns_last_pid here");
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- mappings -------------------------------------------------------------------------- */

static void run_protect(int in, int out, void *page)
{
	child_say(out, 1);
	child_await(in);
	if (mprotect(page, 4096, PROT_READ) < 0)
		_exit(1);
	child_say(out, 2);
	child_await(in);
}

static void test_refresh_maps(void **state)
{
	void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct child child = child_start(run_protect, page);
	struct target *target;

	(void)state;
	assert_int_equal(child_hear(&child), 1);
	target = open_target(child.pid);
	assert_non_null(maps_find(&target->maps, (uintptr_t)page));
	assert_false(maps_readable(&target->maps, (uintptr_t)page, 4096));
	child_tell(&child);
	assert_int_equal(child_hear(&child), 2);
	assert_int_equal(target_refresh_maps(target, NULL), PYPROF_OK);
	assert_true(maps_readable(&target->maps, (uintptr_t)page, 4096));
	target_close(target);
	child_reap(&child);
	munmap(page, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_descriptors_are_closed),
		cmocka_unit_test(test_no_process),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_kernel_thread),
		cmocka_unit_test(test_thread_id),
		cmocka_unit_test(test_main_thread_gone),
		cmocka_unit_test(test_main_thread_leaves),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_by_thread),
		cmocka_unit_test(test_exit_is_never_exec),
		cmocka_unit_test(test_open_while_it_exits),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_open_while_it_execs),
		cmocka_unit_test(test_pid_reuse),
		cmocka_unit_test(test_refresh_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
