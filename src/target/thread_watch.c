/* SPDX-License-Identifier: MIT */
#include "target/thread_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/thread_table.h"

/* "task/2147483647/syscall" */
#define PATH_MAX_BYTES 40

/* Enough for a tid, a name and the first numbers of "stat"; "syscall" is shorter up to there. */
#define TEXT_MAX (THREAD_COMM_MAX + 64)

static int open_file(const struct thread_watch *watch)
{
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof(path), "task/%d/%s", watch->tid,
		 watch->by_stat ? "stat" : "syscall");
	return openat(watch->proc_fd, path, O_RDONLY | O_CLOEXEC);
}

/* Of a thread in a recorded image or a core. */
static enum thread_activity recorded(const struct target *target, pid_t tid)
{
	for (size_t i = 0; i < target->threads->n; i++)
		if (target->threads->entries[i].tid == tid)
			return target->threads->entries[i].state == 'R' ? THREAD_RUNS :
									 THREAD_WAITS;
	return THREAD_GONE;
}

void thread_watch_init(struct thread_watch *watch, const struct target *target, pid_t tid)
{
	*watch = (struct thread_watch){ .tid = tid, .fd = -1, .proc_fd = target->proc_fd };
	if (!target_lives(target)) {
		watch->proc_fd = -1;
		watch->recorded_futex = target->core ? target_core_futex(target, tid) : 0;
		watch->recorded = recorded(target, tid);
		return;
	}
	watch->fd = open_file(watch);
	if (watch->fd >= 0 || errno != ENOENT)
		return;
	/* The thread is gone, or the file is none of this kernel's. */
	watch->by_stat = true;
	watch->fd = open_file(watch);
}

void thread_watch_close(struct thread_watch *watch)
{
	cleanup_fd(&watch->fd);
	watch->fd = -1;
}

void thread_watch_deinit(struct thread_watch *watch)
{
	thread_watch_close(watch);
}

/* The letter behind the name's last ')'. */
static enum thread_activity by_stat(const char *text, size_t len)
{
	const char *close_paren = memrchr(text, ')', len);

	if (!close_paren || close_paren + 2 >= text + len)
		return THREAD_GONE;
	return close_paren[2] == 'R' ? THREAD_RUNS : THREAD_WAITS;
}

/* "running", or "NUMBER 0xARGUMENT …", or "-1 0xSP 0xPC" outside of any call. */
static enum thread_activity by_syscall(const char *text, uint64_t *futex)
{
	char *end;

	if (text[0] == 'r')
		return THREAD_RUNS;
	if (futex && strtol(text, &end, 10) == SYS_futex && end > text)
		*futex = strtoull(end, NULL, 16);
	return THREAD_WAITS;
}

static enum thread_activity ask(const struct thread_watch *watch, int fd, uint64_t *futex)
{
	char text[TEXT_MAX];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	if (got <= 0)
		return THREAD_GONE;
	text[got] = '\0';
	return watch->by_stat ? by_stat(text, (size_t)got) : by_syscall(text, futex);
}

enum thread_activity thread_watch_ask(const struct thread_watch *watch, uint64_t *futex)
{
	if (futex)
		*futex = 0;
	if (watch->proc_fd < 0) {
		if (futex)
			*futex = watch->recorded_futex;
		return watch->recorded;
	}
	if (watch->fd >= 0)
		return ask(watch, watch->fd, futex);

	_cleanup_fd_ int fd = open_file(watch);

	if (fd < 0)
		return errno == ESRCH || errno == ENOENT ? THREAD_GONE : THREAD_UNKNOWN;
	return ask(watch, fd, futex);
}
