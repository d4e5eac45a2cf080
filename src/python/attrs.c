/* SPDX-License-Identifier: MIT */
/*
 * Attributes of an instance: its dict, or values beside it that the keys of its type name.
 *
 * Sources: _PyObject_GetDictPtr() (to 3.10), and Include/internal/pycore_object.h:
 * _PyObject_ValuesPointer() (3.11), _PyObject_DictOrValuesPointer() (3.12),
 * _PyObject_ManagedDictPointer() and _PyObject_InlineValues() (3.13 and later).
 */
#include "python/dict.h"
#include "python/dict_keys.h"
#include "python/find_item.h"
#include "python/object.h"

#define WORD	    8
#define SIZE_MAX_OK (1u << 20) /* bytes of an object in front of its items */
#define ITEMS_MAX   (UINT64_C(1) << 32)

struct instance {
	uint64_t addr, type;
	uint64_t flags; /* of its type */
	uint64_t dict;	/* 0: none */
	uint64_t values; /* 0: none */
};

static enum pyprof_status word_at(const struct py_runtime *rt, uint64_t addr, uint64_t *out,
				  struct pyprof_error *err)
{
	return memory_read_u64(rt->target->memory, addr, out, err);
}

static enum pyprof_status corrupt_type(const struct instance *in, struct pyprof_error *err)
{
	return error_set_address(err, PYPROF_ERR_CORRUPT, in->type,
				 "the sizes of a type make no sense");
}

/*
 * A dict offset below zero counts from the end of the object's items, of which ob_size (its
 * sign aside) tells the number.
 */
static enum pyprof_status dictoffset_from_end(const struct py_runtime *rt,
					      const struct instance *in, int64_t *offset,
					      struct pyprof_error *err)
{
	uint64_t sizes[2]; /* tp_basicsize, tp_itemsize */
	uint64_t items;
	enum pyprof_status status =
		memory_read(rt->target->memory, in->type + rt->layout.type.basicsize, sizes,
			    sizeof(sizes), err);

	if (!status)
		status = word_at(rt, in->addr + rt->layout.object.size, &items, err);
	if (status)
		return status;
	if ((int64_t)items < 0)
		items = -items;
	if (sizes[0] > SIZE_MAX_OK || sizes[1] > SIZE_MAX_OK || items > ITEMS_MAX)
		return corrupt_type(in, err);
	uint64_t size = (sizes[0] + items * sizes[1] + WORD - 1) & ~(uint64_t)(WORD - 1);
	*offset += (int64_t)size;
	return *offset > 0 ? PYPROF_OK : corrupt_type(in, err);
}

static enum pyprof_status find_by_dictoffset(const struct py_runtime *rt, struct instance *in,
					     struct pyprof_error *err)
{
	uint64_t word;
	enum pyprof_status status =
		word_at(rt, in->type + rt->layout.type.dictoffset, &word, err);
	int64_t offset = (int64_t)word;

	if (status || !offset)
		return status;
	if (offset > (int64_t)SIZE_MAX_OK || offset < -(int64_t)SIZE_MAX_OK)
		return corrupt_type(in, err);
	if (offset < 0)
		status = dictoffset_from_end(rt, in, &offset, err);
	return status ? status : word_at(rt, in->addr + (uint64_t)offset, &in->dict, err);
}

/* 3.13 and later: a dict made from inline values may go on using them, and says so itself. */
static enum pyprof_status find_inline(const struct py_runtime *rt, struct instance *in,
				      struct pyprof_error *err)
{
	unsigned words = rt->layout.free_threaded ? 1 : 3;
	uint64_t size;
	enum pyprof_status status = word_at(rt, in->addr - words * WORD, &in->dict, err);

	if (status || in->dict || !(in->flags & PY_TYPE_INLINE_VALUES))
		return status;
	status = word_at(rt, in->type + rt->layout.type.basicsize, &size, err);
	if (status)
		return status;
	if (size > SIZE_MAX_OK)
		return corrupt_type(in, err);
	in->values = in->addr + size;
	return PYPROF_OK;
}

static enum pyprof_status find(const struct py_runtime *rt, struct instance *in,
			       struct pyprof_error *err)
{
	uint64_t words[2];
	enum pyprof_status status;

	if (rt->layout.attr_model == PY_ATTRS_DICTOFFSET ||
	    !(in->flags & PY_TYPE_MANAGED_DICT))
		return find_by_dictoffset(rt, in, err);
	switch (rt->layout.attr_model) {
	case PY_ATTRS_VALUES_311:
		status = memory_read(rt->target->memory, in->addr - 4 * WORD, words,
				     sizeof(words), err);
		if (!status) {
			in->values = words[0];
			in->dict = words[1];
		}
		return status;
	case PY_ATTRS_VALUES_312:
		status = word_at(rt, in->addr - 3 * WORD, &words[0], err);
		if (!status && words[0] & 1)
			in->values = words[0] + 1;
		else if (!status)
			in->dict = words[0];
		return status;
	default:
		return find_inline(rt, in, err);
	}
}

enum pyprof_status py_attrs_each(const struct py_runtime *rt, uint64_t object,
				 py_item_fn *fn, void *arg, struct pyprof_error *err)
{
	struct instance in = { .addr = object };
	uint64_t keys;
	enum pyprof_status status =
		word_at(rt, object + rt->layout.object.ob_type, &in.type, err);

	if (!status)
		status = py_type_flags(rt, in.type, &in.flags, err);
	if (!status)
		status = find(rt, &in, err);
	if (status)
		return status;
	if (!in.values)
		return in.dict ? py_dict_each(rt, in.dict, fn, arg, err) : PYPROF_OK;

	status = word_at(rt, in.type + rt->layout.heap_type.cached_keys, &keys, err);
	if (status || !keys)
		return status;
	return py_keys_each_split(rt, keys, in.values, true, fn, arg, err);
}

enum pyprof_status py_attr_get(const struct py_runtime *rt, uint64_t object,
			       const char *name, uint64_t *value, struct pyprof_error *err)
{
	return py_find_item(rt, py_attrs_each, object, name, value, err);
}
