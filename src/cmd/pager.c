/* SPDX-License-Identifier: MIT */
#include "cmd/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/message.h"

#define USUAL_WIDTH  80
#define USUAL_HEIGHT 24
#define MOST	     10000 /* columns or lines; more is no terminal's size */

/* Exit statuses of a shell that could not run its command. */
#define NOT_EXECUTABLE 126
#define NOT_FOUND      127

/* A number of the environment's, or of the terminal's; else the usual one. */
static unsigned size_of(const char *variable, unsigned told, unsigned usual)
{
	const char *text = getenv(variable);
	char *end;
	long value = text ? strtol(text, &end, 10) : 0;

	if (text && *text && !*end && value > 0 && value < MOST)
		return (unsigned)value;
	return told > 0 && told < MOST ? told : usual;
}

/* Is there a program of this name? */
static bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	while (path && *path) {
		size_t len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)(len < 4000 ? len : 4000), path, name);
		if (len && access(file, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

/* The pager's command line; NULL: none. */
static const char *find_pager(void)
{
	const char *pager = getenv("PAGER");

	if (is_dumb())
		return NULL; /* less would ask for patience, and wait */

	if (!pager)
		return in_path("less") ? "less" : NULL;
	return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

/* less shows escapes as text where its options do not say otherwise. */
static bool pager_shows_colors(void)
{
	const char *pager = find_pager(), *options = getenv("LESS");

	if (!pager || strncmp(pager, "less", 4) != 0 || !options)
		return true;
	return strpbrk(options, "Rr") || strpbrk(pager + 4, "Rr");
}

struct screen screen_find(bool pager)
{
	const char *no_color = getenv("NO_COLOR");
	struct winsize size = { 0 };
	struct screen screen = { .terminal = isatty(STDOUT_FILENO) == 1 };

	if (!screen.terminal)
		return screen;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	screen.width = size_of("COLUMNS", size.ws_col, USUAL_WIDTH);
	screen.height = size_of("LINES", size.ws_row, USUAL_HEIGHT);
	screen.color = !(no_color && *no_color) && !is_dumb() && (!pager || pager_shows_colors());
	return screen;
}

/* The environment with LESS and LV where they are not set, as git has them; NULL: no memory. */
static char **pager_environment(void)
{
	size_t n = 0;
	char **copy;

	while (environ[n])
		n++;
	copy = calloc(n + 3, sizeof(*copy));
	if (!copy)
		return NULL;
	memcpy(copy, environ, n * sizeof(*copy));
	if (!getenv("LESS"))
		copy[n++] = (char *)(uintptr_t)"LESS=FRX";
	if (!getenv("LV"))
		copy[n++] = (char *)(uintptr_t)"LV=-c";
	return copy;
}

/* Starts it with the reading end of a pipe as its input; returns the other end, or -1. */
static int start(const char *pager, pid_t *pid)
{
	char *argv[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
			 (char *)(uintptr_t)pager, NULL };
	_cleanup_free_ char **environment = pager_environment();
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int ends[2];
	bool ok;

	if (!environment || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE); /* which we ignore */
	ok = posix_spawn_file_actions_init(&actions) == 0;
	if (ok && posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&actions);
		ok = false;
	}
	if (ok) {
		posix_spawnattr_setsigdefault(&attributes, &defaults);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
		ok = posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO) == 0 &&
		     posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environment) == 0;
		posix_spawn_file_actions_destroy(&actions);
		posix_spawnattr_destroy(&attributes);
	}
	close(ends[0]);
	if (ok)
		return ends[1];
	close(ends[1]);
	return -1;
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the reader has seen enough */
		text += n;
		len -= (size_t)n;
	}
}

/*
 * Ctrl-C is the pager's: it ends when its user says so, and we after it. False: it could not be
 * run, as the shell says by its own exit status and in words of its own.
 */
static bool feed(pid_t pid, int fd, const char *text, size_t len)
{
	void (*on_int)(int) = signal(SIGINT, SIG_IGN);
	void (*on_quit)(int) = signal(SIGQUIT, SIG_IGN);
	int status = 0;

	write_all(fd, text, len);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	signal(SIGINT, on_int);
	signal(SIGQUIT, on_quit);
	return !WIFEXITED(status) || (WEXITSTATUS(status) != NOT_EXECUTABLE &&
				      WEXITSTATUS(status) != NOT_FOUND);
}

static int write_plain(const char *text, size_t len)
{
	struct pyprof_error err;

	errno = EIO;
	if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	if (errno == EPIPE) { /* whoever asked has seen enough */
		clearerr(stdout);
		return EXIT_FAILURE;
	}
	error_set_errno(&err, PYPROF_ERR_IO, errno, "cannot write standard output");
	clearerr(stdout);
	return message_error(&err);
}

static int write_text(const struct screen *screen, bool pager, const char *text, size_t len)
{
	const char *command = screen->terminal && pager ? find_pager() : NULL;
	pid_t pid = 0;
	int fd = -1;

	if (command && *command) {
		fflush(stdout);
		fd = start(command, &pid);
	}
	if (fd < 0 || !feed(pid, fd, text, len))
		return write_plain(text, len);
	return EXIT_SUCCESS;
}

enum pyprof_status pager_show(const struct screen *screen, bool pager, pager_text_fn *text,
			      void *arg, int *exit_status, struct pyprof_error *err)
{
	_cleanup_free_ char *bytes = NULL;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);
	enum pyprof_status status;
	bool failed;

	if (!out)
		return error_nomem(err);
	status = text(arg, out, err);
	failed = fflush(out) || ferror(out);
	if ((fclose(out) || failed || !bytes) && !status)
		status = error_nomem(err);
	if (!status)
		*exit_status = write_text(screen, pager, bytes, len);
	return status;
}
