/* SPDX-License-Identifier: MIT */
#include "target/pid_counter.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

int pid_counter_open(int proc_fd)
{
	_cleanup_fd_ int fd = openat(proc_fd, "loadavg", O_RDONLY | O_CLOEXEC);
	struct statfs proc, file;

	if (fd < 0 || fstatfs(proc_fd, &proc) < 0 || fstatfs(fd, &file) < 0)
		return -1;
	if (proc.f_type != file.f_type || pid_counter_read(fd) == 0)
		return -1;
	return take_fd(&fd);
}

pid_t pid_counter_read(int fd)
{
	char buf[128];
	ssize_t got = pread(fd, buf, sizeof(buf) - 1, 0);
	const char *last;
	long value;

	if (got <= 0)
		return 0;
	buf[got] = '\0';
	last = strrchr(buf, ' ');
	value = last ? strtol(last, NULL, 10) : 0;
	return value > 0 && value <= INT_MAX ? (pid_t)value : 0;
}
