/* SPDX-License-Identifier: MIT */
/*
 * A target's source files, read as it would find them: below its root directory, which stays
 * within reach when the process has ended.
 *
 * Their names come from the target's memory and may be lies. So only that is read which is a
 * regular file, named like Python source itself and not only by a link to it, no larger than
 * SOURCE_FILE_MAX, and below that root whatever links it goes through. A profiler that runs as root
 * looks with the eyes of the target's user (setfsuid(2)), so it shows nobody a file that they may
 * not see; other threads of the program keep their identity.
 */
#ifndef PYPROF_TARGET_SOURCE_FILE_H
#define PYPROF_TARGET_SOURCE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

#define SOURCE_FILE_MAX (8u << 20)

struct source_root {
	int fd; /* its root directory; -1: out of reach */
	uid_t owner; /* whom its files in /proc belong to… */
	gid_t group; /* …and which group; of others that it is in nothing is known */
};

/* The owner calls source_root_close(). Of a process: fd -1, errno says why. */
struct source_root source_root_open(pid_t pid);
/* A folder of ours instead, to be looked into as whom we are. fd -1: errno says why. */
struct source_root source_root_open_folder(const char *path);
void source_root_close(struct source_root *root);

/*
 * The bytes of `path` (where it is relative: below `cwd`, which may be NULL) into *out. False,
 * with *out empty, where it may not be read or was changed after `before_ns` (CLOCK_REALTIME, 0:
 * whenever): its lines are not those that ran, and errno is ESTALE, and nothing else. Nothing of the target runs or waits.
 */
bool source_file_read(const struct source_root *root, const char *cwd, const char *path,
		      int64_t before_ns, struct str *out);

/*
 * The same of a regular file of any name, `path` from the root on, of `max` bytes at most. For facts
 * that are checked before anybody sees them, and never to be shown as it is: a link may lead to what
 * was not meant.
 */
bool source_root_read(const struct source_root *root, const char *path, size_t max,
		      struct str *out);

#endif
