/* SPDX-License-Identifier: MIT */
/*
 * Line tables: from an instruction to its line and column, for each codec. Pure; no memory of a target.
 *
 * Sources: Objects/lnotab_notes.txt (to 3.9), PEP 626 (3.10), Objects/locations.md and
 * InternalDocs/code_objects.md (3.11 and later); and, for what a reader does with an odd
 * table, PyCode_Addr2Line() of each release.
 */
#ifndef PYPROF_PYTHON_LINES_H
#define PYPROF_PYTHON_LINES_H

#include "base/error.h"
#include "python/layout.h"

/*
 * The instruction has no line. The interpreter numbers a module's first instruction 0 (3.11
 * and later), which is no line of a file either; so are the negative lines that a program can
 * give to code it makes.
 */
#define PY_LINE_NONE 0

/*
 * The instruction has no column: its version keeps none (to 3.10), it was compiled with
 * -X no_debug_ranges, the compiler gave it none, or it lies beyond PY_COLUMN_MAX, where
 * nothing is said rather than what would be wrong.
 */
#define PY_COLUMN_NONE 0
#define PY_COLUMN_MAX  UINT16_MAX

/*
 * Decodes a whole table into lines[unit], one entry per 2-byte unit of code (2.7: per byte);
 * `n` is how many units the code has. Units that the table does not reach repeat its last line
 * (lnotab codecs) or have none. lnotab tables may run beyond the code: the optimizer shortens
 * code and leaves its table.
 *
 * columns[unit], where that is not NULL, is where on the line the instruction's source begins: 1
 * and up, in bytes of UTF-8 as the interpreter counts them from 0 (co_positions()). Call sites of
 * one line mostly differ in it; calls of one chain, a.b().c(), begin at one column.
 * PY_COLUMN_NONE where there is no line, and for codecs that have no columns.
 *
 * CORRUPT where a table is cut short, has a line that is no int, or (3.10 and later) runs
 * beyond the code. lines[] and columns[] are whole then too: what was decoded before stays, and
 * the rest is PY_LINE_NONE and PY_COLUMN_NONE. An entry whose column alone is cut short has no
 * column, and is not corrupt: the interpreter reads lines of such a table too.
 *
 * The line of a frame that has not run yet (an instruction below 0) is firstlineno; that is
 * the caller's to know.
 */
enum pyprof_status py_lines_decode(enum py_line_codec codec, const uint8_t *table,
				   size_t len, int firstlineno, int32_t *lines,
				   uint16_t *columns, size_t n, struct pyprof_error *err);

static inline bool py_lines_have_columns(enum py_line_codec codec)
{
	return codec == PY_LINES_LOCATIONS;
}

/* Code bytes per unit: 1 for PY_LINES_LNOTAB_UNSIGNED, 2 for the others. */
static inline unsigned py_lines_unit(enum py_line_codec codec)
{
	return codec == PY_LINES_LNOTAB_UNSIGNED ? 1 : 2;
}

#endif
