/* SPDX-License-Identifier: MIT */
/*
 * What the heat map's script reads: one JSON object, safe inside a script element
 * (render/markup.h). heat.js is its reader.
 *
 *   title    text, what was recorded
 *   notes    texts: what is to be known of the recording, a line each
 *   empty    text, what to say where there are no samples
 *   metrics  [{name, unit, all}], as struct profile_metric; all: the profile's sum
 *   shown    index of the metric to show first
 *   cut      values: what the mark of truncated stacks is worth, which is no line's
 *   modules  [{name, self, total}]
 *   files    [{path, name, module, self, total, state, text, lines}]: path as recorded, name as
 *            views shorten it, module an index; text only where the state is 0 or 1
 *   state    0 found, 1 changed since the recording, 2 cannot be read, 3 no text, 4 the page would
 *            be too large, 5 frames of no file
 *   lines    [[number, self, total, function, source]]: those with a value; number 0 unknown,
 *            function the name of one that was seen there, source the line's text where the
 *            profile has it
 *   self, total, cut, all   values, one a metric (all: one)
 *
 * A stack counts once for a line, a file and a module, however often it has them. Frames of no file
 * are one file without a path, a line of it each function.
 */
#ifndef PYPROF_RENDER_HEAT_DATA_H
#define PYPROF_RENDER_HEAT_DATA_H

#include "format/format.h"

#define HEAT_MAX_FILE ((size_t)4 << 20)	 /* bytes of one file's text… */
#define HEAT_MAX_TEXT ((size_t)24 << 20) /* …and of all, those with the most first */

/* Errors: NOMEM. */
enum pyprof_status heat_data_write(FILE *out, const struct format_input *input,
				   struct pyprof_error *err);

#endif
