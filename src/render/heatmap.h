/* SPDX-License-Identifier: MIT */
/*
 * Source lines by heat as a file: one HTML page that needs nothing else, the texts of the source
 * files in it. What each metric is worth in a line, by itself and with what it called, stands
 * beside the line and colours it.
 *
 * The page allows itself no request and no script or style but its own two, which carry a number
 * that is drawn anew for each file (Content-Security-Policy, nonce): so two files of one profile
 * differ in it. heat.js makes the page of the data (render/heat_data.h); without
 * scripts it says that it needs them.
 */
#ifndef PYPROF_RENDER_HEATMAP_H
#define PYPROF_RENDER_HEATMAP_H

#include "format/format.h"

extern const struct format format_heatmap;

#endif
