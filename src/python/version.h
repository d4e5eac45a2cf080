/* SPDX-License-Identifier: MIT */
/*
 * Which release of CPython: read from the texts that a process has lying about.
 */
#ifndef PYPROF_PYTHON_VERSION_H
#define PYPROF_PYTHON_VERSION_H

#include "python/layout.h"

/*
 * Parses "3.8.18", "3.15.0rc1", "2.7.18+" or "3.8" (micro unknown) at the start of `text`;
 * *used gets the length. 0 where it begins with no version.
 */
uint32_t py_version_parse(const char *text, size_t len, size_t *used);

/*
 * Is what begins at `text` that which Py_GetVersion() leaves in its buffer, "3.8.18
 * (default, Aug 25 2023, 13:20:30) \n[GCC 12.2.0]"? Then its version, else 0. Source:
 * Python/getversion.c; 3.10 and later have no newline there.
 */
uint32_t py_version_banner(const char *text, size_t len);

/*
 * The version that a file name tells, "libpython3.6m.so.1.0" or "python2.7-dbg"; 0 where it
 * tells none. Only the minor is known then.
 */
uint32_t py_version_of_name(const char *name);

/* Does the name of a file say python at all? */
bool py_name_says_python(const char *name);

#endif
