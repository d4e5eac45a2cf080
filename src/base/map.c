/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define MIN_SLOTS 16

/* The part of the hash that a slot keeps; it alone decides where an entry goes. */
static uint64_t tag_of(uint64_t hash)
{
	return hash >> 32;
}

void map_deinit(struct map *map)
{
	free(map->slots);
	*map = (struct map)MAP_INIT;
}

void map_clear(struct map *map)
{
	if (map->n_slots)
		memset(map->slots, 0, map->n_slots * sizeof(*map->slots));
	map->n = 0;
}

uint32_t map_find(const struct map *map, uint64_t hash, map_equal_fn *equal,
		  const void *entries, const void *key)
{
	uint64_t tag = tag_of(hash);
	size_t mask = map->n_slots - 1;

	if (!map->n)
		return MAP_NONE;
	/* Ends: the table is never full. */
	for (size_t i = tag & mask; map->slots[i]; i = (i + 1) & mask) {
		uint32_t index = (uint32_t)map->slots[i] - 1;

		if (map->slots[i] >> 32 == tag && equal(entries, index, key))
			return index;
	}
	return MAP_NONE;
}

static void place(uint64_t *slots, size_t n_slots, uint64_t slot)
{
	size_t mask = n_slots - 1;
	size_t i = (slot >> 32) & mask;

	while (slots[i])
		i = (i + 1) & mask;
	slots[i] = slot;
}

static bool grow(struct map *map)
{
	size_t n_slots = map->n_slots ? map->n_slots * 2 : MIN_SLOTS;
	uint64_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < map->n_slots; i++) {
		if (map->slots[i])
			place(slots, n_slots, map->slots[i]);
	}
	free(map->slots);
	map->slots = slots;
	map->n_slots = n_slots;
	return true;
}

bool map_insert(struct map *map, uint64_t hash, uint32_t index)
{
	if (map->n >= map->n_slots / 4 * 3 && !grow(map))
		return false;
	place(map->slots, map->n_slots, tag_of(hash) << 32 | ((uint64_t)index + 1));
	map->n++;
	return true;
}

/* ---- hashing bytes --------------------------------------------------------- */

/* Both halves of the 128-bit product, folded. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * A number that only this process knows: the names that we hash are the target's, and
 * it must not be able to choose them so that they all collide.
 */
static uint64_t process_key(void)
{
	static uint64_t key; /* the same whoever computes it, so no lock is needed */
	uint64_t k = __atomic_load_n(&key, __ATOMIC_RELAXED);

	if (!k) {
		const void *random = (const void *)getauxval(AT_RANDOM);

		if (random)
			memcpy(&k, random, sizeof(k));
		k = hash_u64(k) | 1;
		__atomic_store_n(&key, k, __ATOMIC_RELAXED);
	}
	return k;
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
	const uint64_t key = process_key();
	const unsigned char *p = bytes;
	uint64_t h = hash_u64(key);
	uint64_t w[2];

	for (; len > 16; p += 16, len -= 16) {
		memcpy(w, p, 16);
		h = mix(w[0] ^ key, w[1] ^ h);
	}
	w[0] = w[1] = 0;
	if (len)
		memcpy(w, p, len);
	h = mix(w[0] ^ key, w[1] ^ h);
	return hash_u64(h ^ len); /* the length tells zeros from what was filled up */
}
