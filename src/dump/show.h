/* SPDX-License-Identifier: MIT */
/* A snapshot in words, and as JSON; what changed since the one before, where there is one. */
#ifndef PYPROF_DUMP_SHOW_H
#define PYPROF_DUMP_SHOW_H

#include <stdio.h>

#include "dump/snapshot.h"

/* Version of what snapshot_json() writes: see docs/dump-schema.json. */
#define SNAPSHOT_JSON_VERSION 1

struct snapshot_show {
	const struct snapshot *before; /* of the same process: say what changed; NULL: nothing */
	bool full_path; /* whole file names */
	bool color;	/* with a terminal's escapes */
	unsigned width; /* of the terminal in columns; 0: nothing is cut */
};

/* For people: leaf first, as py-spy's. Errors: NOMEM. Whether `out` took it, ferror() says. */
enum pyprof_status snapshot_text(const struct snapshot *snapshot, const struct snapshot_show *show,
				 FILE *out, struct pyprof_error *err);

/* One JSON object, without a newline behind it. Errors: NOMEM. */
enum pyprof_status snapshot_json(const struct snapshot *snapshot, const struct snapshot_show *show,
				 FILE *out, struct pyprof_error *err);

#endif
