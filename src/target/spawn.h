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

#include <sys/types.h>

#include "base/error.h"

/*
 * Starts argv[0] (searched in PATH) and returns when it runs: the exec is done. One that fails
 * is reported here, with its errno, not as an exit status. Where SIGCHLD is ignored in this
 * process, which makes the kernel forget exit statuses, it is set to its default.
 * Errors: USAGE (empty argv), NO_PROCESS (no such command), PERMISSION, IO, NOMEM.
 */
enum pyprof_status spawn_start(pid_t *out, char *const argv[], struct pyprof_error *err);

/*
 * Has the child ended? 1 and *status, 0 while it runs, -1 on an error (errno; ECHILD where
 * it was asked once more after a 1). With `block` waits. Does not return early for signals.
 */
int spawn_wait(pid_t pid, int *status, bool block);

#endif
