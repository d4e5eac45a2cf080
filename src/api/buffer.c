/* SPDX-License-Identifier: MIT */
#include "api/buffer.h"

#include <stdlib.h>

#include "base/error.h"

enum pyprof_status buffer_open(struct buffer *buffer, struct pyprof_error *err)
{
	*buffer = (struct buffer){ 0 };
	buffer->file = open_memstream(&buffer->bytes, &buffer->len);
	return buffer->file ? PYPROF_OK : error_nomem(err);
}

enum pyprof_status buffer_close(struct buffer *buffer, FILE *out, enum pyprof_status status,
				struct pyprof_error *err)
{
	bool failed = fflush(buffer->file) || ferror(buffer->file);

	/* The C library's closing may fail to make the text and not say so. */
	if (fclose(buffer->file) || failed || !buffer->bytes)
		status = status ? status : error_nomem(err);
	if (!status)
		fwrite(buffer->bytes, 1, buffer->len, out);
	free(buffer->bytes);
	return status;
}
