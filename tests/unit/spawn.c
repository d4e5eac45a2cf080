/* SPDX-License-Identifier: MIT */
/* Launching real commands: what they inherit, what is said when they cannot start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/str.h"
#include "target/spawn.h"
#include "target_child.h"

static char dir[] = "/tmp/pyprof-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char path[4][200];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static pid_t start(const char *const argv[])
{
	struct pyprof_error err = { 0 };
	pid_t pid = -1;

	if (spawn_start(&pid, (char *const *)argv, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return pid;
}

static pid_t start_shell(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return start(argv);
}

static int exit_code(pid_t pid)
{
	int status;

	assert_int_equal(spawn_wait(pid, &status, true), 1);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- ends ----------------------------------------------------------------------------- */

static void test_exit_codes(void **state)
{
	const char *const by_path[] = { "/bin/true", NULL };
	const char *const arguments[] = { "sh", "-c", "test \"$0,$1,$2\" = 'a b,,c\nd'", "a b",
					  "", "c\nd", NULL };

	(void)state;
	assert_int_equal(exit_code(start_shell("exit 0")), 0);
	assert_int_equal(exit_code(start_shell("exit 7")), 7);
	assert_int_equal(exit_code(start_shell("kill -TERM $$")), 128 + SIGTERM);
	assert_int_equal(exit_code(start_shell("kill -KILL $$")), 128 + SIGKILL);
	assert_int_equal(exit_code(start(by_path)), 0);
	assert_int_equal(exit_code(start(arguments)), 0);
}

static void test_wait(void **state)
{
	const char *const argv[] = { "sleep", "100", NULL };
	pid_t pid = start(argv);
	int status = 0;

	(void)state;
	kill(pid, SIGKILL);
	assert_true(await(spawn_wait(pid, &status, false) == 1));
	assert_true(WIFSIGNALED(status));
	errno = 0;
	assert_int_equal(spawn_wait(pid, &status, false), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(spawn_wait(pid, &status, true), -1);

	pid = start(argv);
	assert_int_equal(spawn_wait(pid, &status, false), 0);
	kill(pid, SIGSTOP); /* stopped is not ended */
	sleep_ms(20);
	assert_int_equal(spawn_wait(pid, &status, false), 0);
	kill(pid, SIGKILL);
	assert_int_equal(spawn_wait(pid, &status, true), 1);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signo)
{
	(void)signo;
	alarms++;
}

static void *send_alarms(void *arg)
{
	pthread_t waiting = *(pthread_t *)arg;

	for (int i = 0; i < 20; i++) {
		sleep_ms(5);
		pthread_kill(waiting, SIGALRM);
	}
	return NULL;
}

/* A handler without SA_RESTART interrupts waitpid(2), not spawn_wait(). */
static void test_wait_through_signals(void **state)
{
	struct sigaction action = { .sa_handler = count_alarm }, before;
	pthread_t self = pthread_self(), thread;
	pid_t pid = start_shell("sleep 0.3; exit 3");

	(void)state;
	sigaction(SIGALRM, &action, &before);
	assert_int_equal(pthread_create(&thread, NULL, send_alarms, &self), 0);
	assert_int_equal(exit_code(pid), 3);
	pthread_join(thread, NULL);
	sigaction(SIGALRM, &before, NULL);
	assert_true(alarms > 0);
}

/* ---- what the child inherits ------------------------------------------------------------- */

/*
 * A signal set of /proc/self/status as a child of ours finds it there. No shell is asked: it
 * has ideas of its own about signals.
 */
static uint64_t child_signals(const char *field)
{
	const char *const argv[] = { "cp", "-f", "/proc/self/status", path_of("status"), NULL };
	struct str text = STR_INIT;
	const char *at;
	uint64_t value;

	assert_int_equal(exit_code(start(argv)), 0);
	assert_true(str_read_file(&text, path_of("status"), 1u << 20));
	at = strstr(str_cstr(&text), field);
	assert_non_null(at);
	value = strtoull(at + strlen(field) + 1, NULL, 16);
	str_deinit(&text);
	return value;
}

#define BIT(signo) (UINT64_C(1) << ((signo) - 1))

static void test_signals(void **state)
{
	uint64_t ignored = child_signals("SigIgn"), blocked = child_signals("SigBlk");
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction handle = { .sa_handler = count_alarm };
	struct sigaction old_pipe, old_int;
	sigset_t set, before, after;

	(void)state;
	/* What we do to our own signals since is no matter to a child. */
	sigaction(SIGPIPE, &ignore, &old_pipe);
	sigaction(SIGINT, &handle, &old_int);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, &before);
	assert_int_equal(child_signals("SigIgn"), ignored);
	assert_int_equal(child_signals("SigBlk"), blocked);
	assert_int_equal(child_signals("SigCgt"), 0);
	sigprocmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGUSR1), 1); /* and ours stayed as it was */
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGPIPE, &old_pipe, NULL);
	sigaction(SIGINT, &old_int, NULL);
}

/* What was ignored or blocked when we were started stays so for the child: nohup works. */
static void test_signals_from_the_start(void **state)
{
	char self[PATH_MAX] = "";
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	int status;
	pid_t pid;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGHUP, &ignore, NULL);
		sigaction(SIGCHLD, &ignore, NULL);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_SETMASK, &set, NULL);
		execl(self, self, "from-the-start", dir, NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* The program itself, started anew by the test above; no cmocka here. */
static int from_the_start(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	const char *const argv[] = { "cp", "-f", "/proc/self/status", path_of("started"), NULL };
	struct str text = STR_INIT;
	uint64_t ignored, blocked;
	sigset_t none;
	pid_t pid;
	int status;

	/* SIGCHLD is still ignored: spawn_start() must see to it. */
	sigaction(SIGHUP, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (spawn_start(&pid, (char *const *)argv, NULL) != PYPROF_OK ||
	    spawn_wait(pid, &status, true) != 1 || status != 0)
		return 10;
	if (!str_read_file(&text, path_of("started"), 1u << 20))
		return 11;
	ignored = strtoull(strstr(str_cstr(&text), "SigIgn:") + 7, NULL, 16);
	blocked = strtoull(strstr(str_cstr(&text), "SigBlk:") + 7, NULL, 16);
	str_deinit(&text);
	if (!(ignored & BIT(SIGHUP)) || !(ignored & BIT(SIGCHLD)))
		return 12;
	return blocked == BIT(SIGUSR1) ? 0 : 13;
}

/* What is open in this process, a line each: number and what it leads to. */
static void list_descriptors(struct str *out, bool inheritable)
{
	for (int fd = 0; fd < 1024; fd++) {
		char path[40], link[PATH_MAX];
		int flags = fcntl(fd, F_GETFD);
		ssize_t len;

		if (flags < 0 || (inheritable && flags & FD_CLOEXEC))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, link, sizeof(link));
		if (len > 0)
			str_printf(out, "%d %.*s\n", fd, (int)len, link);
	}
}

/* The program itself as the child of the test below. */
static int say_descriptors(void)
{
	struct str text = STR_INIT;
	FILE *f;

	list_descriptors(&text, false);
	f = fopen(path_of("descriptors"), "w");
	if (!f || fputs(str_cstr(&text), f) < 0 || fclose(f) != 0)
		return 1;
	str_deinit(&text);
	return 0;
}

/* The child has what is meant to be inherited, and neither end of the errno pipe. */
static void test_descriptors(void **state)
{
	char self[PATH_MAX] = "";
	const char *const argv[] = { self, "descriptors", dir, NULL };
	struct str ours = STR_INIT, theirs = STR_INIT;
	int kept = open("/dev/null", O_RDONLY), hidden = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_true(kept >= 0 && hidden >= 0);
	list_descriptors(&ours, true);
	assert_int_equal(exit_code(start(argv)), 0);
	assert_true(str_read_file(&theirs, path_of("descriptors"), 1u << 20));
	assert_string_equal(str_cstr(&theirs), str_cstr(&ours));
	close(kept);
	close(hidden);
	str_deinit(&ours);
	str_deinit(&theirs);
}

/* ---- commands that do not start ---------------------------------------------------------- */

static void assert_no_start(const char *command, enum pyprof_status status, const char *message)
{
	char *argv[] = { (char *)command, NULL };
	struct pyprof_error err = { 0 };
	pid_t pid = 0;

	assert_int_equal(spawn_start(&pid, argv, &err), status);
	assert_int_equal(pid, -1);
	assert_string_equal(err.message, message);
	/* And no zombie is left of the attempt. */
	errno = 0;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(spawn_start(&pid, argv, NULL), status);
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0700);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_no_start(void **state)
{
	char message[300];

	(void)state;
	assert_no_start("no-such-command-here", PYPROF_ERR_NO_PROCESS,
			"cannot run no-such-command-here: No such file or directory");
	assert_no_start("/no/such file", PYPROF_ERR_NO_PROCESS,
			"cannot run '/no/such file': No such file or directory");
	assert_no_start("\x1b[1m", PYPROF_ERR_NO_PROCESS,
			"cannot run $'\\033[1m': No such file or directory");
	assert_no_start("", PYPROF_ERR_NO_PROCESS, "cannot run '': No such file or directory");
	assert_no_start("/dev/null/x", PYPROF_ERR_NO_PROCESS,
			"cannot run /dev/null/x: Not a directory");
	assert_no_start("/tmp", PYPROF_ERR_PERMISSION, "cannot run /tmp: Permission denied");

	make_file("plain", "#!/bin/sh\n", 0600);
	snprintf(message, sizeof(message), "cannot run %s: Permission denied", path_of("plain"));
	assert_no_start(path_of("plain"), PYPROF_ERR_PERMISSION, message);
	make_file("orphan", "#!/no/interpreter\n", 0700);
	snprintf(message, sizeof(message), "cannot run %s: No such file or directory",
		 path_of("orphan"));
	assert_no_start(path_of("orphan"), PYPROF_ERR_NO_PROCESS, message);
	/* Nothing that the kernel takes: execvp(3) gives it to a shell, as shells do. */
	make_file("script", "exit 3\n", 0700);
	const char *const argv[] = { path_of("script"), NULL };
	assert_int_equal(exit_code(start(argv)), 3);
}

/* A folder of PATH that we may not enter hides nothing else than what is in it. */
static void test_path(void **state)
{
	const char *before = getenv("PATH");
	char *kept = strdup(before ? before : "");
	char path[300];

	(void)state;
	make_file("in-path", "#!/bin/sh\nexit 5\n", 0700);
	make_file("not-for-us", "#!/bin/sh\n", 0600);
	/* A file that is taken for a folder, and one that is refused to all but root. */
	assert_int_equal(mkdir(path_of("closed"), 0), 0);
	snprintf(path, sizeof(path), "%s/in-path:%s/closed:%s:", dir, dir, dir);
	setenv("PATH", path, 1);
	const char *const argv[] = { "in-path", NULL };
	assert_int_equal(exit_code(start(argv)), 5);
	assert_no_start("not-there", PYPROF_ERR_NO_PROCESS,
			"cannot run not-there: No such file or directory");
	assert_no_start("not-for-us", PYPROF_ERR_PERMISSION,
			"cannot run not-for-us: Permission denied");
	setenv("PATH", kept, 1);
	free(kept);
	rmdir(path_of("closed"));
}

static void test_usage_and_size(void **state)
{
	char *none[] = { NULL };
	size_t len = 64u << 20;
	char *big = malloc(len + 1);
	char *argv[] = { (char *)(uintptr_t)"true", big, NULL };
	struct pyprof_error err;
	pid_t pid;

	(void)state;
	assert_int_equal(spawn_start(&pid, none, &err), PYPROF_ERR_USAGE);
	memset(big, 'x', len);
	big[len] = '\0';
	assert_int_equal(spawn_start(&pid, argv, &err), PYPROF_ERR_IO);
	assert_string_equal(err.message, "cannot run true: Argument list too long");
	assert_int_equal(err.os_errno, E2BIG);
	free(big);
}

/* ---- what a child has of its own ------------------------------------------------------- */

static void read_out(const char *name, char *text, size_t size)
{
	int fd = open(path_of(name), O_RDONLY);
	ssize_t n = read(fd, text, size - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
}

static void test_own_surroundings(void **state)
{
	const char *const argv[] = { "sh", "-c",
				     "echo $PWD $ONE $TWO $SPAWN_TEST; echo no >&2; read line || echo "
				     "nothing; ps -o pgid= -p $$ | tr -d ' '; echo $$",
				     NULL };
	const char *const env[] = { "ONE=1", "TWO=a=b", "SPAWN_TEST=", NULL };
	int nothing = open("/dev/null", O_RDONLY),
	    out = open(path_of("out"), O_RDWR | O_CREAT | O_TRUNC, 0600),
	    err = open(path_of("err"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct spawn_opts opts = { .dir = dir, .env = env, .streams = true, .in = nothing,
				   .out = out, .err = err, .group = true };
	char text[400], wanted[400];
	pid_t pid;

	(void)state;
	setenv("SPAWN_TEST", "ours", 1);
	assert_int_equal(spawn_start_with(&pid, (char *const *)argv, &opts, NULL), PYPROF_OK);
	assert_int_equal(exit_code(pid), 0);
	read_out("out", text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s 1 a=b\nnothing\n%d\n%d\n", dir, (int)pid, (int)pid);
	assert_string_equal(text, wanted);
	read_out("err", text, sizeof(text));
	assert_string_equal(text, "no\n");
	assert_string_equal(getenv("SPAWN_TEST"), "ours");
	close(nothing);
	close(out);
	close(err);
}

/* Those given may be the standard ones in another order. */
static void test_streams_crossed(void **state)
{
	const char *const argv[] = { "sh", "-c", "echo to-out; echo to-err >&2", NULL };
	int out = open(path_of("out"), O_RDWR | O_CREAT | O_TRUNC, 0600),
	    err = open(path_of("err"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	int ours[3] = { dup(0), dup(1), dup(2) };
	struct spawn_opts opts = { .streams = true, .in = 0, .out = 2, .err = 1 };
	enum pyprof_status status;
	char text[400];
	pid_t pid;

	(void)state;
	dup2(err, 1);
	dup2(out, 2);
	status = spawn_start_with(&pid, (char *const *)argv, &opts, NULL);
	for (int i = 0; i < 3; i++) {
		dup2(ours[i], i);
		close(ours[i]);
	}
	assert_int_equal(status, PYPROF_OK);
	assert_int_equal(exit_code(pid), 0);
	read_out("out", text, sizeof(text));
	assert_string_equal(text, "to-out\n");
	read_out("err", text, sizeof(text));
	assert_string_equal(text, "to-err\n");
	close(out);
	close(err);
}

static void test_no_such_folder(void **state)
{
	char *argv[] = { (char *)(uintptr_t)"true", NULL };
	struct spawn_opts opts = { .dir = "/nonexistent/folder" };
	struct pyprof_error err;
	pid_t pid;

	(void)state;
	assert_int_equal(spawn_start_with(&pid, argv, &opts, &err), PYPROF_ERR_NO_PROCESS);
	assert_string_equal(err.message, "cannot run anything in /nonexistent/folder: No such file "
					 "or directory");
	opts.dir = "/dev/null";
	assert_int_equal(spawn_start_with(&pid, argv, &opts, &err), PYPROF_ERR_NO_PROCESS);
}

static double seconds_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/*
 * Known once it has ended, and not taken: its own, and that of what it waited for. Who has just
 * ended is still leaving its processor, and the kernel adds that time later, by a tick at most.
 */
static void test_cpu_time(void **state)
{
	const double tick = 0.01; /* of the slowest clock, 100 Hz */
	const char *const argv[] = {
		"sh", "-c",
		"read line; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; "
		"(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 0); exit 4",
		NULL
	};
	struct spawn_opts opts = { .streams = true, .out = 1, .err = 2 };
	uint64_t ns = 0, again = 0;
	struct rusage before, after;
	double waited;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	opts.in = fds[0];
	assert_int_equal(spawn_start_with(&pid, (char *const *)argv, &opts, NULL), PYPROF_OK);
	assert_false(spawn_cpu_time(pid, &ns));
	close(fds[1]);
	assert_true(await(spawn_cpu_time(pid, &ns)));
	assert_true(spawn_cpu_time(pid, &again));
	assert_true(ns > 1000000 && again >= ns);
	getrusage(RUSAGE_CHILDREN, &before);
	assert_int_equal(exit_code(pid), 4);
	getrusage(RUSAGE_CHILDREN, &after);
	waited = seconds_of(&after) - seconds_of(&before);
	assert_true(waited > 4 * tick);
	assert_true(waited > (double)ns / 1e9 - 2 * tick && waited < (double)ns / 1e9 + 2 * tick);
	assert_false(spawn_cpu_time(pid, &ns));
	close(fds[0]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wait_through_signals),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_signals_from_the_start),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_no_start),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_usage_and_size),
		cmocka_unit_test(test_own_surroundings),
		cmocka_unit_test(test_streams_crossed),
		cmocka_unit_test(test_no_such_folder),
		cmocka_unit_test(test_cpu_time),
	};

	if (argc == 3) {
		snprintf(dir, sizeof(dir), "%s", argv[2]);
		return strcmp(argv[1], "descriptors") == 0 ? say_descriptors() : from_the_start();
	}
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
