/* SPDX-License-Identifier: MIT */
/*
 * Which characters repr() leaves as they are: those that str.isprintable() is true of, by the
 * Unicode of each minor release. Source: the interpreters (scripts/printable).
 */
#ifndef PYPROF_PYTHON_PRINTABLE_H
#define PYPROF_PYTHON_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PY_PRINTABLE_NEWEST 15 /* the newest minor of 3 that the rows know */

struct py_printable {
	uint32_t from, to; /* both included */
	uint32_t since;	   /* minor of 3; 6: that or before */
};

/* In ascending order; no two overlap. */
extern const struct py_printable py_printable_rows[];
extern const size_t py_n_printable_rows;

#endif
