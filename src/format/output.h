/* SPDX-License-Identifier: MIT */
/*
 * Writing a file whole or not at all: a temporary file beside it, renamed when complete.
 *
 * "-" is standard output. What is no regular file (a pipe, /dev/null, a terminal) is written
 * in place, and so is what can only be reached through /proc (/dev/stdout, /dev/fd/3), there
 * at the end of what it holds; directories and block devices are refused. A symbolic link is
 * followed, so that its target is replaced, or made. The new file has the permissions that
 * open(2) would give, or the permissions and, where we may, the owner of the file it
 * replaces; a file that we may not write is not replaced either.
 *
 * The temporary file is called ".NAME.pyprof-XXXXXX": after a kill -9 or a power cut it may
 * stay behind. Nothing else does: until output_commit() succeeds the old file is as it was.
 *
 * Errors of writing are kept until the commit, with their cause. A reader of the pipe that
 * went away is one of them (EPIPE) where the program ignores SIGPIPE, as it should.
 */
#ifndef PYPROF_FORMAT_OUTPUT_H
#define PYPROF_FORMAT_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

struct output_sink;

struct output {
	FILE *file;	 /* to write to; NULL: not open */
	char *path;	 /* where it shall be in the end; for messages where in place */
	char *temporary; /* NULL: written in place */
	struct output_sink *sink;
};

#define OUTPUT_INIT { 0 }

/*
 * Opens; on failure *output is as OUTPUT_INIT. Errors: IO (what cannot be written, where, and
 * why), USAGE (an empty path), NOMEM.
 */
enum pyprof_status output_open(struct output *output, const char *path,
			       struct pyprof_error *err);

/*
 * Flushes, syncs, renames. On failure (IO: the disk is full…) nothing is left behind. Either
 * way *output is closed and as OUTPUT_INIT.
 */
enum pyprof_status output_commit(struct output *output, struct pyprof_error *err);

/* Forgets it: removes the temporary file. Fine after a commit or a failed open. */
void output_abandon(struct output *output);

/*
 * Could output_open() and a small write succeed now? Leaves nothing behind, and opens no
 * pipe or device, whose other end would notice.
 */
enum pyprof_status output_check(const char *path, struct pyprof_error *err);

#endif
