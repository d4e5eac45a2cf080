/* SPDX-License-Identifier: MIT */
/*
 * A recorded image with something wrong in it, cheaply: patches out of a fuzz input are written
 * into a copy that stays, and taken back afterwards.
 *
 * One patch: u8 kind, u16 part, u16 offset in it (both modulo what there is), and
 *   kind & 3 == 0, 1: u8 length, bytes
 *   kind & 3 == 2:    u8 length, u16 part, u16 offset: to copy them from
 *   kind & 3 == 3:    nothing more: the whole part is gone
 * kind & 4: it comes only after the first look, as in a target that goes on. A part is a region
 * of memory, or one of the notes.
 */
#ifndef PYPROF_TESTS_FUZZ_PATCHES_H
#define PYPROF_TESTS_FUZZ_PATCHES_H

#include <string.h>

#include "base/bytes.h"
#include "fuzz/pythons.h"

#define PATCH_PARTS_MAX 8192u
#define PATCHES_MAX	256u
#define PATCH_RECENT	2048u
#define PATCH_NOTES	0xff00u /* parts from here on are notes: there are but few of them */

struct patch_part {
	uint64_t addr; /* regions */
	size_t start;  /* of its own bytes in the file */
	size_t len;
	size_t head; /* bytes before its own */
};

/* Where things lie in an image's file. */
struct patch_map {
	struct patch_part parts[PATCH_PARTS_MAX];
	size_t n, n_notes; /* notes come first */
};

struct patched {
	struct memory memory; /* first: it is what is read */
	const struct patch_map *map;
	const uint8_t *clean;
	uint8_t *bytes; /* as the clean ones, but for what is patched now */
	bool gone[PATCH_PARTS_MAX];
	size_t touched[PATCHES_MAX]; /* parts */
	size_t n_touched;
	uint16_t recent[PATCH_RECENT]; /* parts that were read lately: for who makes inputs */
	size_t n_recent;
};

static inline void patch_map_init(struct patch_map *map, const struct python *python)
{
	struct bytes in = bytes_of(python->bytes, python->len);

	bytes_take(&in, strlen("PYPROF-IMAGE 1\n"));
	for (int notes = 1; notes >= 0; notes--) {
		uint32_t n = bytes_u32(&in);

		FUZZ_CHECK(n <= PATCH_PARTS_MAX - map->n);
		for (uint32_t i = 0; i < n; i++) {
			struct patch_part *part = &map->parts[map->n++];

			if (notes)
				part->head = bytes_u32(&in);
			else
				part->addr = bytes_u64(&in);
			part->len = bytes_u32(&in);
			part->start = in.pos + part->head;
			bytes_take(&in, part->head + part->len);
			part->head += notes ? 8 : 12;
		}
		if (notes)
			map->n_notes = map->n;
	}
	FUZZ_CHECK(bytes_end(&in) && !in.failed);
}

/* The first region that ends behind `addr`, or map->n. */
static inline size_t patch_find(const struct patch_map *map, uint64_t addr)
{
	size_t low = map->n_notes, high = map->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->parts[middle].addr + map->parts[middle].len <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static inline bool patched_copy(struct patched *p, uint64_t addr, uint8_t *buf, size_t len)
{
	for (size_t i = patch_find(p->map, addr); len; i++) {
		const struct patch_part *part = &p->map->parts[i];
		size_t n;

		if (i == p->map->n || addr < part->addr || p->gone[i])
			return false;
		n = part->len - (size_t)(addr - part->addr);
		n = n < len ? n : len;
		memcpy(buf, p->bytes + part->start + (addr - part->addr), n);
		p->recent[p->n_recent++ % PATCH_RECENT] = (uint16_t)i;
		buf += n;
		addr += n;
		len -= n;
	}
	return true;
}

static inline size_t patched_readv(struct memory *memory, const struct memory_piece *pieces,
				   size_t n, enum pyprof_status *status)
{
	for (size_t i = 0; i < n; i++) {
		if (!patched_copy((struct patched *)memory, pieces[i].addr, pieces[i].buf,
				  pieces[i].len)) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
	}
	return n;
}

static inline void patched_init(struct patched *p, const struct patch_map *map,
				const struct python *python)
{
	static const struct memory_ops ops = { .name = "patched", .readv = patched_readv };

	p->memory = (struct memory){ .ops = &ops };
	p->map = map;
	p->clean = python->bytes;
	p->bytes = malloc(python->len);
	FUZZ_CHECK(p->bytes);
	memcpy(p->bytes, python->bytes, python->len);
}

static inline const struct patch_part *patch_pick(const struct patch_map *map, struct bytes *in,
						  size_t *index, size_t *at)
{
	size_t number = bytes_u16(in), offset = bytes_u16(in);

	*index = number >= PATCH_NOTES ? number % map->n_notes : number % map->n;
	*at = map->parts[*index].len ? offset % map->parts[*index].len : 0;
	return &map->parts[*index];
}

static inline void patched_apply_one(struct patched *p, struct bytes *in, bool second)
{
	uint8_t kind = bytes_u8(in);
	bool now = second || !(kind & 4);
	size_t index, at, source, from, len = 0;
	const struct patch_part *to = patch_pick(p->map, in, &index, &at);
	const uint8_t *bytes = NULL;

	if ((kind & 3) != 3) {
		len = bytes_u8(in);
		len = len < to->len - at ? len : to->len - at;
	}
	if ((kind & 3) == 2) {
		const struct patch_part *other = patch_pick(p->map, in, &source, &from);

		len = len < other->len - from ? len : other->len - from;
		bytes = p->bytes + other->start + from;
	} else if ((kind & 3) != 3) {
		len = len < bytes_left(in) ? len : bytes_left(in);
		bytes = bytes_take(in, len);
	}
	if (!now || in->failed)
		return;
	p->touched[p->n_touched++] = index;
	if (bytes)
		memmove(p->bytes + to->start + at, bytes, len);
	else
		p->gone[index] = true;
}

/* All that `in` has, those of the second kind too where `second`. */
static inline void patched_apply(struct patched *p, struct bytes in, bool second)
{
	while (!bytes_end(&in) && p->n_touched < PATCHES_MAX)
		patched_apply_one(p, &in, second);
}

static inline void patched_undo(struct patched *p)
{
	for (size_t i = 0; i < p->n_touched; i++) {
		const struct patch_part *part = &p->map->parts[p->touched[i]];

		memcpy(p->bytes + part->start, p->clean + part->start, part->len);
		p->gone[p->touched[i]] = false;
	}
	p->n_touched = 0;
}

/* The notes, as they are now, as an image without memory. */
static inline struct memory_image *patched_notes(const struct patched *p)
{
	static const char magic[] = "PYPROF-IMAGE 1\n";
	struct memory_image *image = NULL;
	struct str file = STR_INIT;
	uint32_t n = 0, none = 0;

	for (size_t i = 0; i < p->map->n_notes; i++)
		n += !p->gone[i];
	str_add(&file, magic, strlen(magic));
	str_add(&file, &n, sizeof(n));
	for (size_t i = 0; i < p->map->n_notes; i++) {
		const struct patch_part *part = &p->map->parts[i];

		if (!p->gone[i])
			str_add(&file, p->bytes + part->start - part->head,
				part->head + part->len);
	}
	str_add(&file, &none, sizeof(none));
	FUZZ_CHECK(!file.failed && !memory_image_parse(&image, file.data, file.len, NULL));
	str_deinit(&file);
	return image;
}

#endif
