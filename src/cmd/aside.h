/* SPDX-License-Identifier: MIT */
/*
 * The standard streams of a program that is launched while we have the screen: it reads nothing,
 * and what it writes goes into a file in TMPDIR (/tmp), which is named in the end, or removed where
 * it is empty.
 */
#ifndef PYPROF_CMD_ASIDE_H
#define PYPROF_CMD_ASIDE_H

#include <limits.h>

#include "base/error.h"

struct aside {
	int streams[3]; /* our own, while the program's are in their place; -1 */
	int file;	/* -1: none */
	char path[PATH_MAX];
};

#define ASIDE_INIT { .streams = { -1, -1, -1 }, .file = -1 }

/* Puts the program's streams into the place of ours: launch it then. Errors: IO. */
enum pyprof_status aside_begin(struct aside *aside, struct pyprof_error *err);

/* Ours again. */
void aside_end(struct aside *aside);

/*
 * Says where the file is, or, with `show`, what its last lines are (the program failed before there
 * was a screen); removes it where it is empty or was shown whole.
 */
void aside_tell(struct aside *aside, bool show);

#endif
