/* SPDX-License-Identifier: MIT */
/*
 * What pyprof says on standard error, one message a call. Control characters, which names
 * of the target's may bring, never reach the terminal.
 */
#ifndef PYPROF_CMD_MESSAGE_H
#define PYPROF_CMD_MESSAGE_H

#include "base/error.h"

#define EXIT_USAGE	    2
#define EXIT_NOT_EXECUTABLE 126 /* as env(1) and nohup(1) */
#define EXIT_NOT_FOUND	    127

/*
 * "pyprof: MESSAGE", and the hint, where there is one, on a line of its own. Returns the exit
 * status that goes with the error: EXIT_USAGE or EXIT_FAILURE.
 */
int message_error(const struct pyprof_error *err);

/*
 * Sends on what waits for standard output. Where that cannot be written, as on a full disk,
 * says so, once, and returns EXIT_FAILURE; else EXIT_SUCCESS.
 */
int message_flush(void);

/* "pyprof: TEXT". */
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
