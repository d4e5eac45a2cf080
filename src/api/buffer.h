/* SPDX-License-Identifier: MIT */
/* Text is made in memory first, so that what fails writes nothing. Private. */
#ifndef PYPROF_API_BUFFER_H
#define PYPROF_API_BUFFER_H

#include "libpyprof.h"

struct buffer {
	FILE *file;
	char *bytes;
	size_t len;
};

/* Errors: NOMEM, with nothing to close. */
enum pyprof_status buffer_open(struct buffer *buffer, struct pyprof_error *err);

/* Sends it to `out` where all went well; frees it. Returns `status`, or NOMEM. */
enum pyprof_status buffer_close(struct buffer *buffer, FILE *out, enum pyprof_status status,
				struct pyprof_error *err);

#endif
