/* SPDX-License-Identifier: MIT */
/* Attributes of instances: by dict offset, and each way since 3.11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "python/dict.h"
#include "support/fake_objects.h"

#define VALUE 0xabc000u

/* A type and an instance of it; the rest is up to the test. */
struct thing {
	struct fake_objects *p;
	uint64_t type, object;
	struct fake_item items[3]; /* names a, b, c */
};

static struct thing make(const char *version, uint64_t flags)
{
	struct thing t = { .p = fake_objects(version) };

	t.items[0] = (struct fake_item){ fake_name(t.p, "a"), VALUE };
	t.items[1] = (struct fake_item){ fake_name(t.p, "b"), VALUE + 8 };
	t.items[2] = (struct fake_item){ fake_name(t.p, "c"), VALUE + 16 };
	t.type = fake_type(t.p, flags);
	t.object = fake_object(t.p, t.type, 400);
	return t;
}

static void put_type(struct thing *t, uint32_t offset, int64_t value)
{
	fake_word(&t->p->memory, t->type + offset, (uint64_t)value);
}

static void put_object(struct thing *t, int64_t offset, uint64_t value)
{
	fake_word(&t->p->memory, t->object + (uint64_t)offset, value);
}

static bool count(uint64_t key, uint64_t value, void *arg)
{
	(void)key;
	(void)value;
	++*(size_t *)arg;
	return true;
}

/* Does it have the first `n` of a, b, c, and nothing else? Frees the thing. */
static void expect(struct thing *t, size_t n)
{
	static const char *const names[] = { "a", "b", "c" };
	size_t seen = 0;

	fake_ready(t->p);
	assert_int_equal(py_attrs_each(&t->p->rt, t->object, count, &seen, NULL), PYPROF_OK);
	assert_int_equal(seen, n);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t value;
		assert_int_equal(py_attr_get(&t->p->rt, t->object, names[i], &value, NULL),
				 PYPROF_OK);
		assert_true(value == (i < n ? VALUE + 8 * i : 0));
	}
	fake_objects_free(t->p);
}

static void expect_error(struct thing *t, enum pyprof_status want)
{
	uint64_t value = 1;
	struct pyprof_error err = { 0 };

	fake_ready(t->p);
	assert_int_equal(py_attr_get(&t->p->rt, t->object, "a", &value, &err), want);
	assert_true(value == 0);
	assert_true(err.message[0]);
	fake_objects_free(t->p);
}

static const char *const all[] = { "2.7", "2.7-debug", "3.6", "3.10", "3.11", "3.12", "3.13",
				   "3.14t" };

static void test_dictoffset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct thing t = make(all[i], 0);
		put_type(&t, t.p->rt.layout.type.dictoffset, 40);
		put_object(&t, 40, fake_dict(t.p, t.items, 3, 1));
		expect(&t, 3);

		t = make(all[i], 0); /* a dict that was not made yet */
		put_type(&t, t.p->rt.layout.type.dictoffset, 40);
		expect(&t, 0);

		t = make(all[i], 0); /* a type without */
		expect(&t, 0);
	}
}

/* Behind the items: three of 4 bytes, the number of which has a sign. */
static void test_dictoffset_from_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct thing t = make(all[i], 0);
		const struct py_layout *l = &t.p->rt.layout;
		put_type(&t, l->type.dictoffset, -8);
		put_type(&t, l->type.basicsize, 48 + 8);
		put_type(&t, l->type.basicsize + 8, 4);
		put_object(&t, l->object.size, (uint64_t)-3);
		put_object(&t, 64, fake_dict(t.p, t.items, 2, 1)); /* 56 + 12 rounded, - 8 */
		expect(&t, 2);
	}
}

static void test_managed_3_11(void **state)
{
	struct thing t = make("3.11", PY_TYPE_MANAGED_DICT);
	uint64_t values;

	(void)state;
	put_object(&t, -24, fake_dict(t.p, t.items, 3, 1));
	expect(&t, 3);

	t = make("3.11", PY_TYPE_MANAGED_DICT);
	values = fake_object(t.p, 0, 64);
	put_object(&t, -32, values);
	put_type(&t, t.p->rt.layout.heap_type.cached_keys, (int64_t)fake_keys(t.p, t.items, 3, 2));
	fake_word(&t.p->memory, values, VALUE);
	fake_word(&t.p->memory, values + 8, VALUE + 8);
	expect(&t, 2);

	t = make("3.11", PY_TYPE_MANAGED_DICT);
	expect(&t, 0);
}

static void test_managed_3_12(void **state)
{
	struct thing t = make("3.12", PY_TYPE_MANAGED_DICT);
	uint64_t values;

	(void)state;
	put_object(&t, -24, fake_dict(t.p, t.items, 3, 1));
	expect(&t, 3);

	t = make("3.12", PY_TYPE_MANAGED_DICT);
	values = fake_object(t.p, 0, 64);
	put_object(&t, -24, values - 1);
	put_type(&t, t.p->rt.layout.heap_type.cached_keys, (int64_t)fake_keys(t.p, t.items, 3, 2));
	fake_word(&t.p->memory, values + 8, 0);
	fake_word(&t.p->memory, values, VALUE);
	expect(&t, 1);
}

/* Values behind the object: capacity, size, embedded, valid; then the array. */
static struct thing make_inline(const char *version, const char *head)
{
	struct thing t = make(version, PY_TYPE_MANAGED_DICT | PY_TYPE_INLINE_VALUES);

	put_type(&t, t.p->rt.layout.type.basicsize, 16);
	put_type(&t, t.p->rt.layout.heap_type.cached_keys,
		 (int64_t)fake_keys(t.p, t.items, 3, 2));
	fake_put(&t.p->memory, t.object + 16, head, 4);
	put_object(&t, 24, VALUE);
	put_object(&t, 32, VALUE + 8);
	put_object(&t, 40, VALUE + 16);
	return t;
}

static void test_inline(void **state)
{
	static const struct {
		const char *version;
		int64_t dict; /* where the pointer to a dict is */
	} rows[] = { { "3.13", -24 }, { "3.14t", -8 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct thing t = make_inline(rows[i].version, "\3\3\1\1");
		expect(&t, 3);
		t = make_inline(rows[i].version, "\2\2\1\1"); /* room for two */
		expect(&t, 2);
		t = make_inline(rows[i].version, "\3\3\1\0"); /* not valid any more */
		expect(&t, 0);
		t = make_inline(rows[i].version, "\3\3\1\0"); /* for a dict took over */
		put_object(&t, rows[i].dict, fake_dict(t.p, t.items, 1, 1));
		expect(&t, 1);
		t = make_inline(rows[i].version, "\3\3\1\1"); /* without values */
		put_type(&t, t.p->rt.layout.type.flags, PY_TYPE_MANAGED_DICT);
		expect(&t, 0);
	}
}

static void test_damage(void **state)
{
	struct thing t = make("3.8", 0);

	(void)state;
	t.object = FAKE_NOWHERE;
	expect_error(&t, PYPROF_ERR_FAULT);
	t = make("3.8", 0);
	put_object(&t, 8, FAKE_NOWHERE); /* its type */
	expect_error(&t, PYPROF_ERR_FAULT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, 1 << 21);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, INT64_MIN);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, -64);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, -8);
	put_type(&t, t.p->rt.layout.type.basicsize + 8, -1);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, -8);
	put_type(&t, t.p->rt.layout.type.basicsize, 16);
	put_object(&t, 16, UINT64_C(1) << 62);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make("3.8", 0);
	put_type(&t, t.p->rt.layout.type.dictoffset, 40);
	put_object(&t, 40, t.object); /* no dict */
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make_inline("3.13", "\3\3\1\1");
	put_type(&t, t.p->rt.layout.type.basicsize, -1);
	expect_error(&t, PYPROF_ERR_CORRUPT);
	t = make_inline("3.13", "\3\3\1\1");
	put_type(&t, t.p->rt.layout.heap_type.cached_keys, (int64_t)FAKE_NOWHERE);
	expect_error(&t, PYPROF_ERR_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dictoffset),   cmocka_unit_test(test_dictoffset_from_end),
		cmocka_unit_test(test_managed_3_11), cmocka_unit_test(test_managed_3_12),
		cmocka_unit_test(test_inline),	     cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
