/* SPDX-License-Identifier: MIT */
/*
 * The whole profile as the picture's script reads it: one JSON object, safe inside XML
 * (render/markup.h). flame-data.js is its reader.
 *
 *   version    2
 *   title      text, what was recorded
 *   empty      text, what to say where there are no samples
 *   metrics    [{name, unit}], as struct profile_metric
 *   shown      {metric, functions, threads, processes}: how the static picture shows it, and
 *              so the page at first (struct view_opts)
 *   notes      texts: what is to be known of the recording, a line each
 *   legend     [text, color…] for each family of colours
 *   processes  [[pid, command]]
 *   threads    [[process, tid, name]]: the process is an index
 *   names      texts: the distinct names of frames
 *   files      texts: their distinct files, as shown
 *   modules    texts: the distinct modules of the files (render/palette.h)
 *   sources    texts: the distinct lines of source
 *   frames     {name, file, module, source, line, kind, color}: the distinct frames, a column
 *              each; source is empty where none is known
 *   nodes      {up, frame}: the call tree, callers before callees, a column each
 *   samples    {node, thread, values}: what was seen, a column each, of values one a metric; all
 *              that was seen of one node and thread is one sample
 *   diff       of two profiles (profile/pair.h) only; else it is not there:
 *              {base, head: {label, command, revision, python, machine, runs: how many},
 *              shares: false or true, whether shares are shown at first,
 *              steps: from which change on a colour is another one (render/diff_scale.h),
 *              warnings: texts, renames: [[base, head, likeness, several]]: frames of which the
 *              one is perhaps the other, likeness in percent: frames of its name and file are
 *              meant, whatever their line; several is 1 where these are also of another
 *              function, else not there; looks: [[of the base, of the head]], one a metric: the sum of
 *              the values above 0 and how many samples have them; the one by the other is what a
 *              sample is worth (render/diff_chance.h), and of zeros that is not known}.
 *              `metrics` are then those of one side, and samples.values has two columns for each:
 *              first all of the head's, then all of the base's.
 *              The recordings' notes are the head's, then the base's, each begun by what it is of.
 *
 * A column is a string of numbers (markup_vlq), one for each frame, node or sample:
 *   name, file, module, source,
 *   frame          which of the pool: 0 the first that was not used yet, else how many
 *                  steps back from there. The pools are in the order of first use.
 *                  file, module, source: 0 none, else the same + 1
 *   line           0 none
 *   kind           an enum palette_kind; PALETTE_KINDS: the mark of a truncated stack
 *   color          an enum palette_color
 *   up             how many levels to climb from the last node's caller down to this
 *                  one's: 0 is a callee of the last node, 1 its sibling. Not there for
 *                  the root, which is the first node.
 *   node           how many nodes after that of the last sample (the first: after the root)
 *   thread         0 none, else an index + 1; an empty column: none anywhere
 *   values         what the sample is worth in the metric
 * A frame's text is its name, and where it has a file "NAME (FILE)" or "NAME (FILE:LINE)"; the
 * root's name is empty.
 */
#ifndef PYPROF_RENDER_DATA_H
#define PYPROF_RENDER_DATA_H

#include <stdio.h>

#include "profile/view.h"
#include "render/diff_data.h"
#include "render/notes.h"
#include "render/paint.h"

/*
 * `view` has the stacks by line, of all metrics, with no frames for threads; `shown` is how the
 * picture shows them; `diff` is NULL but for two profiles, the view's. Errors: NOMEM.
 */
enum pyprof_status data_write(FILE *out, const struct view *view, const struct paint *paint,
			      const struct notes *notes, const struct view_opts *shown,
			      const struct diff_data *diff, struct pyprof_error *err);

#endif
