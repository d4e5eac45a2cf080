/* SPDX-License-Identifier: MIT */
#include "python/thread_names.h"

#include "python/dict.h"
#include "python/string.h"

/*
 * Reads of memory after which we have enough: some 15 a thread. A hostile _active could
 * have a million threads, each with a million attributes.
 */
#define READS_MAX (1u << 20)

struct each_name {
	const struct py_runtime *rt;
	uint64_t last_read; /* value of memory->reads at which to stop */
	py_thread_name_fn *fn;
	void *arg;
	struct str name;
};

/* Thread keeps its name in _name; in 2.7 that was a private __name. */
static bool find_name(const struct py_runtime *rt, uint64_t thread, uint64_t *name)
{
	if (py_attr_get(rt, thread, "_name", name, NULL))
		return false;
	if (!*name && py_attr_get(rt, thread, "_Thread__name", name, NULL))
		return false;
	return *name != 0;
}

static bool give_name(uint64_t key, uint64_t value, void *arg)
{
	struct each_name *each = arg;
	int64_t ident;
	uint64_t name;

	str_clear(&each->name);
	if (py_int_read(each->rt, key, &ident, NULL) == PYPROF_OK &&
	    find_name(each->rt, value, &name) &&
	    py_string_read(each->rt, name, &each->name, NULL) == PYPROF_OK)
		each->fn((uint64_t)ident, str_cstr(&each->name), each->arg);
	return each->rt->target->memory->reads < each->last_read;
}

/*
 * One of threading._limbo, which is a dict of threads by themselves: who has begun and is not in
 * _active yet. Of those who have not begun the ident is None.
 */
static bool give_beginner(uint64_t key, uint64_t value, void *arg)
{
	struct each_name *each = arg;
	uint64_t ident;

	(void)key;
	if (py_attr_get(each->rt, value, "_ident", &ident, NULL) == PYPROF_OK &&
	    (ident || py_attr_get(each->rt, value, "_Thread__ident", &ident, NULL) == PYPROF_OK) &&
	    ident)
		return give_name(ident, value, arg);
	return each->rt->target->memory->reads < each->last_read;
}

/* The address of the module; 0 where it was never imported. */
static enum pyprof_status find_threading(const struct py_runtime *rt, uint64_t interp,
					 uint64_t *threading, struct pyprof_error *err)
{
	uint64_t modules;
	enum pyprof_status status;

	*threading = 0;
	if (rt->layout.interpreter.modules == PY_ABSENT)
		return PYPROF_OK;
	status = memory_read_u64(rt->target->memory, interp + rt->layout.interpreter.modules,
				 &modules, err);
	if (status || !modules)
		return status;
	return py_dict_get(rt, modules, "threading", threading, err);
}

enum pyprof_status py_thread_names_each(const struct py_runtime *rt, uint64_t interp,
					py_thread_name_fn *fn, void *arg,
					struct pyprof_error *err)
{
	struct memory *memory = rt->target->memory;
	struct each_name each = {
		.rt = rt, .last_read = memory->reads + READS_MAX, .fn = fn, .arg = arg,
	};
	uint64_t threading, limbo, active = 0;
	enum pyprof_status status = find_threading(rt, interp, &threading, err);

	/* It is in _active before it is gone from _limbo. */
	if (!status && threading &&
	    py_attr_get(rt, threading, "_limbo", &limbo, NULL) == PYPROF_OK && limbo)
		py_dict_each(rt, limbo, give_beginner, &each, NULL);
	if (!status && threading)
		status = py_attr_get(rt, threading, "_active", &active, err);
	if (!status && active)
		status = py_dict_each(rt, active, give_name, &each, err);
	str_deinit(&each.name);
	if (!status && memory->reads >= each.last_read)
		status = error_set_address(err, PYPROF_ERR_LIMIT, active,
					   "too many threads, or too many attributes");
	if (status)
		error_prefix(err, "threading._active");
	return status;
}
