/* SPDX-License-Identifier: MIT */
/*
 * Chrome's trace events: what Perfetto (ui.perfetto.dev), chrome://tracing and speedscope show.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 *
 * An object with "traceEvents", in each thread in the order of time:
 *   M  process_name (its command), thread_name
 *   B  a frame begins: name, args.file (whole), args.line, args.column, what is known of them;
 *      cat says whose code it is; the column is where it was when it began
 *   E  it ends; with the same name and args, since some readers match by them
 *
 * Every look stands for the time since its thread was visited before. A frame lasts as long as
 * looks that follow each other without a gap show it at the same line below the same callers; where
 * a gap follows (the thread slept, or was not looked at) everything ends at the last look. So the
 * time that a stack has is its wall time, unless the timeline was thinned. The missing part of a
 * truncated stack is a frame "[truncated]". Only looks that count for the metric are shown.
 *
 * ts is in microseconds, with three digits behind the point, from the recording's start, or
 * from where the first look's time begins. Where a frame that ends and one that begins at the
 * same time could be taken for each other, the end is set a nanosecond earlier. Ids are the
 * system's; where one is not known, or was given twice, it is a number above 4,194,304, which
 * the system gives to nobody.
 *
 * A file of more than 200 million events is refused (LIMIT).
 *
 * Not in it: other metrics, marks, labels, the first lines of functions.
 */
#ifndef PYPROF_FORMAT_CHROME_H
#define PYPROF_FORMAT_CHROME_H

#include "format/format.h"

#define CHROME_EVENTS_MAX 200000000u /* of a file: 20 GB of it */

extern const struct format format_chrome;

#endif
