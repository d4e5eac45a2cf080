/* SPDX-License-Identifier: MIT */
#include "python/exception.h"

#include <string.h>

#include "python/anchors.h"
#include "python/object.h"

/* Generators within generators: each that runs has an item of its own. */
#define ITEMS_MAX 65536

/* None stands for no exception, as NULL does. */
static bool nothing(const struct py_runtime *rt, uint64_t object)
{
	char name[16];

	return !object || (py_type_name(rt, object, name, sizeof(name), NULL) == PYPROF_OK &&
			   strcmp(name, "NoneType") == 0);
}

/* The class and the value that lie at `at`, an item or, to 3.6, the thread state. */
static enum pyprof_status read_item(const struct py_runtime *rt, uint64_t at, uint64_t *value,
				    uint64_t *type, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	struct memory *memory = rt->target->memory;
	enum pyprof_status status = memory_read_u64(memory, at + l->handled.value, value, err);

	*type = 0;
	if (!status && l->handled.type != PY_ABSENT)
		status = memory_read_u64(memory, at + l->handled.type, type, err);
	if (status) {
		*value = *type = 0;
		error_prefix(err, "the exception that is handled");
		return status;
	}
	/* The class tells where there is one: `raise` of a string once had no value. */
	if (nothing(rt, l->handled.type != PY_ABSENT ? *type : *value))
		*value = *type = 0;
	else if (nothing(rt, *value))
		*value = 0;
	return PYPROF_OK;
}

/*
 * A generator that runs puts an item of its own on the top, empty until it handles something
 * itself; what its callers handle is below. Source: _PyErr_GetTopmostException().
 */
enum pyprof_status py_exception_handled(const struct py_runtime *rt, uint64_t tstate,
					uint64_t *value, uint64_t *type,
					struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	uint64_t item, own_type = 0;
	enum pyprof_status status;

	type = type ? type : &own_type;
	*value = *type = 0;
	if (l->handled.previous == PY_ABSENT)
		return read_item(rt, tstate, value, type, err);
	status = memory_read_u64(rt->target->memory, tstate + l->thread.exc_info, &item, err);
	for (unsigned n = 0; !status && item; n++) {
		if (n == ITEMS_MAX)
			return error_set_address(err, PYPROF_ERR_CORRUPT, item,
						 "the list of handled exceptions has no end");
		status = read_item(rt, item, value, type, err);
		if (status || *value || *type)
			break;
		status = memory_read_u64(rt->target->memory, item + l->handled.previous, &item,
					 err);
	}
	if (!status && *value && !*type)
		status = memory_read_u64(rt->target->memory, *value + l->object.ob_type, type,
					 err);
	if (status)
		*value = *type = 0;
	return status;
}

/* To 3.6 the collector has a static variable, which only a file with its symbols tells. */
static uint64_t collecting_at(const struct py_runtime *rt, uint64_t interp)
{
	const struct py_layout *l = &rt->layout;

	if (l->interpreter.gc_collecting != PY_ABSENT)
		return interp + l->interpreter.gc_collecting;
	if (l->handled.collecting != PY_ABSENT)
		return rt->runtime + l->handled.collecting;
	return rt->runtime ? 0 : py_anchors_variable(rt->target, rt->module, "collecting", 4);
}

enum pyprof_status py_gc_collecting(const struct py_runtime *rt, uint64_t interp,
				    bool *collecting, struct pyprof_error *err)
{
	uint64_t at = collecting_at(rt, interp);
	uint32_t word;
	enum pyprof_status status;

	*collecting = false;
	if (!at)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "where this interpreter says that it collects garbage is unknown");
	status = memory_read_u32(rt->target->memory, at, &word, err);
	if (status)
		return status;
	if (word > 1)
		return error_set_address(err, PYPROF_ERR_CORRUPT, at,
					 "whether garbage is collected is neither 0 nor 1");
	*collecting = word;
	return PYPROF_OK;
}
