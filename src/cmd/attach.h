/* SPDX-License-Identifier: MIT */
/* From the options of `record`, which `top` has too, to a recorder. */
#ifndef PYPROF_CMD_ATTACH_H
#define PYPROF_CMD_ATTACH_H

#include "cmd/record_options.h"
#include "libpyprof.h"

struct pyprof_record_opts attach_opts(const struct record_values *values);

/* Attaches to the processes that were asked for. Errors: those of pyprof_recorder_attach*(). */
enum pyprof_status attach_asked(struct pyprof_recorder **out, const struct record_values *values,
				const struct pyprof_record_opts *opts, struct pyprof_error *err);

/*
 * Each process takes some descriptors, and each thread that is awake two; what is usual, 1,024, is
 * for programs that use select(2). Not to be called before a program is launched, which gets what
 * we were given.
 */
void attach_take_descriptors(void);

/* A program could not be started: says so, and what else may have been meant; the exit status. */
int attach_launch_failed(const char *command, const char *name, struct pyprof_error *err);

/* What a shell would report for a wait(2) status. */
int attach_exit_code(int wait_status);

#endif
