/* SPDX-License-Identifier: MIT */
/* What the page's data has of a diff, as render/data.h says; of use to data.c alone. */
#ifndef PYPROF_RENDER_DIFF_DATA_H
#define PYPROF_RENDER_DIFF_DATA_H

#include "render/diff.h"

struct diff_data {
	const struct pair *pair;
	const struct diff_svg_opts *opts;
};

/*
 * Writes the member "diff". `frame_of` is by function of the pair's profile: the number of one of
 * its frames; PROFILE_NONE: it has none. False: no memory.
 */
bool diff_data_write(FILE *out, const struct diff_data *diff, const uint32_t *frame_of);

#endif
