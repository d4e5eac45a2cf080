/* SPDX-License-Identifier: MIT */
/*
 * Who calls a row, and what it calls. The stacks that have the row are gone through once, and from
 * then on those that are recent.
 */
#include <stdlib.h>

#include "profile/live_answer.h"

static void edges_deinit(struct live_edges *edges)
{
	free(edges->edges);
	map_deinit(&edges->map);
	*edges = (struct live_edges){ 0 };
}

void live_focus_deinit(struct live_focus *focus)
{
	edges_deinit(&focus->callers);
	edges_deinit(&focus->callees);
	*focus = (struct live_focus){ 0 };
}

static bool edge_equal(const void *entries, uint32_t index, const void *key)
{
	const struct live_edge *edge = (const struct live_edge *)entries + index;

	return edge->row == *(const uint32_t *)key;
}

/* NULL: no memory. */
static struct live_edge *edge(struct live_edges *edges, uint32_t row)
{
	uint64_t hash = hash_u64(row);
	uint32_t at = map_find(&edges->map, hash, edge_equal, edges->edges, &row);

	if (at != MAP_NONE)
		return &edges->edges[at];
	at = (uint32_t)edges->n;
	if (!array_grow(edges->edges, edges->n, edges->cap) ||
	    !map_insert(&edges->map, hash, at))
		return NULL;
	edges->edges[edges->n++] = (struct live_edge){ .row = row };
	return &edges->edges[at];
}

static void add(struct live_pair *pair, const struct live_pair *values)
{
	for (size_t span = 0; span < PYPROF_N_SPANS; span++)
		live_add(&pair->of[span], values->of[span]);
}

/* A call that the stack has: counted once; `leaf`: and ends with. */
static bool add_edge(struct live_focus *focus, struct live_edges *edges, uint32_t row, bool leaf,
		     const struct live_pair *values)
{
	struct live_edge *e = edge(edges, row);

	if (!e)
		return false;
	if (e->stamp != focus->stamp)
		add(&e->cell.total, values);
	e->stamp = focus->stamp;
	if (leaf)
		add(&e->cell.self, values);
	return true;
}

/* One call, from a row (that has a node) to the one above it. */
static bool add_call(struct live_focus *focus, uint32_t from, uint32_t to, bool leaf,
		     const struct live_pair *values)
{
	return (to != focus->row || add_edge(focus, &focus->callers, from, leaf, values)) &&
	       (from != focus->row || add_edge(focus, &focus->callees, to, leaf, values));
}

/* A sample's stack, from its leaf down. */
static bool add_stack(const struct live *live, struct live_focus *focus, uint32_t sample,
		      const struct live_pair *values)
{
	const struct profile *p = live->profile;
	const struct profile_sample *s = &p->samples[sample];
	bool leaf = true, ok = true;
	uint32_t above = LIVE_MARK_ROW, at = s->node;

	focus->stamp++;
	if (at != PROFILE_ROOT && !(s->marks & PROFILE_MARK_TRUNCATED)) {
		above = live_row(live, focus->mode, at);
		at = p->nodes[at].parent;
	}
	for (; ok && at != PROFILE_ROOT; at = p->nodes[at].parent) {
		uint32_t row = live_row(live, focus->mode, at);

		ok = add_call(focus, row, above, leaf, values);
		above = row;
		leaf = false;
	}
	return ok;
}

/* ---- making it, and keeping it up to date ------------------------------------------ */

static bool add_recent(const struct live *live, struct live_focus *focus, bool also_all)
{
	const struct live_table *table = focus->table;
	bool ok = true;

	for (size_t i = 0; ok && i < live->n_recent; i++) {
		uint64_t value = live->deltas[i * live->profile->n_metrics + table->metric];
		struct live_pair values = { { [PYPROF_RECENT] = value,
					      [PYPROF_ALL] = also_all ? value : 0 } };

		if (value && live_table_has(live, table, live->recent[i]))
			ok = add_stack(live, focus, live->recent[i], &values);
	}
	return ok;
}

/* By node: does the row stand in it, or below? The caller frees it; NULL: no memory. */
static uint8_t *find_row(const struct live *live, const struct live_focus *focus)
{
	const struct profile *p = live->profile;
	uint8_t *has = calloc(live->n_nodes, 1);

	for (uint32_t i = PROFILE_ROOT + 1; has && i < live->n_nodes; i++)
		has[i] = has[p->nodes[i].parent] || live_row(live, focus->mode, i) == focus->row;
	return has;
}

static bool add_all(const struct live *live, struct live_focus *focus)
{
	const struct live_table *table = focus->table;
	const struct profile *p = live->profile;
	uint8_t *has = find_row(live, focus);
	bool ok = has != NULL;

	for (uint32_t i = 0; ok && i < live->n_samples; i++) {
		const struct profile_sample *s = &p->samples[i];
		bool may = has[s->node] || (focus->row == LIVE_MARK_ROW &&
					    (s->marks & PROFILE_MARK_TRUNCATED));
		struct live_pair values = { 0 };

		if (!may || !live_table_has(live, table, i))
			continue;
		values.of[PYPROF_ALL] = live_value(live, table->metric, i);
		if (values.of[PYPROF_ALL])
			ok = add_stack(live, focus, i, &values);
	}
	free(has);
	return ok;
}

static void forget_recent(struct live_edges *edges)
{
	for (size_t i = 0; i < edges->n; i++)
		edges->edges[i].cell.self.of[PYPROF_RECENT] =
			edges->edges[i].cell.total.of[PYPROF_RECENT] = 0;
}

void live_focus_advance(struct live *live)
{
	struct live_focus *focus = &live->focus;

	if (!focus->table)
		return;
	forget_recent(&focus->callers);
	forget_recent(&focus->callees);
	if (!focus->table->made || !add_recent(live, focus, true))
		live_focus_deinit(focus);
}

/* Looks at this row from now on. */
static bool look_at(struct live *live, const struct live_table *table, enum live_mode mode,
		    uint32_t row)
{
	struct live_focus *focus = &live->focus;

	if (focus->table == table && focus->mode == mode && focus->row == row)
		return true;
	live_focus_deinit(focus);
	focus->table = table;
	focus->mode = mode;
	focus->row = row;
	if (add_all(live, focus) && add_recent(live, focus, false))
		return true;
	live_focus_deinit(focus);
	return false;
}

/* ---- answers --------------------------------------------------------------------- */

static const struct live_cell *cell_of_edge(const struct live_answer *answer, uint32_t at)
{
	const struct live_edges *edges = answer->of;

	return &edges->edges[at].cell;
}

static uint32_t row_of_edge(const struct live_answer *answer, uint32_t at)
{
	const struct live_edges *edges = answer->of;

	return edges->edges[at].row;
}

enum pyprof_status live_calls(struct live *live, const struct pyprof_live_query *query,
			      uint32_t id, bool callers, struct pyprof_live_row *rows, size_t max,
			      size_t *n, size_t *of, struct pyprof_error *err)
{
	struct live_answer answer = { .live = live,
				      .query = query,
				      .mode = live_mode_of(query),
				      .cell = cell_of_edge,
				      .row = row_of_edge };
	enum pyprof_status status;
	const struct live_table *table = live_table(live, query, &status, err);
	const struct live_edges *edges;

	*n = *of = 0;
	if (!table || id == PYPROF_LIVE_ANY)
		return status;
	if (!look_at(live, table, answer.mode, live_row_of_id(id)))
		return error_nomem(err);
	edges = callers ? &live->focus.callers : &live->focus.callees;
	answer.of = edges;
	return live_answer_rows(&answer, edges->n, rows, max, n, of, err);
}
