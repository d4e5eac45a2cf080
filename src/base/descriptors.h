/* SPDX-License-Identifier: MIT */
/* How many descriptors are left. */
#ifndef PYPROF_BASE_DESCRIPTORS_H
#define PYPROF_BASE_DESCRIPTORS_H

#include <stdbool.h>

/*
 * May this one be kept only to save opening it again? Half of what a process may have stays free
 * for what cannot do without. The lowest free number is always the next, so the number says how
 * many there are, whoever opened the others.
 */
bool descriptor_to_spare(int fd);

#endif
