/* SPDX-License-Identifier: MIT */
#include "tui/save.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

void save_default_path(char *buf, size_t size, pid_t pid)
{
	char stamp[CLOCK_STAMP_MAX];

	clock_stamp(stamp);
	snprintf(buf, size, "pyprof-%d-%s.svg", (int)pid, stamp);
}

/* In the child: nothing of ours may run twice, so it ends without any cleaning up. */
static _Noreturn void write_in_child(int answer, const struct pyprof_recorder *recorder,
				     const struct pyprof_write_opts *opts, const char *path)
{
	struct pyprof_error err = { 0 };

	/* What ends the recording does not end a file that is half written. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	if (!pyprof_recorder_write(recorder, path, opts, &err))
		error_clear(&err);
	_exit(write(answer, &err, sizeof(err)) == (ssize_t)sizeof(err) ? 0 : 1);
}

/* Standard output is the screen, and a pipe may never be read: the end would wait for it. */
static enum pyprof_status check(const char *path, const struct pyprof_write_opts *opts,
				struct pyprof_error *err)
{
	struct stat st;

	if (!strcmp(path, "-") || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return error_set(err, PYPROF_ERR_USAGE, "%.200s is no file: name one", path);
	return pyprof_output_check(path, opts->format, NULL, err);
}

enum pyprof_status save_begin(struct save *save, struct pyprof_recorder *recorder,
			      const struct pyprof_write_opts *opts, const char *path,
			      struct pyprof_error *err)
{
	enum pyprof_status status = check(path, opts, err);
	int ends[2];

	if (status)
		return status;
	if (save->child)
		return error_set(err, PYPROF_ERR_IO, "%.100s is still being written", save->path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "%.200s", path);
	save->child = fork();
	if (save->child == 0)
		write_in_child(ends[1], recorder, opts, path);
	if (save->child < 0) {
		error_set_errno(err, PYPROF_ERR_IO, errno, "%.200s", path);
		save->child = 0;
		close(ends[0]);
		close(ends[1]);
		return PYPROF_ERR_IO;
	}
	close(ends[1]);
	pyprof_recorder_leave_out(recorder, save->child);
	save->answer = ends[0];
	snprintf(save->path, sizeof(save->path), "%s", path);
	return PYPROF_OK;
}

bool save_poll(struct save *save, struct pyprof_recorder *recorder, bool wait,
	       struct pyprof_error *err)
{
	pid_t ended;

	if (!save->child)
		return false;
	do
		ended = waitpid(save->child, NULL, wait ? 0 : WNOHANG);
	while (ended < 0 && errno == EINTR);
	if (ended == 0)
		return false;
	/*
	 * The answer is as small as a pipe takes at once. Its status is not asked: where SIGCHLD is
	 * ignored nobody is told of it (ECHILD).
	 */
	if (read(save->answer, err, sizeof(*err)) != (ssize_t)sizeof(*err))
		error_set(err, PYPROF_ERR_IO, "%.200s: the process that wrote it was ended",
			  save->path);
	close(save->answer);
	save->child = 0;
	pyprof_recorder_leave_out(recorder, 0);
	return true;
}
