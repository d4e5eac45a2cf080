/* SPDX-License-Identifier: MIT */
/*
 * Line tables: from an instruction to its line, for each codec. Pure; no memory of a target.
 *
 * Sources: Objects/lnotab_notes.txt (to 3.9), PEP 626 (3.10), Objects/locations.md and
 * InternalDocs/code_objects.md (3.11 and later).
 */
#ifndef PYPROF_PYTHON_LINES_H
#define PYPROF_PYTHON_LINES_H

#include "base/error.h"
#include "python/layout.h"

#define PY_LINE_NONE 0 /* the instruction has no line */

/*
 * Decodes a whole table into lines[unit], one entry per 2-byte unit of code (2.7: per byte);
 * `n` is how many units the code has. Units that the table does not reach repeat its last line
 * (lnotab codecs) or have none. A table that runs beyond the code, or is cut short, is
 * CORRUPT; what was decoded before stays.
 */
enum pyprof_status py_lines_decode(enum py_line_codec codec, const uint8_t *table,
				   size_t len, int firstlineno, int32_t *lines, size_t n,
				   struct pyprof_error *err);

/* Units per code byte: 1 for PY_LINES_LNOTAB_UNSIGNED, 2 for the others. */
static inline unsigned py_lines_unit(enum py_line_codec codec)
{
	return codec == PY_LINES_LNOTAB_UNSIGNED ? 1 : 2;
}

#endif
