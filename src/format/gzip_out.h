/* SPDX-License-Identifier: MIT */
/* A gzip stream into a file: what is written is the same for the same bytes, at any time. */
#ifndef PYPROF_FORMAT_GZIP_OUT_H
#define PYPROF_FORMAT_GZIP_OUT_H

#include <stddef.h>
#include <stdio.h>
#include <zlib.h>

#include "base/error.h"

struct gzip_out {
	z_stream z;
	FILE *out;
	unsigned char buffer[1 << 15];
};

/* Errors: NOMEM. The owner calls gzip_out_deinit(). */
enum pyprof_status gzip_out_init(struct gzip_out *gz, FILE *out, struct pyprof_error *err);
void gzip_out_add(struct gzip_out *gz, const void *bytes, size_t len);
void gzip_out_finish(struct gzip_out *gz);
void gzip_out_deinit(struct gzip_out *gz);

#endif
