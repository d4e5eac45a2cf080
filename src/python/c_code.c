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

static bool ask(const struct py_runtime *rt, uint64_t addr)
{
	char type[16];

	if (!addr || addr % 8 || py_type_name(rt, addr, type, sizeof(type), NULL))
		return false;
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
