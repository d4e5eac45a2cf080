/* SPDX-License-Identifier: MIT */
/*
 * Looking through a module's writable data for what has no symbol to be found by.
 */
#ifndef PYPROF_PYTHON_SCAN_H
#define PYPROF_PYTHON_SCAN_H

#include "elf/elf_image.h"
#include "python/layout.h"
#include "target/maps.h"

/* More of one segment is not looked through; a CPython has some 2 MB, with .bss. */
#define PY_SCAN_MAX (64u << 20)

/* What one pass over a module's writable data came upon. */
struct py_scan {
	uint64_t debug_offsets; /* address of a debug offsets cookie, 8-aligned; 0: none */
	uint32_t version;	/* of the text that Py_GetVersion() left; 0: none */
};

/* Fills *scan. A module whose data cannot be read has neither. */
void py_scan_module(const struct elf_image *image, const struct maps *maps,
		    struct py_scan *scan);

/*
 * Calls `fn` for every aligned pointer in the module's writable data that leads to a struct
 * PyInterpreterState, going by `layout`: its first thread state points back at it. `at` is
 * where the pointer lies. That proves little yet. `inside`: only those that lie in the module
 * itself (3.11 and later, the main interpreter); else only those that do not. `fn` returns
 * false to end the scan.
 */
typedef bool py_interp_fn(uint64_t at, void *arg);
void py_scan_interpreters(const struct elf_image *image, const struct maps *maps,
			  const struct py_layout *layout, bool inside, py_interp_fn *fn,
			  void *arg);

#endif
