/* SPDX-License-Identifier: MIT */
/*
 * What a struct live holds; for live*.c alone.
 *
 * Rows are numbered within a mode: 0 is the mark of truncated stacks, a function has its id and
 * one, a line the id of the first location that it had and one.
 */
#ifndef PYPROF_PROFILE_LIVE_STATE_H
#define PYPROF_PROFILE_LIVE_STATE_H

#include <string.h>

#include "base/array.h"
#include "base/regex.h"
#include "profile/live.h"

enum live_mode { LIVE_FUNCTIONS, LIVE_LINES, LIVE_N_MODES };

#define LIVE_MARK_ROW 0u

/* By span: PYPROF_RECENT, PYPROF_ALL. */
struct live_pair {
	uint64_t of[PYPROF_N_SPANS];
};

struct live_cell {
	struct live_pair self, total;
};

/* A cell a row, and which rows have something. */
struct live_cells {
	bool made;
	struct live_cell *cells;
	size_t n, cap;
	uint32_t *present, *recent; /* rows with something at all, and in the recent span */
	size_t n_present, cap_present, n_recent, cap_recent;
};

/* Sums of one metric of the samples of one thread, one process, or all. */
struct live_table {
	bool made;
	uint64_t asked; /* when it was last asked for, in questions */
	size_t metric;
	uint32_t thread, process; /* PYPROF_LIVE_ANY */
	struct live_pair *sums;	  /* by node: of the stacks that go through it */
	size_t n, cap;
	uint32_t *recent; /* nodes with something in the recent span */
	size_t n_recent, cap_recent;
	struct live_pair *marks; /* of stacks that end in the mark, by live->mark_of their node */
	size_t n_marks, cap_marks;
	struct live_cells cells[LIVE_N_MODES];
};

#define LIVE_TABLES 2

/* A call from or to the row in focus. */
struct live_edge {
	uint32_t row; /* the other end */
	uint64_t stamp; /* of the last stack that had it */
	struct live_cell cell;
};

struct live_edges {
	struct live_edge *edges;
	size_t n, cap;
	struct map map; /* by row */
};

/* The calls of one row. */
struct live_focus {
	const struct live_table *table; /* NULL: none */
	enum live_mode mode;
	uint32_t row;
	struct live_edges callers, callees;
	uint64_t stamp; /* of the stack that is being added */
};

/* A node that has something, above the box that is taken apart. */
struct live_flame_child {
	uint32_t row, node; /* node PROFILE_NONE: the mark */
	uint64_t value;
};

/* Nodes that are one box: n of them from `first` on. */
struct live_flame_part {
	uint32_t row;
	size_t first, n;
	uint64_t value;
};

/* Room for making boxes, and the way from a node to its children. */
struct live_flame {
	uint32_t *first_child, *next_sibling; /* PROFILE_NONE: none */
	size_t n_linked, cap_first, cap_next;
	uint32_t *nodes;
	size_t n_nodes, cap_nodes;
	struct live_flame_part *parts; /* those that have a box stand where it does */
	size_t n_parts, cap_parts;
	struct live_flame_child *children;
	size_t n_children, cap_children;
};

/* Which functions have the text that was asked for last. */
struct live_text {
	char *text;	     /* NULL: none */
	struct regex *regex; /* NULL: it is no UTF-8, and looked for as bytes */
	uint8_t *of;	     /* by function: 1 no, 2 yes, 0 not looked at yet */
	size_t n, cap;
};

/* The five metrics that threads are told with. */
enum live_thread_metric {
	LIVE_SAMPLES,
	LIVE_WALL,
	LIVE_CPU,
	LIVE_GIL,
	LIVE_GIL_WAIT,
	LIVE_N_SUMS
};

struct live_thread_sums {
	struct live_pair sums[LIVE_N_SUMS];
	bool alive;
};

struct live {
	struct profile *profile;
	size_t metrics[LIVE_N_SUMS]; /* SIZE_MAX: the profile has it not */

	/* The state at the last update: the profile may have more by now. */
	size_t n_samples, n_nodes, n_functions, n_locations, n_threads, n_processes;
	uint64_t *last; /* values then, as the profile's */
	size_t cap_last;
	uint64_t *base; /* values when it was reset last; of what came later: none */
	size_t n_base, cap_base;
	uint32_t *recent; /* samples that got something in the recent span… */
	size_t n_recent, cap_recent;
	uint64_t *deltas; /* …and how much, n_metrics each */
	size_t cap_deltas;
	struct live_thread_sums *threads, *processes;
	size_t n_thread_sums, cap_threads, n_process_sums, cap_processes;

	uint8_t *outer; /* by node, a bit a mode: no node above it is of the same row */
	size_t n_outer, cap_outer;
	uint32_t *line_of; /* by location: the first one of that line */
	size_t n_lines, cap_lines;
	struct map line_map;
	uint32_t *mark_of; /* by node: its number among those with a mark, and one; 0: none */
	size_t n_mark_of, cap_mark_of;
	uint32_t n_marks;

	uint64_t questions;
	struct live_table tables[LIVE_TABLES];
	struct live_focus focus;
	struct live_flame flame;
	struct live_text text;
	uint32_t *order; /* room for the rows of an answer */
	size_t cap_order;
};

/*
 * live_extend(v, n, cap, want): makes v[] `want` long, or leaves it where it is longer; what is new
 * is 0. All lvalues. False: no memory.
 */
#define live_extend(v, n, cap, want)                                                     \
	({                                                                               \
		size_t want_ = (want);                                                   \
		bool ok_ = array_reserve((void **)&(v), &(cap), want_, sizeof(*(v)));    \
		if (ok_ && want_ > (n)) {                                                \
			memset((v) + (n), 0, (want_ - (n)) * sizeof(*(v)));              \
			(n) = want_;                                                     \
		}                                                                        \
		ok_;                                                                     \
	})

static inline void live_add(uint64_t *sum, uint64_t value)
{
	*sum = profile_add_saturating(*sum, value);
}

/* What the sample has of the metric, since the reset. */
static inline uint64_t live_value(const struct live *live, size_t metric, size_t sample)
{
	size_t i = sample * live->profile->n_metrics + metric;

	return live->last[i] - (i < live->n_base ? live->base[i] : 0);
}

static inline enum live_mode live_mode_of(const struct pyprof_live_query *query)
{
	return query->by_line ? LIVE_LINES : LIVE_FUNCTIONS;
}

/* The row of a node, which is not the root. */
static inline uint32_t live_row(const struct live *live, enum live_mode mode, uint32_t node)
{
	uint32_t location = live->profile->nodes[node].location;

	return 1 + (mode == LIVE_LINES ? live->line_of[location] :
					 live->profile->locations[location].function);
}

/* A row's id as the library's user knows it, and back. */
static inline uint32_t live_id_of_row(uint32_t row)
{
	return row == LIVE_MARK_ROW ? PYPROF_LIVE_TRUNCATED : row - 1;
}

static inline uint32_t live_row_of_id(uint32_t id)
{
	return id == PYPROF_LIVE_TRUNCATED ? LIVE_MARK_ROW : id + 1;
}

static inline size_t live_n_rows(const struct live *live, enum live_mode mode)
{
	return 1 + (mode == LIVE_LINES ? live->n_locations : live->n_functions);
}

/* ---- live_table.c ---------------------------------------------------------------- */

/*
 * The table for a query, made where there is none, and its cells for a mode. NULL: `status` and
 * `err` say why (USAGE: no such metric; NOMEM).
 */
struct live_table *live_table(struct live *live, const struct pyprof_live_query *query,
			      enum pyprof_status *status, struct pyprof_error *err);
struct live_cells *live_cells(struct live *live, struct live_table *table, enum live_mode mode);

/* Does the sample belong to the table? */
bool live_table_has(const struct live *live, const struct live_table *table, uint32_t sample);

/* After an update: takes in what is recent now, or lets go of the table where memory ran out. */
void live_table_advance(struct live *live, struct live_table *table);
void live_table_deinit(struct live_table *table);

/* ---- live_calls.c ---------------------------------------------------------------- */

/* After an update: as live_table_advance(). */
void live_focus_advance(struct live *live);
void live_focus_deinit(struct live_focus *focus);

/* ---- live_flame.c ---------------------------------------------------------------- */

void live_flame_deinit(struct live_flame *room);

/* ---- live_rows.c ----------------------------------------------------------------- */

/* What a row is called, into everything of `out` but its values. */
void live_name_row(const struct live *live, enum live_mode mode, uint32_t row,
		   struct pyprof_live_row *out);

/* By name, file, line and number; as strcmp(). */
int live_compare_rows(const struct live *live, enum live_mode mode, uint32_t a, uint32_t b);

void live_text_deinit(struct live_text *text);

#endif
