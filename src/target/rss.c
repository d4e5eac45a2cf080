/* SPDX-License-Identifier: MIT */
#include "target/rss.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/procfs.h"

bool rss_watch_init(struct rss_watch *watch, const struct target *target)
{
	char path[32];

	/* Not the main thread's where that has ended before the others: it has no memory. */
	snprintf(path, sizeof(path), "task/%d/statm", target->mem_tid);
	watch->fd = openat(target->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return watch->fd >= 0;
}

void rss_watch_deinit(struct rss_watch *watch)
{
	cleanup_fd(&watch->fd);
	watch->fd = -1;
}

bool rss_read(const struct rss_watch *watch, uint64_t *bytes)
{
	uint64_t pages[2]; /* of address space, and resident */
	char text[160];
	ssize_t got;

	if (watch->fd < 0)
		return false;
	got = pread(watch->fd, text, sizeof(text), 0);
	/* What has ended, and was not waited for, has no address space. */
	if (got <= 0 || !proc_numbers(text, (size_t)got, pages, 2) || !pages[0])
		return false;
	*bytes = pages[1] * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}
