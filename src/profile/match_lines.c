/* SPDX-License-Identifier: MIT */
#include "profile/match_lines.h"

#include <stdlib.h>

#include "base/array.h"

/* A named function that its file has once on both sides: it tells how far lines moved there. */
struct anchor {
	uint32_t file;
	int32_t line[SIDES];
};

struct lines {
	struct match_variant *variants;
	uint32_t *order;		/* of the variants: by group, side, line */
	struct anchor *anchors[SIDES];	/* by file, then line on that side */
	size_t n_anchors;
	uint32_t next; /* id */
};

static int compare_variants(const void *a, const void *b, void *arg)
{
	const struct match_variant *variants = arg;
	const struct match_variant *x = &variants[*(const uint32_t *)a];
	const struct match_variant *y = &variants[*(const uint32_t *)b];

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int compare_anchors(const void *a, const void *b, void *arg)
{
	const struct anchor *x = a, *y = b;
	enum side side = *(const enum side *)arg;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->line[side] > y->line[side]) - (x->line[side] < y->line[side]);
}

/* The variants of one group, as indexes of `order`: the base's, then the head's. */
struct span {
	size_t first[SIDES], n[SIDES];
};

static struct match_variant *at(const struct lines *l, const struct span *span, enum side side,
				size_t i)
{
	return &l->variants[l->order[span->first[side] + i]];
}

static struct span next_span(const struct lines *l, size_t from, size_t n)
{
	uint32_t group = l->variants[l->order[from]].group;
	struct span span = { .first = { from, from } };

	while (from < n && l->variants[l->order[from]].group == group) {
		enum side side = l->variants[l->order[from]].side;

		span.n[side]++;
		if (side == SIDE_BASE)
			span.first[SIDE_HEAD]++;
		from++;
	}
	return span;
}

static void note_anchor(struct lines *l, const struct span *span)
{
	const struct match_variant *base, *head;
	struct anchor anchor;

	if (span->n[SIDE_BASE] != 1 || span->n[SIDE_HEAD] != 1)
		return;
	base = at(l, span, SIDE_BASE, 0);
	head = at(l, span, SIDE_HEAD, 0);
	if (!base->named || !base->line || !head->line)
		return;
	anchor = (struct anchor){ base->file, { base->line, head->line } };
	l->anchors[SIDE_BASE][l->n_anchors] = anchor;
	l->anchors[SIDE_HEAD][l->n_anchors++] = anchor;
}

/*
 * Where a line of one side should be on the other: as far as the anchor before it has moved, or
 * where there is none, the one behind it. False: the file has none.
 */
static bool expected(const struct lines *l, uint32_t file, enum side side, int32_t line,
		     int64_t *there)
{
	const struct anchor *anchors = l->anchors[side];
	const struct anchor *anchor = NULL;
	size_t i = array_bound(l->n_anchors, k,
			       anchors[k].file < file ||
				       (anchors[k].file == file && anchors[k].line[side] <= line));

	if (i && anchors[i - 1].file == file)
		anchor = &anchors[i - 1];
	else if (i < l->n_anchors && anchors[i].file == file)
		anchor = &anchors[i];
	if (!anchor)
		return false;
	*there = (int64_t)line + anchor->line[!side] - anchor->line[side];
	return true;
}

/* Are these two where each is expected from the other? */
static bool same_place(const struct lines *l, const struct match_variant *base,
		       const struct match_variant *head)
{
	int64_t there, back;

	if (!expected(l, base->file, SIDE_BASE, base->line, &there) ||
	    !expected(l, head->file, SIDE_HEAD, head->line, &back))
		return base->line == head->line;
	return there == head->line && back == base->line;
}

static bool knows_shift(const struct lines *l, uint32_t file)
{
	int64_t there;

	return expected(l, file, SIDE_BASE, 1, &there);
}

/* Those that are where they should be. Both are in order, and so are the places: one pass. */
static void match_places(struct lines *l, const struct span *span)
{
	for (size_t b = 0; b < span->n[SIDE_BASE]; b++) {
		struct match_variant *base = at(l, span, SIDE_BASE, b);
		int64_t there = base->line;
		size_t h;

		expected(l, base->file, SIDE_BASE, base->line, &there);
		h = array_bound(span->n[SIDE_HEAD], k,
				at(l, span, SIDE_HEAD, k)->line < there);
		/* It is expected there from one line only, so nothing else is the same yet. */
		if (h < span->n[SIDE_HEAD] && same_place(l, base, at(l, span, SIDE_HEAD, h)))
			base->to = at(l, span, SIDE_HEAD, h)->to = l->next++;
	}
}

static size_t count_left(const struct lines *l, const struct span *span, enum side side)
{
	size_t n = 0;

	for (size_t i = 0; i < span->n[side]; i++)
		n += at(l, span, side, i)->to == PROFILE_NONE;
	return n;
}

/* Gives those of a side that are left ids: `one` for all, or each the next from `first` on. */
static void number_left(struct lines *l, const struct span *span, enum side side, bool one,
			uint32_t first)
{
	for (size_t i = 0; i < span->n[side]; i++) {
		struct match_variant *v = at(l, span, side, i);

		if (v->to == PROFILE_NONE)
			v->to = one ? first : first++;
	}
}

static void match_group(struct lines *l, const struct span *span)
{
	size_t n_base, n_head;
	bool unknown = false, one;

	/* Sorted: an unknown line is the first. */
	for (int side = 0; side < SIDES; side++)
		unknown |= span->n[side] && !at(l, span, (enum side)side, 0)->line;
	/* Without anything to tell how far lines moved, as many in order are the better guess. */
	if (!unknown && (span->n[SIDE_BASE] != span->n[SIDE_HEAD] ||
			 knows_shift(l, at(l, span, SIDE_BASE, 0)->file)))
		match_places(l, span);
	n_base = count_left(l, span, SIDE_BASE);
	n_head = count_left(l, span, SIDE_HEAD);
	one = unknown || (n_base && n_head && n_base != n_head);
	number_left(l, span, SIDE_BASE, one, l->next);
	number_left(l, span, SIDE_HEAD, one, l->next);
	if (n_base || n_head)
		l->next += one ? 1 : (uint32_t)(n_base > n_head ? n_base : n_head);
}

bool match_lines(struct match_variant *variants, size_t n_variants, size_t *n)
{
	struct lines l = { .variants = variants };
	bool ok;

	l.order = malloc((n_variants + 1) * sizeof(*l.order));
	l.anchors[SIDE_BASE] = malloc((n_variants + 1) * sizeof(struct anchor));
	l.anchors[SIDE_HEAD] = malloc((n_variants + 1) * sizeof(struct anchor));
	ok = l.order && l.anchors[SIDE_BASE] && l.anchors[SIDE_HEAD];
	if (ok) {
		for (size_t i = 0; i < n_variants; i++) {
			l.order[i] = (uint32_t)i;
			variants[i].to = PROFILE_NONE;
		}
		qsort_r(l.order, n_variants, sizeof(*l.order), compare_variants, variants);
		for (size_t i = 0; i < n_variants;) {
			struct span span = next_span(&l, i, n_variants);

			note_anchor(&l, &span);
			i += span.n[SIDE_BASE] + span.n[SIDE_HEAD];
		}
		for (enum side side = SIDE_BASE; side < SIDES; side++)
			qsort_r(l.anchors[side], l.n_anchors, sizeof(struct anchor),
				compare_anchors, &side);
		for (size_t i = 0; i < n_variants;) {
			struct span span = next_span(&l, i, n_variants);

			match_group(&l, &span);
			i += span.n[SIDE_BASE] + span.n[SIDE_HEAD];
		}
		*n = l.next;
	}
	free(l.order);
	free(l.anchors[SIDE_BASE]);
	free(l.anchors[SIDE_HEAD]);
	return ok;
}
