/* SPDX-License-Identifier: MIT */
/*
 * Callgrind's profiles, version 1, as KCachegrind, QCachegrind and callgrind_annotate
 * show them (https://valgrind.org/docs/manual/cl-format.html): what each line of each
 * function cost itself, and what the calls in it cost with all below them.
 *
 * Written:
 *   - Every metric is an event; the one that was asked for comes first. An "event:" line
 * has its name and unit as they are ("wall/nanoseconds"); the event's own name has only
 * letters, digits, '_' and '-'.
 *   - "fl=" is the function's file, "???" where it is not known, and lines are those
 * where time was seen or a call was made, 0 where unknown. The line in "calls=" is where
 * the callee begins.
 *   - The count in "calls=" is always 1: how often it was called is nothing that a
 * sampler knows. It cannot be 0: callgrind_annotate takes the line behind "calls=0" for
 * what the function cost itself, and KCachegrind takes a function for one that nothing
 * calls, and then adds up what it calls instead.
 *   - A call costs what was seen below it, but where the callee is in the stack already:
 * that is 0. Readers take a function's inclusive cost for the sum of what leads to it,
 * and so it is, with recursion too.
 *   - That sum lacks what was seen with the function as root. Where a function has
 * callers and is a root too, it is called by "[root]", a function of its own, in whose
 * self cost there are samples without any frame.
 *   - "[truncated]" is a function too, called by the last frame that was proven.
 *   - A name stands in a line of its own, so what would not is escaped as in folded
 * stacks:
 *     \n \r \xNN \uXXXX \\, and \e for an empty name; so are spaces at both ends, and the
 * first character of a function that is called "[root]" or "[truncated]", or a file
 * "???". Not in the file: threads, processes, other marks, labels, columns, whole stacks.
 *
 * Read are valgrind's own files and others of that format: name compression, relative
 * positions, "instr" positions, costs of inlined lines (fi=, fe=), objects, several parts
 * (added up), events of which parts have others, hexadecimal numbers, jumps (passed
 * over). Every event is a metric, 40 at most. Stacks are an estimate
 * (profile/estimate.h). Where a file is "???" the object stands for it; a line of another
 * file than the function's is unknown (0). Passed over: call counts, descriptions,
 * formulas of events. Each part of a file of valgrind's and of ours has to add up to its
 * line "totals:", and to have one: else it has been cut off.
 */
#ifndef PYPROF_FORMAT_CALLGRIND_H
#define PYPROF_FORMAT_CALLGRIND_H

#include "format/format.h"

extern const struct format format_callgrind;

#define CALLGRIND_CREATOR   "pyprof"
#define CALLGRIND_ROOT	    "[root]"
#define CALLGRIND_TRUNCATED "[truncated]"
#define CALLGRIND_UNKNOWN   "???"

/*
 * Errors: CORRUPT (line and byte are named), LIMIT (costs beyond 64 bits, more than 20
 * events), NOMEM.
 */
enum pyprof_status callgrind_read(struct profile **out, const char *bytes, size_t len,
				  struct pyprof_error *err);

/* Does a file that begins so look like one? */
bool callgrind_detect(const char *bytes, size_t len);

#endif
