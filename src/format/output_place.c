/* SPDX-License-Identifier: MIT */
#include "format/output_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define MAX_LINKS    40 /* as many as the kernel follows */
#define RANDOM_CHARS 6
#define MAX_TRIES    100

/* ---- what goes wrong ------------------------------------------------------------- */

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static enum pyprof_status no_folder(struct pyprof_error *err, const char *path)
{
	_cleanup_free_ char *folder = folder_of(path);

	error_set_errno(err, PYPROF_ERR_IO, ENOENT, "cannot write \"%s\"", path);
	error_hint(err, "there is no folder \"%s\": make it first", folder ? folder : "");
	return PYPROF_ERR_IO;
}

enum pyprof_status output_place_error(struct pyprof_error *err, int os_errno,
				      const char *path)
{
	if (os_errno == ENOENT)
		return no_folder(err, path);
	if (os_errno == ENOMEM)
		return error_nomem(err);
	if (strcmp(path, "-") == 0)
		error_set_errno(err, PYPROF_ERR_IO, os_errno,
				"cannot write to standard output");
	else
		error_set_errno(err, PYPROF_ERR_IO, os_errno, "cannot write \"%s\"", path);
	switch (os_errno) {
	case EACCES:
	case EPERM:
		error_hint(err, "both the folder, for the file is replaced as a whole, and the "
				"file where there is one must be writable for you");
		break;
	case EISDIR:
		error_hint(err, "name a file in it");
		break;
	case ENOSPC:
	case EDQUOT:
		error_hint(err, "make room there, or write to another file system");
		break;
	case EROFS:
		error_hint(err, "write to another file system");
		break;
	case ENXIO:
		error_hint(err, "a socket cannot be opened by its name; \"-\" is standard "
				"output");
		break;
	case EBUSY:
		error_hint(err, "it is mounted there on its own and cannot be replaced: write "
				"to a folder instead");
		break;
	}
	return PYPROF_ERR_IO;
}

/* ---- finding the place ------------------------------------------------------------- */

/* Links below /proc, as /dev/stdout leads to, are no paths: only the kernel can follow them. */
static bool is_on_proc(const char *path)
{
	_cleanup_free_ char *folder = folder_of(path);
	struct statfs fs;

	return folder && statfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* What the link `path` with the text `target` leads to. */
static char *join_link(const char *path, const char *target)
{
	const char *slash = strrchr(path, '/');
	struct str joined = STR_INIT;

	if (target[0] != '/' && slash)
		str_add(&joined, path, (size_t)(slash + 1 - path));
	str_add_cstr(&joined, target);
	return str_take(&joined);
}

/*
 * Follows `path` to what is no symbolic link, there or yet to be made, or (*on_proc) to one
 * that cannot be followed by us. The answer is the caller's; NULL: errno says why.
 */
static char *follow_links(const char *path, bool *on_proc)
{
	char *at = strdup(path);

	*on_proc = false;
	for (int i = 0; at && i < MAX_LINKS; i++) {
		char target[PATH_MAX];
		ssize_t len = readlink(at, target, sizeof(target) - 1);
		char *next;

		*on_proc = len >= 0 && is_on_proc(at);
		if (*on_proc || (len < 0 && (errno == EINVAL || errno == ENOENT)))
			return at;
		if (len < 0) {
			int os_errno = errno;

			free(at);
			errno = os_errno;
			return NULL;
		}
		target[len] = '\0';
		next = join_link(at, target);
		free(at);
		at = next;
	}
	if (!at)
		return NULL; /* errno is ENOMEM */
	free(at);
	errno = ELOOP;
	return NULL;
}

/* Files that are mounted on their own (containers do that) cannot be renamed over. */
static bool is_mount_point(const char *path)
{
#ifdef STATX_ATTR_MOUNT_ROOT
	struct statx sx;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &sx) == 0)
		return sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
#endif
	(void)path;
	return false;
}

/* In folders like /tmp only a file's own or the folder's owner may rename over it. */
static bool is_kept_by_sticky_folder(const struct output_place *place)
{
	_cleanup_free_ char *folder = folder_of(place->path);
	uid_t me = geteuid();
	struct stat st;

	return me != 0 && folder && stat(folder, &st) == 0 && st.st_mode & S_ISVTX &&
	       st.st_uid != me && place->stat.st_uid != me;
}

/* 0, or the errno that replacing an existing file would end in. */
static int check_replace(const struct output_place *place)
{
	if (faccessat(AT_FDCWD, place->path, W_OK, AT_EACCESS) != 0)
		return errno;
	if (is_mount_point(place->path))
		return EBUSY;
	return is_kept_by_sticky_folder(place) ? EPERM : 0;
}

static int find_file(struct output_place *place, const char *path)
{
	bool on_proc;
	size_t len;

	place->path = follow_links(path, &on_proc);
	if (!place->path)
		return errno;
	if (on_proc) {
		place->way = OUTPUT_IN_PLACE;
		return 0;
	}
	place->way = OUTPUT_REPLACE;
	len = strlen(place->path);
	if (!place->exists)
		return len && place->path[len - 1] == '/' ? EISDIR : 0;
	return check_replace(place);
}

static int find(struct output_place *place, const char *path)
{
	place->exists = stat(path, &place->stat) == 0;
	if (!place->exists && errno != ENOENT)
		return errno;
	if (place->exists && S_ISDIR(place->stat.st_mode))
		return EISDIR;
	if (!place->exists || S_ISREG(place->stat.st_mode))
		return find_file(place, path);
	place->way = OUTPUT_IN_PLACE;
	place->path = strdup(path);
	return place->path ? 0 : ENOMEM;
}

enum pyprof_status output_place_find(struct output_place *place, const char *path,
				     struct pyprof_error *err)
{
	int os_errno;

	*place = (struct output_place){ 0 };
	if (!*path)
		return error_set(err, PYPROF_ERR_USAGE,
				 "the name of the file to write is empty");
	if (strcmp(path, "-") == 0) {
		place->way = OUTPUT_STDOUT;
		place->path = strdup(path);
		return place->path ? PYPROF_OK : error_nomem(err);
	}
	os_errno = find(place, path);
	/* A slip of the hand (-o /dev/sda) must not cost a disk. */
	if (!os_errno && place->exists && S_ISBLK(place->stat.st_mode)) {
		output_place_deinit(place);
		return error_set(err, PYPROF_ERR_IO,
				 "cannot write \"%s\": it is a block device", path);
	}
	if (os_errno) {
		output_place_deinit(place);
		return output_place_error(err, os_errno, path);
	}
	return PYPROF_OK;
}

void output_place_deinit(struct output_place *place)
{
	free(place->path);
	*place = (struct output_place){ 0 };
}

/* ---- opening ------------------------------------------------------------------------ */

enum pyprof_status output_place_open(const struct output_place *place, int *fd,
				     struct pyprof_error *err)
{
	int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;

	if (place->way == OUTPUT_STDOUT) {
		/* What the program printed before must not come after. */
		fflush(stdout);
		*fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		/* A shell's >> or { …; } may have put something there that is to be kept. */
		if (S_ISREG(place->stat.st_mode))
			flags |= O_APPEND;
		do
			*fd = open(place->path, flags);
		while (*fd < 0 && errno == EINTR);
	}
	return *fd < 0 ? output_place_error(err, errno, place->path) : PYPROF_OK;
}

static void random_name(char *out, unsigned try)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char random[RANDOM_CHARS];

	/* Only a first guess: O_EXCL makes sure that it is nobody else's. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
		for (size_t i = 0; i < sizeof(random); i++)
			random[i] = (unsigned char)((unsigned)getpid() >> (5 * i)) +
				    (unsigned char)try;
	}
	for (size_t i = 0; i < sizeof(random); i++)
		out[i] = chars[random[i] % (sizeof(chars) - 1)];
}

/* How much of the name fits into ".NAME.pyprof-XXXXXX", cut between characters. */
static size_t name_room(const char *folder, const char *name)
{
	const size_t added = strlen("..pyprof-") + RANDOM_CHARS;
	long most = pathconf(folder, _PC_NAME_MAX);
	size_t len = strlen(name);
	size_t room = most > (long)added ? (size_t)most - added : NAME_MAX - added;

	if (len <= room)
		return len;
	while (room && ((unsigned char)name[room] & 0xc0) == 0x80)
		room--;
	return room;
}

static char *temporary_name(const char *path, unsigned try)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder = folder_of(path);
	char random[RANDOM_CHARS];
	struct str s = STR_INIT;

	if (!folder)
		return NULL;
	random_name(random, try);
	str_add(&s, path, (size_t)(name - path));
	str_add_char(&s, '.');
	str_add(&s, name, name_room(folder, name));
	str_add_cstr(&s, ".pyprof-");
	str_add(&s, random, sizeof(random));
	free(folder);
	return str_take(&s);
}

/* Best effort: who may not give files away keeps them. */
static void copy_owner_and_mode(int fd, const struct stat *st)
{
	if (fchown(fd, st->st_uid, st->st_gid) == 0 || fchown(fd, -1, st->st_gid) == 0)
		fchmod(fd, st->st_mode & 0777);
	else /* what its group might do is not for ours */
		fchmod(fd, st->st_mode & 0707);
}

/* Opens a new file of this name; 0 or an errno. */
static int create(const struct output_place *place, const char *name, int *fd)
{
	/* Narrow until it has the old file's mode: its content may be nobody else's business. */
	*fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		   place->exists ? 0600 : 0666);
	if (*fd < 0)
		return errno;
	if (place->exists)
		copy_owner_and_mode(*fd, &place->stat);
	return 0;
}

enum pyprof_status output_place_create(const struct output_place *place, int *fd,
				       char **temporary, struct pyprof_error *err)
{
	int os_errno = EEXIST;

	*temporary = NULL;
	*fd = -1;
	for (unsigned try = 0; os_errno == EEXIST && try < MAX_TRIES; try++) {
		free(*temporary);
		*temporary = temporary_name(place->path, try);
		os_errno = *temporary ? create(place, *temporary, fd) : ENOMEM;
	}
	if (!os_errno)
		return PYPROF_OK;
	free(*temporary);
	*temporary = NULL;
	return output_place_error(err, os_errno, place->path);
}

void output_place_sync_folder(const char *path)
{
	char *folder = folder_of(path);
	_cleanup_fd_ int fd = -1;

	if (folder)
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
	free(folder);
}
