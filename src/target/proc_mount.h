/* SPDX-License-Identifier: MIT */
/* Whether /proc is there, and shows the processes by the numbers that we know them by. */
#ifndef PYPROF_TARGET_PROC_MOUNT_H
#define PYPROF_TARGET_PROC_MOUNT_H

#include "base/error.h"

/*
 * Numbers mean the same to /proc as to us only where it shows our PID namespace; else /proc/7
 * is another process than the 7 that process_vm_readv(2) reads. `proc` is where proc(5) is
 * mounted. PYPROF_OK, or IO, which says what is wrong and how to mend it.
 */
enum pyprof_status proc_mount_check(const char *proc, struct pyprof_error *err);

#endif
