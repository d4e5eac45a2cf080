/* SPDX-License-Identifier: MIT */
/*
 * Launching a target.
 *
 * The child starts with our standard streams, in our process group, and with the signal mask
 * and the ignored signals that this process (or the library in it) was started with; handlers
 * are of no use to it and are defaults there. Nothing of the profiler's own leaks into it:
 * our descriptors are close-on-exec.
 */
#ifndef PYPROF_TARGET_SPAWN_H
#define PYPROF_TARGET_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What a child is to have otherwise than we do; all 0 or NULL: nothing. */
struct spawn_opts {
	const char *dir;	/* its working folder */
	const char *const *env; /* "NAME=VALUE", …, NULL: beside our own environment, or instead */
	bool streams;		/* these instead of ours; descriptors, which stay the caller's */
	int in, out, err;
	/* A process group of its own, which is called as the child is; it ends with this thread. */
	bool group;
};

/*
 * Starts argv[0] (searched in PATH) and returns when it runs: the exec is done. One that fails
 * is reported here, with its errno, not as an exit status. Where SIGCHLD is ignored in this
 * process, which makes the kernel forget exit statuses, it is set to its default.
 * Errors: USAGE (empty argv), NO_PROCESS (no such command), PERMISSION, IO, NOMEM.
 */
enum pyprof_status spawn_start(pid_t *out, char *const argv[], struct pyprof_error *err);

/*
 * The same; `opts` NULL: as we are. The command is looked up from `dir`, and in the PATH that it is to
 * have. Errors: also NO_PROCESS where there is no such folder.
 */
enum pyprof_status spawn_start_with(pid_t *out, char *const argv[], const struct spawn_opts *opts,
				    struct pyprof_error *err);

/*
 * Of a child that has ended and was not waited for yet: the CPU time of all its threads and of the
 * children that it waited for, as the kernel tells it (getrusage(2)): less, by a tick at most, what it
 * still spends on leaving its processor. False: it runs yet, or is none.
 */
bool spawn_cpu_time(pid_t pid, uint64_t *ns);

/*
 * Has the child ended? 1 and *status, 0 while it runs, -1 on an error (errno; ECHILD where
 * it was asked once more after a 1). With `block` waits. Does not return early for signals.
 */
int spawn_wait(pid_t pid, int *status, bool block);

#endif
