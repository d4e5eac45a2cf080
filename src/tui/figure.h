/* SPDX-License-Identifier: MIT */
/* Numbers for a narrow column: eight characters at most. Each writes into buf and returns it. */
#ifndef PYPROF_TUI_FIGURE_H
#define PYPROF_TUI_FIGURE_H

#include <stdint.h>

#define FIGURE_MAX 16 /* bytes that each needs */

/* "0.0%", "12.3%", "1234%"; "-" where it is of nothing. */
/*
 * A share that was measured by looks may be wrong by `off` (of 1): where it is so little above a whole
 * number, 1 and up, it is that number, as what it counts (holders of a GIL) are whole.
 */
double figure_share(double share, double off);

const char *figure_percent(double part, double whole, char *buf);

/* "0", "12ms", "1.23s", "123.4s", "12m03s", "4h05m", "12d03h". */
const char *figure_time(uint64_t ns, char *buf);

/* "12,345", "1.23M". */
const char *figure_count(uint64_t n, char *buf);

/* "512K", "12.3M", "1.23G", of 1024. */
const char *figure_bytes(uint64_t bytes, char *buf);

/* "0:01:23": a clock's. */
const char *figure_clock(uint64_t ns, char *buf);

#endif
