/* SPDX-License-Identifier: MIT */
/*
 * The call graph for Graphviz: a function a node, who calls whom an edge, the costly ones in
 * strong colour. What gprof2dot draws, with its thresholds.
 *
 * A node shows name and file (as views shorten it), its total share and value, and, where it has
 * any, its self share and value; an edge, which share of everything goes through the call, and
 * below it which share of the callee's total that is, where it is not all of it. A stack counts
 * once for a node and once for an edge (profile/graph.h), so recursion takes no share above 100%.
 * Of how often a function was called samples know nothing. The mark of truncated stacks is a
 * node, drawn dashed.
 *
 * Left out, as gprof2dot does, are nodes below DOT_NODE_THRESHOLD of everything and edges below
 * DOT_EDGE_THRESHOLD or of nodes left out; the caption says how many. Texts are in their visible
 * form (render/text.h), cut after DOT_MAX_TEXT columns in labels and DOT_MAX_TOOLTIP in tooltips.
 */
#ifndef PYPROF_RENDER_DOT_H
#define PYPROF_RENDER_DOT_H

#include "format/format.h"

#define DOT_NODE_THRESHOLD 50u /* hundredths of a percent: 0.5% */
#define DOT_EDGE_THRESHOLD 10u /* 0.1% */
#define DOT_MAX_TEXT	   60
#define DOT_MAX_TOOLTIP	   2000

extern const struct format format_dot;

#endif
