/* SPDX-License-Identifier: MIT */
/*
 * The tables behind a dict, which an instance may have without a dict object: keys that the
 * instances of a class share, and the values of one of them.
 *
 * Source: Objects/dict-common.h (to 3.10), Include/internal/pycore_dict.h (3.11 and later).
 */
#ifndef PYPROF_PYTHON_DICT_KEYS_H
#define PYPROF_PYTHON_DICT_KEYS_H

#include "python/dict.h"

/* Entries {hash, key, value} in a row, as 2.7 has them: some unused. */
enum pyprof_status py_table_each(const struct py_runtime *rt, uint64_t table, uint64_t n,
				 py_item_fn *fn, void *arg, struct pyprof_error *err);

/* The items of a PyDictKeysObject that has its own values. */
enum pyprof_status py_keys_each(const struct py_runtime *rt, uint64_t keys, py_item_fn *fn,
				void *arg, struct pyprof_error *err);

/*
 * The items of one that is shared; the values of this instance lie at `values`: an array, in
 * 3.13 and later a PyDictValues. With `inline_values` they are none where it says that it is
 * not valid any more. From 3.11 on they come in the order in which the instance got them.
 */
enum pyprof_status py_keys_each_split(const struct py_runtime *rt, uint64_t keys,
				      uint64_t values, bool inline_values, py_item_fn *fn,
				      void *arg, struct pyprof_error *err);

#endif
