/* SPDX-License-Identifier: MIT */
/* Dicts of every model: their items, one of them by name, and what is no dict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/dict.h"
#include "support/fake_objects.h"

static const char *const versions[] = { "2.7", "2.7-debug", "3.6", "3.10", "3.11", "3.12",
					"3.13", "3.14t" };

struct seen {
	struct fake_item items[64];
	size_t n;
	size_t stop_after; /* 0: never */
};

static bool see(uint64_t key, uint64_t value, void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->n < ARRAY_SIZE(seen->items));
	seen->items[seen->n++] = (struct fake_item){ key, value };
	return seen->n != seen->stop_after;
}

static bool is_old(const struct fake_objects *p)
{
	return p->rt.layout.dict_model != PY_DICTS_KEYS_311;
}

static void test_items(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		for (unsigned kind = 0; kind < 2; kind++) {
			struct fake_objects *p = fake_objects(versions[i]);
			const struct fake_item items[] = {
				{ fake_name(p, "a"), 0x1000 },
				{ fake_name(p, "deleted"), 0 },
				{ 0, 0x2000 },
				{ fake_name(p, "threading"), 0x3000 },
			};
			uint64_t dict = fake_dict(p, items, 4, kind);
			struct seen seen = { 0 }, first = { .stop_after = 1 };
			uint64_t value;

			fake_ready(p);
			assert_int_equal(py_dict_each(&p->rt, dict, see, &seen, NULL),
					 PYPROF_OK);
			assert_int_equal(seen.n, 2);
			assert_true(seen.items[0].key == items[0].key);
			assert_true(seen.items[0].value == 0x1000);
			assert_true(seen.items[1].key == items[3].key);
			assert_true(seen.items[1].value == 0x3000);
			assert_int_equal(py_dict_each(&p->rt, dict, see, &first, NULL),
					 PYPROF_OK);
			assert_int_equal(first.n, 1);
			assert_int_equal(py_dict_get(&p->rt, dict, "threading", &value, NULL),
					 PYPROF_OK);
			assert_true(value == 0x3000);
			assert_int_equal(py_dict_get(&p->rt, dict, "deleted", &value, NULL),
					 PYPROF_OK);
			assert_true(value == 0);
			fake_objects_free(p);
		}
	}
}

static void test_empty(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		uint64_t dict = fake_dict(p, NULL, 0, 0), value = 1;
		struct seen seen = { 0 };

		fake_ready(p);
		assert_int_equal(py_dict_each(&p->rt, dict, see, &seen, NULL), PYPROF_OK);
		assert_int_equal(seen.n, 0);
		assert_int_equal(py_dict_get(&p->rt, dict, "a", &value, NULL), PYPROF_OK);
		assert_true(value == 0);
		fake_objects_free(p);
	}
}

/* Keys that cannot be read, or are no str, stand between us and the one we look for. */
static void test_get_past_bad_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		uint64_t liar = fake_name(p, "name");
		const struct fake_item items[] = {
			{ FAKE_NOWHERE, 0x1000 }, { fake_int(p, 4), 0x2000 }, { liar, 0x3000 },
			{ 8, 0x4000 },		  { fake_name(p, "name"), 0x5000 },
		};
		uint64_t dict = fake_dict(p, items, 5, 0), value;

		fake_word(&p->memory, liar + p->rt.layout.object.ob_type, p->other_type);
		fake_ready(p);
		assert_int_equal(py_dict_get(&p->rt, dict, "name", &value, NULL), PYPROF_OK);
		assert_true(value == 0x5000);
		fake_objects_free(p);
	}
}

static void test_long_name(void **state)
{
	struct fake_objects *p = fake_objects("3.11");
	uint64_t dict = fake_dict(p, NULL, 0, 0), value;
	char name[66];

	(void)state;
	memset(name, 'n', 65);
	name[65] = '\0';
	fake_ready(p);
	assert_int_equal(py_dict_get(&p->rt, dict, name, &value, NULL), PYPROF_ERR_USAGE);
	assert_int_equal(py_dict_get(&p->rt, dict, name + 1, &value, NULL), PYPROF_OK);
	fake_objects_free(p);
}

/* More entries than one system call reads, and wider indexes. */
static void test_large(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		const struct py_layout *l = &p->rt.layout;
		uint64_t dict = fake_object(p, p->dict_type, 64), name = fake_name(p, "last"), value;
		bool table = l->dict_model == PY_DICTS_TABLE;
		size_t size = 512, n = 341, indexes = table ? 0 : 1024;
		uint32_t head = table ? 0 : l->dict_keys.indices;
		uint64_t keys = fake_object(p, 0, head + indexes + size * 24);

		fake_word(&p->memory, dict + l->dict.used, n);
		fake_word(&p->memory, dict + l->dict.keys, keys);
		if (table)
			fake_word(&p->memory, dict + l->dict.values, size - 1);
		else if (is_old(p))
			fake_word(&p->memory, keys + l->dict_keys.size, size);
		else
			fake_put(&p->memory, keys + l->dict_keys.log2_size, "\x9\xa\0", 3);
		if (!table)
			fake_word(&p->memory, keys + l->dict_keys.nentries, n);
		fake_word(&p->memory, keys + head + indexes + (n - 1) * 24 + 8, name);
		fake_word(&p->memory, keys + head + indexes + (n - 1) * 24 + 16, 0x7000);
		fake_ready(p);
		assert_int_equal(py_dict_get(&p->rt, dict, "last", &value, NULL), PYPROF_OK);
		assert_true(value == 0x7000);
		fake_objects_free(p);
	}
}

/* A dict that shares its keys has its values elsewhere. */
static void test_split(void **state)
{
	(void)state;
	for (size_t i = 2; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		const struct py_layout *l = &p->rt.layout;
		const struct fake_item items[] = { { fake_name(p, "a"), 0 },
						   { fake_name(p, "b"), 0 },
						   { fake_name(p, "c"), 0 } };
		uint64_t dict = fake_dict(p, items, 3, 2), values = fake_object(p, 0, 64);
		bool inlined = l->attr_model == PY_ATTRS_INLINE;
		uint64_t first = values + (inlined ? 8 : 0);
		struct seen seen = { 0 };

		fake_word(&p->memory, dict + l->dict.values, values);
		fake_word(&p->memory, values + 8, 0); /* what fake_object() put there */
		fake_put(&p->memory, values, inlined ? "\2\2\1\0" : "\0\0\0\0", 4);
		fake_word(&p->memory, first, 0x1000);
		fake_word(&p->memory, first + 16, 0x3000);
		fake_ready(p);
		assert_int_equal(py_dict_each(&p->rt, dict, see, &seen, NULL), PYPROF_OK);
		/* Room for two is what the values of 3.13 said they have. */
		assert_int_equal(seen.n, inlined ? 1 : 2);
		assert_true(seen.items[0].key == items[0].key);
		assert_true(seen.items[0].value == 0x1000);
		assert_true(inlined || seen.items[1].key == items[2].key);
		fake_objects_free(p);
	}
}

static void expect_error(struct fake_objects *p, uint64_t dict, enum pyprof_status want)
{
	struct seen seen = { 0 };
	uint64_t value = 1;

	p->err = (struct pyprof_error){ 0 };
	assert_int_equal(py_dict_each(&p->rt, dict, see, &seen, &p->err), want);
	assert_int_equal(p->err.status, want);
	assert_true(p->err.message[0]);
	assert_int_equal(py_dict_get(&p->rt, dict, "x", &value, NULL), want);
	assert_true(value == 0);
}

static void test_no_dicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct fake_objects *p = fake_objects(versions[i]);
		const struct fake_item item = { fake_name(p, "a"), 0x1000 };
		uint64_t number = fake_object(p, p->int_type, 200);
		uint64_t lost = fake_dict(p, &item, 1, 0);
		uint64_t untyped = fake_dict(p, &item, 1, 0);

		fake_word(&p->memory, lost + p->rt.layout.dict.keys, FAKE_NOWHERE);
		fake_word(&p->memory, untyped + p->rt.layout.object.ob_type, FAKE_NOWHERE);
		fake_ready(p);
		expect_error(p, FAKE_NOWHERE, PYPROF_ERR_FAULT);
		expect_error(p, number, PYPROF_ERR_CORRUPT);
		expect_error(p, lost, PYPROF_ERR_FAULT);
		expect_error(p, untyped, PYPROF_ERR_FAULT);
		p->rt.layout.dict.keys = PY_ABSENT;
		expect_error(p, lost, PYPROF_ERR_UNSUPPORTED);
		fake_objects_free(p);
	}
}

static void test_damaged_tables(void **state)
{
	static const struct {
		const char *version;
		uint32_t offset; /* in the keys */
		uint64_t value;
		size_t len;
	} rows[] = {
		{ "3.6", 8, 0, 8 },		  { "3.6", 8, 7, 8 },
		{ "3.6", 8, UINT64_C(1) << 63, 8 }, { "3.6", 8, UINT64_C(1) << 41, 8 },
		{ "3.6", 32, 9, 8 },		  { "3.6", 32, UINT64_MAX, 8 },
		{ "3.12", 8, 64, 1 },		  { "3.12", 8, 255, 1 },
		{ "3.12", 8, 4, 1 },		  { "3.12", 9, 7, 1 },
		{ "3.12", 9, 255, 1 },		  { "3.12", 10, 3, 1 },
		{ "3.12", 24, 9, 8 },		  { "3.12", 24, UINT64_MAX, 8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake_objects *p = fake_objects(rows[i].version);
		const struct fake_item item = { fake_name(p, "a"), 0x1000 };
		uint64_t dict = fake_dict(p, &item, 1, 0);
		uint64_t keys;

		fake_ready(p);
		memory_read_u64(p->target.memory, dict + p->rt.layout.dict.keys, &keys, NULL);
		fake_put(&p->memory, keys + rows[i].offset, &rows[i].value, rows[i].len);
		fake_ready(p);
		expect_error(p, dict, PYPROF_ERR_CORRUPT);
		fake_objects_free(p);
	}
	/* 2.7: a mask that is none. */
	struct fake_objects *p = fake_objects("2.7");
	const struct fake_item item = { fake_name(p, "a"), 0x1000 };
	uint64_t dict = fake_dict(p, &item, 1, 0);
	fake_word(&p->memory, dict + p->rt.layout.dict.values, 6);
	fake_ready(p);
	expect_error(p, dict, PYPROF_ERR_CORRUPT);
	fake_objects_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),	  cmocka_unit_test(test_empty),
		cmocka_unit_test(test_get_past_bad_keys),
		cmocka_unit_test(test_long_name), cmocka_unit_test(test_large),
		cmocka_unit_test(test_split),	  cmocka_unit_test(test_no_dicts),
		cmocka_unit_test(test_damaged_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
