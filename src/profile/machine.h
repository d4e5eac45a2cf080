/* SPDX-License-Identifier: MIT */
/*
 * The machine of a recording as one text, "x86_64, 2 × AMD EPYC 7763, Linux 6.1.0", and taken apart
 * again: profile_info.machine. Pure.
 *
 * Without a processor's name: "aarch64, 4 CPUs, Linux 6.1.0". The model may hold commas, the others
 * do not.
 */
#ifndef PYPROF_PROFILE_MACHINE_H
#define PYPROF_PROFILE_MACHINE_H

#include "base/str.h"

struct machine_part {
	const char *text; /* a part of the whole text, not NUL-terminated */
	size_t len;
};

struct machine_parts {
	struct machine_part arch;   /* "x86_64" */
	struct machine_part model;  /* len 0: unknown */
	unsigned long cpus;	    /* 1 and up */
	struct machine_part kernel; /* "Linux 6.1.0" */
};

/* Appends it, on one line. `model` may be NULL or "": unknown; cpus at least 1. */
void machine_text(struct str *out, const char *arch, const char *model, unsigned long cpus,
		  const char *kernel);

/* False where it is no such text. The parts are the text's. */
bool machine_parse(struct machine_parts *parts, const char *text);

/* The same bytes, and known? */
bool machine_part_equal(struct machine_part a, struct machine_part b);

#endif
