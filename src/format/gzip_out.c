/* SPDX-License-Identifier: MIT */
#include "format/gzip_out.h"

/*
 * What a profile holds is repetition: the highest levels save a tenth and take three times as
 * long.
 */
#define LEVEL 4

enum pyprof_status gzip_out_init(struct gzip_out *gz, FILE *out, struct pyprof_error *err)
{
	*gz = (struct gzip_out){ .out = out };
	if (deflateInit2(&gz->z, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return error_nomem(err);
	return PYPROF_OK;
}

/* Deflating cannot fail once it began: there is always room. */
static int run(struct gzip_out *gz, int flush)
{
	int result;

	gz->z.next_out = gz->buffer;
	gz->z.avail_out = sizeof(gz->buffer);
	result = deflate(&gz->z, flush);
	fwrite(gz->buffer, 1, sizeof(gz->buffer) - gz->z.avail_out, gz->out);
	return result;
}

void gzip_out_add(struct gzip_out *gz, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	while (len) {
		uInt piece = len < (1u << 30) ? (uInt)len : 1u << 30;

		gz->z.next_in = (Bytef *)at;
		gz->z.avail_in = piece;
		do
			run(gz, Z_NO_FLUSH);
		while (gz->z.avail_out == 0 || gz->z.avail_in);
		at += piece;
		len -= piece;
	}
}

void gzip_out_finish(struct gzip_out *gz)
{
	gz->z.avail_in = 0;
	while (run(gz, Z_FINISH) == Z_OK)
		;
}

void gzip_out_deinit(struct gzip_out *gz)
{
	deflateEnd(&gz->z);
}
