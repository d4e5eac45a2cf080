/* SPDX-License-Identifier: MIT */
/*
 * _Py_DebugOffsets: the table at the start of _PyRuntime by which CPython 3.13 and later
 * describe their own layout. Source: Include/internal/pycore_debug_offsets.h of each release.
 *
 * The bytes are hostile until proven: the cookie, the version and every offset are bounded.
 */
#ifndef PYPROF_PYTHON_DEBUG_OFFSETS_H
#define PYPROF_PYTHON_DEBUG_OFFSETS_H

#include "base/error.h"
#include "python/layout.h"

#define PY_DEBUG_OFFSETS_MAX 1024 /* bytes; more than any release has */

/* Does the block begin with the cookie "xdebugpy"? */
bool py_debug_offsets_cookie(const void *block, size_t len);

/* Length of the block in the releases of a minor (584, 760, 888). */
size_t py_debug_offsets_size(uint32_t version);

/*
 * Fills *layout from the `len` bytes at the start of _PyRuntime; *version gets the release
 * that they name. Errors: CORRUPT (no cookie, an offset out of bounds), UNSUPPORTED (a version
 * newer than we know, or an alpha or beta that is not laid out as its final release; the
 * message names it). *version is set in both of these cases where the block says it, so set
 * it to 0 before.
 */
enum pyprof_status py_debug_offsets_parse(const void *block, size_t len,
					  struct py_layout *layout, uint32_t *version,
					  struct pyprof_error *err);

#endif
