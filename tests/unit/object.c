/* SPDX-License-Identifier: MIT */
/* Ints and names of types. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "support/fake_objects.h"

#define DIGIT 0x3fffffffu /* the largest */

struct number {
	int64_t value;
	int n; /* digits, with the sign of the value */
	uint32_t digits[3];
	enum pyprof_status status;
};

static const struct number numbers[] = {
	{ 0, 0, { 7 }, PYPROF_OK },
	{ 1, 1, { 1 }, PYPROF_OK },
	{ -1, -1, { 1 }, PYPROF_OK },
	{ INT64_C(1) << 30, 2, { 0, 1 }, PYPROF_OK },
	{ -(INT64_C(1) << 60), -3, { 0, 0, 1 }, PYPROF_OK },
	{ INT64_MAX, 3, { DIGIT, DIGIT, 7 }, PYPROF_OK },
	{ INT64_MIN, -3, { 0, 0, 8 }, PYPROF_OK },
	{ 0, 3, { 0, 0, 8 }, PYPROF_ERR_LIMIT },
	{ 0, -3, { 1, 0, 8 }, PYPROF_ERR_LIMIT },
	{ 0, 3, { DIGIT, DIGIT, DIGIT }, PYPROF_ERR_LIMIT },
	{ 0, 4, { 1, 1, 1 }, PYPROF_ERR_LIMIT },
	{ 0, INT32_MAX, { 1 }, PYPROF_ERR_LIMIT },
	{ 0, 1, { DIGIT + 1 }, PYPROF_ERR_CORRUPT },
};

static uint64_t put_number(struct fake_objects *p, const struct number *n, bool tagged)
{
	const struct py_layout *l = &p->rt.layout;
	uint64_t addr = fake_object(p, p->int_type, 64);
	uint64_t count = (uint64_t)(n->n < 0 ? -(int64_t)n->n : n->n);
	uint64_t sign = n->n < 0 ? 2 : n->n == 0 ? 1 : 0;

	fake_word(&p->memory, addr + l->integer.tag,
		  tagged ? count << 3 | sign : (uint64_t)(int64_t)n->n);
	fake_put(&p->memory, addr + l->integer.digits, n->digits, sizeof(n->digits));
	return addr;
}

static void test_ints(void **state)
{
	static const struct {
		const char *layout;
		bool tagged;
	} versions[] = { { "2.7", false }, { "3.6", false }, { "3.11-trace-refs", false },
			 { "3.12", true }, { "3.14t", true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++) {
			struct fake_objects *p = fake_objects(versions[i].layout);
			uint64_t addr = put_number(p, &numbers[k], versions[i].tagged);
			int64_t value = 0;

			fake_ready(p);
			assert_int_equal(py_int_read(&p->rt, addr, &value, NULL),
					 numbers[k].status);
			assert_true(value == numbers[k].value);
			fake_objects_free(p);
		}
	}
}

static void test_ints_of_2_7(void **state)
{
	struct fake_objects *p = fake_objects("2.7");
	uint64_t small_type = fake_type(p, PY_TYPE_SMALL_INT);
	uint64_t small = fake_object(p, small_type, 64);
	int64_t value;

	(void)state;
	fake_word(&p->memory, small + p->rt.layout.integer.small, (uint64_t)-5);
	fake_ready(p);
	assert_int_equal(py_int_read(&p->rt, small, &value, NULL), PYPROF_OK);
	assert_true(value == -5);
	fake_objects_free(p);

	/* Later that bit says something else. */
	p = fake_objects("3.11");
	small = fake_object(p, fake_type(p, PY_TYPE_SMALL_INT), 64);
	fake_ready(p);
	assert_int_equal(py_int_read(&p->rt, small, &value, NULL), PYPROF_ERR_CORRUPT);
	fake_objects_free(p);
}

static void test_no_ints(void **state)
{
	struct fake_objects *p = fake_objects("3.12");
	uint64_t text = fake_name(p, "12"), wild = fake_object(p, FAKE_NOWHERE, 64);
	uint64_t sign = fake_int(p, 12), cut = fake_int(p, 12);
	uint64_t end = FAKE_NOWHERE - FAKE_NOWHERE % FAKE_PAGE - 24;
	int64_t value;

	(void)state;
	fake_word(&p->memory, sign + p->rt.layout.integer.tag, 1 << 3 | 3);
	fake_zero(&p->memory, end, 24);
	fake_word(&p->memory, end + p->rt.layout.object.ob_type, p->int_type);
	fake_word(&p->memory, end + p->rt.layout.integer.tag, 1 << 3);
	fake_ready(p);
	assert_int_equal(py_int_read(&p->rt, text, &value, NULL), PYPROF_ERR_CORRUPT);
	assert_int_equal(py_int_read(&p->rt, sign, &value, NULL), PYPROF_ERR_CORRUPT);
	assert_int_equal(py_int_read(&p->rt, wild, &value, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(py_int_read(&p->rt, end, &value, NULL), PYPROF_ERR_FAULT);
	assert_int_equal(py_int_read(&p->rt, FAKE_NOWHERE, &value, NULL), PYPROF_ERR_FAULT);
	p->rt.layout.integer.tag = 4000;
	assert_int_equal(py_int_read(&p->rt, cut, &value, NULL), PYPROF_ERR_UNSUPPORTED);
	fake_objects_free(p);
}

static void test_type_name(void **state)
{
	struct fake_objects *p = fake_objects("3.11");
	uint64_t name = FAKE_NOWHERE - FAKE_NOWHERE % FAKE_PAGE - 5; /* where memory ends */
	uint64_t object = fake_object(p, p->other_type, 32);
	uint64_t nameless = fake_object(p, p->int_type, 32);
	char buf[16], small[3], none[1];

	(void)state;
	fake_put(&p->memory, name, "code", 5);
	fake_word(&p->memory, p->other_type + p->rt.layout.type.name, name);
	fake_word(&p->memory, p->int_type + p->rt.layout.type.name, FAKE_NOWHERE);
	fake_ready(p);
	assert_int_equal(py_type_name(&p->rt, object, buf, sizeof(buf), NULL), PYPROF_OK);
	assert_string_equal(buf, "code");
	assert_int_equal(py_type_name(&p->rt, object, small, sizeof(small), NULL), PYPROF_OK);
	assert_string_equal(small, "co");
	assert_int_equal(py_type_name(&p->rt, object, none, sizeof(none), NULL), PYPROF_OK);
	assert_string_equal(none, "");
	assert_int_equal(py_type_name(&p->rt, nameless, buf, sizeof(buf), NULL),
			 PYPROF_ERR_FAULT);
	assert_string_equal(buf, "");
	assert_int_equal(py_type_name(&p->rt, FAKE_NOWHERE, buf, sizeof(buf), NULL),
			 PYPROF_ERR_FAULT);
	assert_int_equal(py_type_name(&p->rt, object, buf, 0, NULL), PYPROF_ERR_USAGE);
	fake_objects_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ints),
		cmocka_unit_test(test_ints_of_2_7),
		cmocka_unit_test(test_no_ints),
		cmocka_unit_test(test_type_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
