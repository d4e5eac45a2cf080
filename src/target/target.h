/* SPDX-License-Identifier: MIT */
/*
 * A process from outside: who it is, its memory, its mappings, its threads.
 *
 * A target is live (a PID), an image (recorded memory and notes) or a core file; what reads Python
 * does not know which. A live target holds on to the process that it opened:
 *  - a pidfd tells its exit;
 *  - an open /proc/PID/mem stays bound to the address space that it was opened on. While
 *    that lives, reading one byte at address 0 fails (EIO); once it is gone, by exec or by
 *    exit, the same read gives 0 bytes (mem_rw() in the kernel's fs/proc/base.c);
 *  - an open /proc/PID directory stays bound to the process: what is opened below it is the
 *    process's own, or fails, also where the PID was given away again.
 * memory_live_create() reads by number and has none of this: ask target_check() after a read
 * that must be true. Nothing is ever written to the process; stopping one thread of it for a
 * moment is pause.h's.
 * The owner calls target_close(). One thread at a time.
 */
#ifndef PYPROF_TARGET_TARGET_H
#define PYPROF_TARGET_TARGET_H

#include <sys/types.h>

#include "memory/core.h"
#include "memory/image.h"
#include "target/maps.h"

struct thread_table;

struct target {
	pid_t pid;		/* in our PID namespace */
	pid_t ns_pid;		/* in its own, innermost one */
	/*
	 * A thread that has the address space: `pid`, or another where the main thread had
	 * ended by itself before the target was opened (the files of /proc/PID are empty then).
	 */
	pid_t mem_tid;
	uint64_t start_time;	/* clock ticks after boot, /proc/PID/stat field 22; 0 unknown */
	char *exe;		/* what /proc/PID/exe says, " (deleted)" included; "" unknown */
	char *cmdline;		/* arguments, quoted and cut: see target/cmdline.h */
	char *cwd;		/* its working directory, below its root, "" unknown */
	struct maps maps;
	struct memory *memory;
	int pidfd;		/* -1 where it does not live, and before Linux 5.3 */
	int mem_fd;		/* /proc/PID/mem, for exec detection; -1 */
	int proc_fd;		/* /proc/PID directory; -1 */
	bool nested_pid_ns;	/* its own thread ids differ from ours */
	struct thread_table *threads; /* an image's, a core's; of a nested one: ids seen so far */
	struct memory_image *image; /* owned; NULL for a live one */
	struct core *core;	    /* the same */
};

/* Is it a process that goes on? What is asked of one below holds for images and cores as it stands. */
static inline bool target_lives(const struct target *target)
{
	return !target->image && !target->core;
}

/*
 * Opens process `pid`. Errors: NO_PROCESS (also for a zombie, and for the id of a thread, and
 * says so), NOT_PYTHON (a kernel thread), PERMISSION (message and hint name the actual cause:
 * see target/permission.h), GONE, EXEC (it went on replacing itself), CORRUPT, LIMIT, NOMEM,
 * IO (no descriptor left; no /proc, or that of another PID namespace). A process that is being
 * loaded by an exec has few mappings yet, or none: refresh them before saying what it is not.
 */
enum pyprof_status target_open(struct target **out, pid_t pid, struct pyprof_error *err);

/*
 * A target from a recorded image (taken over, also on failure). Its notes:
 *   "pid", "ns_pid"         decimal
 *   "exe", "cmdline", "cwd" as the fields above
 *   "maps"                  text of /proc/PID/maps
 *   "threads"               lines "TID NSTID STATE COMM", in COMM \n and \\ for those two
 * Only "pid" and "maps" must be there. Errors: CORRUPT, LIMIT, NOMEM.
 */
enum pyprof_status target_open_image(struct target **out, struct memory_image *image,
				     struct pyprof_error *err);

/*
 * A target from a core file (taken over, also on failure). Its threads are those of the core, with
 * the ids that the core has; its working directory is unknown. Errors: CORRUPT, LIMIT (maps over
 * MAPS_MAX_BYTES), NOMEM.
 */
enum pyprof_status target_open_core(struct target **out, struct core *core,
				    struct pyprof_error *err);

/* Writes those notes of `target` (live or image) into `trace`. Errors: GONE, NOMEM. */
enum pyprof_status target_record_notes(const struct target *target, struct memory_trace *trace,
				       struct pyprof_error *err);

void target_close(struct target *target); /* NULL is fine */

/* Reads the mappings anew; after a failure they are as before. Errors: GONE, EXEC, CORRUPT,
 * LIMIT, PERMISSION (it changed its credentials), IO, NOMEM. */
enum pyprof_status target_refresh_maps(struct target *target, struct pyprof_error *err);

/*
 * Is this still the process, and the program, that was opened? PYPROF_OK, or GONE (exited,
 * zombie) or EXEC. Two system calls, some 1.5 us; always OK for an image or a core.
 */
enum pyprof_status target_check(const struct target *target);

/* As target_check(), and says it in *err. */
enum pyprof_status target_check_error(const struct target *target, struct pyprof_error *err);

/*
 * Is the address space still the one that was opened? The cheap half of target_check(), for every
 * look: one system call. Always true for an image or a core.
 */
bool target_same_memory(const struct target *target);

/*
 * Where reads began to fail with GONE although target_check() is OK: the thread by which memory
 * was read has ended while others live. Reads through one of these from now on; false where
 * there is none.
 */
bool target_rebind(struct target *target);

/*
 * A descriptor on the file of `module` as the target has it mapped, even where it was
 * deleted or replaced: /proc/PID/map_files, else its path below /proc/PID/root or in our own
 * mount namespace, or /proc/PID/exe, where that is the same file: device and inode agree, or
 * devices differ (overlayfs and btrfs show another device in maps than stat(2) gives) and the
 * file's first page is what the target has in memory. Only regular files are opened.
 * Of a core: the file that it names, by its build id (memory/core.h).
 * -1 where none can be had (errno: ENOENT none was the same file, ENOTSUP an image).
 * The caller closes it.
 */
int target_open_module(const struct target *target, const struct module *module);

/* ---- threads ---------------------------------------------------------------- */

/*
 * Native thread ids, ascending, into *tids (grown by array.h rules; owner frees). They are
 * ids in our PID namespace. Errors: GONE, IO (no descriptor left), NOMEM.
 */
enum pyprof_status target_threads(const struct target *target, pid_t **tids, size_t *n,
				  size_t *cap, struct pyprof_error *err);

/*
 * From a thread id as the target itself sees it (its innermost PID namespace) to ours;
 * `tid` itself where both are the same; 0 where there is no such thread. A live target keeps
 * what it found, but an id that it does not know costs a visit to every thread: so keep
 * a 0 too, until the threads change.
 */
pid_t target_tid_from_ns(const struct target *target, pid_t ns_tid);

/* The other way; 0 where there is no such thread. Reads /proc/PID/task/TID/status. */
pid_t target_tid_to_ns(const struct target *target, pid_t tid);

/* Of a core: the futex that the thread waited for; 0 none, or not known. */
uint64_t target_core_futex(const struct target *target, pid_t tid);

/* The thread's comm, into buf (always terminated; "" where unknown). Bytes may be anything. */
void target_thread_comm(const struct target *target, pid_t tid, char *buf, size_t size);

#endif
