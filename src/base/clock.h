/* SPDX-License-Identifier: MIT */
/* What time it is. */
#ifndef PYPROF_BASE_CLOCK_H
#define PYPROF_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, and the CPU time of this process, in nanoseconds. */
uint64_t clock_monotonic_ns(void);
uint64_t clock_cpu_ns(void);

#endif
