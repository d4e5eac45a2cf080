/* SPDX-License-Identifier: MIT */
#include "target/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

struct source_root source_root_open(pid_t pid)
{
	struct source_root root = { .fd = -1 };
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &st))
		return root;
	root.owner = st.st_uid;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root;
}

void source_root_close(struct source_root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

static bool is_source_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".py") || !strcmp(dot, ".pyx") || !strcmp(dot, ".pyw"));
}

/* Kernels before 5.6 cannot keep to a root. They get no source. */
static int open_below(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static bool may_be_shown(const struct stat *st, const struct source_root *root, int64_t before_ns)
{
	int64_t changed = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;

	return S_ISREG(st->st_mode) && st->st_size <= SOURCE_FILE_MAX &&
	       ((st->st_mode & S_IROTH) || st->st_uid == root->owner) &&
	       (!before_ns || changed <= before_ns);
}

static bool read_all(int fd, size_t len, struct str *out)
{
	char block[16384];
	ssize_t got;

	while ((got = read(fd, block, sizeof(block))) > 0 && out->len <= len)
		str_add(out, block, (size_t)got);
	return got >= 0 && !out->failed;
}

bool source_file_read(const struct source_root *root, const char *cwd, const char *path,
		      int64_t before_ns, struct str *out)
{
	_cleanup_(str_deinit) struct str whole = STR_INIT;
	struct stat st;
	bool done;
	int fd;

	str_clear(out);
	if (root->fd < 0 || !is_source_name(path) || (path[0] != '/' && !(cwd && cwd[0] == '/')))
		return false;
	if (path[0] != '/')
		str_printf(&whole, "%s/", cwd);
	str_add_cstr(&whole, path);
	if (whole.failed)
		return false;
	fd = open_below(root->fd, str_cstr(&whole));
	if (fd < 0)
		return false;
	done = !fstat(fd, &st) && may_be_shown(&st, root, before_ns) &&
	       read_all(fd, SOURCE_FILE_MAX, out);
	close(fd);
	if (!done)
		str_clear(out);
	return done;
}
