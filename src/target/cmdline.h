/* SPDX-License-Identifier: MIT */
/* A command line as a person would type it, from bytes that the process chose. */
#ifndef PYPROF_TARGET_CMDLINE_H
#define PYPROF_TARGET_CMDLINE_H

#include "base/str.h"

/* A quoted command line is not longer than this and the " ..." that marks the cut. */
#define CMDLINE_MAX 4096

/*
 * Appends one argument quoted for a shell where it needs to be. The result is UTF-8 on one
 * line without control characters: control characters, and bytes that are no UTF-8, are
 * written the $'\ooo' way, which a shell reads back to the same bytes.
 */
void cmdline_add_argument(struct str *out, const char *bytes, size_t len);

/* Appends /proc/PID/cmdline (arguments that each end with a NUL), quoted, and cut. */
void cmdline_format(struct str *out, const char *bytes, size_t len);

/*
 * Makes one text of the same bytes, in place: arguments with a blank between them, as ps(1)
 * shows them, nothing quoted and nothing cut. Any bytes may be in it but NUL. Returns its length.
 */
size_t cmdline_join(char *bytes, size_t len);

#endif
