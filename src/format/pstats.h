/* SPDX-License-Identifier: MIT */
/*
 * What Python's pstats module loads, and cProfile and profile dump
 * (https://docs.python.org/3/library/profile.html): a marshalled dict
 *
 *   {(file, line, name): (cc, nc, tt, ct, {(file, line, name): (nc, cc, tt, ct)})}
 *
 * of each function, with its callers: primitive calls, calls, the time in it, and with
 * all that it called. A caller's part is what it had of the function.
 *
 * Written, so that CPython 2.7 and 3.6 to 3.15 load it:
 *   - One metric. Times (a unit of nanoseconds) are seconds, as floats; others, as
 * samples, are whole numbers, which pstats prints as if they were seconds.
 *   - How often a function was called is nothing that a sampler knows: cc and nc are the
 * samples that have it in their stack, the metric "samples", else 0. So "percall" is what
 * one sample stands for.
 *   - A stack counts once for a function and once for a call, as cProfile counts
 * recursion.
 *   - The line is that where the function begins, 0 where unknown. A function without
 * file and line is ("~", 0, name), as cProfile has what is built in; a file of nothing
 * but '~' gets one more.
 *   - ("~", 0, "[truncated]") is the mark of truncated stacks, called by the last frame
 * that was proven; ("~", 0, "[root]") has the samples without any frame. Functions of
 * these names without file and line are written with the file "".
 *   - Texts are marshal's 't' without references to others: str in each version, UTF-8
 *     in Python 2; 3 has lone surrogates as such. So a name is written again for each
 * caller.
 *   - pstats refuses an empty dict: that is what a profile without samples is.
 * Not in the file: threads, processes, lines, columns, labels, other marks and metrics,
 * whole stacks.
 *
 * Read are those files and what cProfile and profile dump in any CPython, marshal's
 * versions 0 to 5. Stacks are an estimate (profile/estimate.h); profile tells of callers
 * only how often they called: the time is theirs in proportion to that. The metric is
 * "time" in nanoseconds; where all times are whole numbers "samples", if they are what
 * ncalls says, else "value", in counts. Calls are not kept. Times below 0, which
 * profile's calibration can bring, are 0.
 */
#ifndef PYPROF_FORMAT_PSTATS_H
#define PYPROF_FORMAT_PSTATS_H

#include "format/format.h"

extern const struct format format_pstats;

#define PSTATS_ROOT	 "[root]"
#define PSTATS_TRUNCATED "[truncated]"

/*
 * Errors: CORRUPT (the byte is named), LIMIT (times beyond 64 bits of nanoseconds,
 * containers nested deeper than 64), NOMEM.
 */
enum pyprof_status pstats_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err);

/* Does a file that begins so look like one? */
bool pstats_detect(const char *bytes, size_t len);

#endif
