/* SPDX-License-Identifier: MIT */
#include "python/dict.h"

#include "base/cleanup.h"
#include "python/dict_keys.h"
#include "python/find_item.h"
#include "python/object.h"

#define HEAD_MAX 128

/* PyDictObject of 2.7: ma_mask (size - 1) is what the layout calls values. */
static enum pyprof_status each_of_table(const struct py_runtime *rt, uint64_t addr,
					uint64_t table, uint64_t mask, py_item_fn *fn,
					void *arg, struct pyprof_error *err)
{
	if (mask & (mask + 1))
		return error_set_address(err, PYPROF_ERR_CORRUPT, addr,
					 "the size of a dict is no power of two");
	return py_table_each(rt, table, mask + 1, fn, arg, err);
}

enum pyprof_status py_dict_each(const struct py_runtime *rt, uint64_t addr,
				py_item_fn *fn, void *arg, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->object.ob_type, l->dict.used, l->dict.keys,
				    l->dict.values };
	size_t need = py_head_need(fields, ARRAY_SIZE(fields), 8), got;
	uint8_t head[HEAD_MAX];
	uint64_t flags;

	if (need > sizeof(head))
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "a dict's layout makes no sense");
	enum pyprof_status status = py_object_head(rt, addr, head, need, need, &got, err);
	if (!status)
		status = py_type_flags(rt, py_word(head, l->object.ob_type), &flags, err);
	if (status)
		return status;
	if (!(flags & PY_TYPE_DICT))
		return error_set_address(err, PYPROF_ERR_CORRUPT, addr,
					 "this object is no dict");

	uint64_t keys = py_word(head, l->dict.keys), values = py_word(head, l->dict.values);
	if (!py_word(head, l->dict.used))
		return PYPROF_OK;
	if (l->dict_model == PY_DICTS_TABLE)
		return each_of_table(rt, addr, keys, values, fn, arg, err);
	if (values)
		return py_keys_each_split(rt, keys, values, false, fn, arg, err);
	return py_keys_each(rt, keys, fn, arg, err);
}

enum pyprof_status py_dict_get(const struct py_runtime *rt, uint64_t addr, const char *name,
			       uint64_t *value, struct pyprof_error *err)
{
	return py_find_item(rt, py_dict_each, addr, name, value, err);
}
