/* SPDX-License-Identifier: MIT */
/*
 * Dicts, attributes, thread names and native ids of every version: u8 python, u8 what to read,
 * u64 address, then pieces of memory.
 */
#include "fuzz/fuzz.h"

#include "fuzz/pieces.h"
#include "fuzz/pythons.h"
#include "python/dict.h"
#include "python/object.h"
#include "python/thread_names.h"

enum what { DICT_EACH, DICT_GET, ATTRS_EACH, ATTR_GET, THREAD_NAMES, TYPE_NAME, NATIVE_ID, N };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	pythons_load();
	return 0;
}

static bool count_item(uint64_t key, uint64_t value, void *arg)
{
	size_t *n = arg;

	FUZZ_CHECK(key && value);
	return ++*n < 1000;
}

static void count_name(uint64_t ident, const char *name, void *arg)
{
	(void)ident;
	FUZZ_CHECK(name);
	++*(size_t *)arg;
}

static void find_native_ids(const struct py_runtime *rt, uint64_t addr)
{
	static const pid_t tids[] = { 1, 2, 3, 7, 100, 100000 };
	struct py_native_ids ids;

	py_native_ids_init(&ids);
	for (uint64_t i = 0; i < 3; i++) {
		pid_t tid = py_native_id(&ids, rt, addr + i * 4096, tids, 6);

		FUZZ_CHECK(tid == 0 || (tid > 0 && tid <= 100000));
	}
}

static void read_object(const struct py_runtime *rt, enum what what, uint64_t addr)
{
	uint64_t value;
	char name[32];
	size_t n = 0;

	switch (what) {
	case DICT_EACH:
		py_dict_each(rt, addr, count_item, &n, NULL);
		break;
	case DICT_GET:
		py_dict_get(rt, addr, "threading", &value, NULL);
		break;
	case ATTRS_EACH:
		py_attrs_each(rt, addr, count_item, &n, NULL);
		break;
	case ATTR_GET:
		py_attr_get(rt, addr, "_name", &value, NULL);
		break;
	case THREAD_NAMES:
		py_thread_names_each(rt, addr, count_name, &n, NULL);
		break;
	case TYPE_NAME:
		py_type_name(rt, addr, name, sizeof(name), NULL);
		break;
	case NATIVE_ID:
		find_native_ids(rt, addr);
		break;
	case N:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pieces pieces;
	struct bytes in = bytes_of(data, size);
	const struct python *python = python_of_key(bytes_u8(&in));
	enum what what = bytes_u8(&in) % N;
	uint64_t addr = bytes_u64(&in);
	struct target target = *python->target;
	struct py_runtime rt = python->rt;

	if (in.failed)
		return 0;
	pieces_init(&pieces, &in);
	target.memory = &pieces.memory;
	rt.target = &target;
	read_object(&rt, what, addr);
	return 0;
}
