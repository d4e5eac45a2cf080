/* SPDX-License-Identifier: MIT */
/*
 * A memory that remembers the pages that were read through it, for many small reads of a process
 * that stands: what lies in one page costs one system call. What it remembers is as old as the
 * first read of the page, so who reads what moves has to forget it first.
 *
 * Reads of several pages, and of pages that cannot be read whole, go through unremembered.
 */
#ifndef PYPROF_MEMORY_PAGE_CACHE_H
#define PYPROF_MEMORY_PAGE_CACHE_H

#include "memory/memory.h"

/* So many pages are kept (32 MiB); then all are forgotten. */
#define PAGE_CACHE_MAX 8192u

struct page_cache;

/* `inner` is not owned and outlives it. NULL: no memory. */
struct page_cache *page_cache_create(struct memory *inner);
void page_cache_destroy(struct page_cache *cache); /* NULL is fine */

/* The memory to read through; the cache's. */
struct memory *page_cache_memory(struct page_cache *cache);
void page_cache_forget(struct page_cache *cache);

/*
 * Reads the pages of `n` addresses, many in one system call, for who will ask for something in each.
 * What cannot be read, or has no room, is left to the asking.
 */
void page_cache_fetch(struct page_cache *cache, const uint64_t *addrs, size_t n);

#endif
