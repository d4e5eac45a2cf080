/* SPDX-License-Identifier: MIT */
/*
 * The one hash map: from a key that lives in the caller's array to its index.
 *
 * The map stores only indexes (and their hashes) in an open-addressing table; the
 * caller says whether entry `index` equals the key being looked for. Nothing is ever
 * removed. The caller owns the map and the entries; indexes are below UINT32_MAX.
 * Lookups never allocate.
 */
#ifndef PYPROF_BASE_MAP_H
#define PYPROF_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map {
	uint64_t *slots; /* hash in the high 32 bits, index + 1 in the low; 0: free */
	size_t n_slots;	 /* 0 or a power of two */
	size_t n;
};

#define MAP_INIT { 0 }

typedef bool map_equal_fn(const void *entries, uint32_t index, const void *key);

void map_deinit(struct map *map);
void map_clear(struct map *map); /* empties it, storage kept */

/* Index of the entry that equals `key`, or MAP_NONE. */
uint32_t map_find(const struct map *map, uint64_t hash, map_equal_fn *equal,
		  const void *entries, const void *key);

/*
 * Records entry `index` under `hash`; the caller has looked first. False: no memory,
 * nothing changed.
 */
bool map_insert(struct map *map, uint64_t hash, uint32_t index);

/*
 * Hashes: of bytes, of one and of two words; well mixed in all 64 bits. That of bytes
 * differs from process to process, so it must not get into a file.
 */
uint64_t hash_bytes(const void *bytes, size_t len);

static inline uint64_t hash_u64(uint64_t x)
{
	/* The finalizer of splitmix64: every input bit reaches every output bit. */
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static inline uint64_t hash_pair(uint64_t a, uint64_t b)
{
	return hash_u64(hash_u64(a) ^ b);
}

#endif
