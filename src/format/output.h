/* SPDX-License-Identifier: MIT */
/*
 * Writing a file whole or not at all: a temporary file beside it, renamed when complete.
 *
 * "-" is standard output. What is no regular file (a pipe, /dev/null) is written in place. The
 * new file has the permissions that open(2) would give, or those of the file it replaces; a
 * symbolic link is followed, so that its target is replaced.
 */
#ifndef PYPROF_FORMAT_OUTPUT_H
#define PYPROF_FORMAT_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

struct output {
	FILE *file;
	char *path; /* where it shall be in the end */
	char *temporary; /* NULL: written in place */
};

/* Errors: IO (with what and where), NOMEM. */
enum pyprof_status output_open(struct output *output, const char *path,
			       struct pyprof_error *err);

/* Flushes, syncs, renames. On failure (IO: the disk is full…) nothing is left behind. */
enum pyprof_status output_commit(struct output *output, struct pyprof_error *err);

/* Forgets it: removes the temporary file. Fine after a commit. */
void output_abandon(struct output *output);

/* Could output_open() and a small write succeed now? Leaves nothing behind. */
enum pyprof_status output_check(const char *path, struct pyprof_error *err);

#endif
