/* SPDX-License-Identifier: MIT */
/*
 * Which folders two sides' own files lie in, where the recordings' own folders do not tell:
 * "/src/old" and "/src/new", of files that are below them the same. Part of match.c.
 *
 * Two guesses, one after the other, each made only where nothing speaks against it: no two files of
 * one side become one, nor does a file that is below the one folder become one that is not below
 * the other. What both sides have under one name stays what it is.
 *
 * First, where each side began in one file that the other does not have, their folders, which is
 * where scripts import from: "v1/" and "v2/" of v1/app.py and v2/app.py, as far up as they differ.
 *
 * Then, what is left is asked:
 *   - a file that one side alone has is held against those of the same name that the other side
 *     alone has. The one that has most of the last folders in common, if there is one such, says
 *     which folders the two would be; the pair of folders that most files say is the one;
 *   - both are absolute, or both are not, or one is, and the other side's names are already below
 *     its folder ("app.py"), of which the first has none: files that moved within a known folder
 *     have moved;
 *   - neither of them has a file that both sides have;
 *   - what both absolute ones lie in (unless that is the root) has none either: else it would be
 *     one tree, in which files have moved. In one tree, as any two that are not absolute are, one
 *     folder may be exchanged for another, PYTHONPATH=old for PYTHONPATH=new: no file says other
 *     folders, unless below these, and several say these, or both sides have only the files in
 *     common that they began in.
 */
#ifndef PYPROF_PROFILE_FOLDERS_H
#define PYPROF_PROFILE_FOLDERS_H

#include "profile/match.h"

#define FOLDERS_MAX_NAMESAKES 64 /* files of a name that more than so many have tell nothing */
#define FOLDERS_STEPS 2		 /* guesses */

struct folders_file {
	const char *name;
	bool in[SIDES], entry[SIDES];
	bool cut[SIDES];      /* was its name cut in the last step? */
	uint32_t next[SIDES]; /* what it is in the next step's table, where there is one */
};

struct folders_table {
	struct folders_file *files;
	size_t n, cap;
	struct map map;
};

struct folders {
	struct folders_table tables[FOLDERS_STEPS + 1]; /* [0]: as added; after each step */
	size_t n_steps;
};

/*
 * A file of that side: its whole path as far as it is known, of which `shown` is the end; whether
 * a program began in it. Only own files count: what Python imports from elsewhere, and names in
 * angle brackets, are passed over. False: no memory.
 */
bool folders_add(struct folders *folders, enum side side, const char *path, const char *shown,
		 bool entry);
/* When all are added. False: no memory. */
bool folders_find(struct folders *folders);
/* The end of `shown`, of a file that was added, that is below the side's folder; or all of it. */
const char *folders_cut(const struct folders *folders, enum side side, const char *shown);
void folders_deinit(struct folders *folders);

#endif
