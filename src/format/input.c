/* SPDX-License-Identifier: MIT */
#include "format/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"

static enum pyprof_status too_large(struct pyprof_error *err, const char *what)
{
	error_set(err, PYPROF_ERR_LIMIT, "%s larger than %zu GiB", what, INPUT_MAX >> 30);
	error_hint(err, "record for a shorter time, or at a lower rate");
	return PYPROF_ERR_LIMIT;
}

/* Read, not mapped: a file that is cut short meanwhile would end us. */
static enum pyprof_status load(struct str *bytes, int fd, struct pyprof_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot be read");
	if (S_ISDIR(st.st_mode))
		return error_set(err, PYPROF_ERR_USAGE, "it is a folder, not a profile");
	if (!str_read_fd(bytes, fd, INPUT_MAX)) {
		if (errno == EFBIG)
			return too_large(err, "it is");
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot be read");
	}
	return bytes->failed ? error_nomem(err) : PYPROF_OK;
}

static enum pyprof_status open_and_load(struct str *bytes, const char *path,
					struct pyprof_error *err)
{
	enum pyprof_status status;
	int fd;

	if (!strcmp(path, "-"))
		return load(bytes, STDIN_FILENO, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot be opened");
	status = load(bytes, fd, err);
	close(fd);
	return status;
}

/* ---- gzip ------------------------------------------------------------------------- */

static bool is_gzip(const char *bytes, size_t len)
{
	return len > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

static enum pyprof_status broken(struct pyprof_error *err, const z_stream *z,
				 const struct str *bytes)
{
	return error_set(err, PYPROF_ERR_CORRUPT, "broken gzip data at byte %zu%s%s",
			 (size_t)((const char *)z->next_in - bytes->data),
			 z->msg ? ": " : ", where it ends too early", z->msg ? z->msg : "");
}

/* Room for what comes next: twice as much each time. */
static enum pyprof_status make_room(struct str *out, z_stream *z, struct pyprof_error *err)
{
	size_t want = out->cap < (1u << 16) ? 1u << 16 : out->cap * 2;
	char *data;

	if (want > INPUT_MAX + 1)
		want = INPUT_MAX + 1;
	if (out->len >= INPUT_MAX)
		return too_large(err, "unzipped it is");
	data = realloc(out->data, want);
	if (!data)
		return error_nomem(err);
	out->data = data;
	out->cap = want;
	z->next_out = (Bytef *)data + out->len;
	z->avail_out = (uInt)(want - out->len - 1 < (1u << 30) ? want - out->len - 1 : 1u << 30);
	return PYPROF_OK;
}

static enum pyprof_status inflate_all(struct str *out, z_stream *z, const struct str *bytes,
				      struct pyprof_error *err)
{
	size_t given = 0;

	for (;;) {
		uInt before;
		int result;

		if (!z->avail_in && given < bytes->len) {
			size_t piece = bytes->len - given;

			z->next_in = (Bytef *)bytes->data + given;
			z->avail_in = (uInt)(piece < (1u << 30) ? piece : 1u << 30);
			given += z->avail_in;
		}
		if (!z->avail_out) {
			enum pyprof_status status = make_room(out, z, err);

			if (status)
				return status;
		}
		before = z->avail_out;
		result = inflate(z, Z_NO_FLUSH);
		out->len += before - z->avail_out;
		if (result == Z_STREAM_END) {
			/* As gzip(1) has it: files may be put one behind the other. */
			if (!is_gzip((const char *)z->next_in, z->avail_in))
				return PYPROF_OK;
			inflateReset(z);
		} else if (result == Z_MEM_ERROR) {
			return error_nomem(err);
		} else if (result != Z_OK) {
			return broken(err, z, bytes);
		}
	}
}

static enum pyprof_status gunzip(struct str *out, const struct str *bytes,
				 struct pyprof_error *err)
{
	z_stream z = { 0 };
	enum pyprof_status status;

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return error_nomem(err);
	status = inflate_all(out, &z, bytes, err);
	inflateEnd(&z);
	if (out->data)
		out->data[out->len] = '\0';
	return status;
}

/* ---- the whole ----------------------------------------------------------------------- */

static enum pyprof_status read_bytes(struct profile **out, const char *data, size_t len,
				     const char *name, struct pyprof_error *err)
{
	const struct format *format = format_of_bytes(data, len, name, err);
	enum pyprof_status status;

	if (!format)
		return PYPROF_ERR_USAGE;
	status = format->read(out, data, len, err);
	if (status == PYPROF_ERR_CORRUPT && (!name || !*name) && err && !err->hint[0])
		error_hint(err, "it was taken for %s; if it is something else, say so with --from",
			   format->name);
	return status;
}

enum pyprof_status input_read(struct profile **out, const char *path, const char *format,
			      struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str bytes = STR_INIT;
	_cleanup_(str_deinit) struct str unzipped = STR_INIT;
	enum pyprof_status status;

	*out = NULL;
	status = open_and_load(&bytes, path, err);
	if (!status && is_gzip(str_cstr(&bytes), bytes.len)) {
		status = gunzip(&unzipped, &bytes, err);
		str_deinit(&bytes);
		if (!status)
			status = read_bytes(out, str_cstr(&unzipped), unzipped.len, format, err);
	} else if (!status) {
		status = read_bytes(out, str_cstr(&bytes), bytes.len, format, err);
	}
	if (status)
		error_prefix(err, "%.200s", strcmp(path, "-") != 0 ? path : "standard input");
	return status;
}
