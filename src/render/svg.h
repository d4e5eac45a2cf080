/* SPDX-License-Identifier: MIT */
/*
 * The flame graph as a file: one SVG document that needs nothing else.
 *
 * It holds the static picture (render/picture.h), the whole profile (render/data.h), and the
 * style and script that make a page of the two when a browser opens the file.
 */
#ifndef PYPROF_RENDER_SVG_H
#define PYPROF_RENDER_SVG_H

#include "format/format.h"
#include "render/diff_data.h"
#include "render/notes.h"
#include "render/picture.h"

extern const struct format format_svg;

/* What a document is made of; all of it must outlive the call. */
struct svg {
	const struct profile *profile;
	const struct view *view; /* what the picture shows */
	const struct paint *paint;
	const struct notes *notes;
	const struct picture_look *look; /* NULL: as any flame graph */
	const struct diff_data *diff;	 /* NULL but of two profiles */
};

/* Errors: NOMEM. */
enum pyprof_status svg_write(FILE *out, const struct svg *svg, struct pyprof_error *err);

#endif
