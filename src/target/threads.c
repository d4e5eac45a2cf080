/* SPDX-License-Identifier: MIT */
/* Which threads a target has, what they are called, and whether they run. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "target/procfs.h"
#include "target/thread_table.h"

/* "task/2147483647/status" */
#define TASK_PATH_MAX 40

static void task_path(char *path, pid_t tid, const char *name)
{
	snprintf(path, TASK_PATH_MAX, "task/%d/%s", tid, name);
}

/* ---- which threads ---------------------------------------------------------------- */

struct tid_list {
	pid_t **tids;
	size_t *n, *cap;
	bool sorted, failed;
};

static bool add_tid(pid_t tid, void *arg)
{
	struct tid_list *list = arg;
	size_t n = *list->n;

	if (!array_grow(*list->tids, n, *list->cap)) {
		list->failed = true;
		return false;
	}
	if (n && (*list->tids)[n - 1] > tid)
		list->sorted = false;
	(*list->tids)[n] = tid;
	*list->n = n + 1;
	return true;
}

static int compare_tids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static bool list_tids(const struct target *target, struct tid_list *list)
{
	if (target_lives(target))
		return proc_each_task(target->proc_fd, add_tid, list);
	for (size_t i = 0; i < target->threads->n; i++)
		if (!add_tid(target->threads->entries[i].tid, list))
			return false;
	return true;
}

enum pyprof_status target_threads(const struct target *target, pid_t **tids, size_t *n,
				  size_t *cap, struct pyprof_error *err)
{
	struct tid_list list = { .tids = tids, .n = n, .cap = cap, .sorted = true };

	*n = 0;
	if (!list_tids(target, &list)) {
		if (list.failed)
			return error_nomem(err);
		if (errno != ESRCH && errno != ENOENT)
			return error_set_errno(err, PYPROF_ERR_IO, errno,
					       "PID %d: cannot list its threads", target->pid);
		*n = 0;
	}
	/* A process that was waited for while we listed has none left. */
	if (*n == 0 && target_lives(target))
		return error_set(err, PYPROF_ERR_GONE, "PID %d exited", target->pid);
	if (!list.sorted)
		qsort(*tids, *n, sizeof(**tids), compare_tids);
	return PYPROF_OK;
}

/* ---- ids in a nested PID namespace --------------------------------------------------- */

static const struct thread_entry *entry_of_tid(const struct target *target, pid_t tid)
{
	for (size_t i = 0; i < target->threads->n; i++)
		if (target->threads->entries[i].tid == tid)
			return &target->threads->entries[i];
	return NULL;
}

static const struct thread_entry *entry_of_ns_tid(const struct target *target, pid_t ns_tid)
{
	for (size_t i = 0; i < target->threads->n; i++)
		if (target->threads->entries[i].ns_tid == ns_tid)
			return &target->threads->entries[i];
	return NULL;
}

/* The innermost id of a thread of a live target, by its status file; 0 where it is gone. */
static pid_t read_ns_tid(const struct target *target, pid_t tid)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	char path[TASK_PATH_MAX];
	uint64_t ids[32];
	size_t n;

	task_path(path, tid, "status");
	if (!proc_read(&text, target->proc_fd, path, PROC_STATUS_MAX))
		return 0;
	n = proc_status_numbers(str_cstr(&text), "NSpid", 10, ids, ARRAY_SIZE(ids));
	return n && n <= ARRAY_SIZE(ids) ? (pid_t)ids[n - 1] : 0;
}

static bool learn_tid(pid_t tid, void *arg)
{
	const struct target *target = arg;
	struct thread_table *table = target->threads;
	pid_t ns_tid = read_ns_tid(target, tid);

	if (!ns_tid)
		return true;
	if (!array_grow(table->entries, table->n, table->cap))
		return false;
	table->entries[table->n++] = (struct thread_entry){ .tid = tid, .ns_tid = ns_tid };
	return true;
}

pid_t target_tid_from_ns(const struct target *target, pid_t ns_tid)
{
	const struct thread_entry *entry;

	if (target_lives(target) && !target->nested_pid_ns)
		return ns_tid;
	entry = entry_of_ns_tid(target, ns_tid);
	if (!target_lives(target))
		return entry ? entry->tid : 0;
	/* Ids are given away again, in both namespaces: one read proves the pair. */
	if (entry && read_ns_tid(target, entry->tid) == ns_tid)
		return entry->tid;
	target->threads->n = 0;
	proc_each_task(target->proc_fd, learn_tid, (void *)target);
	entry = entry_of_ns_tid(target, ns_tid);
	return entry ? entry->tid : 0;
}

pid_t target_tid_to_ns(const struct target *target, pid_t tid)
{
	if (!target_lives(target)) {
		const struct thread_entry *entry = entry_of_tid(target, tid);
		return entry ? entry->ns_tid : 0;
	}
	return target->nested_pid_ns ? read_ns_tid(target, tid) : tid;
}

/* ---- names and states ----------------------------------------------------------------- */

void target_thread_comm(const struct target *target, pid_t tid, char *buf, size_t size)
{
	char path[TASK_PATH_MAX];
	ssize_t got;

	if (!size)
		return;
	buf[0] = '\0';
	if (!target_lives(target)) {
		const struct thread_entry *entry = entry_of_tid(target, tid);
		if (entry)
			snprintf(buf, size, "%s", entry->comm);
		return;
	}
	task_path(path, tid, "comm");
	_cleanup_fd_ int fd = openat(target->proc_fd, path, O_RDONLY | O_CLOEXEC);
	got = fd >= 0 ? read(fd, buf, size - 1) : 0;
	if (got > 0 && buf[got - 1] == '\n')
		got--; /* the file's own; a name may hold others */
	buf[got > 0 ? got : 0] = '\0';
}
