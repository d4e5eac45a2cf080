/* SPDX-License-Identifier: MIT */
/*
 * The status line: one line on the terminal that is written over while a recording runs.
 *
 * There is none where standard error is no terminal, while we run in the background, or where
 * a launched program writes to the same terminal: the screen is that program's then.
 * Colours are not used where NO_COLOR is set or the terminal is a dumb one.
 */
#ifndef PYPROF_CMD_STATUS_H
#define PYPROF_CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "libpyprof.h"

struct status_line {
	bool on;
	bool colours;
	bool drawn;	      /* there is something to erase */
	bool escapes;	      /* the terminal knows "erase to the end of the line" */
	size_t width;	      /* columns of what is drawn */
	uint64_t duration_ns; /* asked for; 0: unlimited */
};

/* `shared`: a program that we launch has the terminal too. */
void status_init(struct status_line *status, bool shared, uint64_t duration_ns);
void status_draw(struct status_line *status, pid_t pid, const struct pyprof_stats *stats);
/* Any line, as far as it fits: `text` is ASCII, without colours. */
void status_show(struct status_line *status, const char *text);
void status_erase(struct status_line *status);

/*
 * The line itself: as many of its parts as fit into `columns`, colours not counted. Returns
 * the columns taken.
 */
size_t status_text(struct str *out, const struct pyprof_stats *stats, pid_t pid,
		   uint64_t duration_ns, size_t columns, bool colours);

#endif
