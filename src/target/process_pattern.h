/* SPDX-License-Identifier: MIT */
/*
 * Processes by their command line: the arguments with a blank between them, nothing quoted, as
 * `ps -f` shows it. A POSIX extended regular expression (regex(7)) matches somewhere in it; ^ and
 * $ are its two ends. A process may have written a title over its arguments.
 */
#ifndef PYPROF_TARGET_PROCESS_PATTERN_H
#define PYPROF_TARGET_PROCESS_PATTERN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Of a longer command line only so many bytes are looked at. */
#define PROCESS_PATTERN_MAX_CMDLINE (1u << 16)

struct process_pattern;

/*
 * Errors: USAGE (not a regular expression: quotes it and says why; or an empty one, which would
 * match whatever runs, and is rather a variable that was not set), NOMEM.
 */
enum pyprof_status process_pattern_create(struct process_pattern **out, const char *regex,
					  struct pyprof_error *err);
void process_pattern_destroy(struct process_pattern *pattern); /* NULL is fine */

/*
 * Does process `pid` of the /proc open at `proc_fd` match? False also for one that has no command
 * line (a kernel thread, a zombie, a process whose main thread has ended by itself), that is gone,
 * or that does not show us its own (hidepid). Costs 10 us and the time of regexec(3).
 */
bool process_pattern_matches(struct process_pattern *pattern, int proc_fd, pid_t pid);

#endif
