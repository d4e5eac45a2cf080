/* SPDX-License-Identifier: MIT */
/* Output files on a file system that has nothing against them; output_disk.c has the others. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "format/output.h"
#include "output_folder.h"

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode;
}

static void expect_names(const char *folder, size_t want)
{
	char last[NAME_MAX + 1] = "";

	assert_int_equal(count_names(folder, last), want);
}

static void write_whole(const char *path, const char *text)
{
	struct pyprof_error err = { 0 };
	struct output output;

	if (output_open(&output, path, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	fputs(text, output.file);
	if (output_commit(&output, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	assert_null(output.file);
	assert_null(output.path);
	assert_null(output.temporary);
	output_abandon(&output);
}

/* ---- regular files --------------------------------------------------------------------- */

static void makes_a_file(void **state)
{
	(void)state;
	write_whole("new.txt", "hello\n");
	expect_content("new.txt", "hello\n");
	assert_int_equal(mode_of("new.txt"), S_IFREG | 0644);
	expect_names(".", 1);
}

static void respects_umask_and_mode(void **state)
{
	(void)state;
	umask(077);
	write_whole("private.txt", "1");
	assert_int_equal(mode_of("private.txt"), S_IFREG | 0600);
	put("group.txt", "old");
	assert_int_equal(chmod("group.txt", 0664), 0);
	write_whole("group.txt", "new");
	expect_content("group.txt", "new");
	assert_int_equal(mode_of("group.txt"), S_IFREG | 0664);
	assert_int_equal(chmod("group.txt", 04755), 0);
	write_whole("group.txt", "new");
	assert_int_equal(mode_of("group.txt"), S_IFREG | 0755);
	umask(022);
}

static void keeps_the_owner(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root may give files away\n");
		skip();
	}
	put("other.txt", "old");
	assert_int_equal(chown("other.txt", 12345, 54321), 0);
	assert_int_equal(chmod("other.txt", 0640), 0);
	write_whole("other.txt", "new");
	assert_int_equal(stat("other.txt", &st), 0);
	assert_int_equal(st.st_uid, 12345);
	assert_int_equal(st.st_gid, 54321);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
}

/* Of the descriptor that a file of this name is open as. */
static bool is_closed_on_exec(const char *name)
{
	for (int fd = 0; fd < 100; fd++) {
		char path[32], target[PATH_MAX];
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (strstr(target, name))
			return fcntl(fd, F_GETFD) & FD_CLOEXEC;
	}
	return false;
}

static void replaces_at_the_end_only(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;
	char name[NAME_MAX + 1] = "";

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(output_open(&output, "d/a.svg", &err), PYPROF_OK);
	assert_int_equal(count_names("d", name), 1);
	assert_memory_equal(name, ".a.svg.pyprof-", strlen(".a.svg.pyprof-"));
	assert_int_equal(strlen(name), strlen(".a.svg.pyprof-XXXXXX"));
	assert_true(is_closed_on_exec(name));
	output_abandon(&output);
	assert_null(output.file);
	output_abandon(&output);
	expect_names("d", 0);

	put("d/a.svg", "old");
	assert_int_equal(output_open(&output, "d/a.svg", &err), PYPROF_OK);
	fputs("new", output.file);
	fflush(output.file);
	expect_content("d/a.svg", "old");
	output_abandon(&output);
	expect_content("d/a.svg", "old");
	expect_names("d", 1);
	assert_int_equal(output_commit(&output, &err), PYPROF_ERR_USAGE);
}

static void writes_much(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;
	struct stat st;

	(void)state;
	assert_int_equal(output_open(&output, "much", &err), PYPROF_OK);
	for (int i = 0; i < 300000; i++)
		fprintf(output.file, "%09d\n", i);
	assert_int_equal(output_commit(&output, &err), PYPROF_OK);
	assert_int_equal(stat("much", &st), 0);
	assert_int_equal(st.st_size, 3000000);
}

static void follows_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("real", 0755), 0);
	assert_int_equal(mkdir("links", 0755), 0);
	put("real/file", "old");
	assert_int_equal(symlink("../real/file", "links/one"), 0);
	assert_int_equal(symlink("one", "links/two"), 0);
	write_whole("links/two", "new");
	expect_content("real/file", "new");
	assert_true(S_ISLNK(mode_of("links/one")));
	assert_true(S_ISLNK(mode_of("links/two")));
	/* One that leads to what is yet to be made. */
	assert_int_equal(symlink("../real/made", "links/three"), 0);
	assert_int_equal(output_check("links/three", NULL), PYPROF_OK);
	write_whole("links/three", "made");
	expect_content("real/made", "made");
	assert_true(S_ISLNK(mode_of("links/three")));
	expect_names("real", 2);
	expect_names("links", 3);
}

static void long_names_fit(void **state)
{
	char name[NAME_MAX + 1];

	(void)state;
	/* 85 characters of three bytes: the temporary name must be cut between two. */
	for (size_t i = 0; i < NAME_MAX; i += 3)
		memcpy(name + i, "\xe8\x9b\x87", 3);
	name[NAME_MAX] = '\0';
	assert_int_equal(output_check(name, NULL), PYPROF_OK);
	write_whole(name, "long");
	expect_content(name, "long");
	expect_names(".", 1);
}

/* ---- what is no regular file ------------------------------------------------------------- */

static void writes_in_place(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;
	char got[8] = "";
	int ends[2];
	char path[64];

	(void)state;
	assert_int_equal(output_open(&output, "/dev/null", &err), PYPROF_OK);
	assert_null(output.temporary);
	fputs("x", output.file);
	assert_int_equal(output_commit(&output, &err), PYPROF_OK);
	assert_true(S_ISCHR(mode_of("/dev/null")));

	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
	assert_int_equal(output_check(path, &err), PYPROF_OK);
	write_whole(path, "piped");
	assert_int_equal(read(ends[0], got, sizeof(got)), 5);
	assert_string_equal(got, "piped");
	close(ends[0]);
	close(ends[1]);
}

static void checking_a_fifo_opens_nothing(void **state)
{
	char byte;
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(output_check("fifo", NULL), PYPROF_OK);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	write_whole("fifo", "x");
	assert_int_equal(read(reader, &byte, 1), 1);
	assert_true(S_ISFIFO(mode_of("fifo")));
	close(reader);
}

static void a_full_device_is_told_at_the_end(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;

	(void)state;
	/* Both where the buffer is written in between and where only at the end. */
	for (int n = 1; n < 1000000; n += 500000) {
		assert_int_equal(output_open(&output, "/dev/full", &err), PYPROF_OK);
		for (int i = 0; i < n; i++)
			fputc('x', output.file);
		assert_int_equal(output_commit(&output, &err), PYPROF_ERR_IO);
		assert_int_equal(err.os_errno, ENOSPC);
		assert_non_null(strstr(err.message, "/dev/full"));
		assert_non_null(strstr(err.message, "No space left"));
		assert_true(strlen(err.hint) > 0);
	}
}

/*
 * Runs with standard output replaced by `fd`; what cmocka prints meanwhile would go there,
 * so nothing is asserted before it is back.
 */
static enum pyprof_status write_to_stdout(int fd, const char *before, const char *text,
					  struct pyprof_error *err)
{
	enum pyprof_status status;
	struct output output;
	int saved;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	fputs(before, stdout);
	status = output_check("-", err);
	if (!status)
		status = output_open(&output, "-", err);
	if (!status) {
		fputs(text, output.file);
		status = output_commit(&output, err);
	}
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	return status;
}

static void writes_to_stdout(void **state)
{
	struct pyprof_error err = { 0 };
	int fd = open("out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(write_to_stdout(fd, "first ", "second", &err), PYPROF_OK);
	close(fd);
	expect_content("out", "first second");
}

static void appends_where_a_shell_redirects(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;
	char path[64];
	int fd;

	(void)state;
	put("log", "old ");
	fd = open("log", O_WRONLY | O_APPEND | O_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	assert_int_equal(output_open(&output, path, &err), PYPROF_OK);
	assert_null(output.temporary);
	fputs("new", output.file);
	assert_int_equal(output_commit(&output, &err), PYPROF_OK);
	close(fd);
	expect_content("log", "old new");
}

static void a_reader_that_left_is_told(void **state)
{
	void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
	struct pyprof_error err = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write_to_stdout(ends[1], "", "nobody listens", &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, EPIPE);
	assert_non_null(strstr(err.message, "standard output"));
	close(ends[1]);
	signal(SIGPIPE, handler);
}

static void stdout_must_be_writable(void **state)
{
	struct pyprof_error err = { 0 };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(write_to_stdout(fd, "", "x", &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.message, "open for reading"));
	close(fd);
}

/* ---- what cannot be written --------------------------------------------------------------- */

/* Both asking and opening say so, of this path and with this errno, and leave nothing. */
static void expect_refused(const char *path, int os_errno, const char *reason)
{
	struct pyprof_error err = { 0 };
	struct output output;

	assert_int_equal(output_check(path, &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, os_errno);
	assert_non_null(strstr(err.message, reason));
	memset(&err, 0, sizeof(err));
	assert_int_equal(output_open(&output, path, &err), PYPROF_ERR_IO);
	assert_int_equal(err.os_errno, os_errno);
	assert_non_null(strstr(err.message, reason));
	assert_null(output.file);
	assert_null(output.temporary);
	output_abandon(&output);
}

static void refuses_bad_places(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;
	char name[NAME_MAX + 2];

	(void)state;
	assert_int_equal(output_check("", &err), PYPROF_ERR_USAGE);
	assert_int_equal(output_open(&output, "", &err), PYPROF_ERR_USAGE);

	expect_refused("nowhere/a.svg", ENOENT, "\"nowhere/a.svg\"");
	assert_int_equal(output_check("nowhere/a.svg", &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.hint, "\"nowhere\""));
	assert_int_equal(mkdir("d", 0755), 0);
	expect_refused("d", EISDIR, "Is a directory");
	expect_refused("d/", EISDIR, "Is a directory");
	expect_refused("d/new/", EISDIR, "\"d/new/\"");
	expect_refused("/", EISDIR, "Is a directory");
	put("file", "x");
	expect_refused("file/a.svg", ENOTDIR, "Not a directory");
	assert_int_equal(symlink("loop", "loop"), 0);
	expect_refused("loop", ELOOP, "symbolic links");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	expect_refused(name, ENAMETOOLONG, "too long");
	assert_int_equal(symlink("nowhere/x", "dangling"), 0);
	expect_refused("dangling", ENOENT, "nowhere/x");
	expect_names("d", 0);
	expect_names(".", 4);
	expect_content("file", "x");
}

static void refuses_sockets(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	expect_refused("socket", ENXIO, "\"socket\"");
	close(fd);
}

static void refuses_block_devices(void **state)
{
	(void)state;
	/* Of a driver that there is none of: it could not be written in any case. */
	if (mknod("block", S_IFBLK | 0600, makedev(240, 99)) != 0) {
		print_message("skipped: no block device can be made: %s\n", strerror(errno));
		skip();
	}
	expect_refused("block", 0, "is a block device");
}

static void killed_while_writing(void **state)
{
	char name[NAME_MAX + 1] = "";
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	pid = fork();
	if (pid == 0) {
		struct output output;

		if (output_open(&output, "d/a.svg", NULL) == PYPROF_OK) {
			fputs("half", output.file);
			fflush(output.file);
			raise(SIGKILL);
		}
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(count_names("d", name), 1);
	assert_memory_equal(name, ".a.svg.pyprof-", strlen(".a.svg.pyprof-"));
	write_whole("d/a.svg", "whole");
	expect_content("d/a.svg", "whole");
}

static void a_folder_that_went_away(void **state)
{
	struct pyprof_error err = { 0 };
	struct output output;

	(void)state;
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(output_open(&output, "d/a.svg", &err), PYPROF_OK);
	assert_int_equal(system("rm -r d"), 0);
	assert_int_equal(output_commit(&output, &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.hint, "no folder \"d\""));
	assert_null(output.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_a_file),
		TEST(respects_umask_and_mode),
		TEST(keeps_the_owner),
		TEST(replaces_at_the_end_only),
		TEST(writes_much),
		TEST(follows_links),
		TEST(long_names_fit),
		TEST(writes_in_place),
		TEST(checking_a_fifo_opens_nothing),
		TEST(a_full_device_is_told_at_the_end),
		TEST(writes_to_stdout),
		TEST(appends_where_a_shell_redirects),
		TEST(a_reader_that_left_is_told),
		TEST(stdout_must_be_writable),
		TEST(refuses_bad_places),
		TEST(refuses_sockets),
		TEST(refuses_block_devices),
		TEST(killed_while_writing),
		TEST(a_folder_that_went_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
