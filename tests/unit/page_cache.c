/* SPDX-License-Identifier: MIT */
/* Pages that are remembered: what is read, how often, and what cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/page_cache.h"

#define PAGE 4096

/* Four pages, of which the third cannot be read. */
static uint8_t *pages;
static struct memory *live;
static struct page_cache *cache;

static int begin(void **state)
{
	(void)state;
	pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < 4 * PAGE; i++)
		pages[i] = (uint8_t)(i * 7 + i / 256);
	mprotect(pages + 2 * PAGE, PAGE, PROT_NONE);
	live = memory_live_create(getpid());
	cache = live ? page_cache_create(live) : NULL;
	return cache ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	page_cache_destroy(cache);
	memory_destroy(live);
	munmap(pages, 4 * PAGE);
	return 0;
}

static enum pyprof_status read_at(size_t at, void *buf, size_t len)
{
	return memory_read(page_cache_memory(cache), (uint64_t)(uintptr_t)pages + at, buf, len,
			   NULL);
}

static void one_page_is_read_once(void **state)
{
	uint8_t buf[PAGE];
	uint64_t reads = live->reads;

	(void)state;
	for (size_t at = 0; at + 100 <= PAGE; at += 100) {
		assert_int_equal(read_at(at, buf, 100), PYPROF_OK);
		assert_memory_equal(buf, pages + at, 100);
	}
	assert_int_equal(live->reads, reads + 1);
	/* Over the border of two: one more. */
	assert_int_equal(read_at(PAGE - 50, buf, PAGE), PYPROF_OK);
	assert_memory_equal(buf, pages + PAGE - 50, PAGE);
	assert_int_equal(live->reads, reads + 2);
}

static void what_changes_is_seen_when_forgotten(void **state)
{
	uint8_t byte;

	(void)state;
	assert_int_equal(read_at(10, &byte, 1), PYPROF_OK);
	pages[10]++;
	assert_int_equal(read_at(10, &byte, 1), PYPROF_OK);
	assert_int_equal((uint8_t)(byte + 1), pages[10]);
	page_cache_forget(cache);
	assert_int_equal(read_at(10, &byte, 1), PYPROF_OK);
	assert_int_equal(byte, pages[10]);
}

static void what_cannot_be_read_fails_as_without(void **state)
{
	uint8_t buf[3 * PAGE];
	enum pyprof_status status;
	struct memory_piece pieces[3] = {
		{ (uint64_t)(uintptr_t)pages, buf, 8 },
		{ (uint64_t)(uintptr_t)pages + 2 * PAGE, buf + 8, 8 },
		{ (uint64_t)(uintptr_t)pages, buf + 16, 8 },
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_at(2 * PAGE, buf, 1), PYPROF_ERR_FAULT);
		assert_int_equal(read_at(2 * PAGE - 4, buf, 8), PYPROF_ERR_FAULT);
		assert_int_equal(read_at(0, buf, sizeof(buf)), PYPROF_ERR_FAULT);
	}
	assert_int_equal(memory_readv(page_cache_memory(cache), pieces, 3, &status), 1);
	assert_int_equal(status, PYPROF_ERR_FAULT);
	assert_memory_equal(buf, pages, 8);
	assert_int_equal(memory_read(page_cache_memory(cache), UINT64_MAX - 3, buf, 8, NULL),
			 PYPROF_ERR_FAULT);
	assert_int_equal(memory_read(page_cache_memory(cache), 0, buf, 8, NULL), PYPROF_ERR_FAULT);
}

static void long_reads_go_through(void **state)
{
	uint8_t buf[2 * PAGE];

	(void)state;
	assert_int_equal(read_at(0, buf, 2 * PAGE), PYPROF_OK);
	pages[5]++;
	assert_int_equal(read_at(0, buf, 2 * PAGE), PYPROF_OK);
	assert_memory_equal(buf, pages, 2 * PAGE);
}

static void pages_are_fetched_together(void **state)
{
	uint64_t base = (uint64_t)(uintptr_t)pages;
	const uint64_t addrs[] = { base + 100, base + 3 * PAGE + 5, base + 200,
				   base + 2 * PAGE, base + PAGE, 0 };
	uint64_t reads = live->reads;
	uint8_t byte;

	(void)state;
	page_cache_fetch(cache, addrs, sizeof(addrs) / sizeof(addrs[0]));
	/* All at once; and what could not be read, and what lay behind it, once more. */
	assert_true(live->reads <= reads + 4);
	reads = live->reads;
	for (size_t at = 0; at < 4 * PAGE; at += 333) {
		bool there = at / PAGE != 2;

		if (!there)
			continue;
		assert_int_equal(read_at(at, &byte, 1), PYPROF_OK);
		assert_int_equal(byte, pages[at]);
	}
	assert_int_equal(live->reads, reads);
	assert_int_equal(read_at(2 * PAGE, &byte, 1), PYPROF_ERR_FAULT);
}

/* More pages than are kept. */
static void room_is_bounded(void **state)
{
	size_t n = PAGE_CACHE_MAX + 10;
	uint8_t *many = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t word;

	(void)state;
	assert_true(many != MAP_FAILED);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < n; i++) {
			memcpy(many + i * PAGE + 8, &(uint32_t){ (uint32_t)i }, 4);
			assert_int_equal(memory_read_u32(page_cache_memory(cache),
							 (uint64_t)(uintptr_t)many + i * PAGE + 8,
							 &word, NULL),
					 PYPROF_OK);
			assert_int_equal(word, i);
		}
	munmap(many, n * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_page_is_read_once, begin, end),
		cmocka_unit_test_setup_teardown(what_changes_is_seen_when_forgotten, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_fails_as_without, begin, end),
		cmocka_unit_test_setup_teardown(long_reads_go_through, begin, end),
		cmocka_unit_test_setup_teardown(pages_are_fetched_together, begin, end),
		cmocka_unit_test_setup_teardown(room_is_bounded, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
