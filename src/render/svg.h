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

extern const struct format format_svg;

#endif
