/* SPDX-License-Identifier: MIT */
/*
 * The whole profile as the picture's script reads it: one JSON object, safe inside XML
 * (render/markup.h). flame-data.js is its reader.
 *
 *   version   1
 *   title     text, what was recorded
 *   subtitle  text, what a width means
 *   empty     text, what to say where there are no samples
 *   metric    {name, unit}, as in struct profile_metric
 *   notes     texts: what is to be known of the recording, a line each
 *   legend    [text, color…] for each family of colours
 *   names     texts: the distinct names of frames
 *   files     texts: their distinct files, as shown
 *   frames    {name, file, line, color}: the distinct frames, a column each
 *   nodes     {up, frame, self}: the call tree, callers before callees, a column each
 *
 * A column is a string of numbers (markup_vlq), one for each frame or node:
 *   name, frame         which of the pool: 0 the first that was not used yet, else how many
 *                       steps back from there. The pools are in the order of first use.
 *   file                0 none, else the same + 1
 *   line                0 none
 *   color               an enum palette_color
 *   up                  how many levels to climb from the last node's caller down to this
 *                       one's: 0 is a callee of the last node, 1 its sibling. Not there for
 *                       the root, which is the first node.
 *   self                the node's own weight
 * A frame's text is its name, and where it has a file "NAME (FILE)" or "NAME (FILE:LINE)"; the
 * root's name is empty.
 */
#ifndef PYPROF_RENDER_DATA_H
#define PYPROF_RENDER_DATA_H

#include <stdio.h>

#include "profile/view.h"
#include "render/notes.h"
#include "render/paint.h"

/* Errors: NOMEM. */
enum pyprof_status data_write(FILE *out, const struct view *view, const struct paint *paint,
			      const struct notes *notes, struct pyprof_error *err);

#endif
