/* SPDX-License-Identifier: MIT */
/* Opening a live process, holding on to it, and telling when it is no longer the same. */
#include "target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "target/cmdline.h"
#include "target/permission.h"
#include "target/proc_mount.h"
#include "target/procfs.h"
#include "target/thread_table.h"

/* A program that execs while it is being opened is opened again, this often. */
#define MAX_OPEN_ATTEMPTS 8

/* Path below proc_fd of a file of the address space; longest: "task/2147483647/cmdline". */
struct mem_path {
	char text[64];
};

static struct mem_path mem_path(const struct target *target, const char *name)
{
	struct mem_path path;

	if (target->mem_tid == target->pid)
		snprintf(path.text, sizeof(path.text), "%s", name);
	else
		snprintf(path.text, sizeof(path.text), "task/%d/%s", target->mem_tid, name);
	return path;
}

/* ---- still the same? ------------------------------------------------------------- */

/* A process is marked so before it lets go of its memory, and a while before it is a zombie. */
static bool is_exiting(const struct proc_stat *stat)
{
	return stat->flags & PROC_FLAG_EXITING || stat->state == 'Z' || stat->state == 'X';
}

/*
 * The address space that was opened is gone: by an exec, which put a new one in its place, or
 * by an exit, of which the pidfd will tell only later. To open its memory again would not say
 * which: that may be refused both while it exits and once it became somebody else by exec.
 */
static enum pyprof_status gone_or_exec(const struct target *target)
{
	struct proc_stat stat;

	if (proc_stat_read(&stat, target->proc_fd, "stat"))
		return is_exiting(&stat) ? PYPROF_ERR_GONE : PYPROF_ERR_EXEC;
	return errno == ESRCH || errno == ENOENT ? PYPROF_ERR_GONE : PYPROF_ERR_EXEC;
}

bool target_same_memory(const struct target *target)
{
	char byte;

	/* Address 0 is not mapped: EIO, or even a byte, says that the rest still is. */
	return !target_lives(target) || pread(target->mem_fd, &byte, 1, 0) != 0;
}

enum pyprof_status target_check(const struct target *target)
{
	struct pollfd exited = { .fd = target->pidfd, .events = POLLIN };

	if (!target_lives(target))
		return PYPROF_OK;
	if (target->pidfd >= 0 && poll(&exited, 1, 0) > 0)
		return PYPROF_ERR_GONE;
	return target_same_memory(target) ? PYPROF_OK : gone_or_exec(target);
}

enum pyprof_status target_check_error(const struct target *target, struct pyprof_error *err)
{
	enum pyprof_status status = target_check(target);

	if (status == PYPROF_ERR_GONE)
		return error_set(err, status, "PID %d exited", target->pid);
	if (status == PYPROF_ERR_EXEC)
		return error_set(err, status, "PID %d replaced itself by exec", target->pid);
	return status;
}

/* ---- who is it? -------------------------------------------------------------------- */

/* There is no /proc/PID: is there no process, or do we not see it? */
static enum pyprof_status no_proc_entry(pid_t pid, struct pyprof_error *err)
{
	if (kill(pid, 0) == 0 || errno == EPERM)
		return permission_explain(pid, EACCES, "look at it", err);
	return error_set(err, PYPROF_ERR_NO_PROCESS, "no process with PID %d", pid);
}

static enum pyprof_status vanished(pid_t pid, struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_GONE, "PID %d exited", pid);
}

/* What a failed access to the process means. */
static enum pyprof_status access_failed(const struct target *target, int os_errno,
					const char *what, struct pyprof_error *err)
{
	pid_t pid = target->pid;
	struct proc_stat stat;

	switch (os_errno) {
	case ESRCH:
	case ENOENT:
		return vanished(pid, err);
	case EACCES:
	case EPERM:
	case ENOSYS:
		/* To all but root one that exits is closed before it is gone. */
		if (target->proc_fd >= 0 &&
		    proc_stat_read(&stat, target->proc_fd, mem_path(target, "stat").text) &&
		    is_exiting(&stat))
			return vanished(pid, err);
		return permission_explain(pid, os_errno, what, err);
	case ENOMEM:
		return error_nomem(err);
	default:
		return error_set_errno(err, PYPROF_ERR_IO, os_errno, "PID %d: cannot %s", pid,
				       what);
	}
}

static enum pyprof_status open_proc(struct target *target, struct pyprof_error *err)
{
	char path[32];
	enum pyprof_status status;

	if (target->pid <= 0)
		return error_set(err, PYPROF_ERR_NO_PROCESS, "no process with PID %d",
				 target->pid);
	status = proc_mount_check("/proc", err);
	if (status != PYPROF_OK) {
		error_prefix(err, "cannot look at PID %d", target->pid);
		return status;
	}
	snprintf(path, sizeof(path), "/proc/%d", target->pid);
	target->proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target->proc_fd >= 0)
		return PYPROF_OK;
	if (errno == ENOENT)
		return no_proc_entry(target->pid, err);
	return access_failed(target, errno, "look at it", err);
}

struct find_live {
	const struct target *target;
	pid_t found;
};

static bool find_live_thread(pid_t tid, void *arg)
{
	struct find_live *find = arg;
	struct proc_stat stat;
	char path[40];

	snprintf(path, sizeof(path), "task/%d/stat", tid);
	if (!proc_stat_read(&stat, find->target->proc_fd, path) || is_exiting(&stat))
		return true;
	find->found = tid;
	return false;
}

bool target_rebind(struct target *target)
{
	struct find_live find = { .target = target };

	if (!target_lives(target))
		return false;
	proc_each_task(target->proc_fd, find_live_thread, &find);
	if (!find.found || find.found == target->mem_tid)
		return false;
	target->mem_tid = find.found;
	memory_live_rebind(target->memory, find.found);
	return true;
}

/*
 * A main thread that called pthread_exit() stays as a zombie while others run on: then the
 * address space is to be found by one of those.
 */
static enum pyprof_status check_zombie(struct target *target, const struct proc_stat *stat,
				       struct pyprof_error *err)
{
	struct find_live find = { .target = target };

	if (!is_exiting(stat))
		return PYPROF_OK;
	proc_each_task(target->proc_fd, find_live_thread, &find);
	if (!find.found && stat->state != 'Z' && stat->state != 'X')
		return vanished(target->pid, err);
	if (!find.found)
		return error_set(err, PYPROF_ERR_NO_PROCESS,
				 "PID %d has exited: it is a zombie that its parent, PID %d, "
				 "has not waited for",
				 target->pid, stat->ppid);
	target->mem_tid = find.found;
	return PYPROF_OK;
}

/* What was opened by one thread may be there by another: it left just then. */
static bool others_live(const struct target *target)
{
	struct find_live find = { .target = target };

	if (target->proc_fd >= 0)
		proc_each_task(target->proc_fd, find_live_thread, &find);
	return find.found != 0;
}

static enum pyprof_status check_thread(const struct target *target, const char *status_text,
				       struct pyprof_error *err)
{
	uint64_t tgid;
	enum pyprof_status status;

	if (!proc_status_numbers(status_text, "Tgid", 10, &tgid, 1) ||
	    tgid == (uint64_t)target->pid)
		return PYPROF_OK;
	status = error_set(err, PYPROF_ERR_NO_PROCESS,
			   "%d is a thread of process %" PRIu64 ", not a process", target->pid,
			   tgid);
	error_hint(err, "use -p %" PRIu64, tgid);
	return status;
}

static enum pyprof_status check_kernel_thread(const struct target *target,
					      const struct proc_stat *stat,
					      struct pyprof_error *err)
{
	char comm[THREAD_COMM_MAX];

	if (!(stat->flags & PROC_FLAG_KERNEL_THREAD))
		return PYPROF_OK;
	target_thread_comm(target, target->pid, comm, sizeof(comm));
	return error_set(err, PYPROF_ERR_NOT_PYTHON, "PID %d (%s) is a kernel thread",
			 target->pid, comm);
}

static void read_ns_pid(struct target *target, const char *status_text)
{
	uint64_t ids[32]; /* the kernel nests PID namespaces 32 deep */
	size_t n = proc_status_numbers(status_text, "NSpid", 10, ids, 32);

	target->ns_pid = target->pid;
	target->nested_pid_ns = n > 1 && n <= 32;
	if (target->nested_pid_ns)
		target->ns_pid = (pid_t)ids[n - 1];
}

/* Identity, in the order that gives the truest error: all of it is readable for anybody. */
static enum pyprof_status identify(struct target *target, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	struct proc_stat stat;
	enum pyprof_status status;

	if (!proc_read(&text, target->proc_fd, "status", PROC_STATUS_MAX) ||
	    !proc_stat_read(&stat, target->proc_fd, "stat"))
		return access_failed(target, errno, "look at it", err);
	target->start_time = stat.start_time;
	status = check_thread(target, str_cstr(&text), err);
	if (status == PYPROF_OK)
		status = check_kernel_thread(target, &stat, err);
	if (status == PYPROF_OK)
		status = check_zombie(target, &stat, err);
	read_ns_pid(target, str_cstr(&text));
	return status;
}

/* ---- its memory ---------------------------------------------------------------------- */

/*
 * A pidfd is opened by number, so it is only ours if the process behind proc_fd still lives
 * afterwards: while it does, the number cannot belong to another.
 */
static enum pyprof_status hold_on(struct target *target, struct pyprof_error *err)
{
	struct proc_stat stat;

	target->pidfd = (int)syscall(SYS_pidfd_open, target->pid, 0);
	if (target->pidfd < 0 && errno == ESRCH)
		return vanished(target->pid, err);
	target->mem_fd = openat(target->proc_fd, mem_path(target, "mem").text,
				O_RDONLY | O_CLOEXEC);
	if (target->mem_fd < 0)
		return access_failed(target, errno, "read its memory", err);
	if (!proc_stat_read(&stat, target->proc_fd, "stat") ||
	    stat.start_time != target->start_time)
		return vanished(target->pid, err);
	return PYPROF_OK;
}

/* Does process_vm_readv(2) work here? A seccomp filter may refuse it when /proc is open. */
static enum pyprof_status try_reading(const struct target *target, struct pyprof_error *err)
{
	const struct mapping *m = NULL;
	char byte;

	for (size_t i = 0; i < target->maps.n && !m; i++) {
		m = &target->maps.mappings[i];
		if (!m->readable || m->path[0] == '[')
			m = NULL;
	}
	if (!m)
		return PYPROF_OK;

	struct iovec local = { .iov_base = &byte, .iov_len = 1 };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)m->start, .iov_len = 1 };
	if (process_vm_readv(target->mem_tid, &local, 1, &remote, 1, 0) < 0 &&
	    (errno == EPERM || errno == EACCES || errno == ENOSYS))
		return access_failed(target, errno, "read its memory", err);
	return PYPROF_OK;
}

enum pyprof_status target_refresh_maps(struct target *target, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	struct maps maps;
	enum pyprof_status status;

	if (!target_lives(target))
		return PYPROF_OK;
	if (!proc_read(&text, target->proc_fd, mem_path(target, "maps").text,
		       MAPS_MAX_BYTES)) {
		int os_errno = errno;
		status = target_check_error(target, err);
		if (status != PYPROF_OK)
			return status;
		if (os_errno == EFBIG)
			return error_set(err, PYPROF_ERR_LIMIT,
					 "PID %d has more than %u MiB of mappings", target->pid,
					 MAPS_MAX_BYTES >> 20);
		return access_failed(target, os_errno, "read its memory map", err);
	}
	/*
	 * The text is of the address space that the process had when the file was opened. As
	 * ours is still alive afterwards, there was no exec before: it is the same one.
	 */
	status = target_check_error(target, err);
	if (status != PYPROF_OK)
		return status;
	status = maps_parse(&maps, str_cstr(&text), text.len, err);
	if (status != PYPROF_OK) {
		error_prefix(err, "PID %d", target->pid);
		return status;
	}
	maps_deinit(&target->maps);
	target->maps = maps;
	return PYPROF_OK;
}

/* ---- what it says of itself ------------------------------------------------------------ */

/* The link, or "" where it cannot be read; NULL: no memory. */
static char *link_text(const struct target *target, const char *name)
{
	struct str text = STR_INIT;

	proc_read_link(&text, target->proc_fd, mem_path(target, name).text);
	return str_take(&text);
}

/* Of one below another root the link has our names: its own begin at its root. */
static char *own_cwd(const struct target *target)
{
	char *cwd = link_text(target, "cwd"), *root = link_text(target, "root");
	size_t len = root ? strlen(root) : 0;

	/* "/", which ends in one, has nothing before it */
	if (cwd && len > 1 && !strncmp(cwd, root, len) && (!cwd[len] || cwd[len] == '/')) {
		if (cwd[len])
			memmove(cwd, cwd + len, strlen(cwd + len) + 1);
		else
			memcpy(cwd, "/", 2);
	}
	if (!root) {
		free(cwd);
		cwd = NULL;
	}
	free(root);
	return cwd;
}

static char *quoted_cmdline(const struct target *target)
{
	_cleanup_fd_ int fd = openat(target->proc_fd, mem_path(target, "cmdline").text,
				     O_RDONLY | O_CLOEXEC);
	char bytes[2 * CMDLINE_MAX]; /* quoting never shortens: so much is enough */
	struct str text = STR_INIT;
	size_t len = 0;
	ssize_t got;

	while (fd >= 0 && len < sizeof(bytes) &&
	       (got = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)got;
	cmdline_format(&text, bytes, len);
	return str_take(&text);
}

static enum pyprof_status describe(struct target *target, struct pyprof_error *err)
{
	target->exe = link_text(target, "exe");
	target->cwd = own_cwd(target);
	target->cmdline = quoted_cmdline(target);
	return target->exe && target->cwd && target->cmdline ? PYPROF_OK : error_nomem(err);
}

/* ---- opening and closing ---------------------------------------------------------------- */

typedef enum pyprof_status open_step_fn(struct target *target, struct pyprof_error *err);

static enum pyprof_status open_steps(struct target *target, struct pyprof_error *err)
{
	static open_step_fn *const steps[] = {
		open_proc, identify, hold_on, target_refresh_maps, describe,
	};
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && status == PYPROF_OK; i++)
		status = steps[i](target, err);
	if (status == PYPROF_OK)
		status = try_reading(target, err);
	if (status != PYPROF_OK)
		return status;
	target->memory = memory_live_create(target->mem_tid);
	target->threads = thread_table_create();
	if (!target->memory || !target->threads)
		return error_nomem(err);
	return target_check_error(target, err);
}

enum pyprof_status target_open(struct target **out, pid_t pid, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	*out = NULL;
	for (int attempt = 0; attempt < MAX_OPEN_ATTEMPTS; attempt++) {
		struct target *target = calloc(1, sizeof(*target));
		bool again;

		if (!target)
			return error_nomem(err);
		target->pid = target->mem_tid = pid;
		target->pidfd = target->mem_fd = target->proc_fd = -1;
		status = open_steps(target, err);
		if (status == PYPROF_OK) {
			*out = target;
			return status;
		}
		again = status == PYPROF_ERR_EXEC ||
			(status == PYPROF_ERR_GONE && others_live(target));
		target_close(target);
		if (!again)
			break;
	}
	return status;
}

void target_close(struct target *target)
{
	if (!target)
		return;
	if (target->image)
		memory_image_destroy(target->image); /* and the memory with it */
	else if (target->core)
		core_close(target->core); /* the same */
	else
		memory_destroy(target->memory);
	thread_table_destroy(target->threads);
	maps_deinit(&target->maps);
	free(target->exe);
	free(target->cmdline);
	free(target->cwd);
	cleanup_fd(&target->pidfd);
	cleanup_fd(&target->mem_fd);
	cleanup_fd(&target->proc_fd);
	free(target);
}
