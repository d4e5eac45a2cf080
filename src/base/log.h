/* SPDX-License-Identifier: MIT */
/*
 * What -v shows: one line a call, on standard error, prefixed with "pyprof: ".
 * Never called in the sampling path.
 */
#ifndef PYPROF_BASE_LOG_H
#define PYPROF_BASE_LOG_H

/* 0: warnings only (default), 1: what is being done, 2: every candidate tried. */
void log_set_level(int level);
int log_level(void);

void log_at(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_warn(...)  log_at(0, __VA_ARGS__)
#define log_info(...)  log_at(1, __VA_ARGS__)
#define log_debug(...) log_at(2, __VA_ARGS__)

#endif
