/* SPDX-License-Identifier: MIT */
/* The samples of a profile, as render/data.h has them; of use to data.c alone. */
#ifndef PYPROF_RENDER_SAMPLES_H
#define PYPROF_RENDER_SAMPLES_H

#include <stdio.h>

#include "profile/profile.h"

struct samples_of {
	const struct profile *profile;
	const uint32_t *leaves; /* view_leaves() */
	const uint32_t *places; /* by the view's node: the how manieth in the file */
	size_t n_places;
};

/* Writes the members of "samples". False: no memory. */
bool samples_write(FILE *out, const struct samples_of *of);

#endif
