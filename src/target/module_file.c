/* SPDX-License-Identifier: MIT */
/* The file behind a module, as the target has it mapped, or none: never another one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "target/target.h"

/* The ELF header, the program headers and, as linkers lay it out, the build id. */
#define FIRST_BYTES 4096

/* Does the file begin with what the target has in memory at the module's base? */
static bool same_first_page(const struct target *target, const struct module *module, int fd)
{
	const struct mapping *m = &target->maps.mappings[module->first];
	uint8_t in_memory[FIRST_BYTES], in_file[FIRST_BYTES];
	uint64_t mapped = m->end - m->start;
	size_t len = mapped < FIRST_BYTES ? (size_t)mapped : FIRST_BYTES;
	ssize_t got = pread(fd, in_file, len, 0);

	if (got < 64) /* less than an ELF header */
		return false;
	return memory_read(target->memory, m->start, in_memory, (size_t)got, NULL) ==
		       PYPROF_OK &&
	       memcmp(in_memory, in_file, (size_t)got) == 0;
}

/*
 * Opens `path` if it is a regular file and the module's. What a path leads to is the target's
 * choice (a device, a FIFO): it is only looked at (O_PATH) until it is known.
 */
static int open_same(const struct target *target, const struct module *module, int dir_fd,
		     const char *path, int flags)
{
	_cleanup_fd_ int look = openat(dir_fd, path, O_PATH | O_CLOEXEC | flags);
	_cleanup_fd_ int fd = -1;
	char link[40];
	struct stat st;
	bool same_ids;

	if (look < 0 || fstat(look, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	same_ids = st.st_dev == module->device && st.st_ino == module->inode;
	if (!same_ids && st.st_dev == module->device)
		return -1; /* the numbers can be compared, and say no */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", look);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (!same_ids && !same_first_page(target, module, fd))
		return -1;
	return take_fd(&fd);
}

/*
 * map_files names the very mapping. Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, and the
 * mapping's present limits: each is tried, as one may have been split since.
 */
static int open_map_file(const struct target *target, const struct module *module)
{
	for (size_t i = module->first; i <= module->last; i++) {
		const struct mapping *m = &target->maps.mappings[i];
		char path[64];
		int fd;

		if (m->device != module->device || m->inode != module->inode || !m->inode)
			continue; /* anonymous memory inside */
		snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, m->start,
			 m->end);
		/*
		 * The link leads to the mapping's file, but to that of today's mapping. Where
		 * the numbers do not agree, the first page decides, as for any path.
		 */
		fd = open_same(target, module, target->proc_fd, path, 0);
		if (fd >= 0 || errno == EPERM || errno == EACCES)
			return fd;
	}
	return -1;
}

/*
 * The kernel writes a path as seen from our root where it can be reached from there (a chroot
 * in our mount namespace), else from the root of its mount namespace (a container).
 */
static int open_path(const struct target *target, const struct module *module,
		     const char *suffix)
{
	_cleanup_(str_deinit) struct str path = STR_INIT;
	int fd;

	if (module->path[0] != '/')
		return -1;
	str_printf(&path, "root%s%s", module->path, suffix);
	if (path.failed)
		return -1;
	fd = open_same(target, module, target->proc_fd, path.data, O_NOFOLLOW);
	if (fd < 0)
		fd = open_same(target, module, AT_FDCWD, path.data + strlen("root"),
			       O_NOFOLLOW);
	return fd;
}

int target_open_module(const struct target *target, const struct module *module)
{
	int fd;

	if (target->core)
		return core_open_file(target->core, module->base);
	if (target->image) {
		errno = ENOTSUP;
		return -1;
	}
	fd = open_map_file(target, module);
	if (fd < 0)
		fd = open_path(target, module, "");
	if (fd < 0 && module->deleted) /* or is that its name? */
		fd = open_path(target, module, " (deleted)");
	if (fd < 0)
		fd = open_same(target, module, target->proc_fd, "exe", 0);
	if (fd < 0)
		errno = ENOENT;
	return fd;
}
