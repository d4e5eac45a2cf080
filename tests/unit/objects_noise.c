/* SPDX-License-Identifier: MIT */
/*
 * Memory that means nothing, but looks as if: every word is a pointer into it, a length, flags
 * or noise. Whatever is read from it, the readers come to an end, and within their bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "python/dict.h"
#include "python/string.h"
#include "python/thread_names.h"
#include "support/fake_objects.h"

#define BASE 0x7f0000000000u
#define SIZE 0x1000000u

struct noise {
	struct memory memory; /* first: it is what readers get */
	uint64_t seed;
};

static uint64_t noise_word(uint64_t seed, uint64_t addr)
{
	uint64_t h = hash_pair(seed, addr), rest = h >> 8;

	switch (h % 16) {
	case 0:
		return 0;
	case 1:
	case 2:
		return rest % 8;
	case 3:
		return rest % 100000;
	case 4:
		return UINT64_C(1) << (rest % 12 ? rest % 12 : rest % 64);
	case 5:
	case 6: /* flags of a type; or, by bytes, sizes of a dict's keys */
		return (rest & 0x14) | PY_TYPE_DICT | PY_TYPE_INT | PY_TYPE_STR | PY_TYPE_BYTES;
	case 7: /* a state: compact, ASCII */
		return rest % 256 << 8 | 0x64;
	case 8:
		return h ^ rest << 32;
	case 9: /* offsets from one to the next, of a type */
		return rest % 8 * 8;
	default:
		return BASE + rest % SIZE / 8 * 8;
	}
}

static size_t noise_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			  enum pyprof_status *status)
{
	const struct noise *noise = (const struct noise *)memory;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < pieces[i].len; k++) {
			uint64_t addr = pieces[i].addr + k;
			uint64_t word = noise_word(noise->seed, addr / 8);
			bool hole = hash_pair(noise->seed, addr / FAKE_PAGE) % 16 == 0;

			if (addr < BASE - FAKE_PAGE || addr >= BASE + SIZE || hole) {
				*status = PYPROF_ERR_FAULT;
				return i;
			}
			((uint8_t *)pieces[i].buf)[k] = (uint8_t)(word >> addr % 8 * 8);
		}
	}
	return n;
}

static const struct memory_ops noise_ops = { .name = "noise", .readv = noise_readv };

static bool some_items(uint64_t key, uint64_t value, void *arg)
{
	(void)key;
	(void)value;
	return ++*(size_t *)arg < 1000;
}

static void forget_name(uint64_t ident, const char *name, void *arg)
{
	(void)ident;
	assert_true(strlen(name) <= 4 * PY_STRING_MAX);
	++*(size_t *)arg;
}

/* How often each reader found sense in it: noise that is refused at once tests nothing. */
struct sense {
	size_t strings, bytes, ints, items, attrs, names;
};

static void read_all(const struct py_runtime *rt, uint64_t addr, struct sense *sense)
{
	struct py_native_ids ids;
	struct str text = STR_INIT;
	static const pid_t tids[] = { 1, 2, 3, 100 };
	size_t items = 0, attrs = 0;
	int64_t number;
	uint64_t value;
	char name[20];

	sense->strings += !py_string_read(rt, addr, &text, NULL);
	sense->bytes += !py_bytes_read(rt, addr, 5000, &text, NULL);
	sense->ints += !py_int_read(rt, addr, &number, NULL);
	sense->names += !py_type_name(rt, addr, name, sizeof(name), NULL);
	py_dict_each(rt, addr, some_items, &items, NULL);
	py_attrs_each(rt, addr, some_items, &attrs, NULL);
	sense->items += items != 0;
	sense->attrs += attrs != 0;
	py_attr_get(rt, addr, "_name", &value, NULL);
	py_native_ids_init(&ids);
	py_native_id(&ids, rt, addr, tids, ARRAY_SIZE(tids));
	str_deinit(&text);
}

static const char *const versions[] = { "2.7", "3.6", "3.10", "3.11", "3.12", "3.13", "3.14t" };

static void test_noise(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct noise noise = { .memory.ops = &noise_ops };
		struct target target = { .memory = &noise.memory };
		struct py_runtime rt = { .target = &target, .layout = fake_layout(versions[i]) };
		struct sense sense = { 0 };

		for (noise.seed = 0; noise.seed < 10000; noise.seed++) {
			uint64_t before = noise.memory.reads;

			read_all(&rt, BASE + hash_u64(noise.seed) % SIZE / 8 * 8, &sense);
			assert_in_range(noise.memory.reads - before, 0, 100000);
		}
		print_message("%s: %zu strings, %zu bytes, %zu ints, %zu dicts, %zu instances, "
			      "%zu names\n", versions[i], sense.strings, sense.bytes,
			      sense.ints, sense.items, sense.attrs, sense.names);
		assert_true(sense.strings && sense.bytes && sense.ints && sense.names);
	}
}

static void test_noise_of_threads(void **state)
{
	struct noise noise = { .memory.ops = &noise_ops };
	struct target target = { .memory = &noise.memory };
	struct py_runtime rt = { .target = &target, .layout = fake_layout("3.8") };
	size_t count = 0;

	(void)state;
	for (noise.seed = 0; noise.seed < 300; noise.seed++)
		py_thread_names_each(&rt, BASE + hash_u64(noise.seed) % SIZE, forget_name,
				     &count, NULL);
}

/* ---- what makes sense, but for some words -------------------------------------------- */

/* An object of every shape; their addresses into `objects`. */
static size_t make_objects(struct fake_objects *p, uint64_t *objects)
{
	const struct py_layout *l = &p->rt.layout;
	const struct fake_item items[] = { { fake_name(p, "_name"), fake_name(p, "MainThread") },
					   { fake_name(p, "_active"), fake_int(p, 1u << 31) } };
	uint64_t type = fake_type(p, 0), managed = fake_type(p, PY_TYPE_MANAGED_DICT |
								PY_TYPE_INLINE_VALUES);
	uint64_t instance = fake_object(p, type, 80), modern = fake_object(p, managed, 80);
	uint64_t values = fake_object(p, 0, 80), keys = 0;
	size_t n = 0;

	if (l->dict_model != PY_DICTS_TABLE)
		keys = fake_keys(p, items, 2, 2);
	if (l->heap_type.cached_keys != PY_ABSENT)
		fake_word(&p->memory, managed + l->heap_type.cached_keys, keys);
	fake_word(&p->memory, managed + l->type.basicsize, 16);
	fake_word(&p->memory, modern - 32, l->attr_model == PY_ATTRS_VALUES_311 ? values : 0);
	fake_word(&p->memory, modern - 24, l->attr_model == PY_ATTRS_VALUES_312 ? values - 1 : 0);
	fake_put(&p->memory, modern + 16, "\2\2\1\1", 4);
	for (uint64_t at = 0; at < 16; at += 8) {
		fake_word(&p->memory, modern + 24 + at, items[0].value);
		fake_word(&p->memory, values + at, items[0].value);
	}
	fake_word(&p->memory, type + l->type.dictoffset, 40);
	objects[n++] = items[0].value;
	objects[n++] = items[1].value;
	objects[n++] = fake_dict(p, items, 2, 1);
	fake_word(&p->memory, instance + 40, objects[2]);
	objects[n++] = instance;
	objects[n++] = modern;
	objects[n++] = fake_bytes(p, "\1\2\3\4", 4);
	return n;
}

static uint64_t step(uint64_t *seed, uint64_t below)
{
	return hash_u64((*seed)++) % below;
}

/* Overwrites a byte or a word somewhere with something that could matter. */
static void mutate(struct fake_objects *p, uint64_t *seed)
{
	struct fake_page *page = &p->memory.pages[step(seed, p->memory.n)];
	uint32_t len = page->to - page->from, at = page->from + (uint32_t)step(seed, len);
	const uint64_t words[] = { 0, 1, UINT64_MAX, INT64_MAX, hash_u64((*seed)++), FAKE_HEAP,
				   FAKE_TYPES, step(seed, 100000),
				   UINT64_C(1) << step(seed, 64),
				   FAKE_HEAP + step(seed, 32) * FAKE_PAGE + 64 };

	if (step(seed, 2) || len < 8)
		page->bytes[at] = (uint8_t)hash_u64((*seed)++);
	else
		memcpy(page->bytes + (at - page->from > len - 8 ? page->to - 8 : at),
		       &words[step(seed, ARRAY_SIZE(words))], 8);
}

static void test_mutations(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct sense sense = { 0 };

		for (int round = 0; round < 400; round++) {
			struct fake_objects *p = fake_objects(versions[i]);
			uint64_t objects[10];
			size_t n = make_objects(p, objects);

			for (int k = 0; k < round % 50; k++)
				mutate(p, &seed);
			fake_ready(p);
			for (size_t k = 0; k < n; k++)
				read_all(&p->rt, objects[k], &sense);
			fake_objects_free(p);
		}
		print_message("%s: %zu dicts, %zu instances\n", versions[i], sense.items,
			      sense.attrs);
		assert_true(sense.items && sense.attrs);
	}
}

/* A million threads that each have a million attributes. */
struct endless {
	struct memory memory;
	const struct fake_objects *p;
	uint64_t keys, last;
};

static size_t endless_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			    enum pyprof_status *status)
{
	const struct endless *endless = (const struct endless *)memory;

	for (size_t i = 0; i < n; i++) {
		struct memory_piece piece = pieces[i];

		/* Behind the head of its keys, its entries go on and on: the last one again. */
		if (piece.addr >= endless->last && piece.addr < endless->last + (UINT64_C(1) << 36))
			piece.addr = endless->last + (piece.addr - endless->last) % 24;
		size_t room = piece.addr >= endless->last && piece.addr < endless->last + 24 ? 1 : 0;
		if (room) {
			uint8_t entry[24];
			memory_read(endless->p->target.memory, endless->last, entry, 24, NULL);
			for (size_t k = 0; k < piece.len; k++)
				((uint8_t *)piece.buf)[k] =
					entry[(piece.addr - endless->last + k) % 24];
		} else if (memory_read(endless->p->target.memory, piece.addr, piece.buf, piece.len,
				       NULL)) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
	}
	return n;
}

static void test_endless(void **state)
{
	static const struct memory_ops ops = { .name = "endless", .readv = endless_readv };
	struct fake_objects *p = fake_objects("3.8");
	const struct py_layout *l = &p->rt.layout;
	uint64_t type = fake_type(p, 0), thread = fake_object(p, type, 64);
	uint64_t module = fake_object(p, type, 64);
	const struct fake_item entry = { fake_int(p, 7), thread };
	const struct fake_item threading = { fake_name(p, "threading"), module };
	uint64_t interp = fake_object(p, 0, 1000), modules = fake_dict(p, &threading, 1, 0);
	struct fake_item active = { fake_name(p, "_active"), 0 };
	struct endless endless = { .memory.ops = &ops, .p = p };
	uint64_t last;
	size_t count = 0;

	(void)state;
	/* The dict without an end, which is _active and every thread's __dict__. */
	p->next_object += UINT64_C(1) << 20;
	active.value = fake_dict(p, &entry, 1, 0);
	fake_word(&p->memory, type + l->type.dictoffset, 40);
	fake_word(&p->memory, thread + 40, active.value);
	uint64_t globals = fake_dict(p, &active, 1, 0);
	fake_word(&p->memory, module + 40, globals);
	fake_word(&p->memory, interp + l->interpreter.modules, modules);
	fake_ready(p);
	memory_read_u64(p->target.memory, active.value + l->dict.keys, &endless.keys, NULL);
	fake_word(&p->memory, endless.keys + l->dict_keys.size, UINT64_C(1) << 30);
	fake_word(&p->memory, endless.keys + l->dict_keys.nentries, UINT64_C(1) << 29);
	last = endless.keys + l->dict_keys.indices + (UINT64_C(1) << 30) * 4;
	const uint64_t words[] = { 0, entry.key, entry.value };
	fake_put(&p->memory, last, words, sizeof(words));
	fake_ready(p);
	endless.last = last;

	struct target target = { .memory = &endless.memory };
	struct py_runtime rt = { .target = &target, .layout = p->rt.layout };
	struct pyprof_error err = { 0 };
	assert_int_equal(py_thread_names_each(&rt, interp, forget_name, &count, &err),
			 PYPROF_ERR_LIMIT);
	assert_int_equal(count, 0);
	assert_in_range(endless.memory.reads, 1 << 20, 1 << 21);
	fake_objects_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_noise_of_threads),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
