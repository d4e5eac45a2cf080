/* SPDX-License-Identifier: MIT */
#include "cmd/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/message.h"

#define SHOWN_MAX 4096 /* bytes of the file's end */

static enum pyprof_status make_file(struct aside *aside, struct pyprof_error *err)
{
	const char *folder = getenv("TMPDIR");

	if (!folder || !folder[0] || strlen(folder) > sizeof(aside->path) - 64)
		folder = "/tmp";
	snprintf(aside->path, sizeof(aside->path), "%s/pyprof-output-XXXXXX", folder);
	aside->file = mkostemp(aside->path, O_CLOEXEC | O_APPEND);
	if (aside->file < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno,
				       "%.200s: what the program writes has no place", aside->path);
	return PYPROF_OK;
}

enum pyprof_status aside_begin(struct aside *aside, struct pyprof_error *err)
{
	enum pyprof_status status = make_file(aside, err);
	int nothing;

	if (status)
		return status;
	nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "/dev/null");
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 3; i++)
		aside->streams[i] = fcntl(i, F_DUPFD_CLOEXEC, 3);
	dup2(nothing, STDIN_FILENO);
	dup2(aside->file, STDOUT_FILENO);
	dup2(aside->file, STDERR_FILENO);
	close(nothing);
	return PYPROF_OK;
}

void aside_end(struct aside *aside)
{
	for (int i = 0; i < 3; i++) {
		if (aside->streams[i] < 0)
			continue;
		dup2(aside->streams[i], i);
		close(aside->streams[i]);
		aside->streams[i] = -1;
	}
}

/* The end of the file, from the beginning of a line on. */
static void show_end(const struct aside *aside, off_t size)
{
	char bytes[SHOWN_MAX + 1];
	off_t from = size > SHOWN_MAX ? size - SHOWN_MAX : 0;
	ssize_t n = pread(aside->file, bytes, SHOWN_MAX, from);
	char *line = bytes, *rest;

	if (n <= 0)
		return;
	bytes[n] = '\0';
	if (from && (rest = strchr(bytes, '\n')))
		line = rest + 1;
	for (; line && *line; line = rest) {
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		message_note("the program wrote: %s", line);
	}
}

void aside_tell(struct aside *aside, bool show)
{
	struct stat st;

	if (aside->file < 0)
		return;
	if (fstat(aside->file, &st) < 0)
		st.st_size = 0;
	if (show)
		show_end(aside, st.st_size);
	if (st.st_size == 0 || (show && st.st_size <= SHOWN_MAX))
		unlink(aside->path);
	else
		message_note("what the program wrote is in %s", aside->path);
	close(aside->file);
	aside->file = -1;
}
