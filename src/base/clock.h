/* SPDX-License-Identifier: MIT */
/* What time it is. */
#ifndef PYPROF_BASE_CLOCK_H
#define PYPROF_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, and the CPU time of this process, in nanoseconds. */
uint64_t clock_monotonic_ns(void);
uint64_t clock_cpu_ns(void);

/* Local time as names of files have it, "20261123T050800", into `buf`; "" where it is not known. */
#define CLOCK_STAMP_MAX 32
void clock_stamp(char buf[CLOCK_STAMP_MAX]);

#endif
