/* SPDX-License-Identifier: MIT */
/*
 * Output files where they cannot be: on full, read-only and mounted ones, without permission.
 * Each test is a child that has a mount namespace or a user of its own.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "format/output.h"
#include "output_folder.h"

enum { CHILD_OK = 0, CHILD_FAILED = 1, CHILD_SKIPPED = 77 };

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
			_exit(CHILD_FAILED);                                             \
		}                                                                        \
	} while (0)

static void in_child(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		body();
		_exit(CHILD_OK);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CHILD_SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), CHILD_OK);
}

/* A small file system at "mnt" that no other process sees. */
static void mount_small(const char *options)
{
	CHECK(mkdir("mnt", 0755) == 0 || errno == EEXIST);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "mnt", "tmpfs", 0, options) != 0) {
		printf("skipped: no file system can be mounted: %s\n", strerror(errno));
		fflush(stdout);
		_exit(CHILD_SKIPPED);
	}
}

static bool has_content(const char *path, const char *want)
{
	struct str text = STR_INIT;
	bool same = str_read_file(&text, path, 1 << 20) && strcmp(str_cstr(&text), want) == 0;

	str_deinit(&text);
	return same;
}

static void write_until_full(void)
{
	struct pyprof_error err = { 0 };
	struct output output;
	char last[NAME_MAX + 1] = "";

	mount_small("size=256k");
	put("mnt/a.svg", "old");
	CHECK(output_check("mnt/a.svg", &err) == PYPROF_OK);
	CHECK(output_open(&output, "mnt/a.svg", &err) == PYPROF_OK);
	for (int i = 0; i < 100000; i++)
		fputs("longer than it looks\n", output.file);
	CHECK(output_commit(&output, &err) == PYPROF_ERR_IO);
	CHECK(err.os_errno == ENOSPC);
	CHECK(strstr(err.message, "\"mnt/a.svg\"") && strstr(err.message, "No space left"));
	CHECK(has_content("mnt/a.svg", "old"));
	CHECK(count_names("mnt", last) == 1);
}

static void check_when_full(void)
{
	struct pyprof_error err = { 0 };
	char last[NAME_MAX + 1] = "";

	mount_small("size=16k");
	CHECK(output_check("mnt/a.svg", &err) == PYPROF_ERR_IO);
	CHECK(err.os_errno == ENOSPC);
	CHECK(strstr(err.hint, "another file system"));
	CHECK(count_names("mnt", last) == 0);
}

static void check_without_inodes(void)
{
	struct pyprof_error err = { 0 };
	struct output output;

	mount_small("size=1m,nr_inodes=2");
	put("mnt/only", "");
	CHECK(output_check("mnt/a.svg", &err) == PYPROF_ERR_IO && err.os_errno == ENOSPC);
	CHECK(output_open(&output, "mnt/a.svg", &err) == PYPROF_ERR_IO);
	CHECK(!output.file && !output.temporary);
}

static void check_read_only(void)
{
	struct pyprof_error err = { 0 };

	mount_small("size=1m");
	put("mnt/old", "");
	CHECK(mount("none", "mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK(output_check("mnt/a.svg", &err) == PYPROF_ERR_IO && err.os_errno == EROFS);
	CHECK(output_check("mnt/old", &err) == PYPROF_ERR_IO && err.os_errno == EROFS);
	CHECK(strstr(err.message, "Read-only file system"));
}

/* As containers mount single files. */
static void check_mounted_file(void)
{
	struct pyprof_error err = { 0 };
	struct output output;

	mount_small("size=1m");
	put("mnt/source", "old");
	put("mnt/mounted", "");
	CHECK(mount("mnt/source", "mnt/mounted", NULL, MS_BIND, NULL) == 0);
	CHECK(output_check("mnt/mounted", &err) == PYPROF_ERR_IO && err.os_errno == EBUSY);
	CHECK(strstr(err.hint, "write to a folder"));
	CHECK(output_open(&output, "mnt/mounted", &err) == PYPROF_ERR_IO);
	CHECK(has_content("mnt/source", "old"));
}

static void become_nobody(void)
{
	if (geteuid() == 0)
		CHECK(setgid(65534) == 0 && setuid(65534) == 0);
}

static void check_as_nobody(void)
{
	struct pyprof_error err = { 0 };

	CHECK(chmod(".", 0755) == 0 && mkdir("closed", 0755) == 0 && mkdir("open", 0777) == 0);
	CHECK(chmod("open", 0777) == 0);
	put("closed/old", "");
	put("open/locked", "keep");
	CHECK(chmod("open/locked", 0444) == 0);
	if (geteuid() != 0)
		CHECK(chmod("closed", 0555) == 0);
	become_nobody();
	CHECK(output_check("closed/a.svg", &err) == PYPROF_ERR_IO && err.os_errno == EACCES);
	CHECK(strstr(err.message, "Permission denied") && strstr(err.hint, "folder"));
	CHECK(output_check("closed/old", &err) == PYPROF_ERR_IO && err.os_errno == EACCES);
	/* The folder would let us replace it, but open(2) would not have. */
	CHECK(output_check("open/locked", &err) == PYPROF_ERR_IO && err.os_errno == EACCES);
	CHECK(output_check("open/a.svg", &err) == PYPROF_OK);
	CHECK(has_content("open/locked", "keep"));
}

static void check_sticky(void)
{
	struct pyprof_error err = { 0 };

	if (geteuid() != 0) {
		printf("skipped: only root can make files of two users\n");
		fflush(stdout);
		_exit(CHILD_SKIPPED);
	}
	CHECK(chmod(".", 01777) == 0);
	put("others", "keep");
	CHECK(chmod("others", 0666) == 0);
	become_nobody();
	CHECK(output_check("others", &err) == PYPROF_ERR_IO && err.os_errno == EPERM);
	CHECK(output_check("own", &err) == PYPROF_OK);
}

static void a_disk_that_fills(void **state)
{
	(void)state;
	in_child(write_until_full);
}

static void a_full_disk(void **state)
{
	(void)state;
	in_child(check_when_full);
}

static void a_disk_without_inodes(void **state)
{
	(void)state;
	in_child(check_without_inodes);
}

static void a_read_only_disk(void **state)
{
	(void)state;
	in_child(check_read_only);
}

static void a_mounted_file(void **state)
{
	(void)state;
	in_child(check_mounted_file);
}

static void no_permission(void **state)
{
	(void)state;
	in_child(check_as_nobody);
}

static void a_sticky_folder(void **state)
{
	(void)state;
	in_child(check_sticky);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_disk_that_fills),
		TEST(a_full_disk),
		TEST(a_disk_without_inodes),
		TEST(a_read_only_disk),
		TEST(a_mounted_file),
		TEST(no_permission),
		TEST(a_sticky_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
