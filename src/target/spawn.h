/* SPDX-License-Identifier: MIT */
/*
 * Launching a target, and passing signals on to it.
 *
 * The child starts with our standard streams, our signal mask and dispositions as they were
 * when we were started (nothing of the profiler's own leaks into it: descriptors are
 * close-on-exec, blocked signals are unblocked).
 */
#ifndef PYPROF_TARGET_SPAWN_H
#define PYPROF_TARGET_SPAWN_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Starts argv[0] (searched in PATH). An exec that fails is reported here, with its errno, not
 * as an exit status. Errors: NO_PROCESS (no such command), PERMISSION, IO, NOMEM.
 */
enum pyprof_status spawn_start(pid_t *out, char *const argv[], struct pyprof_error *err);

/*
 * Has the child ended? 1 and *status, 0 while it runs, -1 on an error (errno). With `block`
 * waits. Does not return early for signals.
 */
int spawn_wait(pid_t pid, int *status, bool block);

/* The exit code a shell would report for a wait(2) status: code, or 128 + signal. */
int spawn_exit_code(int status);

#endif
