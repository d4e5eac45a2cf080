/* SPDX-License-Identifier: MIT */
/* A snapshot in words, and as JSON; what changed since the one before, where there is one. */
#ifndef PYPROF_DUMP_SHOW_H
#define PYPROF_DUMP_SHOW_H

#include <stdio.h>

#include "dump/snapshot.h"

/* Version of what snapshot_json() writes: see docs/dump-schema.json. */
#define SNAPSHOT_JSON_VERSION 1

struct changes;

struct snapshot_show {
	const struct changes *changes; /* the snapshots are its last: say what changed; NULL: nothing */
	bool full;	/* equal threads each by itself, every frame of a recursion */
	bool full_path; /* whole file names */
	bool color;	/* with a terminal's escapes */
	unsigned width; /* of the terminal in columns; 0: nothing is cut */
};

/*
 * For people: leaf first, as py-spy's; children below the process that they came from. Those that
 * failed are not in it. Errors: NOMEM. Whether `out` took it, ferror() says.
 */
enum pyprof_status snapshots_text(const struct snapshots *snapshots,
				  const struct snapshot_show *show, FILE *out,
				  struct pyprof_error *err);

/* One JSON object in one line, and a newline: docs/dump-schema.json. Errors: NOMEM. */
enum pyprof_status snapshots_json(const struct snapshots *snapshots,
				  const struct snapshot_show *show, FILE *out,
				  struct pyprof_error *err);

/* What all the looks of `changes` come to, threads that are stuck first. Errors: NOMEM. */
enum pyprof_status changes_text(const struct changes *changes, const struct snapshot_show *show,
				FILE *out, struct pyprof_error *err);

#endif
