/* SPDX-License-Identifier: MIT */
#include "memory/page_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"

#define PAGE_BYTES 4096u

struct page {
	uint64_t addr;
	bool unreadable;
	uint8_t bytes[PAGE_BYTES];
};

struct page_cache {
	struct memory memory; /* first: it is what we give out */
	struct memory *inner;
	struct page **pages; /* each by itself, allocated once */
	size_t n, n_allocated, cap;
	struct map by_addr;
	struct page *last;
};

static bool same_page(const void *entries, uint32_t index, const void *key)
{
	return ((struct page *const *)entries)[index]->addr == *(const uint64_t *)key;
}

void page_cache_forget(struct page_cache *cache)
{
	map_clear(&cache->by_addr);
	cache->n = 0;
	cache->last = NULL;
}

/* A page to be filled; NULL: no memory. */
static struct page *new_page(struct page_cache *cache)
{
	if (cache->n >= PAGE_CACHE_MAX)
		page_cache_forget(cache);
	if (cache->n == cache->n_allocated) {
		struct page *page;

		if (!array_grow(cache->pages, cache->n_allocated, cache->cap))
			return NULL;
		page = malloc(sizeof(*page));
		if (!page)
			return NULL;
		cache->pages[cache->n_allocated++] = page;
	}
	return cache->pages[cache->n];
}

/* Pages read in one system call. */
#define BATCH 256

/* The last `n` pages, which have their places and no bytes yet. */
static void fill(struct page_cache *cache, size_t n)
{
	struct memory_piece pieces[BATCH];
	struct page **pages = cache->pages + cache->n - n;
	enum pyprof_status status;
	size_t got;

	for (size_t i = 0; i < n; i++)
		pieces[i] = (struct memory_piece){ pages[i]->addr, pages[i]->bytes, PAGE_BYTES };
	got = n ? memory_readv(cache->inner, pieces, n, &status) : 0;
	/* The others one by one: what lies behind one that cannot be read may well be there. */
	for (size_t i = 0; i < n; i++)
		pages[i]->unreadable = i >= got && memory_read(cache->inner, pages[i]->addr,
							       pages[i]->bytes, PAGE_BYTES, NULL);
}

void page_cache_fetch(struct page_cache *cache, const uint64_t *addrs, size_t n)
{
	size_t empty = 0;

	for (size_t i = 0; i < n && cache->n < PAGE_CACHE_MAX; i++) {
		uint64_t addr = addrs[i] & ~(uint64_t)(PAGE_BYTES - 1), hash = hash_u64(addr);
		struct page *page;

		if (map_find(&cache->by_addr, hash, same_page, cache->pages, &addr) != MAP_NONE)
			continue;
		page = new_page(cache);
		if (!page)
			break;
		page->addr = addr;
		if (!map_insert(&cache->by_addr, hash, (uint32_t)cache->n))
			break;
		cache->n++;
		if (++empty < BATCH)
			continue;
		fill(cache, empty);
		empty = 0;
	}
	fill(cache, empty);
}

/* The page at `addr`; NULL where it cannot be had whole. */
static const struct page *find_page(struct page_cache *cache, uint64_t addr)
{
	uint64_t hash = hash_u64(addr);
	uint32_t index;
	struct page *page;

	if (cache->last && cache->last->addr == addr)
		return cache->last;
	index = map_find(&cache->by_addr, hash, same_page, cache->pages, &addr);
	if (index != MAP_NONE) {
		page = cache->pages[index];
	} else {
		page = new_page(cache);
		if (!page)
			return NULL;
		page->addr = addr;
		page->unreadable =
			memory_read(cache->inner, addr, page->bytes, PAGE_BYTES, NULL) != PYPROF_OK;
		if (!map_insert(&cache->by_addr, hash, (uint32_t)cache->n))
			return NULL;
		cache->n++;
	}
	if (page->unreadable)
		return NULL;
	cache->last = page;
	return page;
}

/* False: it has to be read from where it lies. */
static bool read_piece(struct page_cache *cache, const struct memory_piece *piece)
{
	uint64_t start = piece->addr & ~(uint64_t)(PAGE_BYTES - 1);
	size_t offset = (size_t)(piece->addr - start), done = 0;
	uint8_t *out = piece->buf;

	if (piece->len > PAGE_BYTES || start > UINT64_MAX - 2 * PAGE_BYTES)
		return false;
	while (done < piece->len) {
		const struct page *page = find_page(cache, start);
		size_t n = PAGE_BYTES - offset;

		if (!page)
			return false;
		if (n > piece->len - done)
			n = piece->len - done;
		memcpy(out + done, page->bytes + offset, n);
		done += n;
		start += PAGE_BYTES;
		offset = 0;
	}
	return true;
}

static size_t cached_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			   enum pyprof_status *status)
{
	struct page_cache *cache = (struct page_cache *)memory;

	for (size_t i = 0; i < n; i++) {
		if (read_piece(cache, &pieces[i]))
			continue;
		if (!memory_readv(cache->inner, &pieces[i], 1, status))
			return i;
	}
	return n;
}

static const struct memory_ops cached_ops = {
	.name = "pages",
	.readv = cached_readv,
};

struct page_cache *page_cache_create(struct memory *inner)
{
	struct page_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->memory.ops = &cached_ops;
	cache->inner = inner;
	return cache;
}

struct memory *page_cache_memory(struct page_cache *cache)
{
	return &cache->memory;
}

void page_cache_destroy(struct page_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->n_allocated; i++)
		free(cache->pages[i]);
	free(cache->pages);
	map_deinit(&cache->by_addr);
	free(cache);
}
