/* SPDX-License-Identifier: MIT */
#include "format/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "format/output_place.h"

#define BUFFER_SIZE (64u << 10)

/*
 * What lies below the FILE: it keeps the errno of the first write that failed, which stdio
 * forgets, and drops the rest at once.
 */
struct output_sink {
	int fd;
	int os_errno; /* 0: all well so far */
};

/* Writes it all; 0 or an errno. */
static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n >= 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* Somebody else made our standard output non-blocking. */
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

static ssize_t sink_write(void *cookie, const char *bytes, size_t len)
{
	struct output_sink *sink = cookie;

	if (!sink->os_errno)
		sink->os_errno = write_all(sink->fd, bytes, len);
	if (!sink->os_errno)
		return (ssize_t)len;
	errno = sink->os_errno;
	return 0;
}

/* 0 or an errno; pipes and devices need no syncing and say so. */
static int sync_fd(int fd)
{
	if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS)
		return 0;
	return errno;
}

static void clear(struct output *output)
{
	free(output->path);
	free(output->temporary);
	free(output->sink);
	*output = (struct output)OUTPUT_INIT;
}

/* Takes over `fd`. */
static enum pyprof_status open_sink(struct output *output, int fd, struct pyprof_error *err)
{
	static const cookie_io_functions_t functions = { .write = sink_write };

	output->sink = malloc(sizeof(*output->sink));
	if (output->sink) {
		*output->sink = (struct output_sink){ .fd = fd };
		output->file = fopencookie(output->sink, "w", functions);
	}
	if (!output->file) {
		close(fd);
		return error_nomem(err);
	}
	setvbuf(output->file, NULL, _IOFBF, BUFFER_SIZE);
	return PYPROF_OK;
}

enum pyprof_status output_open(struct output *output, const char *path,
			       struct pyprof_error *err)
{
	struct output_place place;
	enum pyprof_status status;
	int fd;

	*output = (struct output)OUTPUT_INIT;
	status = output_place_find(&place, path, err);
	if (status)
		return status;
	if (place.way == OUTPUT_REPLACE)
		status = output_place_create(&place, &fd, &output->temporary, err);
	else
		status = output_place_open(&place, &fd, err);
	output->path = take_ptr(place.path);
	if (!status) {
		status = open_sink(output, fd, err);
		if (status && output->temporary)
			unlink(output->temporary);
	}
	if (status)
		clear(output);
	return status;
}

/* Closes what is open; 0, or the errno of the first thing that went wrong. */
static int close_file(struct output *output, bool sync)
{
	struct output_sink *sink = output->sink;
	bool failed = ferror(output->file);
	int os_errno;

	failed |= fclose(output->file) != 0;
	output->file = NULL;
	os_errno = sink->os_errno;
	if (failed && !os_errno)
		os_errno = EIO;
	if (sync && !os_errno)
		os_errno = sync_fd(sink->fd);
	/* Network file systems may say only now that there was no room. */
	if (close(sink->fd) != 0 && errno != EINTR && !os_errno)
		os_errno = errno;
	return os_errno;
}

enum pyprof_status output_commit(struct output *output, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	int os_errno;

	if (!output->file)
		return error_set(err, PYPROF_ERR_USAGE, "there is no output to be finished");
	os_errno = close_file(output, true);
	if (!os_errno && output->temporary &&
	    rename(output->temporary, output->path) != 0)
		os_errno = errno;
	if (os_errno) {
		if (output->temporary)
			unlink(output->temporary);
		status = output_place_error(err, os_errno, output->path);
	} else if (output->temporary) {
		output_place_sync_folder(output->path);
	}
	clear(output);
	return status;
}

void output_abandon(struct output *output)
{
	if (!output->file)
		return;
	if (output->temporary) {
		/* What is still buffered need not reach the disk. */
		output->sink->os_errno = ECANCELED;
		unlink(output->temporary);
	}
	close_file(output, false);
	clear(output);
}

/* ---- asking before --------------------------------------------------------------- */

/* As much as a small profile; a file system that is full has not even that. */
static int try_write(int fd)
{
	static const char block[4096];
	int os_errno = 0;

	for (size_t done = 0; !os_errno && done < BUFFER_SIZE; done += sizeof(block))
		os_errno = write_all(fd, block, sizeof(block));
	return os_errno ? os_errno : sync_fd(fd);
}

static enum pyprof_status check_replace(const struct output_place *place,
					struct pyprof_error *err)
{
	_cleanup_free_ char *temporary = NULL;
	int fd, os_errno;
	enum pyprof_status status = output_place_create(place, &fd, &temporary, err);

	if (status)
		return status;
	os_errno = try_write(fd);
	if (close(fd) != 0 && errno != EINTR && !os_errno)
		os_errno = errno;
	unlink(temporary);
	return os_errno ? output_place_error(err, os_errno, place->path) : PYPROF_OK;
}

static enum pyprof_status check_in_place(const struct output_place *place,
					 struct pyprof_error *err)
{
	int os_errno = 0;

	if (S_ISSOCK(place->stat.st_mode))
		os_errno = ENXIO;
	else if (faccessat(AT_FDCWD, place->path, W_OK, AT_EACCESS) != 0)
		os_errno = errno;
	return os_errno ? output_place_error(err, os_errno, place->path) : PYPROF_OK;
}

static enum pyprof_status check_stdout(struct pyprof_error *err)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno,
				       "cannot write to standard output");
	if ((flags & O_ACCMODE) == O_RDONLY)
		return error_set(err, PYPROF_ERR_IO,
				 "cannot write to standard output: it is open for reading");
	return PYPROF_OK;
}

enum pyprof_status output_check(const char *path, struct pyprof_error *err)
{
	struct output_place place;
	enum pyprof_status status = output_place_find(&place, path, err);

	if (status)
		return status;
	switch (place.way) {
	case OUTPUT_STDOUT:
		status = check_stdout(err);
		break;
	case OUTPUT_IN_PLACE:
		status = check_in_place(&place, err);
		break;
	case OUTPUT_REPLACE:
		status = check_replace(&place, err);
		break;
	}
	output_place_deinit(&place);
	return status;
}
