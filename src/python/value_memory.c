/* SPDX-License-Identifier: MIT */
#include "python/value_memory.h"

#include <string.h>

static bool read_below(struct value_memory *m, uint64_t addr, void *buf, size_t len,
		       enum pyprof_status *status)
{
	const struct memory_piece piece = { addr, buf, len };
	enum pyprof_status why = PYPROF_ERR_FAULT;

	if (!m->reads_left) {
		m->exhausted = true;
		*status = PYPROF_ERR_LIMIT;
		return false;
	}
	m->reads_left--;
	if (memory_readv(m->below, &piece, 1, &why) == 1)
		return true;
	m->gone |= why == PYPROF_ERR_GONE;
	*status = why;
	return false;
}

/* The page at `base`, NULL where it cannot be read whole. */
static const uint8_t *page(struct value_memory *m, uint64_t base, enum pyprof_status *status)
{
	struct value_page *p = &m->pages[base / VALUE_PAGE % VALUE_PAGES];

	if (p->round == m->round && p->base == base)
		return p->bytes;
	p->round = 0;
	if (!read_below(m, base, p->bytes, VALUE_PAGE, status))
		return NULL;
	p->base = base;
	p->round = m->round;
	return p->bytes;
}

/* Through the pages; where one of them ends early, what is asked for alone. */
static bool read_piece(struct value_memory *m, const struct memory_piece *piece,
		       enum pyprof_status *status)
{
	uint64_t addr = piece->addr;
	uint8_t *buf = piece->buf;
	size_t len = piece->len;

	if (len > 2 * VALUE_PAGE || addr + len < addr)
		return read_below(m, addr, buf, len, status);
	while (len) {
		size_t skip = addr % VALUE_PAGE, part = VALUE_PAGE - skip;
		const uint8_t *bytes = page(m, addr - skip, status);

		part = part < len ? part : len;
		if (bytes)
			memcpy(buf, bytes + skip, part);
		else if (!read_below(m, addr, buf, part, status))
			return false;
		addr += part;
		buf += part;
		len -= part;
	}
	return true;
}

static size_t readv_bounded(struct memory *memory, const struct memory_piece *pieces, size_t n,
			    enum pyprof_status *status)
{
	struct value_memory *m = (struct value_memory *)memory;

	for (size_t i = 0; i < n; i++) {
		if (!read_piece(m, &pieces[i], status))
			return i;
	}
	return n;
}

void value_memory_init(struct value_memory *m)
{
	static const struct memory_ops ops = { .name = "value", .readv = readv_bounded };

	m->memory = (struct memory){ .ops = &ops };
	m->round = 0;
	for (size_t i = 0; i < VALUE_PAGES; i++)
		m->pages[i].round = 0;
}

void value_memory_begin(struct value_memory *m, struct memory *below, unsigned reads)
{
	m->below = below;
	m->reads_left = reads;
	m->exhausted = m->gone = false;
	m->round++;
}
