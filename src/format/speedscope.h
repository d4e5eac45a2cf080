/* SPDX-License-Identifier: MIT */
/*
 * speedscope's JSON file (https://www.speedscope.app/file-format-schema.json, and
 * src/lib/file-format-spec.ts of its sources).
 *
 * Written: one "sampled" profile a thread, the heaviest first, in one metric; stacks in
 * the order in which they were first seen, those with common callers side by side, each
 * once with its weight. Frames are shared by all, with whole path, line and column where
 * they are known. A truncated stack has a leaf frame "[truncated]". A profile is called
 * "thread TID (NAME)", "process PID (COMMAND), thread TID (NAME)" where there are several
 * processes, and as its metric where the thread is not known. A recording without samples
 * is one profile without samples: speedscope cannot open a file of none. Memory is that
 * of the tree's indexes; the text is not kept.
 *
 * Of units speedscope knows nanoseconds to seconds and bytes; all else is "none". Numbers
 * are whole and written to the last digit, with ".0" from 2^63 on. JavaScript keeps them
 * as doubles: above 2^53 speedscope shows what is nearest to them, and so do we, reading
 * them again, from 2^63 on.
 *
 * What the format has no place for stands under a key of ours, "pyprof", which others
 * pass over: in a profile {"metric", "unit", "thread": {"id", "name"}, "process": {"id",
 * "command"}}; in the frame of the truncation mark "truncated". Not in the file: other
 * metrics, marks but that one, labels, start lines, the recording's numbers.
 *
 * Read: files of version 0.0.1 and up, from whatever program.
 *   - A profile becomes a thread of that name; from pyprof and py-spy also of its id and
 * process.
 *   - The unit "none" becomes samples/count, times become wall/nanoseconds, "bytes"
 * bytes/bytes; from pyprof they are what they were. Profiles of several units: as many
 * metrics.
 *   - Weights need not be whole. Each is rounded, to a nanosecond or count, and what that
 *     leaves over is carried to the next one, so that the sum of a profile is off by a
 * half at most. A weight that comes to nothing adds nothing.
 *   - Of evented profiles, the time between two events is that of the stack that was
 * open, none where none was. Events out of order, a frame closed that is not the
 * innermost, or one left open are errors, as they are in speedscope.
 *   - null is as if it was not there; a line or column that is not 1 to 2^31-1 is
 * unknown.
 *   - "exporter" and "name" become comments, "name" in files of ours the command.
 * Limits: those of base/json_read.h; PROFILE_MAX_METRICS kinds of unit; a weight of 2^64.
 */
#ifndef PYPROF_FORMAT_SPEEDSCOPE_H
#define PYPROF_FORMAT_SPEEDSCOPE_H

#include "format/format.h"

#define SPEEDSCOPE_SCHEMA    "https://www.speedscope.app/file-format-schema.json"
#define SPEEDSCOPE_TRUNCATED "[truncated]"

extern const struct format format_speedscope;

/*
 * Errors: CORRUPT (names the byte where it is no JSON, else the place in it:
 * "profiles[0].samples[3]"), LIMIT, NOMEM.
 */
enum pyprof_status speedscope_read(struct profile **out, const char *bytes, size_t len,
				   struct pyprof_error *err);

/* Is it a JSON object that names the schema? */
bool speedscope_detect(const char *bytes, size_t len);

#endif
