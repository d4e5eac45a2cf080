/* SPDX-License-Identifier: MIT */
#include "target/thread_now.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "target/procfs.h"
#include "target/thread_table.h"

/* "task/2147483647/syscall" */
#define TASK_PATH_MAX 40
/* A number, six arguments, two registers: 20 bytes each at most. */
#define TEXT_MAX 256

/* ---- the file "syscall" ------------------------------------------------------------------ */

/* " 0x7f…": the next hexadecimal number, with the blank before it. */
static bool next_hex(const char **at, uint64_t *out)
{
	char *end;

	if ((*at)[0] != ' ' || (*at)[1] != '0' || (*at)[2] != 'x')
		return false;
	errno = 0;
	*out = strtoull(*at + 1, &end, 16);
	*at = end;
	return errno == 0;
}

/*
 * "running"; "NUMBER 0xARG1 … 0xARG6 0xSP 0xPC" within a call; "-1 0xSP 0xPC" outside of one. Source:
 * proc_pid_syscall(5).
 */
bool thread_now_parse(struct thread_now *now, const char *text)
{
	struct thread_now found = { .state = now->state, .syscall = -1, .signal = now->signal };
	const char *at;
	char *end;
	bool ok = true;

	if (strncmp(text, "running", 7) == 0) {
		found.runs = true;
		*now = found;
		return true;
	}
	errno = 0;
	found.syscall = strtol(text, &end, 10);
	if (end == text || errno || found.syscall < -1)
		return false;
	at = end;
	for (int i = 0; i < THREAD_NOW_ARGS && found.syscall >= 0; i++)
		ok = ok && next_hex(&at, &found.args[i]);
	if (!ok || !next_hex(&at, &found.sp) || !next_hex(&at, &found.pc))
		return false;
	/* A timed wait that was interrupted goes on under another number, with the same arguments. */
	if (found.syscall == SYS_futex || found.syscall == SYS_restart_syscall)
		found.futex = found.args[0];
	*now = found;
	return true;
}

/* ---- asking ------------------------------------------------------------------------------- */

static enum pyprof_status failed(const struct target *target, pid_t tid, int os_errno,
				 struct pyprof_error *err)
{
	switch (os_errno) {
	case ESRCH:
	case ENOENT:
		return error_set(err, PYPROF_ERR_GONE, "thread %d of PID %d has ended", (int)tid,
				 (int)target->pid);
	case EACCES:
	case EPERM:
		return error_set_errno(err, PYPROF_ERR_PERMISSION, os_errno,
				       "cannot ask what thread %d of PID %d does", (int)tid,
				       (int)target->pid);
	default:
		return error_set_errno(err, PYPROF_ERR_IO, os_errno,
				       "cannot ask what thread %d of PID %d does", (int)tid,
				       (int)target->pid);
	}
}

/* False: errno. */
static bool read_syscall(const struct target *target, pid_t tid, struct thread_now *now)
{
	char path[TASK_PATH_MAX], text[TEXT_MAX];
	ssize_t got;

	snprintf(path, sizeof(path), "task/%d/syscall", (int)tid);

	_cleanup_fd_ int fd = openat(target->proc_fd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	if (got < 0)
		return false;
	text[got] = '\0';
	if (thread_now_parse(now, text))
		return true;
	errno = got ? EPROTO : ESRCH;
	return false;
}

static enum pyprof_status recorded(const struct target *target, pid_t tid,
				   struct thread_now *now, struct pyprof_error *err)
{
	for (size_t i = 0; i < target->threads->n; i++)
		if (target->threads->entries[i].tid == tid) {
			now->state = target->threads->entries[i].state;
			now->runs = now->state == 'R';
			return PYPROF_OK;
		}
	return failed(target, tid, ESRCH, err);
}

/*
 * The letter is asked last: what waited in the kernel when the call was asked, and is about to run
 * now, counts as running.
 */
enum pyprof_status target_thread_now(const struct target *target, pid_t tid,
				     struct thread_now *now, struct pyprof_error *err)
{
	char path[TASK_PATH_MAX];
	struct proc_stat stat;
	int call_errno = 0;

	*now = (struct thread_now){ .syscall = -1 };
	if (target->core)
		return target_core_thread_now(target, tid, now, err);
	if (target->proc_fd < 0)
		return recorded(target, tid, now, err);
	if (!read_syscall(target, tid, now))
		call_errno = errno;
	snprintf(path, sizeof(path), "task/%d/stat", (int)tid);
	if (!proc_stat_read(&stat, target->proc_fd, path))
		return failed(target, tid, errno, err);
	now->state = stat.state;
	if (stat.state == 'R')
		now->runs = true;
	/* What has stopped goes on with the call that it was in; what ends has none. */
	if (strchr("ZXx", stat.state)) {
		*now = (struct thread_now){ .state = stat.state, .syscall = -1 };
		return PYPROF_OK;
	}
	if (stat.state == 'T' || stat.state == 't')
		now->runs = false;
	if (call_errno == EACCES || call_errno == EPERM)
		return failed(target, tid, call_errno, err);
	return PYPROF_OK;
}

/* ---- names --------------------------------------------------------------------------------- */

/* Made of <sys/syscall.h> by the Makefile: [SYS_read] = "read", … */
static const char *const names[] = {
#include "syscall_names.inc"
};

const char *syscall_name(long number)
{
	if (number < 0 || (unsigned long)number >= ARRAY_SIZE(names))
		return NULL;
	return names[number];
}
