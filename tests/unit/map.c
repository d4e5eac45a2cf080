/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

static size_t asked; /* how often the map had to ask */

static bool u32_equal(const void *entries, uint32_t index, const void *key)
{
	asked++;
	return ((const uint32_t *)entries)[index] == *(const uint32_t *)key;
}

static uint64_t hash_good(uint32_t key)
{
	return hash_u64(key);
}

/* All in one chain, and none told apart by its hash. */
static uint64_t hash_constant(uint32_t key)
{
	(void)key;
	return 0x1234567800000000;
}

/* The same place in any table below 2^31 slots, but told apart by the slot's hash. */
static uint64_t hash_one_place(uint32_t key)
{
	return (uint64_t)(key & 1) << 63;
}

/* All at the last slot: chains go round the end of the table. */
static uint64_t hash_last(uint32_t key)
{
	(void)key;
	return UINT64_MAX;
}

static uint64_t hash_zero(uint32_t key)
{
	(void)key;
	return 0;
}

static void fill_and_find(uint64_t (*hash)(uint32_t), uint32_t n)
{
	struct map map = MAP_INIT;
	uint32_t *keys = calloc(n, sizeof(*keys)), missing;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = i * 7 + 3;

		assert_int_equal(map_find(&map, hash(key), u32_equal, keys, &key), MAP_NONE);
		keys[i] = key;
		assert_true(map_insert(&map, hash(key), i));
		assert_int_equal(map_find(&map, hash(key), u32_equal, keys, &key), i);
	}
	assert_int_equal(map.n, n);
	assert_true(map.n_slots > n);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(map_find(&map, hash(keys[i]), u32_equal, keys, &keys[i]), i);
	missing = 5;
	assert_int_equal(map_find(&map, hash(missing), u32_equal, keys, &missing), MAP_NONE);

	map_clear(&map);
	assert_int_equal(map.n, 0);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(map_find(&map, hash(keys[i]), u32_equal, keys, &keys[i]),
				 MAP_NONE);
	assert_true(map_insert(&map, hash(keys[n - 1]), n - 1));
	assert_int_equal(map_find(&map, hash(keys[n - 1]), u32_equal, keys, &keys[n - 1]),
			 n - 1);
	map_deinit(&map);
	assert_null(map.slots);
	free(keys);
}

static void finds_what_it_got(void **state)
{
	(void)state;
	fill_and_find(hash_good, 1);
	fill_and_find(hash_good, 12);
	fill_and_find(hash_good, 13);
	fill_and_find(hash_good, 100000);
}

static void finds_in_spite_of_collisions(void **state)
{
	(void)state;
	fill_and_find(hash_constant, 500);
	fill_and_find(hash_one_place, 500);
	fill_and_find(hash_last, 500);
	fill_and_find(hash_zero, 500);
}

static void empty_map(void **state)
{
	struct map map = MAP_INIT;
	uint32_t key = 1;

	(void)state;
	assert_int_equal(map_find(&map, 0, u32_equal, NULL, &key), MAP_NONE);
	map_clear(&map);
	map_deinit(&map);
}

static void the_largest_index(void **state)
{
	struct map map = MAP_INIT;

	(void)state;
	assert_true(map_insert(&map, UINT64_MAX, UINT32_MAX - 1));
	assert_int_equal((uint32_t)map.slots[map.n_slots - 1] - 1, UINT32_MAX - 1);
	map_deinit(&map);
}

/* A lookup in a well filled table asks about one entry, hardly ever more. */
static void asks_little(void **state)
{
	enum { n = 50000 };
	static uint32_t keys[n];
	struct map map = MAP_INIT;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		keys[i] = i << 12; /* as addresses of pages are */
		assert_true(map_insert(&map, hash_u64(keys[i]), i));
	}
	asked = 0;
	for (uint32_t i = 0; i < n; i++)
		map_find(&map, hash_u64(keys[i]), u32_equal, keys, &keys[i]);
	assert_in_range(asked, n, n + n / 100);
	map_deinit(&map);
}

static int u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Texts that differ by a byte, by their length, by zeros: all hashes differ. */
static void hashes_bytes_apart(void **state)
{
	enum { lens = 70 };
	static uint64_t all[lens * lens];
	size_t n = 0;

	(void)state;
	for (size_t len = 0; len < lens; len++) {
		uint8_t text[lens] = { 0 };

		all[n++] = hash_bytes(text, len);
		assert_true(hash_bytes(text, len) == all[n - 1]);
		for (size_t i = 0; i < len; i++) {
			text[i] = 1;
			all[n++] = hash_bytes(text, len);
			text[i] = 0;
		}
	}
	qsort(all, n, sizeof(all[0]), u64_order);
	for (size_t i = 1; i < n; i++)
		assert_true(all[i - 1] != all[i]);
	assert_true(hash_bytes("x", 0) == hash_bytes(NULL, 0));
}

/* Both halves of a hash are used: so each bit must be set about half of the time. */
static void hash_bits_are_even(void **state)
{
	enum { n = 20000 };
	unsigned of_bytes[64] = { 0 }, of_pair[64] = { 0 };

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		char text[32];
		int len = snprintf(text, sizeof(text), "function_%u", i);
		uint64_t a = hash_bytes(text, (size_t)len), b = hash_pair(i / 100, i % 100);

		for (unsigned bit = 0; bit < 64; bit++) {
			of_bytes[bit] += a >> bit & 1;
			of_pair[bit] += b >> bit & 1;
		}
	}
	/* 7 standard deviations (71) around the mean. */
	for (unsigned bit = 0; bit < 64; bit++) {
		assert_in_range(of_bytes[bit], n / 2 - 500, n / 2 + 500);
		assert_in_range(of_pair[bit], n / 2 - 500, n / 2 + 500);
	}
	assert_true(hash_pair(1, 2) != hash_pair(2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_it_got),
		cmocka_unit_test(finds_in_spite_of_collisions),
		cmocka_unit_test(empty_map),
		cmocka_unit_test(the_largest_index),
		cmocka_unit_test(asks_little),
		cmocka_unit_test(hashes_bytes_apart),
		cmocka_unit_test(hash_bits_are_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
