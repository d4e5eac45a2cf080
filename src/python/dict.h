/* SPDX-License-Identifier: MIT */
/*
 * Dicts from the target's memory, version by version.
 *
 * The target goes on while we read: a dict may be resized under us. Sizes are bounded, a
 * table that makes no sense is CORRUPT, and nobody may rely on having seen every item; keys
 * and values are addresses that may be stale. Subclasses of dict are read as dicts.
 *
 * Source: Objects/dict-common.h, Include/internal/pycore_dict.h of each release.
 */
#ifndef PYPROF_PYTHON_DICT_H
#define PYPROF_PYTHON_DICT_H

#include "python/runtime.h"

#define PY_DICT_MAX (1u << 20) /* entries looked at; what lies behind is not seen */

/* Return false to stop the iteration. */
typedef bool py_item_fn(uint64_t key, uint64_t value, void *arg);

/*
 * Calls `fn` for each item (key and value are object addresses, never 0) of the dict at
 * `addr`. Errors: FAULT, CORRUPT; `fn` may have been called before.
 */
enum pyprof_status py_dict_each(const struct py_runtime *rt, uint64_t addr,
				py_item_fn *fn, void *arg, struct pyprof_error *err);

/*
 * The value of the item whose key is the str `name` (ASCII; 2.7: no unicode); *value is 0
 * where there is none. Keys are read in bulk, so that a long dict takes few system calls.
 */
enum pyprof_status py_dict_get(const struct py_runtime *rt, uint64_t addr, const char *name,
			       uint64_t *value, struct pyprof_error *err);

/* ---- attributes (attrs.c) ------------------------------------------------------ */

/*
 * Calls `fn` for each attribute in an instance's own __dict__, inline values and key-sharing
 * tables included. Attributes in slots are not covered.
 */
enum pyprof_status py_attrs_each(const struct py_runtime *rt, uint64_t object,
				 py_item_fn *fn, void *arg, struct pyprof_error *err);
enum pyprof_status py_attr_get(const struct py_runtime *rt, uint64_t object,
			       const char *name, uint64_t *value, struct pyprof_error *err);

#endif
