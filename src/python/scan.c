/* SPDX-License-Identifier: MIT */
#include "python/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/debug_offsets.h"
#include "python/version.h"

#define CHUNK	(1u << 20)
#define OVERLAP 512u /* a text that one chunk ends in is whole in the next */

/* `data` is `len` bytes of the module at `addr`; false ends the pass. */
typedef bool chunk_fn(const uint8_t *data, size_t len, uint64_t addr, void *arg);

static bool scan_range(struct memory *memory, uint64_t start, uint64_t size, uint8_t *buf,
		       chunk_fn *fn, void *arg)
{
	for (uint64_t pos = 0; pos < size; pos += CHUNK) {
		size_t want = size - pos < CHUNK + OVERLAP ? (size_t)(size - pos)
							   : CHUNK + OVERLAP;
		size_t got;

		if (memory_read_prefix(memory, start + pos, buf, want, &got, NULL))
			continue;
		if (!fn(buf, got, start + pos, arg))
			return false;
	}
	return true;
}

/*
 * What of a segment can be written to at this moment: what was made read-only when it had been
 * relocated, which may be large, holds nothing that we look for.
 */
static bool scan_segment(struct memory *memory, const struct maps *maps,
			 const struct elf_segment *segment, uint8_t *buf, chunk_fn *fn,
			 void *arg)
{
	uint64_t end = segment->addr + segment->mem_size, left = PY_SCAN_MAX;

	for (size_t i = 0; i < maps->n && left; i++) {
		uint64_t from = maps->mappings[i].start, to = maps->mappings[i].end;

		if (to <= segment->addr || !maps->mappings[i].writable)
			continue;
		if (from >= end)
			break;
		/* .data and .bss are neighbours, and mappings of their own. */
		while (i + 1 < maps->n && maps->mappings[i + 1].start == to &&
		       maps->mappings[i + 1].writable)
			to = maps->mappings[++i].end;
		from = from > segment->addr ? from : segment->addr;
		to = to < end ? to : end;
		to = to - from < left ? to : from + left;
		left -= to - from;
		if (!scan_range(memory, from, to - from, buf, fn, arg))
			return false;
	}
	return true;
}

static void scan_data(const struct elf_image *image, const struct maps *maps, chunk_fn *fn,
		      void *arg)
{
	_cleanup_free_ uint8_t *buf = malloc(CHUNK + OVERLAP);

	for (size_t i = 0; buf && i < image->n_segments; i++) {
		if (image->segments[i].writable &&
		    !scan_segment(image->memory, maps, &image->segments[i], buf, fn, arg))
			return;
	}
}

/* ---- texts --------------------------------------------------------------------- */

static uint64_t find_cookie(const uint8_t *data, size_t len, uint64_t addr)
{
	size_t step = (8 - addr % 8) % 8;

	for (size_t i = step; i + 8 <= len; i += 8) {
		if (py_debug_offsets_cookie(data + i, len - i))
			return addr + i;
	}
	return 0;
}

static uint32_t find_banner(const uint8_t *data, size_t len)
{
	const uint8_t *at = data;

	while ((at = memchr(at, '.', len - (size_t)(at - data)))) {
		const uint8_t *start = at++ - 1;
		uint32_t version;

		/* A buffer of its own: what is before it is not text. */
		if (start < data || (*start != '2' && *start != '3') ||
		    (start > data && start[-1] >= ' ' && start[-1] < 0x7f))
			continue;
		version = py_version_banner((const char *)start,
					    len - (size_t)(start - data));
		if (version)
			return version;
	}
	return 0;
}

static bool look_for_texts(const uint8_t *data, size_t len, uint64_t addr, void *arg)
{
	struct py_scan *scan = arg;

	if (!scan->debug_offsets)
		scan->debug_offsets = find_cookie(data, len, addr);
	if (!scan->version)
		scan->version = find_banner(data, len);
	return !scan->debug_offsets && !scan->version;
}

void py_scan_module(const struct elf_image *image, const struct maps *maps,
		    struct py_scan *scan)
{
	*scan = (struct py_scan){ 0 };
	scan_data(image, maps, look_for_texts, scan);
}

/* ---- pointers to an interpreter -------------------------------------------------- */

#define BATCH 256u

/* Pointers that may lead to an interpreter, read together. */
struct search {
	const struct elf_image *image;
	const struct maps *maps;
	const struct py_layout *layout;
	bool inside;
	py_interp_fn *fn;
	void *arg;
	uint64_t at[BATCH], interp[BATCH], thread[BATCH], back[BATCH];
	size_t n;
};

/*
 * Reads the word at base[i] + offset of every candidate into out[i]; a candidate whose word
 * cannot be read is dropped.
 */
static void follow(struct search *s, const uint64_t *base, uint32_t offset, uint64_t *out)
{
	struct memory_piece pieces[BATCH];
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		pieces[i] = (struct memory_piece){ base[i] + offset, &out[i], 8 };
	for (size_t i = 0; i < s->n;) {
		enum pyprof_status status;
		size_t got = memory_readv(s->image->memory, pieces + i, s->n - i, &status);

		for (size_t end = i + got; i < end; i++, kept++) {
			s->at[kept] = s->at[i];
			s->interp[kept] = s->interp[i];
			s->thread[kept] = s->thread[i];
			out[kept] = out[i];
		}
		i++; /* the one that failed */
	}
	s->n = kept;
}

/* Keeps the candidates whose thread may be one. */
static void keep_threads(struct search *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!s->thread[i] || s->thread[i] % 8 ||
		    !maps_readable(s->maps, s->thread[i], s->layout->thread.size))
			continue;
		s->at[kept] = s->at[i];
		s->interp[kept] = s->interp[i];
		s->thread[kept++] = s->thread[i];
	}
	s->n = kept;
}

static bool try_batch(struct search *s)
{
	bool more = true;

	follow(s, s->interp, s->layout->interpreter.threads_head, s->thread);
	keep_threads(s);
	follow(s, s->thread, s->layout->thread.interp, s->back);
	for (size_t i = 0; i < s->n && more; i++) {
		if (s->back[i] == s->interp[i])
			more = s->fn(s->at[i], s->arg);
	}
	s->n = 0;
	return more;
}

static bool may_be_interpreter(const struct search *s, uint64_t addr)
{
	const struct mapping *mapping;

	if (addr < 4096 || addr % 8 || elf_image_contains(s->image, addr, 8) != s->inside)
		return false;
	mapping = maps_find(s->maps, addr);
	return mapping && mapping->readable && mapping->writable;
}

static bool look_for_interpreters(const uint8_t *data, size_t len, uint64_t addr, void *arg)
{
	struct search *s = arg;

	for (size_t i = (8 - addr % 8) % 8; i + 8 <= len && i < CHUNK; i += 8) {
		uint64_t word;

		memcpy(&word, data + i, sizeof(word));
		if (!may_be_interpreter(s, word))
			continue;
		s->at[s->n] = addr + i;
		s->interp[s->n++] = word;
		if (s->n == BATCH && !try_batch(s))
			return false;
	}
	return try_batch(s);
}

void py_scan_interpreters(const struct elf_image *image, const struct maps *maps,
			  const struct py_layout *layout, bool inside, py_interp_fn *fn,
			  void *arg)
{
	struct search s = {
		.image = image,
		.maps = maps,
		.layout = layout,
		.inside = inside,
		.fn = fn,
		.arg = arg,
	};

	scan_data(image, maps, look_for_interpreters, &s);
}
