/* SPDX-License-Identifier: MIT */
#include "target/cpu_time.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/procfs.h"

/* Three numbers of 20 digits each, blanks and a newline. */
#define TEXT_MAX 128

bool cpu_time_parse(struct cpu_time *out, const char *text, size_t len)
{
	uint64_t numbers[3];

	if (!proc_numbers(text, len, numbers, ARRAY_SIZE(numbers)))
		return false;
	*out = (struct cpu_time){ numbers[0], numbers[1], numbers[2] };
	return true;
}

/* ---- a thread --------------------------------------------------------------------------- */

static bool read_fd(int fd, struct cpu_time *out)
{
	char text[TEXT_MAX];
	ssize_t got = pread(fd, text, sizeof(text), 0);

	return got > 0 && cpu_time_parse(out, text, (size_t)got);
}

/* Whoever asks is running, and got its CPU once at least. */
bool cpu_time_available(void)
{
	_cleanup_fd_ int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	struct cpu_time ours;

	return fd >= 0 && read_fd(fd, &ours) && ours.times > 0;
}

bool cpu_time_watch_init(struct cpu_time_watch *watch, const struct target *target, pid_t tid)
{
	char path[48];

	snprintf(path, sizeof(path), "task/%d/schedstat", tid);
	watch->fd = openat(target->proc_fd, path, O_RDONLY | O_CLOEXEC);
	return watch->fd >= 0;
}

void cpu_time_watch_deinit(struct cpu_time_watch *watch)
{
	cleanup_fd(&watch->fd);
	watch->fd = -1;
}

bool cpu_time_read(const struct cpu_time_watch *watch, struct cpu_time *out)
{
	return watch->fd >= 0 && read_fd(watch->fd, out);
}

/* ---- a process --------------------------------------------------------------------------- */

/*
 * The id of a process's CPU clock holds its number: see clock_getcpuclockid(3), which would ask
 * the kernel once more each time. 2 is CPUCLOCK_SCHED.
 */
static clockid_t clock_of_process(pid_t pid)
{
	return (clockid_t)(~(unsigned int)pid << 3 | 2);
}

bool cpu_time_of_process(pid_t pid, uint64_t *ns)
{
	struct timespec ts;

	if (pid <= 0 || clock_gettime(clock_of_process(pid), &ts) < 0)
		return false;
	*ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	return true;
}
