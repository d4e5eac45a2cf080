/* SPDX-License-Identifier: MIT */
#include "python/lock_types.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "python/dict.h"
#include "python/string.h"

#define MRO_MAX	  32
#define SIMPLE_QUEUE "_queue.SimpleQueue"

/* Types in C, by tp_name. */
static const struct {
	const char *name;
	enum lock_type type;
} c_types[] = {
	{ "_thread.lock", LOCK_TYPE_LOCK },
	{ "thread.lock", LOCK_TYPE_LOCK },
	{ "_thread.RLock", LOCK_TYPE_RLOCK },
	{ SIMPLE_QUEUE, LOCK_TYPE_SIMPLE_QUEUE },
	{ "_thread._ThreadHandle", LOCK_TYPE_THREAD_HANDLE },
	{ "builtin_function_or_method", LOCK_TYPE_METHOD_C },
	{ "method", LOCK_TYPE_METHOD },
	{ "instancemethod", LOCK_TYPE_METHOD },
	{ "method_descriptor", LOCK_TYPE_DESCR },
	{ "function", LOCK_TYPE_FUNCTION },
	{ "cell", LOCK_TYPE_CELL },
	{ "int", LOCK_TYPE_INT },
	{ "long", LOCK_TYPE_INT },
	{ "module", LOCK_TYPE_MODULE },
	{ "instance", LOCK_TYPE_INSTANCE_OLD },
	{ "list", LOCK_TYPE_LIST },
	{ "dict", LOCK_TYPE_DICT },
	{ "type", LOCK_TYPE_CLASS },
};

/* Classes in Python, by their names and those of their modules. */
static const struct {
	const char *name, *module;
	enum lock_type type;
} classes[] = {
	{ "Condition", "threading", LOCK_TYPE_CONDITION },
	{ "_Condition", "threading", LOCK_TYPE_CONDITION },
	{ "Thread", "threading", LOCK_TYPE_THREAD },
	{ "_RLock", "threading", LOCK_TYPE_RLOCK_PYTHON },
	{ "_GeneratorContextManager", "contextlib", LOCK_TYPE_CONTEXT },
	{ "GeneratorContextManager", "contextlib", LOCK_TYPE_CONTEXT },
	{ "_ModuleLock", "importlib._bootstrap", LOCK_TYPE_MODULE_LOCK },
	{ "_ModuleLock", "_frozen_importlib", LOCK_TYPE_MODULE_LOCK },
};

void lock_types_deinit(struct lock_types *types)
{
	free(types->entries);
	map_deinit(&types->by_addr);
}

static bool same_addr(const void *entries, uint32_t index, const void *key)
{
	const struct lock_type_entry *all = entries;

	return all[index].addr == *(const uint64_t *)key;
}

/* ---- one type ---------------------------------------------------------------------- */

static bool read_name(const struct py_runtime *rt, uint64_t type, char *buf, size_t size)
{
	uint64_t name;
	size_t got;

	if (memory_read_u64(rt->target->memory, type + rt->layout.type.name, &name, NULL) ||
	    memory_read_prefix(rt->target->memory, name, buf, size, &got, NULL))
		return false;
	/* A name that is cut is none that we look for. */
	buf[got < size ? got : size - 1] = '\0';
	return true;
}

/* Does the class say that it is of this module? */
static bool of_module(const struct py_runtime *rt, uint64_t type, const char *module)
{
	struct str text = STR_INIT;
	uint64_t dict, value;
	bool is = !memory_read_u64(rt->target->memory, type + rt->layout.lock.type_dict, &dict,
				   NULL) &&
		  dict && !py_dict_get(rt, dict, "__module__", &value, NULL) && value &&
		  !py_string_read(rt, value, &text, NULL) &&
		  strcmp(str_cstr(&text), module) == 0;

	str_deinit(&text);
	return is;
}

static enum lock_type class_type(const struct py_runtime *rt, uint64_t type, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (strcmp(classes[i].name, name) == 0 &&
		    of_module(rt, type, classes[i].module))
			return classes[i].type;
	}
	return LOCK_TYPE_INSTANCE;
}

/* A class, or one that it is derived from. */
static enum lock_type heap_type(const struct py_runtime *rt, uint64_t type)
{
	const struct py_layout *l = &rt->layout;
	uint64_t mro, n, bases[MRO_MAX];
	char name[LOCK_TYPE_NAME_MAX];

	if (memory_read_u64(rt->target->memory, type + l->type.mro, &mro, NULL) || !mro ||
	    memory_read_u64(rt->target->memory, mro + l->tuple.size, &n, NULL))
		return LOCK_TYPE_INSTANCE;
	n = n < MRO_MAX ? n : MRO_MAX;
	if (memory_read(rt->target->memory, mro + l->tuple.items, bases, n * 8, NULL))
		return LOCK_TYPE_INSTANCE;
	for (size_t i = 0; i < n; i++) {
		enum lock_type of;

		if (!read_name(rt, bases[i], name, sizeof(name)))
			continue;
		if (strcmp(name, SIMPLE_QUEUE) == 0)
			return LOCK_TYPE_SIMPLE_QUEUE;
		of = class_type(rt, bases[i], name);
		if (of != LOCK_TYPE_INSTANCE)
			return of;
	}
	return LOCK_TYPE_INSTANCE;
}

static enum lock_type find_type(const struct py_runtime *rt, uint64_t type, const char *name)
{
	uint64_t flags;
	bool heap = !py_type_flags(rt, type, &flags, NULL) && flags & PY_TYPE_HEAP;

	for (size_t i = 0; i < ARRAY_SIZE(c_types); i++) {
		/* Anybody may have a class of the name of a builtin. */
		if (strcmp(c_types[i].name, name) == 0 &&
		    !(heap && (c_types[i].type == LOCK_TYPE_LIST ||
			       c_types[i].type == LOCK_TYPE_DICT ||
			       c_types[i].type == LOCK_TYPE_CLASS)))
			return c_types[i].type;
	}
	return heap ? heap_type(rt, type) : LOCK_TYPE_OTHER;
}

static const struct lock_type_entry *entry_of(struct lock_types *types, uint64_t type)
{
	static const struct lock_type_entry none = { .type = LOCK_TYPE_OTHER };
	struct lock_type_entry entry = { .addr = type };
	uint32_t i = map_find(&types->by_addr, hash_u64(type), same_addr, types->entries, &type);

	if (i != MAP_NONE)
		return &types->entries[i];
	if (!type || !read_name(types->rt, type, entry.name, sizeof(entry.name)))
		return &none;
	entry.type = find_type(types->rt, type, entry.name);
	if (!array_grow(types->entries, types->n, types->cap) ||
	    !map_insert(&types->by_addr, hash_u64(type), (uint32_t)types->n)) {
		types->nomem = true;
		return &none;
	}
	types->entries[types->n] = entry;
	return &types->entries[types->n++];
}

/* ---- objects ------------------------------------------------------------------------ */

void lock_types_of(struct lock_types *types, const uint64_t *objects, size_t n,
		   enum lock_type *out)
{
	const struct py_runtime *rt = types->rt;
	struct memory_piece pieces[LOCK_TYPES_BATCH];
	uint64_t words[LOCK_TYPES_BATCH];
	size_t index[LOCK_TYPES_BATCH] = { 0 }, k = 0;

	for (size_t i = 0; i < n; i++) {
		out[i] = LOCK_TYPE_OTHER;
		if (!objects[i] || objects[i] % 8)
			continue;
		pieces[k] = (struct memory_piece){
			objects[i] + rt->layout.object.ob_type, &words[k], 8
		};
		index[k++] = i;
	}
	for (size_t at = 0; at < k;) {
		enum pyprof_status status = PYPROF_OK;
		size_t end = at + memory_readv(rt->target->memory, pieces + at, k - at, &status);

		for (; at < end; at++)
			out[index[at]] = entry_of(types, words[at])->type;
		if (status && status != PYPROF_ERR_FAULT)
			return;
		at++; /* the one that cannot be read */
	}
}

enum lock_type lock_type_of(struct lock_types *types, uint64_t object)
{
	enum lock_type type;

	lock_types_of(types, &object, 1, &type);
	return type;
}

const char *lock_type_name(struct lock_types *types, uint64_t object)
{
	const struct py_runtime *rt = types->rt;
	const char *name, *dot;
	uint64_t type;

	if (!object || memory_read_u64(rt->target->memory,
				       object + rt->layout.object.ob_type, &type, NULL))
		return "";
	name = entry_of(types, type)->name;
	dot = strrchr(name, '.'); /* types in C have their module in front */
	return dot ? dot + 1 : name;
}
