/* SPDX-License-Identifier: MIT */
/* What is in a timeline: see timeline.c for the bytes. */
#include <stdlib.h>

#include "profile/timeline.h"
#include "profile/timeline_bytes.h"
#include "profile/varint.h"

struct timeline_cursor timeline_runs(const struct timeline *timeline, size_t stream)
{
	const struct timeline_stream *s = &timeline->streams[stream];

	return (struct timeline_cursor){ .stream = s, .ns = s->first_ns };
}

/* The next one in the bytes; they are our own, so they are not doubted. */
static void read_run(struct timeline_cursor *c, struct timeline_run *run)
{
	const uint8_t *p = c->stream->bytes + c->pos;
	uint64_t head, gap = 0, length;

	run->looks = 1;
	p = varint_get(p, &head);
	if (head & TIMELINE_HAS_LOOKS)
		p = varint_get(p, &run->looks);
	if (head & TIMELINE_HAS_GAP)
		p = varint_get(p, &gap);
	p = varint_get(p, &length);
	c->pos = (size_t)(p - c->stream->bytes);
	c->sample = run->sample = (uint32_t)(c->sample + varint_unzigzag(head >> 2));
	run->begin_ns = c->ns + (int64_t)gap;
	c->ns = run->end_ns = run->begin_ns + (int64_t)length;
}

bool timeline_next(struct timeline_cursor *c, struct timeline_run *run)
{
	const struct timeline_stream *s = c->stream;

	if (c->pos < s->len) {
		read_run(c, run);
		return true;
	}
	if (c->opened || !s->open.looks)
		return false;
	c->opened = true;
	*run = s->open;
	if (s->waits && s->waits_begin_ns == run->end_ns)
		run->end_ns = s->waits_end_ns;
	return true;
}

int64_t timeline_begin(const struct timeline *timeline)
{
	int64_t begin = 0;

	for (size_t i = 0; i < timeline->n_streams; i++)
		if (timeline->streams[i].open.looks && timeline->streams[i].first_ns < begin)
			begin = timeline->streams[i].first_ns;
	return begin;
}

int64_t timeline_end(const struct timeline *timeline)
{
	int64_t end = 0;

	for (size_t i = 0; i < timeline->n_streams; i++) {
		const struct timeline_stream *s = &timeline->streams[i];

		if (s->open.looks && s->open.end_ns > end)
			end = s->open.end_ns;
		if (s->waits && s->waits_end_ns > end)
			end = s->waits_end_ns;
	}
	return end;
}

/* ---- all streams in one order -------------------------------------------------- */

struct head {
	struct timeline_cursor cursor;
	struct timeline_run run; /* the next one of its stream */
	uint32_t stream;
};

/* A heap: none begins before the one that it hangs from. */
struct timeline_merge {
	size_t n;
	struct head heads[];
};

static bool before(const struct head *a, const struct head *b)
{
	if (a->run.begin_ns != b->run.begin_ns)
		return a->run.begin_ns < b->run.begin_ns;
	return a->stream < b->stream;
}

static void swap(struct head *a, struct head *b)
{
	struct head c = *a;

	*a = *b;
	*b = c;
}

static void sink(struct timeline_merge *m, size_t i)
{
	for (;;) {
		size_t first = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < m->n; child++)
			if (before(&m->heads[child], &m->heads[first]))
				first = child;
		if (first == i)
			return;
		swap(&m->heads[i], &m->heads[first]);
		i = first;
	}
}

struct timeline_merge *timeline_merge_create(const struct timeline *timeline)
{
	struct timeline_merge *m =
		calloc(1, sizeof(*m) + timeline->n_streams * sizeof(*m->heads));

	for (size_t i = 0; m && i < timeline->n_streams; i++) {
		struct head *head = &m->heads[m->n];

		head->cursor = timeline_runs(timeline, i);
		head->stream = (uint32_t)i;
		m->n += timeline_next(&head->cursor, &head->run);
	}
	for (size_t i = m ? m->n / 2 : 0; i > 0; i--)
		sink(m, i - 1);
	return m;
}

void timeline_merge_destroy(struct timeline_merge *merge)
{
	free(merge);
}

bool timeline_merge_next(struct timeline_merge *m, uint32_t *stream, struct timeline_run *run)
{
	struct head *head = m->heads;

	if (!m->n)
		return false;
	*run = head->run;
	*stream = head->stream;
	if (!timeline_next(&head->cursor, &head->run))
		*head = m->heads[--m->n];
	sink(m, 0);
	return true;
}
