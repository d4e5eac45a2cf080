/* SPDX-License-Identifier: MIT */
/*
 * Reading a profile from a file, pipe or standard input, in whatever format it is, gzipped or not.
 *
 * All bytes are in memory while it is read, 4 GiB of them at most: what is larger is refused, so that
 * a small zipped file of nothing but zeros is no harm.
 */
#ifndef PYPROF_FORMAT_INPUT_H
#define PYPROF_FORMAT_INPUT_H

#include "format/format.h"

#define INPUT_MAX ((size_t)4 << 30)

/*
 * `path` "-" is standard input; `format` NULL or "": found out from the bytes. Errors: IO, USAGE (no
 * such format, a folder), CORRUPT (byte and file are named), LIMIT, NOMEM.
 */
enum pyprof_status input_read(struct profile **out, const char *path, const char *format,
			      struct pyprof_error *err);

#endif
