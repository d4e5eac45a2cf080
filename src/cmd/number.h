/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people write them on a command line, and as we write them back.
 *
 * Readers accept exactly what their comment says: no sign, no white space, no hexadecimal, no
 * "inf". On failure they return USAGE, and *err quotes what was given and says what is
 * accepted. Nothing is allocated.
 */
#ifndef PYPROF_CMD_NUMBER_H
#define PYPROF_CMD_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define NUMBER_RATE_MIN	    0.01
#define NUMBER_RATE_MAX	    1e6
#define NUMBER_DURATION_MIN 1000000ULL			    /* a millisecond */
#define NUMBER_DURATION_MAX (366ULL * 86400 * 1000000000)   /* a year */
#define NUMBER_WHOLE_MAX    1000000000000ULL
#define NUMBER_TEXT_MAX	    32 /* bytes that every writer needs at most */

/* Times a second: "100", "2.5", "10k", "1.5k", "1M"; "Hz" may follow. */
enum pyprof_status number_rate(const char *text, double *hz, struct pyprof_error *err);

/*
 * A time: "30" and "1.5" are seconds, "500ms", "30s", "5m", "2h", "1d"; from larger to smaller
 * units also joined: "1m30s". "unlimited" is 0.
 */
enum pyprof_status number_duration(const char *text, uint64_t *ns, struct pyprof_error *err);

/* A share in percent, as 0 to 1: "1%", "0.5%", "2". 0% to 100%. */
enum pyprof_status number_share(const char *text, double *share, struct pyprof_error *err);

/* A whole number: 0 to NUMBER_WHOLE_MAX. */
enum pyprof_status number_whole(const char *text, uint64_t *number, struct pyprof_error *err);

/* A process id: 1 and up. */
enum pyprof_status number_pid(const char *text, pid_t *pid, struct pyprof_error *err);

/* "1,234,567" into buf (NUMBER_TEXT_MAX bytes); returns buf. */
const char *number_count_text(uint64_t n, char *buf);

/* "250 ms", "30.0 s", "5m03s", "2h05m". */
const char *number_time_text(uint64_t ns, char *buf);

/* "0.25", "99.9", "100", "9,998". */
const char *number_rate_text(double hz, char *buf);

#endif
