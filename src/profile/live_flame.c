/* SPDX-License-Identifier: MIT */
/*
 * Boxes of a flame graph: nodes of one row below one box are one box. A level at a time, and only
 * what is below boxes that are wide enough: so the work is that of what can be seen.
 */
#include <stdlib.h>

#include "profile/live_state.h"

struct flame {
	struct live *live;
	const struct live_table *table;
	enum live_mode mode;
	int span;
	uint64_t least;
	struct pyprof_live_box *boxes;
	size_t n, max;
	uint64_t whole;
	struct live_flame *room;
};

static uint64_t value_of(const struct flame *f, uint32_t node)
{
	return f->table->sums[node].of[f->span];
}

/* ---- the tree from its root up ---------------------------------------------------- */

/* Links the nodes that have come since it was asked the last time. */
static bool link_nodes(struct live *live)
{
	struct live_flame *room = &live->flame;
	const struct profile_node *nodes = live->profile->nodes;

	if (!array_reserve((void **)&room->first_child, &room->cap_first, live->n_nodes,
			   sizeof(*room->first_child)) ||
	    !array_reserve((void **)&room->next_sibling, &room->cap_next, live->n_nodes,
			   sizeof(*room->next_sibling)))
		return false;
	for (; room->n_linked < live->n_nodes; room->n_linked++) {
		uint32_t at = (uint32_t)room->n_linked, parent = nodes[at].parent;

		room->first_child[at] = room->next_sibling[at] = PROFILE_NONE;
		if (parent == PROFILE_NONE)
			continue;
		room->next_sibling[at] = room->first_child[parent];
		room->first_child[parent] = at;
	}
	return true;
}

void live_flame_deinit(struct live_flame *room)
{
	free(room->first_child);
	free(room->next_sibling);
	free(room->nodes);
	free(room->parts);
	free(room->children);
	*room = (struct live_flame){ 0 };
}

static bool add_child(struct live_flame *room, uint32_t row, uint32_t node, uint64_t value)
{
	if (!array_grow(room->children, room->n_children, room->cap_children))
		return false;
	room->children[room->n_children++] =
		(struct live_flame_child){ .row = row, .node = node, .value = value };
	return true;
}

/* What is right above one node. */
static bool add_children(struct flame *f, uint32_t node)
{
	struct live_flame *room = f->room;
	uint64_t mark = f->table->marks[f->live->mark_of[node]].of[f->span];
	uint32_t at = room->first_child[node];
	bool ok = true;

	if (f->live->mark_of[node] && mark)
		ok = add_child(room, LIVE_MARK_ROW, PROFILE_NONE, mark);
	for (; ok && at != PROFILE_NONE; at = room->next_sibling[at])
		if (value_of(f, at))
			ok = add_child(room, live_row(f->live, f->mode, at), at, value_of(f, at));
	return ok;
}

/* ---- boxes ----------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
	const struct live_flame_child *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

static int by_name(const void *a, const void *b, void *arg)
{
	const struct live_flame_part *x = a, *y = b;
	const struct flame *f = arg;

	return live_compare_rows(f->live, f->mode, x->row, y->row);
}

/* Children of one row become a part, if it is wide enough; their nodes are kept. */
static bool join_children(struct flame *f, size_t first_part)
{
	struct live_flame *room = f->room;

	room->n_parts = first_part;
	if (!room->n_children)
		return true;
	qsort(room->children, room->n_children, sizeof(*room->children), by_row);
	for (size_t i = 0, end; i < room->n_children; i = end) {
		struct live_flame_part part = { .row = room->children[i].row,
						.first = room->n_nodes };

		for (end = i; end < room->n_children && room->children[end].row == part.row; end++)
			live_add(&part.value, room->children[end].value);
		if (part.value < f->least)
			continue;
		for (size_t k = i; k < end && room->children[k].node != PROFILE_NONE; k++) {
			if (!array_grow(room->nodes, room->n_nodes, room->cap_nodes))
				return false;
			room->nodes[room->n_nodes++] = room->children[k].node;
		}
		part.n = room->n_nodes - part.first;
		if (!array_grow(room->parts, room->n_parts, room->cap_parts))
			return false;
		room->parts[room->n_parts++] = part;
	}
	qsort_r(room->parts + first_part, room->n_parts - first_part, sizeof(*room->parts), by_name,
		f);
	return true;
}

static void add_box(struct flame *f, const struct live_flame_part *part, uint32_t parent,
		    uint64_t from)
{
	struct pyprof_live_box *box = &f->boxes[f->n++];
	const struct pyprof_live_box *below = &f->boxes[parent];
	struct pyprof_live_row row;

	live_name_row(f->live, f->mode, part->row, &row);
	*box = (struct pyprof_live_box){
		.id = row.id,
		.depth = below->depth + 1,
		.parent = parent,
		.from = from,
		.to = profile_add_saturating(from, part->value),
		.name = row.name,
		.file = row.file,
		.line = row.line,
	};
}

/*
 * The boxes above box `at`, side by side from its left end on. Part i belongs to box i: parts that
 * got no box any more are dropped.
 */
static bool take_apart(struct flame *f, uint32_t at)
{
	struct live_flame *room = f->room;
	struct live_flame_part part = room->parts[at];
	uint64_t from = f->boxes[at].from;
	bool ok = true;

	room->n_children = 0;
	for (size_t i = part.first; ok && i < part.first + part.n; i++)
		ok = add_children(f, room->nodes[i]);
	ok = ok && join_children(f, f->n);
	for (size_t i = f->n; ok && i < room->n_parts && f->n < f->max; i++) {
		add_box(f, &room->parts[i], at, from);
		from = f->boxes[i].to;
	}
	return ok;
}

/* ---- the question ---------------------------------------------------------------- */

/* The row's outermost nodes with something in the span, as if they were the root's children. */
static bool find_nodes(struct flame *f, uint32_t row)
{
	const struct live *live = f->live;
	bool recent = f->span == PYPROF_RECENT, ok = true;
	size_t n = recent ? f->table->n_recent : live->n_nodes;

	for (uint32_t i = 0; ok && i < n; i++) {
		uint32_t at = recent ? f->table->recent[i] : i;

		if (live->mark_of[at] && row == LIVE_MARK_ROW)
			ok = add_child(f->room, row, PROFILE_NONE,
				       f->table->marks[live->mark_of[at]].of[f->span]);
		else if ((live->outer[at] >> f->mode & 1) && value_of(f, at) &&
			 live_row(live, f->mode, at) == row)
			ok = add_child(f->room, row, at, value_of(f, at));
	}
	return ok;
}

/* The box of all, and what is in it: the root of the tree, or that one row. */
static bool begin(struct flame *f, uint32_t under)
{
	struct live_flame *room = f->room;
	struct live_flame_part all = { .value = value_of(f, PROFILE_ROOT) };
	bool everything = under == PYPROF_LIVE_ANY, ok = true;

	room->n_nodes = room->n_parts = room->n_children = 0;
	if (!everything) {
		all.value = 0;
		ok = find_nodes(f, live_row_of_id(under));
		for (size_t i = 0; i < room->n_children; i++)
			live_add(&all.value, room->children[i].value);
	}
	ok = ok && array_grow(room->nodes, room->n_nodes, room->cap_nodes) &&
	     array_grow(room->parts, room->n_parts, room->cap_parts);
	if (!ok)
		return false;
	if (everything) {
		room->nodes[room->n_nodes++] = PROFILE_ROOT;
		all.n = 1;
	}
	room->parts[room->n_parts++] = all;
	f->whole = all.value;
	if (!f->max)
		return true;
	f->boxes[f->n++] = (struct pyprof_live_box){ .id = PYPROF_LIVE_ANY,
						     .to = all.value,
						     .name = "all",
						     .file = "" };
	if (everything || !all.value)
		return true;
	ok = join_children(f, f->n);
	if (ok && room->n_parts > f->n && f->n < f->max)
		add_box(f, &room->parts[f->n], 0, 0);
	return ok;
}

enum pyprof_status live_flame(struct live *live, const struct pyprof_live_query *query, int span,
			      uint32_t under, uint64_t least, struct pyprof_live_box *boxes,
			      size_t max, size_t *n, uint64_t *whole, struct pyprof_error *err)
{
	struct flame f = { .live = live,
			   .mode = live_mode_of(query),
			   .span = span == PYPROF_RECENT ? PYPROF_RECENT : PYPROF_ALL,
			   .least = least,
			   .boxes = boxes,
			   .max = max < PROFILE_NONE ? max : PROFILE_NONE,
			   .room = &live->flame };
	enum pyprof_status status;
	bool ok;

	*n = 0;
	f.table = live_table(live, query, &status, err);
	if (!f.table)
		return status;
	ok = link_nodes(live) && begin(&f, under);
	for (uint32_t at = 0; ok && at < f.n && f.n < f.max; at++)
		ok = take_apart(&f, at);
	if (!ok)
		return error_nomem(err);
	*n = f.n;
	if (whole)
		*whole = f.whole;
	return PYPROF_OK;
}
