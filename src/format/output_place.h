/* SPDX-License-Identifier: MIT */
/*
 * Where an output file goes and how it gets there; of use to output.c alone.
 */
#ifndef PYPROF_FORMAT_OUTPUT_PLACE_H
#define PYPROF_FORMAT_OUTPUT_PLACE_H

#include <sys/stat.h>

#include "base/error.h"

enum output_way {
	OUTPUT_STDOUT,
	OUTPUT_IN_PLACE, /* open it and write */
	OUTPUT_REPLACE,	 /* write another file beside it and rename that */
};

struct output_place {
	enum output_way way;
	char *path;	  /* symbolic links followed where it is replaced; owned */
	bool exists;	  /* is there a file to replace? */
	struct stat stat; /* of what exists */
};

/*
 * Looks where `path` leads, and refuses what could be seen to fail later. Errors: USAGE, IO,
 * NOMEM; *place is empty then.
 */
enum pyprof_status output_place_find(struct output_place *place, const char *path,
				     struct pyprof_error *err);
void output_place_deinit(struct output_place *place);

/* Opens what is written in place, or a copy of standard output. Errors: IO. */
enum pyprof_status output_place_open(const struct output_place *place, int *fd,
				     struct pyprof_error *err);

/*
 * Creates the temporary file, with the mode and owner that the final one shall have, and
 * opens it for writing. *temporary is the caller's to free, NULL on failure (IO, NOMEM).
 */
enum pyprof_status output_place_create(const struct output_place *place, int *fd,
				       char **temporary, struct pyprof_error *err);

/* Makes a rename in the folder of `path` last; best effort, not all file systems can. */
void output_place_sync_folder(const char *path);

/* IO error about `path`, with what the user can do about this errno. */
enum pyprof_status output_place_error(struct pyprof_error *err, int os_errno,
				      const char *path);

#endif
