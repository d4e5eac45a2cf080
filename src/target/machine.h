/* SPDX-License-Identifier: MIT */
/* The machine that we run on, and the target with us: what times depend on. */
#ifndef PYPROF_TARGET_MACHINE_H
#define PYPROF_TARGET_MACHINE_H

#include "base/str.h"

struct machine {
	char arch[66];	 /* "x86_64" */
	char kernel[136]; /* "Linux 6.1.0" */
	struct str model; /* the processor, as the kernel calls it; "" where it does not */
	unsigned long cpus; /* online: others may be offline, or not the target's to use; 1 and up */
};

/* machine_deinit() it. False: nothing is known. */
bool machine_read(struct machine *machine);
void machine_deinit(struct machine *machine);

/* The model in the text of a /proc/cpuinfo, appended; nothing where it has none. */
void machine_model(struct str *model, const char *cpuinfo);

#endif
