/* SPDX-License-Identifier: MIT */
/* The formats that the library has, as choices of an option. */
#ifndef PYPROF_CMD_FORMATS_H
#define PYPROF_CMD_FORMATS_H

#include "cmd/options.h"

#define FORMATS_MAX 31

/* Each ends with one without a name; both are empty until formats_init(). */
extern struct option_choice formats_to_write[FORMATS_MAX + 1];
extern struct option_choice formats_to_read[FORMATS_MAX + 1];

void formats_init(void);

#endif
