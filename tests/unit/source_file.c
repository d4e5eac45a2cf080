/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target/source_file.h"

struct place {
	char dir[64];
	struct source_root root;
	struct str out;
};

static int enter(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/pyprof-source-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	p->root.fd = open(p->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->root.owner = geteuid();
	p->root.group = getegid();
	*state = p;
	return p->root.fd < 0;
}

static int leave(void **state)
{
	struct place *p = *state;
	char command[128];

	source_root_close(&p->root);
	str_deinit(&p->out);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	free(p);
	return system(command);
}

static void put(const struct place *p, const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool reads(struct place *p, const char *cwd, const char *path)
{
	bool done = source_file_read(&p->root, cwd, path, 0, &p->out);

	assert_true(done || p->out.len == 0);
	return done;
}

static void reads_below_the_root(void **state)
{
	struct place *p = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/srv", p->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	put(p, "srv/app.py", "one\ntwo\n", 0644);
	assert_true(reads(p, NULL, "/srv/app.py"));
	assert_string_equal(str_cstr(&p->out), "one\ntwo\n");
	assert_true(reads(p, "/srv", "app.py"));
	assert_true(reads(p, "/srv", "../../../srv/app.py"));
	assert_false(reads(p, NULL, "app.py"));
	assert_false(reads(p, "srv", "app.py"));
	assert_false(reads(p, "/srv", "none.py"));
	assert_false(reads(p, "/srv", ""));
}

/* A link goes where it would go for the target, never into our own files. */
static void links_stay_below_the_root(void **state)
{
	struct place *p = *state;
	char path[128], outside[] = "/tmp/pyprof-outside-XXXXXX.py";
	int fd = mkstemps(outside, 3);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ours\n", 5), 5);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	put(p, "real.py", "theirs\n", 0644);
	snprintf(path, sizeof(path), "%s/out.py", p->dir);
	assert_int_equal(symlink(outside, path), 0);
	snprintf(path, sizeof(path), "%s/in.py", p->dir);
	assert_int_equal(symlink("/real.py", path), 0);
	assert_false(reads(p, NULL, "/out.py"));
	assert_true(reads(p, NULL, "/in.py"));
	assert_string_equal(str_cstr(&p->out), "theirs\n");
	unlink(outside);
}

/* Neither by its own mode nor by that of a folder on the way, be it by a link of theirs. */
static void shows_nobody_what_they_may_not_see(void **state)
{
	struct place *p = *state;
	gid_t groups[64];
	char path[128], link[128];

	put(p, "secret.py", "secret\n", 0600);
	put(p, "group.py", "secret\n", 0640);
	put(p, "open.py", "open\n", 0604);
	snprintf(path, sizeof(path), "%s/private", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(p, "private/open.py", "secret\n", 0644);
	snprintf(link, sizeof(link), "%s/mine.py", p->dir);
	assert_int_equal(symlink("/private/open.py", link), 0);
	assert_int_equal(chmod(p->dir, 0755), 0);
	assert_true(reads(p, NULL, "/secret.py"));
	assert_true(reads(p, NULL, "/mine.py"));
	if (geteuid() != 0)
		return;
	p->root.owner = p->root.group = 12345;
	assert_false(reads(p, NULL, "/secret.py"));
	assert_false(reads(p, NULL, "/group.py"));
	assert_false(reads(p, NULL, "/private/open.py"));
	assert_false(reads(p, NULL, "/mine.py"));
	assert_true(reads(p, NULL, "/open.py"));
	/* Who we are has not changed. */
	assert_int_equal(setfsuid((uid_t)-1), 0);
	assert_int_equal(setfsgid((gid_t)-1), getegid());
	assert_true(getgroups(64, groups) >= 0);
	snprintf(path, sizeof(path), "%s/private/open.py", p->dir);
	assert_int_equal(access(path, R_OK), 0);
}

static void a_link_makes_no_source(void **state)
{
	struct place *p = *state;
	char link[128];

	put(p, "shadow", "open\n", 0644);
	snprintf(link, sizeof(link), "%s/x.py", p->dir);
	assert_int_equal(symlink("/shadow", link), 0);
	assert_false(reads(p, NULL, "/shadow"));
	assert_false(reads(p, NULL, "/x.py"));
}

static void takes_regular_files_only(void **state)
{
	struct place *p = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/pipe.py", p->dir);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_false(reads(p, NULL, "/pipe.py"));
	snprintf(path, sizeof(path), "%s/dir.py", p->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_false(reads(p, NULL, "/dir.py"));
	put(p, "large.py", "", 0644);
	snprintf(path, sizeof(path), "%s/large.py", p->dir);
	assert_int_equal(truncate(path, SOURCE_FILE_MAX + 1), 0);
	assert_false(reads(p, NULL, "/large.py"));
	assert_int_equal(truncate(path, SOURCE_FILE_MAX), 0);
	assert_true(reads(p, NULL, "/large.py"));
	assert_int_equal(p->out.len, SOURCE_FILE_MAX);
}

static void not_what_was_changed_since(void **state)
{
	struct place *p = *state;
	const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char path[128];

	put(p, "app.py", "x\n", 0644);
	snprintf(path, sizeof(path), "%s/app.py", p->dir);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_true(source_file_read(&p->root, NULL, "/app.py", 1000 * 1000000000ll, &p->out));
	assert_false(source_file_read(&p->root, NULL, "/app.py", 999 * 1000000000ll, &p->out));
	assert_int_equal(errno, ESTALE);
	assert_false(source_file_read(&p->root, NULL, "/nowhere.py", 999 * 1000000000ll, &p->out));
	assert_int_not_equal(errno, ESTALE);
}

static void no_process_no_root(void **state)
{
	struct source_root root = source_root_open(0x7ffffff0);
	struct str out = STR_INIT;

	(void)state;
	assert_int_equal(root.fd, -1);
	assert_false(source_file_read(&root, "/", "/x.py", 0, &out));
	source_root_close(&root);
	root = source_root_open(getpid());
	assert_true(root.fd >= 0);
	assert_int_equal(root.owner, geteuid());
	source_root_close(&root);
	source_root_close(&root);
}

/* Before Linux 5.6, and where a sandbox refuses openat2, no source is read: nothing to test. */
static bool has_openat2(void)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_below_the_root),
		TEST(links_stay_below_the_root),
		TEST(shows_nobody_what_they_may_not_see),
		TEST(a_link_makes_no_source),
		TEST(takes_regular_files_only),
		TEST(not_what_was_changed_since),
		cmocka_unit_test(no_process_no_root),
	};

	if (!has_openat2()) {
		puts("skipped: the kernel has no openat2()");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
