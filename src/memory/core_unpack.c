/* SPDX-License-Identifier: MIT */
/* A core file as a file that can be read anywhere: itself, or what is compressed in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/cleanup.h"
#include "memory/core_parts.h"

#define CHUNK (256u << 10)
/* Blocks of nothing but zeros become holes of the temporary file, as most are in a core. */
#define BLOCK 4096u

struct unpack {
	const char *path;
	int in, out;
	uint64_t written;
	uint8_t *in_buf, *out_buf; /* CHUNK bytes each */
	size_t in_len;
	uint64_t in_at; /* byte of the compressed file behind in_buf */
	bool cut;
	struct pyprof_error *err;
};

/* ---- the temporary file ---------------------------------------------------------------- */

/* Cores are large, and /tmp often is memory: /var/tmp, unless the user says where. */
static const char *temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/var/tmp";
}

static enum pyprof_status open_temporary(struct unpack *u)
{
	const char *folder = temporary_folder();
	_cleanup_(str_deinit) struct str name = STR_INIT;

	u->out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (u->out >= 0)
		return PYPROF_OK;
	str_printf(&name, "%s/pyprof-core-XXXXXX", folder);
	if (name.failed)
		return error_nomem(u->err);
	u->out = mkostemp(name.data, O_CLOEXEC);
	if (u->out >= 0) {
		unlink(name.data);
		return PYPROF_OK;
	}
	error_set_errno(u->err, PYPROF_ERR_IO, errno, "%s: cannot unpack it into %s", u->path,
			folder);
	error_hint(u->err, "set TMPDIR to a folder with room for it");
	return PYPROF_ERR_IO;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	return !len || (!bytes[0] && memcmp(bytes, bytes + 1, len - 1) == 0);
}

static bool write_at(int fd, const uint8_t *bytes, size_t len, uint64_t at)
{
	while (len) {
		ssize_t put = pwrite(fd, bytes, len, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes += put;
		at += (uint64_t)put;
		len -= (size_t)put;
	}
	return true;
}

static enum pyprof_status write_unpacked(struct unpack *u, size_t len)
{
	if (len > CORE_UNPACKED_MAX - u->written)
		return error_set(u->err, PYPROF_ERR_LIMIT,
				 "%s: there are more than %llu GiB in it", u->path,
				 CORE_UNPACKED_MAX >> 30);
	for (size_t done = 0; done < len;) {
		size_t part = len - done < BLOCK ? len - done : BLOCK;

		if (!all_zero(u->out_buf + done, part) &&
		    !write_at(u->out, u->out_buf + done, part, u->written + done)) {
			error_set_errno(u->err, PYPROF_ERR_IO, errno,
					"%s: cannot unpack it into %s", u->path,
					temporary_folder());
			error_hint(u->err, "set TMPDIR to a folder with room for it");
			return PYPROF_ERR_IO;
		}
		done += part;
	}
	u->written += len;
	return PYPROF_OK;
}

/* ---- what is compressed ------------------------------------------------------------------ */

/* Fills in_buf with what comes next; in_len 0 at the end. */
static enum pyprof_status refill(struct unpack *u)
{
	ssize_t got;

	do
		got = read(u->in, u->in_buf, CHUNK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set_errno(u->err, PYPROF_ERR_IO, errno, "%s: cannot read it",
				       u->path);
	u->in_len = (size_t)got;
	u->in_at += (uint64_t)got;
	return PYPROF_OK;
}

static enum pyprof_status damaged(struct unpack *u, const char *kind, const char *why,
				  size_t left)
{
	return error_set(u->err, PYPROF_ERR_CORRUPT, "%s: its %s data is damaged (%s) near byte "
			 "%llu", u->path, kind, why, (unsigned long long)(u->in_at - left));
}

/* zlib's inflate over all members; what it makes of each chunk of ours goes out at once. */
static enum pyprof_status gunzip_stream(struct unpack *u, z_stream *z)
{
	enum pyprof_status status = PYPROF_OK;
	int code = Z_STREAM_END;

	while (status == PYPROF_OK) {
		if (!z->avail_in) {
			status = refill(u);
			z->next_in = u->in_buf;
			z->avail_in = (uInt)u->in_len;
			if (status || !u->in_len)
				break;
		}
		if (code == Z_STREAM_END)
			inflateReset(z);
		z->next_out = u->out_buf;
		z->avail_out = CHUNK;
		code = inflate(z, Z_NO_FLUSH);
		if (code == Z_MEM_ERROR)
			return error_nomem(u->err);
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return damaged(u, "gzip", z->msg ? z->msg : "no gzip", z->avail_in);
		status = write_unpacked(u, CHUNK - z->avail_out);
	}
	/* What inflate still holds back comes without input. */
	while (status == PYPROF_OK && code == Z_OK) {
		z->next_out = u->out_buf;
		z->avail_out = CHUNK;
		code = inflate(z, Z_NO_FLUSH);
		if (z->avail_out == CHUNK)
			break;
		status = write_unpacked(u, CHUNK - z->avail_out);
	}
	u->cut = code != Z_STREAM_END;
	return status;
}

static enum pyprof_status gunzip(struct unpack *u)
{
	z_stream z = { .avail_in = 0 };
	enum pyprof_status status;

	/* 15 bits of window, 16 for "gzip, and nothing else". */
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return error_nomem(u->err);
	status = gunzip_stream(u, &z);
	inflateEnd(&z);
	return status;
}

static enum pyprof_status zstd_failed(struct unpack *u, size_t code, size_t left)
{
	if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
		return error_nomem(u->err);
	if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
		error_set(u->err, PYPROF_ERR_LIMIT, "%s: its zstd data needs a window of more "
			  "than 128 MiB", u->path);
		error_hint(u->err, "unpack it by `zstd -d --long=31`");
		return PYPROF_ERR_LIMIT;
	}
	return damaged(u, "zstd", ZSTD_getErrorName(code), left);
}

static enum pyprof_status unzstd_stream(struct unpack *u, ZSTD_DStream *stream)
{
	ZSTD_inBuffer in = { .src = u->in_buf };
	enum pyprof_status status = PYPROF_OK;
	bool full = false; /* there may be more to come of what was given */
	size_t code = 0;

	while (status == PYPROF_OK) {
		ZSTD_outBuffer out = { .dst = u->out_buf, .size = CHUNK };

		if (in.pos == in.size && !full) {
			status = refill(u);
			in.pos = 0;
			in.size = u->in_len;
			if (status || !u->in_len)
				break;
		}
		code = ZSTD_decompressStream(stream, &out, &in);
		if (ZSTD_isError(code))
			return zstd_failed(u, code, in.size - in.pos);
		/* A frame that is done has given all; asked again, it would be a new one. */
		full = code && out.pos == out.size;
		status = write_unpacked(u, out.pos);
	}
	u->cut = code != 0;
	return status;
}

static enum pyprof_status unzstd(struct unpack *u)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	enum pyprof_status status;

	if (!stream)
		return error_nomem(u->err);
	status = unzstd_stream(u, stream);
	ZSTD_freeDStream(stream);
	return status;
}

/* ---- which one it is ----------------------------------------------------------------------- */

typedef enum pyprof_status unpack_fn(struct unpack *u);

static enum pyprof_status run(struct unpack *u, unpack_fn *fn)
{
	enum pyprof_status status = open_temporary(u);

	if (status)
		return status;
	u->in_buf = malloc(CHUNK);
	u->out_buf = malloc(CHUNK);
	status = u->in_buf && u->out_buf ? fn(u) : error_nomem(u->err);
	free(u->in_buf);
	free(u->out_buf);
	/* A hole at the end has to be there too. */
	if (!status && ftruncate(u->out, (off_t)u->written) < 0)
		status = error_set_errno(u->err, PYPROF_ERR_IO, errno,
					 "%s: cannot unpack it into %s", u->path,
					 temporary_folder());
	return status;
}

static enum pyprof_status other_packing(const char *path, const char *kind, const char *tool,
					struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_UNSUPPORTED, "%s is compressed by %s, which pyprof does not read",
		  path, kind);
	error_hint(err, "unpack it by `%s`, or get it by `coredumpctl dump -o FILE`", tool);
	return PYPROF_ERR_UNSUPPORTED;
}

static enum pyprof_status open_given(int *fd, uint64_t *size, const char *path,
				     struct pyprof_error *err)
{
	struct stat st;

	/* What is no file (a FIFO) must not hold us up. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot open the core file %s",
				       path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, PYPROF_ERR_IO, "cannot read the core file %s: it is no "
				 "regular file", path);
	*size = (uint64_t)st.st_size;
	return PYPROF_OK;
}

enum pyprof_status core_unpack(int *fd, uint64_t *size, bool *cut, const char *path,
			       struct pyprof_error *err)
{
	static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	static const uint8_t lz4_magic[] = { 0x04, 0x22, 0x4d, 0x18 };
	static const uint8_t xz_magic[] = { 0xfd, '7', 'z', 'X', 'Z' };
	_cleanup_fd_ int given = -1;
	struct unpack u = { .path = path, .out = -1, .err = err };
	uint8_t magic[5] = { 0 };
	unpack_fn *fn = NULL;
	enum pyprof_status status = open_given(&given, size, path, err);
	ssize_t got;

	*fd = -1;
	*cut = false;
	if (status)
		return status;
	got = pread(given, magic, sizeof(magic), 0);
	if (got < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read the core file %s",
				       path);
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		fn = gunzip;
	else if (!memcmp(magic, zstd_magic, sizeof(zstd_magic)))
		fn = unzstd;
	else if (!memcmp(magic, lz4_magic, sizeof(lz4_magic)))
		return other_packing(path, "lz4", "unlz4", err);
	else if (!memcmp(magic, xz_magic, sizeof(xz_magic)))
		return other_packing(path, "xz", "unxz", err);
	else if (!memcmp(magic, "BZh", 3))
		return other_packing(path, "bzip2", "bunzip2", err);
	if (!fn) {
		*fd = take_fd(&given);
		return PYPROF_OK;
	}
	u.in = given;
	status = run(&u, fn);
	if (status) {
		cleanup_fd(&u.out);
		return status;
	}
	*fd = u.out;
	*size = u.written;
	*cut = u.cut;
	return PYPROF_OK;
}
