/* SPDX-License-Identifier: MIT */
/*
 * A target's memory made by hand: bytes are put at addresses, then it is opened as an image.
 * What was never put is zero inside of what was put on the same page, and unreadable
 * elsewhere: memory ends where the last byte of a page was put.
 */
#ifndef PYPROF_TESTS_FAKE_MEMORY_H
#define PYPROF_TESTS_FAKE_MEMORY_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "memory/image.h"

#define FAKE_PAGE 4096u

struct fake_page {
	uint64_t base;
	uint32_t from, to; /* the bytes that there are */
	uint8_t bytes[FAKE_PAGE];
};

struct fake_memory {
	struct fake_page *pages;
	size_t n, cap;
};

static inline struct fake_page *fake_page(struct fake_memory *f, uint64_t addr)
{
	uint64_t base = addr - addr % FAKE_PAGE;

	for (size_t i = 0; i < f->n; i++) {
		if (f->pages[i].base == base)
			return &f->pages[i];
	}
	if (!array_grow(f->pages, f->n, f->cap))
		abort();
	struct fake_page *page = &f->pages[f->n++];
	memset(page, 0, sizeof(*page));
	page->base = base;
	page->from = FAKE_PAGE;
	return page;
}

static inline void fake_put(struct fake_memory *f, uint64_t addr, const void *bytes,
			    size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct fake_page *page = fake_page(f, addr + i);
		uint32_t at = (uint32_t)((addr + i) % FAKE_PAGE);

		page->bytes[at] = ((const uint8_t *)bytes)[i];
		page->from = at < page->from ? at : page->from;
		page->to = at + 1 > page->to ? at + 1 : page->to;
	}
}

static inline void fake_word(struct fake_memory *f, uint64_t addr, uint64_t value)
{
	fake_put(f, addr, &value, sizeof(value));
}

static inline void fake_half(struct fake_memory *f, uint64_t addr, uint32_t value)
{
	fake_put(f, addr, &value, sizeof(value));
}

static inline void fake_zero(struct fake_memory *f, uint64_t addr, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fake_put(f, addr + i, "", 1);
}

static inline int fake_by_base(const void *a, const void *b)
{
	uint64_t x = ((const struct fake_page *)a)->base;
	uint64_t y = ((const struct fake_page *)b)->base;

	return x < y ? -1 : x > y;
}

/* Opens it as an image; the caller destroys that. More may be put, and opened again. */
static inline struct memory_image *fake_open(struct fake_memory *f)
{
	struct str file = STR_INIT;
	uint32_t count = 0, n = (uint32_t)f->n;
	struct memory_image *image;

	qsort(f->pages, f->n, sizeof(f->pages[0]), fake_by_base);
	str_add_cstr(&file, "PYPROF-IMAGE 1\n");
	str_add(&file, &count, sizeof(count)); /* no notes */
	str_add(&file, &n, sizeof(n));
	for (size_t i = 0; i < f->n; i++) {
		const struct fake_page *page = &f->pages[i];
		uint64_t addr = page->base + page->from;
		uint32_t len = page->to - page->from;

		str_add(&file, &addr, sizeof(addr));
		str_add(&file, &len, sizeof(len));
		str_add(&file, page->bytes + page->from, len);
	}
	if (file.failed || memory_image_parse(&image, file.data, file.len, NULL))
		abort();
	str_deinit(&file);
	return image;
}

static inline void fake_free(struct fake_memory *f)
{
	free(f->pages);
	*f = (struct fake_memory){ 0 };
}

#endif
