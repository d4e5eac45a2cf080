/* SPDX-License-Identifier: MIT */
/* Sums by node and by row: made in one pass, then kept up to date by what is recent. */
#include <stdlib.h>

#include "profile/live_state.h"

bool live_table_has(const struct live *live, const struct live_table *table, uint32_t sample)
{
	uint32_t thread = live->profile->samples[sample].thread;

	if (table->thread != PYPROF_LIVE_ANY && table->thread != thread)
		return false;
	return table->process == PYPROF_LIVE_ANY ||
	       (thread != PROFILE_NONE &&
		live->profile->threads[thread].process == table->process);
}

static void cells_deinit(struct live_cells *cells)
{
	free(cells->cells);
	free(cells->present);
	free(cells->recent);
	*cells = (struct live_cells){ 0 };
}

void live_table_deinit(struct live_table *table)
{
	for (size_t i = 0; i < LIVE_N_MODES; i++)
		cells_deinit(&table->cells[i]);
	free(table->sums);
	free(table->recent);
	free(table->marks);
	*table = (struct live_table){ 0 };
}

/* ---- adding ---------------------------------------------------------------------- */

/*
 * A row's total; before its self, so that a row whose total is 0 has nothing. There is room in the
 * lists for each row once.
 */
static void add_total(struct live_cells *cells, uint32_t row, int span, uint64_t value)
{
	struct live_pair *total = &cells->cells[row].total;

	if (span == PYPROF_ALL && !total->of[span])
		cells->present[cells->n_present++] = row;
	else if (span == PYPROF_RECENT && !total->of[span])
		cells->recent[cells->n_recent++] = row;
	live_add(&total->of[span], value);
}

static void add_to_node(struct live_table *table, uint32_t node, int span, uint64_t value)
{
	struct live_pair *sum = &table->sums[node];

	if (span == PYPROF_RECENT && !sum->of[span])
		table->recent[table->n_recent++] = node;
	live_add(&sum->of[span], value);
}

/* What a sample's stack has of its own: the leaf's self, or the mark. */
static void add_leaf(const struct live *live, struct live_cells *cells, enum live_mode mode,
		     uint32_t sample, int span, uint64_t value)
{
	const struct profile_sample *s = &live->profile->samples[sample];
	uint32_t row = LIVE_MARK_ROW;

	if (s->marks & PROFILE_MARK_TRUNCATED)
		add_total(cells, row, span, value);
	else if (s->node == PROFILE_ROOT)
		return;
	else
		row = live_row(live, mode, s->node);
	live_add(&cells->cells[row].self.of[span], value);
}

/* A sample, in one span, with all that it is in; cells only where they are made. */
static void add_stack(const struct live *live, struct live_table *table, uint32_t sample, int span,
		      uint64_t value)
{
	const struct profile_sample *s = &live->profile->samples[sample];

	if (s->marks & PROFILE_MARK_TRUNCATED)
		live_add(&table->marks[live->mark_of[s->node]].of[span], value);
	for (uint32_t at = s->node; at != PROFILE_NONE; at = live->profile->nodes[at].parent) {
		add_to_node(table, at, span, value);
		for (int mode = 0; live->outer[at] >> mode; mode++)
			if (table->cells[mode].made && (live->outer[at] >> mode & 1))
				add_total(&table->cells[mode],
					  live_row(live, (enum live_mode)mode, at), span, value);
	}
	for (int mode = 0; mode < LIVE_N_MODES; mode++)
		if (table->cells[mode].made)
			add_leaf(live, &table->cells[mode], (enum live_mode)mode, sample, span,
				 value);
}

/* ---- making ---------------------------------------------------------------------- */

static bool reserve_cells(const struct live *live, struct live_cells *cells, enum live_mode mode)
{
	size_t n = live_n_rows(live, mode);

	return live_extend(cells->cells, cells->n, cells->cap, n) &&
	       array_reserve((void **)&cells->present, &cells->cap_present, n,
			     sizeof(*cells->present)) &&
	       array_reserve((void **)&cells->recent, &cells->cap_recent, n,
			     sizeof(*cells->recent));
}

static bool reserve_table(const struct live *live, struct live_table *table)
{
	return live_extend(table->sums, table->n, table->cap, live->n_nodes) &&
	       array_reserve((void **)&table->recent, &table->cap_recent, live->n_nodes,
			     sizeof(*table->recent)) &&
	       live_extend(table->marks, table->n_marks, table->cap_marks,
			   (size_t)live->n_marks + 1);
}

static uint64_t last_of(const struct live *live, const struct live_table *table, size_t sample)
{
	return live_value(live, table->metric, sample);
}

static uint64_t recent_of(const struct live *live, const struct live_table *table, size_t i)
{
	return live->deltas[i * live->profile->n_metrics + table->metric];
}

/* All of it by one pass over the tree from its leaves; the recent part by its few stacks. */
static void fill_table(const struct live *live, struct live_table *table)
{
	const struct profile *p = live->profile;

	for (uint32_t i = 0; i < live->n_samples; i++) {
		const struct profile_sample *s = &p->samples[i];
		uint64_t value = last_of(live, table, i);

		if (!value || !live_table_has(live, table, i))
			continue;
		live_add(&table->sums[s->node].of[PYPROF_ALL], value);
		if (s->marks & PROFILE_MARK_TRUNCATED)
			live_add(&table->marks[live->mark_of[s->node]].of[PYPROF_ALL], value);
	}
	for (size_t i = live->n_nodes; --i > PROFILE_ROOT;)
		live_add(&table->sums[p->nodes[i].parent].of[PYPROF_ALL],
			 table->sums[i].of[PYPROF_ALL]);
	for (size_t i = 0; i < live->n_recent; i++)
		if (recent_of(live, table, i) && live_table_has(live, table, live->recent[i]))
			add_stack(live, table, live->recent[i], PYPROF_RECENT,
				  recent_of(live, table, i));
}

static void fill_cells(const struct live *live, const struct live_table *table,
		       struct live_cells *cells, enum live_mode mode)
{
	for (uint32_t i = PROFILE_ROOT + 1; i < live->n_nodes; i++) {
		if (!(live->outer[i] >> mode & 1))
			continue;
		for (int span = 0; span < PYPROF_N_SPANS; span++)
			if (table->sums[i].of[span])
				add_total(cells, live_row(live, mode, i), span,
					  table->sums[i].of[span]);
	}
	for (uint32_t i = 0; i < live->n_samples; i++)
		if (last_of(live, table, i) && live_table_has(live, table, i))
			add_leaf(live, cells, mode, i, PYPROF_ALL, last_of(live, table, i));
	for (size_t i = 0; i < live->n_recent; i++)
		if (recent_of(live, table, i) && live_table_has(live, table, live->recent[i]))
			add_leaf(live, cells, mode, live->recent[i], PYPROF_RECENT,
				 recent_of(live, table, i));
}

struct live_cells *live_cells(struct live *live, struct live_table *table, enum live_mode mode)
{
	struct live_cells *cells = &table->cells[mode];

	if (cells->made)
		return cells;
	if (!reserve_cells(live, cells, mode)) {
		cells_deinit(cells);
		return NULL;
	}
	fill_cells(live, table, cells, mode);
	cells->made = true;
	return cells;
}

/* ---- which ----------------------------------------------------------------------- */

static enum pyprof_status find_metric(const struct live *live, const char *name, size_t *metric,
				      struct pyprof_error *err)
{
	const struct profile *p = live->profile;

	if (!name)
		name = "samples";
	for (size_t i = 0; i < p->n_metrics; i++) {
		if (!strcmp(p->metrics[i].name, name)) {
			*metric = i;
			return PYPROF_OK;
		}
	}
	return error_set(err, PYPROF_ERR_USAGE, "the recording has no metric '%.60s'", name);
}

/* The table of these, or the one that has not been asked for for longest. */
static struct live_table *choose(struct live *live, size_t metric,
				 const struct pyprof_live_query *query)
{
	struct live_table *oldest = &live->tables[0];

	for (size_t i = 0; i < LIVE_TABLES; i++) {
		struct live_table *t = &live->tables[i];

		if (t->made && t->metric == metric && t->thread == query->thread &&
		    t->process == query->process)
			return t;
		if (t->asked < oldest->asked)
			oldest = t;
	}
	if (live->focus.table == oldest)
		live_focus_deinit(&live->focus);
	live_table_deinit(oldest);
	return oldest;
}

struct live_table *live_table(struct live *live, const struct pyprof_live_query *query,
			      enum pyprof_status *status, struct pyprof_error *err)
{
	struct live_table *table;
	size_t metric = 0;

	*status = find_metric(live, query->metric, &metric, err);
	if (*status)
		return NULL;
	table = choose(live, metric, query);
	if (!table->made) {
		table->metric = metric;
		table->thread = query->thread;
		table->process = query->process;
		if (!reserve_table(live, table)) {
			live_table_deinit(table);
			*status = error_nomem(err);
			return NULL;
		}
		fill_table(live, table);
		table->made = true;
	}
	table->asked = ++live->questions;
	return table;
}

/* ---- after an update ------------------------------------------------------------- */

static void forget_recent(const struct live *live, struct live_table *table)
{
	for (size_t i = 0; i < table->n_recent; i++) {
		uint32_t node = table->recent[i];

		table->sums[node].of[PYPROF_RECENT] = 0;
		table->marks[live->mark_of[node]].of[PYPROF_RECENT] = 0;
	}
	table->n_recent = 0;
	for (size_t mode = 0; mode < LIVE_N_MODES; mode++) {
		struct live_cells *cells = &table->cells[mode];

		for (size_t i = 0; i < cells->n_recent; i++) {
			cells->cells[cells->recent[i]].self.of[PYPROF_RECENT] = 0;
			cells->cells[cells->recent[i]].total.of[PYPROF_RECENT] = 0;
		}
		cells->n_recent = 0;
	}
}

void live_table_advance(struct live *live, struct live_table *table)
{
	bool ok = reserve_table(live, table);

	for (int mode = 0; mode < LIVE_N_MODES; mode++)
		if (table->cells[mode].made)
			ok = ok && reserve_cells(live, &table->cells[mode], (enum live_mode)mode);
	if (!ok) {
		live_table_deinit(table);
		return;
	}
	forget_recent(live, table);
	for (size_t i = 0; i < live->n_recent; i++) {
		uint64_t value = recent_of(live, table, i);

		if (!value || !live_table_has(live, table, live->recent[i]))
			continue;
		add_stack(live, table, live->recent[i], PYPROF_RECENT, value);
		add_stack(live, table, live->recent[i], PYPROF_ALL, value);
	}
}
