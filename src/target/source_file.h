/* SPDX-License-Identifier: MIT */
/*
 * A target's source files, read as it would find them: below its root directory, which stays
 * within reach when the process has ended.
 *
 * Their names come from the target's memory and may be lies. So only that is read which is a
 * regular file, named like Python source, no larger than SOURCE_FILE_MAX, below that root
 * whatever links it goes through, and readable by the target's own user: a profiler that runs as
 * root shows nobody a file that they may not see.
 */
#ifndef PYPROF_TARGET_SOURCE_FILE_H
#define PYPROF_TARGET_SOURCE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

#define SOURCE_FILE_MAX (8u << 20)

struct source_root {
	int fd;	     /* its root directory; -1: out of reach */
	uid_t owner; /* whom its files in /proc belong to */
};

/* The owner calls source_root_close(). */
struct source_root source_root_open(pid_t pid);
void source_root_close(struct source_root *root);

/*
 * The bytes of `path` (where it is relative: below `cwd`, which may be NULL) into *out. False,
 * with *out empty, where it may not be read or was changed after `before_ns` (CLOCK_REALTIME, 0:
 * whenever): its lines are not those that ran. Nothing of the target runs or waits.
 */
bool source_file_read(const struct source_root *root, const char *cwd, const char *path,
		      int64_t before_ns, struct str *out);

#endif
