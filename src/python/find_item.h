/* SPDX-License-Identifier: MIT */
/* One item, by its name, among those that py_dict_each() or py_attrs_each() gives. */
#ifndef PYPROF_PYTHON_FIND_ITEM_H
#define PYPROF_PYTHON_FIND_ITEM_H

#include "python/dict.h"

#define PY_FIND_NAME_MAX 64 /* bytes of a name */

typedef enum pyprof_status py_each_fn(const struct py_runtime *rt, uint64_t addr,
				      py_item_fn *fn, void *arg, struct pyprof_error *err);

/* *value is that of the item whose key is the str `name` (ASCII), 0 where there is none. */
enum pyprof_status py_find_item(const struct py_runtime *rt, py_each_fn *each, uint64_t addr,
				const char *name, uint64_t *value, struct pyprof_error *err);

#endif
