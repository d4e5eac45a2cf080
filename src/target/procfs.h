/* SPDX-License-Identifier: MIT */
/*
 * The few files of /proc/PID that the room reads, and their fields.
 *
 * All paths are relative to an open descriptor of a /proc/PID directory, which stays bound
 * to its process: once that is gone, they fail with ESRCH or ENOENT, also where the number was
 * given away again. Pure parsers take text; nothing here fills an error.
 */
#ifndef PYPROF_TARGET_PROCFS_H
#define PYPROF_TARGET_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* What we want of /proc/PID/stat: see proc_pid_stat(5). */
struct proc_stat {
	char state;	     /* field 3: 'R', 'S', 'Z'… */
	pid_t ppid;	     /* field 4 */
	pid_t session;	     /* field 6; 0: led by a process that we cannot see */
	uint32_t flags;	     /* field 9: PF_* of the kernel */
	int n_threads;	     /* field 20; of a zombie that all threads have left, 1 */
	uint64_t start_time; /* field 22, clock ticks after boot */
	/*
	 * Field 38: what is sent to the parent at the end. -1: a thread, and no process: by its
	 * number, though it is not listed there, /proc shows a thread too. 0 where the text ends
	 * before it.
	 */
	int exit_signal;
};

/* PF_EXITING and PF_KTHREAD of the kernel's sched.h; the bits have not moved since 2.6.27. */
#define PROC_FLAG_EXITING	0x00000004u
#define PROC_FLAG_KERNEL_THREAD 0x00200000u

/*
 * Field 2 is the thread's name in parentheses, which may itself hold parentheses, spaces and
 * newlines: fields are counted from the last ')' on.
 */
bool proc_stat_parse(struct proc_stat *out, const char *text, size_t len);

/* Reads "stat" (or another path to one) below `dir_fd`. False: errno, EPROTO if unreadable. */
bool proc_stat_read(struct proc_stat *out, int dir_fd, const char *path);

/*
 * The value of field `name` ("NSpid") in the text of a status file, up to the end of its
 * line and without leading blanks; *len is its length. NULL where there is none.
 */
const char *proc_status_field(const char *text, const char *name, size_t *len);

/*
 * The numbers of such a field, `max` at most; returns how many there are in it (0 where it
 * is missing). `base` is 10, or 16 for the capability sets.
 */
size_t proc_status_numbers(const char *text, const char *name, int base, uint64_t *out,
			   size_t max);

/*
 * The first `n` numbers of a file that is nothing but decimal numbers, with a blank or a newline
 * behind each (statm, schedstat). False: there are fewer, or one does not fit.
 */
bool proc_numbers(const char *text, size_t len, uint64_t *out, size_t n);

/* A status file's Groups line can list 65,536 groups. */
#define PROC_STATUS_MAX (1u << 20)

/* Appends the whole file below `dir_fd`. False: errno, EFBIG where it is longer. */
bool proc_read(struct str *out, int dir_fd, const char *path, size_t limit);

/* Appends the target of a link; false: errno. */
bool proc_read_link(struct str *out, int dir_fd, const char *path);

/* As many ids as getdents64(2) fits into 16 KiB, at 24 bytes the shortest name. */
#define PROC_IDS_MAX 682

/*
 * The next ids in an open folder (task/, or /proc itself), from its file position on, in the
 * order of the kernel: ascending. Returns how many; 0 at the end; -1: errno. Allocates nothing.
 */
ssize_t proc_next_ids(int fd, pid_t ids[static PROC_IDS_MAX]);

/* Calls `fn` with each id under task/; false: errno, or `fn` said false (errno 0). */
typedef bool proc_task_fn(pid_t tid, void *arg);
bool proc_each_task(int dir_fd, proc_task_fn *fn, void *arg);

#endif
