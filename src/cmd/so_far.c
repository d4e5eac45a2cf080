/* SPDX-License-Identifier: MIT */
#include "cmd/so_far.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cmd/signals.h"
#include "cmd/summary.h"

/* How many files of one second there may be of others. */
#define NAME_TRIES 1000

/* What a child tells us, at once: less than a pipe takes in one piece. */
struct result {
	enum pyprof_status status;
	struct stat st; /* of what was written */
	struct pyprof_error err;
};

void so_far_init(struct so_far *so_far, const struct so_far_opts *opts)
{
	*so_far = (struct so_far){ .opts = *opts, .result_fd = -1 };
}

void so_far_deinit(struct so_far *so_far)
{
	for (size_t i = 0; i < so_far->n_files; i++)
		free(so_far->files[i].path);
	free(so_far->files);
	free(so_far->path);
	pyprof_mark_destroy(so_far->mark);
	pyprof_mark_destroy(so_far->next_mark);
}

/* ---- names ------------------------------------------------------------------- */

/* Where the ending begins, which says the format: ".pb.gz", not ".gz"; else behind the last dot. */
static const char *ending_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot;
	struct pyprof_format format = PYPROF_FORMAT_INIT;
	size_t len = strlen(name), longest = 0;

	for (size_t i = 0; pyprof_format(i, &format); i++)
		for (const char *const *e = format.endings; *e; e++) {
			size_t n = strlen(*e);

			if (n > longest && n < len && !strcasecmp(name + len - n, *e))
				longest = n;
		}
	if (longest)
		return name + len - longest;
	dot = strrchr(name, '.');
	return dot && dot > name ? dot : name + len;
}

void so_far_name(struct str *out, const char *path, const char *stamp, unsigned n)
{
	const char *ending = ending_of(path);

	str_add(out, path, (size_t)(ending - path));
	str_printf(out, ".%s", stamp);
	if (n)
		str_printf(out, "_%u", n); /* which comes after "." */
	str_add_cstr(out, ending);
}

/* One that nobody has. NULL: no memory, or (errno) others have them all. */
static char *new_name(const char *path)
{
	char stamp[CLOCK_STAMP_MAX];
	struct stat st;

	clock_stamp(stamp);
	for (unsigned n = 0; n < NAME_TRIES; n++) {
		struct str name = STR_INIT;

		so_far_name(&name, path, stamp, n);
		if (name.failed || lstat(str_cstr(&name), &st) != 0)
			return str_take(&name);
		str_deinit(&name);
	}
	errno = EEXIST;
	return NULL;
}

bool so_far_is_file(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return false;
	return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

static enum pyprof_status no_file(const char *what, const char *path, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE, "%s needs a file to write, and %.200s is none", what,
		  strcmp(path, "-") != 0 ? path : "standard output");
	error_hint(err, "name one: -o app.svg");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status so_far_check(const struct so_far_opts *opts, const char *format,
				struct pyprof_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (!opts->every_ns)
		return PYPROF_OK;
	if (!so_far_is_file(opts->path))
		return no_file("--write-every", opts->path, err);
	name = new_name(opts->path);
	return name ? pyprof_output_check(name, format, NULL, err) : error_nomem(err);
}

/* ---- files that we wrote ------------------------------------------------------- */

/* Only what we wrote, and nobody replaced, is ours to remove. */
static void remove_file(const struct so_far_file *file)
{
	struct stat st;

	if (lstat(file->path, &st) != 0 || st.st_dev != file->dev || st.st_ino != file->ino)
		return;
	if (unlink(file->path) != 0)
		log_info("cannot remove %s: %s", file->path, strerror(errno));
}

static void drop_oldest(struct so_far *so_far)
{
	remove_file(&so_far->files[0]);
	free(so_far->files[0].path);
	so_far->n_files--;
	memmove(so_far->files, so_far->files + 1, so_far->n_files * sizeof(*so_far->files));
}

/* Takes over `path`. Where memory is short the file stays. */
static void add_file(struct so_far *so_far, char *path, const struct stat *st)
{
	if (!so_far->opts.keep || !st->st_ino ||
	    !array_grow(so_far->files, so_far->n_files, so_far->cap_files)) {
		free(path);
		return;
	}
	so_far->files[so_far->n_files++] =
		(struct so_far_file){ .path = path, .dev = st->st_dev, .ino = st->st_ino };
	while (so_far->n_files > so_far->opts.keep)
		drop_oldest(so_far);
}

/* ---- what is said ----------------------------------------------------------------- */

static void say_error(struct so_far *so_far, const struct pyprof_error *err, bool asked)
{
	struct pyprof_error said = *err;

	/* A disk that stays full is not worth a line a minute. */
	if (!asked && so_far->last_status == err->status && so_far->last_errno == err->os_errno)
		return;
	if (!asked) {
		so_far->last_status = err->status;
		so_far->last_errno = err->os_errno;
	}
	error_set(&said, err->status, "%.320s; the recording goes on", err->message);
	snprintf(said.hint, sizeof(said.hint), "%s", err->hint);
	so_far->opts.say(so_far->opts.arg, NULL, asked, &said);
}

static void say_written(struct so_far *so_far, const char *path, bool asked)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (!asked)
		so_far->last_status = PYPROF_OK;
	str_printf(&text, "wrote %s", path);
	if (asked) {
		str_add_cstr(&text, " so far: ");
		summary_text(&text, &so_far->stats, PYPROF_END_RUNNING);
	}
	so_far->opts.say(so_far->opts.arg, str_cstr(&text), asked, NULL);
}

/* ---- the end of a child ------------------------------------------------------------- */

/* What it said before it ended, or that it did not come to that. */
static void read_result(int fd, int status, bool known, const char *path, struct result *result)
{
	if (read(fd, result, sizeof(*result)) == (ssize_t)sizeof(*result))
		return;
	result->status = PYPROF_ERR_IO;
	if (known && WIFSIGNALED(status))
		error_set(&result->err, PYPROF_ERR_IO,
			  "cannot write \"%.200s\": the process that wrote it was ended by signal %d",
			  path, WTERMSIG(status));
	else
		error_set(&result->err, PYPROF_ERR_IO,
			  "cannot write \"%.200s\": the process that wrote it was ended", path);
}

/* The next file of --write-every begins where this one ended. */
static void timed_written(struct so_far *so_far, const struct stat *st)
{
	pyprof_mark_destroy(so_far->mark);
	so_far->mark = take_ptr(so_far->next_mark);
	so_far->mark_ticks = so_far->stats.ticks;
	add_file(so_far, take_ptr(so_far->path), st);
}

/* True: no child writes (any more). */
static bool reap(struct so_far *so_far, struct pyprof_recorder *recorder, bool block)
{
	struct result result = { 0 };
	int status = 0;
	pid_t got;

	if (!so_far->child)
		return true;
	do {
		got = waitpid(so_far->child, &status, block ? 0 : WNOHANG);
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		return false;
	/* Where SIGCHLD is ignored it has ended too, and nobody knows how (ECHILD). */
	read_result(so_far->result_fd, status, got > 0, so_far->path, &result);
	close(so_far->result_fd);
	so_far->result_fd = -1;
	so_far->child = 0;
	pyprof_recorder_leave_out(recorder, 0);
	if (result.status) {
		say_error(so_far, &result.err, !so_far->timed);
	} else {
		say_written(so_far, so_far->path, !so_far->timed);
		if (so_far->timed)
			timed_written(so_far, &result.st);
	}
	free(take_ptr(so_far->path));
	pyprof_mark_destroy(take_ptr(so_far->next_mark));
	return true;
}

/* ---- the beginning of a child -------------------------------------------------------- */

/* Writes, and notes which file that became, at once: it may be replaced at any time. */
static enum pyprof_status write_now(const struct so_far *so_far, bool timed, struct stat *st,
				    struct pyprof_error *err)
{
	enum pyprof_status status = so_far->opts.write(so_far->opts.arg, so_far->path,
						       timed ? so_far->mark : NULL, err);

	if (status || lstat(so_far->path, st) != 0)
		*st = (struct stat){ 0 };
	return status;
}

__attribute__((noreturn)) static void write_in_child(const struct so_far *so_far, int fd)
{
	struct result result = { 0 };
	ssize_t ignored;

	result.status = write_now(so_far, so_far->timed, &result.st, &result.err);
	ignored = write(fd, &result, sizeof(result));
	(void)ignored;
	_exit(0); /* nothing that is registered for our own end, nor what stdio still holds */
}

/* In the child all signals are blocked until ours are not caught any more. */
static pid_t fork_quietly(void)
{
	sigset_t all, before;
	int os_errno;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		signals_in_writer();
	os_errno = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = os_errno;
	return pid;
}

static enum pyprof_status start_child(struct so_far *so_far, struct pyprof_recorder *recorder,
				      struct pyprof_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot make a pipe");
	so_far->child = fork_quietly();
	if (so_far->child == 0)
		write_in_child(so_far, fds[1]);
	close(fds[1]);
	if (so_far->child > 0) {
		so_far->result_fd = fds[0];
		pyprof_recorder_leave_out(recorder, so_far->child);
		return PYPROF_OK;
	}
	so_far->child = 0;
	error_set_errno(err, PYPROF_ERR_IO, errno, "cannot start a process to write \"%.200s\"",
			so_far->path);
	close(fds[0]);
	return PYPROF_ERR_IO;
}

/* What is written, and where. */
static enum pyprof_status prepare(struct so_far *so_far, struct pyprof_recorder *recorder,
				  bool timed, struct pyprof_error *err)
{
	so_far->timed = timed;
	pyprof_recorder_stats(recorder, &so_far->stats);
	if (!timed && !so_far_is_file(so_far->opts.path))
		return no_file("SIGUSR1", so_far->opts.path, err);
	errno = ENOMEM;
	so_far->path = timed ? new_name(so_far->opts.path) : strdup(so_far->opts.path);
	if (!so_far->path)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "no name beside \"%.200s\"",
				       so_far->opts.path);
	if (timed && !so_far->opts.whole)
		return pyprof_recorder_mark(recorder, &so_far->next_mark, err);
	return PYPROF_OK;
}

static void start(struct so_far *so_far, struct pyprof_recorder *recorder, bool timed)
{
	struct pyprof_error err;

	if (!prepare(so_far, recorder, timed, &err) && !start_child(so_far, recorder, &err))
		return;
	say_error(so_far, &err, !timed);
	free(take_ptr(so_far->path));
	pyprof_mark_destroy(take_ptr(so_far->next_mark));
}

/* ---- while it records ---------------------------------------------------------------- */

/* Times that passed while a file was written are not made up for. */
static bool is_due(struct so_far *so_far)
{
	uint64_t now = clock_monotonic_ns(), every = so_far->opts.every_ns;

	if (!every)
		return false;
	if (!so_far->due_ns)
		so_far->due_ns = now + every;
	if (now < so_far->due_ns)
		return false;
	so_far->due_ns += every + (now - so_far->due_ns) / every * every;
	return true;
}

void so_far_tick(struct so_far *so_far, struct pyprof_recorder *recorder)
{
	struct pyprof_stats stats;

	so_far->asked |= signals_write_asked();
	if (!reap(so_far, recorder, false))
		return;
	if (so_far->asked) {
		/* What came before the first look waits for it. */
		pyprof_recorder_stats(recorder, &stats);
		if (!stats.ticks)
			return;
		so_far->asked = false;
		start(so_far, recorder, false);
	} else if (is_due(so_far)) {
		start(so_far, recorder, true);
	}
}

/* ---- the end -------------------------------------------------------------------------- */

enum pyprof_status so_far_finish(struct so_far *so_far, struct pyprof_recorder *recorder,
				 struct pyprof_error *err)
{
	enum pyprof_status status;
	struct stat st;

	reap(so_far, recorder, true);
	pyprof_recorder_stats(recorder, &so_far->stats);
	if (!so_far->opts.every_ns || so_far->stats.ticks == so_far->mark_ticks)
		return PYPROF_OK;
	so_far->path = new_name(so_far->opts.path);
	if (!so_far->path)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "no name beside \"%.200s\"",
				       so_far->opts.path);
	status = write_now(so_far, true, &st, err);
	if (!status) {
		say_written(so_far, so_far->path, false);
		timed_written(so_far, &st);
	}
	free(take_ptr(so_far->path));
	return status;
}
