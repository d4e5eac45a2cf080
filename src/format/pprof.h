/* SPDX-License-Identifier: MIT */
/*
 * pprof's profile.proto, gzipped: the file that keeps all there is.
 * https://github.com/google/pprof/blob/main/proto/profile.proto
 *
 * What is written:
 *   sample types   every metric, "samples/count", "wall/nanoseconds", …; the default one is the one
 *                  that was asked for
 *   samples        the stack, leaf first; a truncated one has a leaf "[truncated]", for who adds up
 *                  by frames, and a label, for who reads it back
 *   labels         thread_id (number), thread (its name, where it has one), process_id, process
 *                  (its command); truncated, paused: "yes"; state: "idle", "gil-wait"; and the
 *                  sample's own
 *   locations      function, line, column; no address, no mapping
 *   functions      name, file as the interpreter has it (whole), first line; no system name: a name
 *                  that is the same as that would be taken for one of C++, and "<module>" for a
 *                  template's argument
 *   mappings       native modules of the process with their build ids; no location refers to them
 *   period, time, duration
 *   comments       "pyprof VERSION" first, then "key: value" for the command and others, and the
 *                  counters of the recording in one line: what pprof shows with -comments
 *   field 1000     of the file, bytes: when the samples were taken, where the recording kept it
 *                  (profile/timeline_bytes.h); a field of ours that others pass over
 *
 * Texts have to be UTF-8 for some readers. One that is not, and one that has `\u` in it, is written
 * with \uXXXX for each lone surrogate (a byte that is no UTF-8: U+DC00 plus the byte) and
 * \u005c for each backslash; only files that say "pyprof" are read back so.
 *
 * Labels of these names make threads and marks in whatever file they are. What is read is any file
 * of that message, of other tools too: packed or not, zipped or not, with
 * ids in any order. Inlined lines become frames; a location without lines is named by its address,
 * and its file by the mapping. Frames that match drop_frames are pruned, as pprof does. Negative
 * values are written of a difference (profile/subtract.h), and refused where they are read. Limits: 40 sample types, 1,000,000 frames a
 * sample and 4,000,000,000 in all, 1 MiB of comments that are not ours.
 */
#ifndef PYPROF_FORMAT_PPROF_H
#define PYPROF_FORMAT_PPROF_H

#include "format/format.h"

extern const struct format format_pprof;

/* As format_pprof.read. */
enum pyprof_status pprof_read(struct profile **out, const char *bytes, size_t len,
			      struct pyprof_error *err);

/* Does it look like a message Profile? */
bool pprof_detect(const char *bytes, size_t len);

#endif
