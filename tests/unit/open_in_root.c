/* SPDX-License-Identifier: MIT */
/* Places below a root, while others rename files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/open_in_root.h"

static char dir[] = "/tmp/pyprof-test-XXXXXX";
static int root = -1;
static struct stat inner;

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || mkdirat(root, "a", 0700) || mkdirat(root, "a/b", 0700) ||
	    symlinkat("../../../../a/b", root, "a/up") || symlinkat("/a", root, "a/abs"))
		return -1;
	return fstatat(root, "a/b", &inner, 0);
}

static void skip_without_openat2(void)
{
	int fd = open_in_root(root, "a");

	if (fd < 0 && errno == ENOSYS)
		skip();
	close(fd);
}

static int remove_tree(void **state)
{
	char command[100];

	(void)state;
	close(root);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static bool leads_in(const char *path)
{
	int fd = open_in_root(root, path);
	struct stat st;
	bool same;

	if (fd < 0)
		return false;
	same = fstat(fd, &st) == 0 && st.st_ino == inner.st_ino && st.st_dev == inner.st_dev;
	close(fd);
	return same;
}

static void test_places(void **state)
{
	(void)state;
	skip_without_openat2();
	assert_true(leads_in("a/b"));
	assert_true(leads_in("/a/b"));
	assert_true(leads_in("/../a/../../a/b"));
	assert_true(leads_in("a/up"));
	assert_true(leads_in("a/abs/b"));
	errno = 0;
	assert_int_equal(open_in_root(root, "a/c"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(open_in_root(-1, "a"), -1);
	assert_int_equal(errno, EBADF);
}

static atomic_bool ends;

static void *rename_forever(void *arg)
{
	(void)arg;
	mkdirat(root, "x", 0700);
	while (!ends) {
		renameat(root, "x", root, "y");
		renameat(root, "y", root, "x");
	}
	return NULL;
}

/* openat2(2) gives up where a ".." meets any rename on the machine. */
static void test_renames(void **state)
{
	pthread_t thread;
	int wrong = 0;

	(void)state;
	skip_without_openat2();
	assert_int_equal(pthread_create(&thread, NULL, rename_forever, NULL), 0);
	for (int i = 0; i < 20000; i++)
		wrong += !leads_in("a/../a/../a/../a/../a/b");
	ends = true;
	pthread_join(thread, NULL);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_renames),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
