/* SPDX-License-Identifier: MIT */
/*
 * Folded stacks: one line a distinct stack, as flamegraph.pl, inferno, speedscope and many
 * others read them.
 *
 *   file  = *line
 *   line  = [frame *(";" frame)] " " count LF      root first, count in decimal, above 0
 *   frame = name [" (" file [":" line-number] ")"] | "[truncated]"
 *
 * A reader that only splits lines at newlines, a line at its last space and the rest at ';'
 * is right, whatever the names are: what would mislead it is escaped, and only that.
 *
 *   \\       backslash                       \x3b     ';'
 *   \n \r    newline, carriage return        \xNN     other characters below U+0080
 *   \uXXXX   controls from U+0080 on, line and paragraph separators, U+FEFF, and lone
 *            surrogates; a byte that is no UTF-8 is the surrogate U+DC00 plus the byte, as
 *            Python's surrogateescape has it
 *   \e       an empty name without a file, which would leave nothing between two ';'
 *
 * Characters that are escaped only where they would be misread:
 *   '#' at the start of a line, which would be a comment; the '[' of a function that is called
 *   "[truncated]"; the space before digits at the end of the leaf, which flamegraph.pl takes
 *   for a second count; the '(' of " (" in a file name, the ':' before digits at the end of a file
 *   name without a line, the ')' at the end of a name without a file that would seem to have
 *   one: so that name, file and line are told apart again.
 *
 * A line of no frames (" 5") is what was seen at the root. Lines come in the order of the tree:
 * children by the bytes of their text, each stack before those that go on from it.
 *
 * Read are also files of other tools: a backslash that starts none of the escapes above
 * stands for itself, lines may end in CR LF, a tab may stand before the count, empty lines,
 * lines that start with "# " or are "#" alone (comments to inferno), and a byte order mark
 * are passed over. A line whose count is missing, no whole number or too large fails the whole
 * file, with its line number and byte: flamegraph.pl would drop it and draw a picture of the
 * rest. "[truncated]" at the leaf becomes the mark again. Not in the file, so not read: other
 * metrics, threads other than as frames, start lines, the recording's info.
 */
#ifndef PYPROF_FORMAT_FOLDED_H
#define PYPROF_FORMAT_FOLDED_H

#include "format/format.h"

/* The row; its reader gives a profile of one metric, samples/count. */
extern const struct format format_folded;

/*
 * The stacks of two profiles, each line with both counts, the first's before the second's, as
 * difffolded.pl of FlameGraph writes them and flamegraph.pl reads them. Counts are by the view's
 * nodes; a stack without any is left out. Errors: NOMEM.
 */
enum pyprof_status folded_write_two(const struct view *view, const uint64_t *first,
				    const uint64_t *second, FILE *out, struct pyprof_error *err);

/* Errors: CORRUPT (line and byte are named), LIMIT (counts add up beyond 64 bits), NOMEM. */
enum pyprof_status folded_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err);

/*
 * The same from a file, pipe or socket, of which never more than some lines are in memory. The
 * descriptor stays the caller's. Errors: also IO.
 */
enum pyprof_status folded_read_file(struct profile **out, int fd, struct pyprof_error *err);

#endif
