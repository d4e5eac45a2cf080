/* SPDX-License-Identifier: MIT */
#include "python/c_code.h"

#include <string.h>

#include "python/string.h"

static bool is_trampoline(const struct py_runtime *rt, uint64_t addr)
{
	struct str name = { 0 };
	uint64_t at;
	bool is = !memory_read_u64(rt->target->memory, addr + rt->layout.code.name, &at, NULL) &&
		  !py_string_read(rt, at, &name, NULL) &&
		  strcmp(str_cstr(&name), "<interpreter trampoline>") == 0;

	str_deinit(&name);
	return is;
}

/*
 * A core leaves the names of types to the program's file, which may be missing. Code objects have a
 * type that is known; of what is no larger than an object has to be there is None, and nothing else
 * that would stand in the place of code.
 */
static bool ask_nameless(const struct py_runtime *rt, uint64_t addr)
{
	const struct py_layout *l = &rt->layout;
	uint64_t type, size;

	if (!rt->target->core ||
	    memory_read_u64(rt->target->memory, addr + l->object.ob_type, &type, NULL))
		return false;
	if (type == rt->code_type)
		return is_trampoline(rt, addr);
	/* ob_type is the last field of an object. */
	return !memory_read_u64(rt->target->memory, type + l->type.basicsize, &size, NULL) &&
	       size == l->object.ob_type + sizeof(uint64_t);
}

static bool ask(const struct py_runtime *rt, uint64_t addr)
{
	char type[16];

	if (!addr || addr % 8)
		return false;
	if (py_type_name(rt, addr, type, sizeof(type), NULL))
		return ask_nameless(rt, addr);
	return strcmp(type, "NoneType") == 0 ||
	       (strcmp(type, "code") == 0 && is_trampoline(rt, addr));
}

bool py_c_code(const struct py_runtime *rt, struct py_c_codes *codes, uint64_t addr)
{
	for (size_t i = 0; i < PY_C_CODES; i++)
		if (codes->known[i] == addr && addr)
			return true;
	if (!ask(rt, addr))
		return false;
	codes->known[codes->next] = addr;
	codes->next = (codes->next + 1) % PY_C_CODES;
	return true;
}
