/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "python/footprint.h"

static void ranges_near_each_other_become_one(void **state)
{
	struct footprint fp = { 0 };

	(void)state;
	assert_true(footprint_add(&fp.now, 0x100000, 0x100080));
	assert_true(footprint_add(&fp.now, 0x100100, 0x100180));
	assert_int_equal(fp.now.n, 1);
	assert_int_equal(fp.now.ranges[0].start, 0x100000);
	assert_int_equal(fp.now.ranges[0].end, 0x100180);
	assert_true(footprint_add(&fp.now, 0x200000, 0x200080));
	assert_true(footprint_add(&fp.now, 0x80000, 0x80080));
	assert_int_equal(fp.now.n, 3);
	assert_int_equal(fp.now.ranges[0].start, 0x80000);
	/* One that bridges two swallows both. */
	assert_true(footprint_add(&fp.now, 0x80080, 0x200000));
	assert_int_equal(fp.now.n, 1);
	assert_int_equal(fp.now.ranges[0].end, 0x200080);
	footprint_deinit(&fp);
}

static void find_tells_the_place_in_the_buffer(void **state)
{
	struct footprint fp = { 0 };
	size_t hint = 0;

	(void)state;
	footprint_add(&fp.now, 0x10000, 0x10100);
	footprint_add(&fp.now, 0x90000, 0x90100);
	assert_true(footprint_find(&fp.now, 0x90010, 0x90020, &hint) == FOOTPRINT_UNREAD);
	assert_int_equal(footprint_layout(&fp.now), 0x200);
	assert_int_equal(footprint_find(&fp.now, 0x90010, 0x90020, &hint), 0x110);
	assert_int_equal(hint, 1);
	assert_int_equal(footprint_find(&fp.now, 0x10000, 0x10100, &hint), 0);
	assert_true(footprint_find(&fp.now, 0x100f8, 0x10108, &hint) == FOOTPRINT_NONE);
	assert_true(footprint_find(&fp.now, 0x8ffff, 0x90001, &hint) == FOOTPRINT_NONE);
	assert_true(footprint_find(&fp.now, 0, 8, &hint) == FOOTPRINT_NONE);
	footprint_deinit(&fp);
}

static void hostile_addresses_are_refused(void **state)
{
	struct footprint fp = { 0 };

	(void)state;
	assert_false(footprint_add(&fp.now, 0, 8));
	assert_false(footprint_add(&fp.now, UINT64_MAX - 8, UINT64_MAX));
	assert_false(footprint_add(&fp.now, 0x100000, 0x100000));
	assert_false(footprint_add(&fp.now, 0x100000, 0x100000 + FOOTPRINT_MAX_BYTES + 1));
	assert_int_equal(fp.now.n, 0);
	footprint_deinit(&fp);
}

/* Random additions agree with a plain bitmap of what was added. */
static void random_additions_keep_the_invariants(void **state)
{
	static unsigned char added[1 << 16];
	const uint64_t base = 0x7f0000000000;
	struct footprint fp = { 0 };
	size_t hint = 0;

	(void)state;
	srand(7);
	for (int i = 0; i < 300; i++) {
		uint64_t start = (uint64_t)(rand() % 65000), len = 1 + (uint64_t)(rand() % 200);

		assert_true(footprint_add(&fp.now, base + start, base + start + len));
		for (uint64_t k = start; k < start + len; k++)
			added[k] = 1;
	}
	for (size_t i = 0; i + 1 < fp.now.n; i++)
		assert_true(fp.now.ranges[i].end + FOOTPRINT_GAP <= fp.now.ranges[i + 1].start);
	footprint_layout(&fp.now);
	for (uint64_t k = 0; k < sizeof(added); k++)
		if (added[k])
			assert_true(footprint_find(&fp.now, base + k, base + k + 1, &hint) !=
				    FOOTPRINT_NONE);
	footprint_deinit(&fp);
}

static void unused_ranges_are_forgotten(void **state)
{
	struct footprint fp = { 0 };
	size_t hint = 0;

	(void)state;
	footprint_add(&fp.now, 0x10000, 0x10100);
	footprint_add(&fp.now, 0x90000, 0x90100);
	for (unsigned i = 0; i < FOOTPRINT_RENEW; i++) {
		footprint_add(&fp.next, 0x90000, 0x90100);
		fp.looks++;
		footprint_renew(&fp);
	}
	footprint_layout(&fp.now);
	assert_int_equal(fp.now.n, 1);
	assert_true(footprint_find(&fp.now, 0x90000, 0x90100, &hint) != FOOTPRINT_NONE);
	footprint_deinit(&fp);
}

static void drop_takes_out_what_holds_the_address(void **state)
{
	struct footprint fp = { 0 };

	(void)state;
	footprint_add(&fp.now, 0x10000, 0x10100);
	footprint_add(&fp.now, 0x90000, 0x90100);
	footprint_drop(&fp.now, 0x50000);
	assert_int_equal(fp.now.n, 2);
	footprint_drop(&fp.now, 0x10000);
	assert_int_equal(fp.now.n, 1);
	assert_int_equal(fp.now.ranges[0].start, 0x90000);
	footprint_deinit(&fp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_near_each_other_become_one),
		cmocka_unit_test(find_tells_the_place_in_the_buffer),
		cmocka_unit_test(hostile_addresses_are_refused),
		cmocka_unit_test(random_additions_keep_the_invariants),
		cmocka_unit_test(unused_ranges_are_forgotten),
		cmocka_unit_test(drop_takes_out_what_holds_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
