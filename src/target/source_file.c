/* SPDX-License-Identifier: MIT */
#include "target/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/open_in_root.h"

struct source_root source_root_open(pid_t pid)
{
	struct source_root root = { .fd = -1 };
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &st))
		return root;
	root.owner = st.st_uid;
	root.group = st.st_gid;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root;
}

struct source_root source_root_open_folder(const char *path)
{
	return (struct source_root){ .fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC),
				     .owner = geteuid(),
				     .group = getegid() };
}

void source_root_close(struct source_root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

/* ---- as whom ------------------------------------------------------------------- */

/*
 * What the kernel judges this thread's file accesses by, and nothing else of it. The system calls
 * themselves: libc's setgroups() would change all threads.
 */
struct identity {
	gid_t groups[256];
	long n_groups;
	uid_t uid;
	gid_t gid;
};

static bool set_groups(long n, const gid_t *groups)
{
	return syscall(SYS_setgroups, n, groups) == 0;
}

/* These calls give what was before, and say nothing of whether they succeeded. */
static bool set_ids(uid_t uid, gid_t gid)
{
	setfsgid(gid);
	setfsuid(uid);
	return (uid_t)setfsuid((uid_t)-1) == uid && (gid_t)setfsgid((gid_t)-1) == gid;
}

static void become_again(const struct identity *before)
{
	set_ids(before->uid, before->gid);
	set_groups(before->n_groups, before->groups);
}

/* False, with nothing changed, where it cannot be. */
static bool become_owner(const struct source_root *root, struct identity *before)
{
	before->uid = (uid_t)setfsuid((uid_t)-1);
	before->gid = (gid_t)setfsgid((gid_t)-1);
	before->n_groups = getgroups(256, before->groups);
	if (before->n_groups < 0 || !set_groups(0, NULL))
		return false;
	if (set_ids(root->owner, root->group))
		return true;
	become_again(before);
	return false;
}

/* ---- what may be read ------------------------------------------------------------- */

static bool is_source_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".py") || !strcmp(dot, ".pyx") || !strcmp(dot, ".pyw"));
}

/* What may be opened. */
struct wanted {
	bool source; /* named like source */
	size_t max;  /* bytes */
	int64_t before_ns;
};

/* False, errno ESTALE: it was changed later. */
static bool may_be_read(int fd, const struct wanted *wanted)
{
	int64_t before_ns = wanted->before_ns;
	int64_t s = before_ns / 1000000000, ns = before_ns % 1000000000;
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > wanted->max)
		return false;
	if (!before_ns || st.st_mtim.tv_sec < s ||
	    (st.st_mtim.tv_sec == s && st.st_mtim.tv_nsec <= ns))
		return true;
	errno = ESTALE;
	return false;
}

/*
 * A file is opened for reading only once it is known to be one: opening a device can do things.
 * Kernels before 5.6 cannot keep to a root. They get no source.
 */
static int open_file(int root, const char *path, const struct wanted *wanted)
{
	int place = open_in_root(root, path), fd = -1;
	char link[32], name[4096];
	ssize_t len;
	int why;

	if (place < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	len = readlink(link, name, sizeof(name) - 1);
	name[len > 0 ? len : 0] = '\0';
	errno = EACCES;
	if ((!wanted->source || is_source_name(name)) && may_be_read(place, wanted))
		fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	why = errno;
	close(place);
	errno = why;
	return fd;
}

/* Root looks as the target's user would; anybody else as themselves. */
static int open_as_owner(const struct source_root *root, const char *path,
			 const struct wanted *wanted)
{
	struct identity before;
	int fd, why;

	if (geteuid() != 0)
		return open_file(root->fd, path, wanted);
	if (!become_owner(root, &before))
		return -1;
	fd = open_file(root->fd, path, wanted);
	why = errno;
	become_again(&before);
	errno = why;
	return fd;
}

/* A file may grow while it is read. */
static bool read_all(int fd, size_t max, struct str *out)
{
	char block[16384];
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0 && out->len <= max)
		str_add(out, block, (size_t)got);
	return got >= 0 && !out->failed;
}

static bool read_wanted(const struct source_root *root, const char *path,
			const struct wanted *wanted, struct str *out)
{
	int fd = open_as_owner(root, path, wanted);
	bool done;

	if (fd < 0)
		return false;
	done = read_all(fd, wanted->max, out);
	close(fd);
	if (!done) {
		str_clear(out);
		errno = EIO;
	}
	return done;
}

bool source_file_read(const struct source_root *root, const char *cwd, const char *path,
		      int64_t before_ns, struct str *out)
{
	const struct wanted wanted = { true, SOURCE_FILE_MAX, before_ns };
	_cleanup_(str_deinit) struct str whole = STR_INIT;

	str_clear(out);
	errno = EINVAL;
	if (root->fd < 0 || !is_source_name(path) || (path[0] != '/' && !(cwd && cwd[0] == '/')))
		return false;
	if (path[0] != '/')
		str_printf(&whole, "%s/", cwd);
	str_add_cstr(&whole, path);
	return !whole.failed && read_wanted(root, str_cstr(&whole), &wanted, out);
}

bool source_root_read(const struct source_root *root, const char *path, size_t max,
		      struct str *out)
{
	const struct wanted wanted = { .max = max };

	str_clear(out);
	errno = EINVAL;
	return root->fd >= 0 && path[0] == '/' && read_wanted(root, path, &wanted, out);
}
