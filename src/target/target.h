/* SPDX-License-Identifier: MIT */
/*
 * A process from outside: who it is, its memory, its mappings, its threads.
 *
 * A target is live (a PID) or an image (recorded memory and notes); what reads Python
 * does not know which. A live target holds on to the process that it opened: a pidfd
 * tells its exit, an open /proc/PID/mem tells an exec (that file stays bound to the old
 * address space and reads as empty from then on), the start time tells a reused PID.
 * Nothing is ever written to the process, and it is never stopped. The owner calls
 * target_close(). One thread at a time.
 */
#ifndef PYPROF_TARGET_TARGET_H
#define PYPROF_TARGET_TARGET_H

#include <sys/types.h>

#include "memory/image.h"
#include "target/maps.h"

struct target {
	pid_t pid;		/* in our PID namespace */
	pid_t ns_pid;		/* in its own, innermost one */
	uint64_t start_time;	/* clock ticks after boot, /proc/PID/stat field 22 */
	char *exe;		/* what /proc/PID/exe says, " (deleted)" included; "" unknown */
	char *cmdline;		/* arguments, each shell-quoted where needed, by spaces */
	char *cwd;		/* its working directory, "" unknown */
	struct maps maps;
	struct memory *memory;
	int pidfd;		/* -1 for an image */
	int mem_fd;		/* /proc/PID/mem, for exec detection; -1 */
	int proc_fd;		/* /proc/PID directory; -1 */
	struct memory_image *image; /* owned; NULL for a live one */
};

/*
 * Opens process `pid`. Errors: NO_PROCESS, PERMISSION (message and hint name the actual
 * cause: see target/permission.h), GONE, NOMEM. A zombie is NO_PROCESS and says so.
 */
enum pyprof_status target_open(struct target **out, pid_t pid, struct pyprof_error *err);

/* A target from a recorded image (taken over, also on failure). Errors: CORRUPT. */
enum pyprof_status target_open_image(struct target **out, struct memory_image *image,
				     struct pyprof_error *err);

void target_close(struct target *target); /* NULL is fine */

/* Reads the mappings anew. Errors: GONE, EXEC, CORRUPT, NOMEM. */
enum pyprof_status target_refresh_maps(struct target *target, struct pyprof_error *err);

/*
 * Is this still the process, and the program, that was opened? PYPROF_OK, or GONE (exited,
 * zombie) or EXEC. Costs a microsecond; always OK for an image.
 */
enum pyprof_status target_check(const struct target *target);

/*
 * A descriptor on the file of `module` as the target has it mapped, even where it was
 * deleted or replaced: /proc/PID/map_files, else /proc/PID/root/PATH where device and
 * inode agree, else /proc/PID/exe where it is the same file. -1 where none can be had
 * (errno says why; an image has none). The caller closes it.
 */
int target_open_module(const struct target *target, const struct module *module);

/* ---- threads ---------------------------------------------------------------- */

/*
 * Native thread ids, ascending, into *tids (grown by array.h rules; owner frees). They are
 * ids in our PID namespace. Errors: GONE, NOMEM.
 */
enum pyprof_status target_threads(const struct target *target, pid_t **tids, size_t *n,
				  size_t *cap, struct pyprof_error *err);

/*
 * From a thread id as the target itself sees it (its innermost PID namespace) to ours;
 * `tid` itself where both are the same; 0 where there is no such thread. Reads
 * /proc/PID/task/TID/status, so keep what it said.
 */
pid_t target_tid_from_ns(const struct target *target, pid_t ns_tid);

/* The thread's comm, into buf (always terminated; "" where unknown). */
void target_thread_comm(const struct target *target, pid_t tid, char *buf, size_t size);

/*
 * An open view of one thread's run state, for the sampling path: keeps its
 * /proc/PID/task/TID/stat open. fd is -1 where it could not be opened.
 */
struct thread_watch {
	pid_t tid;
	int fd;
};

void thread_watch_init(struct thread_watch *watch, const struct target *target, pid_t tid);
void thread_watch_deinit(struct thread_watch *watch);

/* The state letter of proc(5) ('R', 'S', 'D', 'T', 't', 'Z'…); 0 where the thread is gone. */
char thread_watch_state(const struct thread_watch *watch);

#endif
