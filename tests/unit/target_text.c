/* SPDX-License-Identifier: MIT */
/* Texts of /proc that a process chooses: its command line, its name in stat and status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "target/cmdline.h"
#include "target/procfs.h"

/* ---- command lines --------------------------------------------------------------- */

static void assert_quoted(const char *bytes, size_t len, const char *quoted)
{
	struct str out = STR_INIT;

	cmdline_add_argument(&out, bytes, len);
	assert_string_equal(str_cstr(&out), quoted);
	str_deinit(&out);
}

#define assert_quotes(literal, quoted) assert_quoted(literal, sizeof(literal) - 1, quoted)

static void test_argument(void **state)
{
	(void)state;
	assert_quotes("", "''");
	assert_quotes("/usr/bin/python3.11", "/usr/bin/python3.11");
	assert_quotes("--a=b,c:d@e%f+g", "--a=b,c:d@e%f+g");
	assert_quotes("a b", "'a b'");
	assert_quotes("$HOME", "'$HOME'");
	assert_quotes("~", "'~'");
	assert_quotes("a;b", "'a;b'");
	assert_quotes("it's", "'it'\\''s'");
	assert_quotes("\\", "'\\'");
	assert_quotes("caf\xc3\xa9", "caf\xc3\xa9");
	assert_quotes("\xf0\x9f\x90\x8d", "\xf0\x9f\x90\x8d");
	assert_quotes("\n", "$'\\n'");
	assert_quotes("a\tb", "$'a\\tb'");
	assert_quotes("\x1b[31m", "$'\\033[31m'");
	assert_quotes("\x7f", "$'\\177'");
	assert_quotes("it's\x01\\", "$'it\\'s\\001\\\\'");
	assert_quotes("\x01" "7", "$'\\0017'");
}

/* What is no UTF-8, or a control character in it, does not come out as it is. */
static void test_argument_bytes(void **state)
{
	(void)state;
	assert_quotes("\xff", "$'\\377'");
	assert_quotes("\xc3", "$'\\303'");
	assert_quotes("\xc3(", "$'\\303('");
	assert_quotes("\xc0\x80", "$'\\300\\200'");
	assert_quotes("\xe0\x80\x80", "$'\\340\\200\\200'");
	assert_quotes("\xed\xa0\x80", "$'\\355\\240\\200'");
	assert_quotes("\xf4\x90\x80\x80", "$'\\364\\220\\200\\200'");
	assert_quotes("\xfc\x80\x80\x80", "$'\\374\\200\\200\\200'");
	assert_quotes("\xf8\x90\x80\x80", "$'\\370\\220\\200\\200'");
	assert_quotes("\xf0\x9f\x90", "$'\\360\\237\\220'");
	assert_quotes("\xc2\x9b" "1m", "$'\\302\\2331m'");
	assert_quotes("\xe2\x80\xa8", "$'\\342\\200\\250'");
	assert_quotes("\xc3\xa9\x01", "$'\xc3\xa9\\001'");
}

/* A shell reads back what was quoted. */
static void test_argument_in_a_shell(void **state)
{
	struct str command = STR_INIT;
	char bytes[255], back[512];
	size_t got = 0;
	ssize_t part;
	int fds[2], status;
	pid_t pid;

	(void)state;
	if (access("/bin/bash", X_OK) != 0) {
		print_message("skipped: no bash\n");
		skip();
	}
	for (int i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	str_add_cstr(&command, "printf %s ");
	cmdline_add_argument(&command, bytes, sizeof(bytes));
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		execl("/bin/bash", "bash", "-c", str_cstr(&command), NULL);
		_exit(127);
	}
	close(fds[1]);
	while ((part = read(fds[0], back + got, sizeof(back) - got)) > 0)
		got += (size_t)part;
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(got, sizeof(bytes));
	assert_memory_equal(back, bytes, sizeof(bytes));
	str_deinit(&command);
}

static void assert_cmdline(const char *bytes, size_t len, const char *text)
{
	struct str out = STR_INIT;

	cmdline_format(&out, bytes, len);
	assert_string_equal(str_cstr(&out), text);
	str_deinit(&out);
}

static void test_cmdline(void **state)
{
	(void)state;
	assert_cmdline("", 0, "");
	assert_cmdline("a\0b c\0", 6, "a 'b c'");
	assert_cmdline("a\0\0b\0", 5, "a '' b");
	assert_cmdline("no end", 6, "'no end'");
	assert_cmdline("title: here\0\0\0\0\0", 16, "'title: here'");
	assert_cmdline("\0", 1, "''");
}

static void assert_joined(const char *bytes, size_t len, const char *text)
{
	char buf[64];
	size_t joined;

	memcpy(buf, bytes, len);
	joined = cmdline_join(buf, len);
	assert_int_equal(joined, strlen(text));
	assert_memory_equal(buf, text, joined);
}

static void test_cmdline_joined(void **state)
{
	(void)state;
	assert_joined("", 0, "");
	assert_joined("\0", 1, "");
	assert_joined("\0\0", 2, "");
	assert_joined("a\0b c\0", 6, "a b c");
	assert_joined("a\0\0b'\n\xff\0", 8, "a  b'\n\xff");
	assert_joined("no end", 6, "no end");
	assert_joined("a\0no end", 8, "a no end");
	assert_joined("title: here\0\0\0\0\0", 16, "title: here");
}

static void test_cmdline_is_cut(void **state)
{
	struct str out = STR_INIT;
	char *bytes = malloc(2 * CMDLINE_MAX);

	(void)state;
	memset(bytes, 'x', 2 * CMDLINE_MAX);
	cmdline_format(&out, bytes, CMDLINE_MAX);
	assert_int_equal(out.len, CMDLINE_MAX);
	str_clear(&out);
	cmdline_format(&out, bytes, 2 * CMDLINE_MAX);
	assert_int_equal(out.len, CMDLINE_MAX + 4);
	assert_string_equal(out.data + CMDLINE_MAX - 1, "x ...");

	/* Not in the middle of a character: here the limit falls on the second byte. */
	str_clear(&out);
	for (size_t i = 1; i < 2 * CMDLINE_MAX; i++)
		bytes[i] = i % 2 ? '\xc3' : '\xa9';
	bytes[2 * CMDLINE_MAX - 1] = 'x';
	cmdline_format(&out, bytes, 2 * CMDLINE_MAX);
	assert_int_equal(out.len, CMDLINE_MAX - 1 + 4);
	assert_string_equal(out.data + CMDLINE_MAX - 3, "\xc3\xa9 ...");
	free(bytes);
	str_deinit(&out);
}

/* ---- stat -------------------------------------------------------------------------- */

#define FIELDS_5_TO_22	" 2 3 4 5 2097152 0 0 0 0 0 0 0 0 20 0 1 0 175952"
#define FIELDS_23_TO_37 " 8 9 18446744073709551615 1 2 3 4 5 6 7 8 9 10 11 12"

static bool parse(struct proc_stat *stat, const char *text)
{
	return proc_stat_parse(stat, text, strlen(text));
}

static void test_stat(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_true(parse(&stat, "8860 (python) S 8858" FIELDS_5_TO_22 " 0 0\n"));
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 8858);
	assert_int_equal(stat.session, 3);
	assert_int_equal(stat.flags, PROC_FLAG_KERNEL_THREAD);
	assert_int_equal(stat.n_threads, 1);
	assert_int_equal(stat.start_time, 175952);
	assert_int_equal(stat.exit_signal, 0); /* the text ends before it */
	/* Names that look like the fields behind them. */
	assert_true(parse(&stat, "1 (a) R 5 (b) Z 7" FIELDS_5_TO_22));
	assert_int_equal(stat.state, 'Z');
	assert_int_equal(stat.ppid, 7);
	assert_true(parse(&stat, "1 ()\n1 (x)) R 5" FIELDS_5_TO_22));
	assert_int_equal(stat.state, 'R');
	assert_int_equal(stat.start_time, 175952);

	assert_true(parse(&stat, "1 (17 17) S 5" FIELDS_5_TO_22 FIELDS_23_TO_37 " -1 7\n"));
	assert_int_equal(stat.exit_signal, -1);
	assert_true(parse(&stat, "1 (a) S 5" FIELDS_5_TO_22 FIELDS_23_TO_37 " 17 7\n"));
	assert_int_equal(stat.exit_signal, 17);
	assert_true(parse(&stat, "1 (a) S 5" FIELDS_5_TO_22 FIELDS_23_TO_37));
	assert_int_equal(stat.exit_signal, 0);

	assert_false(parse(&stat, ""));
	assert_false(parse(&stat, "1 (a"));
	assert_false(parse(&stat, "1 (a)"));
	assert_false(parse(&stat, "1 (a) "));
	assert_false(parse(&stat, "1 (a)S 5" FIELDS_5_TO_22));
	assert_false(parse(&stat, "1 (a) S 5 6 7"));
	assert_false(parse(&stat, "1 (a) S 99999999999999999999999" FIELDS_5_TO_22));
	assert_false(parse(&stat, "1 (a) S x" FIELDS_5_TO_22));
}

/* By its number a thread is shown, too, though no process has it. */
static void *look_at_thread(void *arg)
{
	struct proc_stat *stat = arg;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)gettid());
	return proc_stat_read(stat, AT_FDCWD, path) ? stat : NULL;
}

static void test_thread_by_number(void **state)
{
	struct proc_stat stat;
	pthread_t thread;
	void *read;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, look_at_thread, &stat), 0);
	pthread_join(thread, &read);
	assert_ptr_equal(read, &stat);
	assert_int_equal(stat.exit_signal, -1);
	assert_int_equal(stat.ppid, getppid());
	assert_int_equal(stat.session, getsid(0));
	assert_true(stat.n_threads >= 2);
	assert_true(proc_stat_read(&stat, AT_FDCWD, "/proc/self/stat"));
	assert_int_not_equal(stat.exit_signal, -1);
}

/* A live process with a name made to mislead. */
static void test_hostile_name(void **state)
{
	struct proc_stat before, after;
	struct str text = STR_INIT;
	char comm[17] = "";
	uint64_t tgid;

	(void)state;
	assert_true(proc_stat_read(&before, AT_FDCWD, "/proc/self/stat"));
	prctl(PR_GET_NAME, comm);
	prctl(PR_SET_NAME, ") Z 1 2\nTgid:\t9");
	assert_true(proc_stat_read(&after, AT_FDCWD, "/proc/self/stat"));
	assert_true(proc_read(&text, AT_FDCWD, "/proc/self/status", PROC_STATUS_MAX));
	prctl(PR_SET_NAME, comm);
	assert_int_equal(after.state, 'R');
	assert_int_equal(after.ppid, before.ppid);
	assert_int_equal(after.start_time, before.start_time);
	assert_int_equal(proc_status_numbers(str_cstr(&text), "Tgid", 10, &tgid, 1), 1);
	assert_int_equal(tgid, getpid());
	str_deinit(&text);
}

/* ---- status ------------------------------------------------------------------------- */

static void test_status(void **state)
{
	static const char text[] = "Name:\tNSpid: 3\nNSpid:\t12\t3\t1\nEmpty:\t\nCapEff:\t"
				   "000001ffffffffff\nPid:\t12\nLast:\t5";
	uint64_t v[4];
	size_t len;

	(void)state;
	assert_int_equal(proc_status_numbers(text, "NSpid", 10, v, 4), 3);
	assert_int_equal(v[0], 12);
	assert_int_equal(v[2], 1);
	v[1] = 99;
	assert_int_equal(proc_status_numbers(text, "NSpid", 10, v, 1), 3);
	assert_int_equal(v[1], 99);
	assert_int_equal(proc_status_numbers(text, "Pid", 10, v, 4), 1);
	assert_int_equal(v[0], 12);
	/* The number on the next line is not this field's. */
	assert_int_equal(proc_status_numbers(text, "Empty", 16, v, 4), 0);
	assert_int_equal(proc_status_numbers(text, "CapEff", 16, v, 4), 1);
	assert_int_equal(v[0], 0x1ffffffffff);
	assert_int_equal(proc_status_numbers(text, "Last", 10, v, 4), 1);
	assert_int_equal(v[0], 5);
	assert_int_equal(proc_status_numbers(text, "id", 10, v, 4), 0);
	assert_int_equal(proc_status_numbers(text, "Name", 10, v, 4), 0);
	assert_int_equal(proc_status_numbers("", "Name", 10, v, 4), 0);
	assert_null(proc_status_field(text, "Nothing", &len));
	assert_non_null(proc_status_field(text, "Empty", &len));
	assert_int_equal(len, 0);
}

static bool count_tasks(pid_t tid, void *arg)
{
	*(int *)arg += tid == getpid();
	return true;
}

static bool stop_at_once(pid_t tid, void *arg)
{
	*(int *)arg = tid;
	return false;
}

static void test_files(void **state)
{
	struct str text = STR_INIT;
	struct proc_stat stat;
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY), found = 0;

	(void)state;
	assert_true(self >= 0);
	assert_true(proc_each_task(self, count_tasks, &found));
	assert_int_equal(found, 1);
	assert_false(proc_each_task(self, stop_at_once, &found));
	assert_int_equal(found, getpid());
	assert_true(proc_read_link(&text, self, "exe"));
	assert_int_equal(text.data[0], '/');
	assert_false(proc_read_link(&text, self, "no-such"));
	assert_int_equal(errno, ENOENT);
	assert_false(proc_read(&text, self, "no-such", 10));
	assert_false(proc_read(&text, self, "status", 10));
	assert_int_equal(errno, EFBIG);
	assert_false(proc_stat_read(&stat, self, "no-such"));
	assert_int_equal(errno, ENOENT);
	assert_false(proc_stat_read(&stat, self, "comm"));
	assert_int_equal(errno, EPROTO);
	close(self);
	assert_false(proc_each_task(self, count_tasks, &found));
	str_deinit(&text);
}

/* In parts: all that is there, in ascending order, and again from the beginning. */
static void test_ids(void **state)
{
	pid_t ids[PROC_IDS_MAX], last;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY);
	ssize_t n;

	(void)state;
	for (int round = 0; round < 2; round++) {
		bool found = false;
		last = 0;
		while ((n = proc_next_ids(proc, ids)) > 0) {
			for (ssize_t i = 0; i < n; last = ids[i++]) {
				assert_true(ids[i] > last);
				found |= ids[i] == getpid();
			}
		}
		assert_int_equal(n, 0);
		assert_true(found);
		assert_int_equal(lseek(proc, 0, SEEK_SET), 0);
	}
	/* No name there is a number. */
	assert_int_equal(proc_next_ids(self, ids), 0);
	close(self);
	close(proc);
	assert_int_equal(proc_next_ids(proc, ids), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argument),
		cmocka_unit_test(test_argument_bytes),
		cmocka_unit_test(test_argument_in_a_shell),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_cmdline_joined),
		cmocka_unit_test(test_cmdline_is_cut),
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_thread_by_number),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
