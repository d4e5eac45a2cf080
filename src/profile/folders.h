/* SPDX-License-Identifier: MIT */
/*
 * Which folders two sides' own files lie in, where the recordings' own folders do not tell:
 * "/src/old" and "/src/new", of files that are below them the same. Part of match.c.
 *
 * A guess, made only where nothing speaks against it:
 *   - a file that one side alone has is held against those of the same name that the other side
 *     alone has. The one that has most of the last folders in common, if there is one such, says
 *     which folders the two would be; the pair of folders that most files say is the one;
 *   - both are absolute, or one is, and the other side's names are already below its folder
 *     ("app.py"), of which the first has none: files that moved within a known folder have moved;
 *   - neither of them, nor what both lie in (unless that is the root), has a file that both sides
 *     have: else it would be one tree, in which files have moved;
 *   - no two files of one side become one.
 */
#ifndef PYPROF_PROFILE_FOLDERS_H
#define PYPROF_PROFILE_FOLDERS_H

#include "profile/match.h"

#define FOLDERS_MAX_NAMESAKES 64 /* files of a name that more than so many have tell nothing */

struct folders_file {
	const char *shown;
	bool in[SIDES];
};

struct folders {
	struct folders_file *files;
	size_t n, cap;
	struct map map;
	const char *folder[SIDES]; /* its first len bytes, the last slash included */
	size_t len[SIDES];	   /* 0: nothing is cut */
};

/*
 * A file of that side: `path` as recorded, of which `shown` is the end. Only own files count: what
 * Python imports from elsewhere, and names in angle brackets, are passed over. False: no memory.
 */
bool folders_add(struct folders *folders, enum side side, const char *path, const char *shown);
/* When all are added. False: no memory. */
bool folders_find(struct folders *folders);
/* The end of `shown` that is below the side's folder; all of it where it is not. */
const char *folders_cut(const struct folders *folders, enum side side, const char *shown);
void folders_deinit(struct folders *folders);

#endif
