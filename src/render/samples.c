/* SPDX-License-Identifier: MIT */
#include "render/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "render/markup.h"

/*
 * What the file has of samples: one row for all of a node and a thread, however many columns,
 * marks and labels the profile tells apart there, of which the file knows nothing.
 */
struct rows {
	uint32_t *order; /* the samples that are shown: by node in the file's order, then by row */
	uint32_t *start; /* where in `order` each row begins, and behind the last its end */
	size_t n;
};

static void rows_deinit(struct rows *rows)
{
	free(rows->order);
	free(rows->start);
}

/*
 * The samples that are shown, in the order of the file's nodes. *order is the caller's to free.
 */
static bool sort_samples(const struct samples_of *of, uint32_t **order, size_t *n)
{
	const struct profile *p = of->profile;
	const uint32_t *leaves = of->leaves;
	uint32_t *start = calloc(of->n_places + 1, sizeof(*start)); /* samples are below 2^32 */

	*order = calloc(p->n_samples + 1, sizeof(**order));
	*n = 0;
	if (start && *order) {
		for (size_t i = 0; i < p->n_samples; i++) {
			if (leaves[i] != PROFILE_NONE) {
				start[of->places[leaves[i]] + 1]++;
				(*n)++;
			}
		}
		for (size_t i = 0; i < of->n_places; i++)
			start[i + 1] += start[i];
		for (size_t i = 0; i < p->n_samples; i++) {
			if (leaves[i] != PROFILE_NONE)
				(*order)[start[of->places[leaves[i]]]++] = (uint32_t)i;
		}
	}
	free(start);
	return start && *order;
}

/* By sample of `order`, its row; those of one node in the order in which its threads came. */
static size_t number_rows(const struct samples_of *of, const uint32_t *order, size_t n,
			  uint32_t *row_of, uint32_t *last_of_thread)
{
	const struct profile *p = of->profile;
	uint32_t n_rows = 0, first = 0; /* of the node */

	memset(last_of_thread, 0xff, (p->n_threads + 1) * sizeof(*last_of_thread));
	for (size_t i = 0; i < n; i++) {
		uint32_t *row = &last_of_thread[p->samples[order[i]].thread + 1u];

		if (i && of->leaves[order[i]] != of->leaves[order[i - 1]])
			first = n_rows;
		if (*row == PROFILE_NONE || *row < first)
			*row = n_rows++;
		row_of[i] = *row;
	}
	return n_rows;
}

/* Brings together what is of one row. */
static bool sort_rows(const struct samples_of *of, const uint32_t *order, size_t n,
		      struct rows *rows)
{
	uint32_t *last_of_thread = malloc((of->profile->n_threads + 1) * sizeof(*last_of_thread));
	uint32_t *row_of = malloc((n + 1) * sizeof(*row_of));
	uint32_t *next = NULL; /* place of each row, moved on as it is filled */
	bool done;

	if (last_of_thread && row_of) {
		rows->n = number_rows(of, order, n, row_of, last_of_thread);
		rows->order = malloc((n + 1) * sizeof(*rows->order));
		rows->start = calloc(rows->n + 1, sizeof(*rows->start));
		next = calloc(rows->n + 1, sizeof(*next));
	}
	done = next && rows->order && rows->start;
	if (done) {
		for (size_t i = 0; i < n; i++)
			rows->start[row_of[i] + 1]++;
		for (size_t i = 0; i < rows->n; i++)
			next[i + 1] = rows->start[i + 1] += rows->start[i];
		for (size_t i = 0; i < n; i++)
			rows->order[next[row_of[i]]++] = order[i];
	}
	free(last_of_thread);
	free(row_of);
	free(next);
	return done;
}

static bool find_rows(const struct samples_of *of, struct rows *rows)
{
	uint32_t *order;
	size_t n;
	bool done = sort_samples(of, &order, &n) && sort_rows(of, order, n, rows);

	free(order);
	return done;
}

/* Writes a column bit by bit: those of the samples are written one after the other. */
struct flow {
	FILE *out;
	struct str piece;
};

static void flow_put(struct flow *flow, uint64_t number)
{
	markup_vlq(&flow->piece, number);
	if (flow->piece.len > 4096) {
		fwrite(flow->piece.data, 1, flow->piece.len, flow->out);
		str_clear(&flow->piece);
	}
}

static void flow_end(struct flow *flow)
{
	fwrite(str_cstr(&flow->piece), 1, flow->piece.len, flow->out);
	str_clear(&flow->piece);
	fputs("\"", flow->out);
}

static void put_sample_nodes(struct flow *flow, const struct samples_of *of,
			     const struct rows *rows)
{
	uint32_t last = 0;

	fputs("\"node\":\"", flow->out);
	for (size_t i = 0; i < rows->n; i++) {
		uint32_t place = of->places[of->leaves[rows->order[rows->start[i]]]];

		flow_put(flow, place - last);
		last = place;
	}
	flow_end(flow);
}

static void put_sample_threads(struct flow *flow, const struct samples_of *of,
			       const struct rows *rows)
{
	const struct profile *p = of->profile;

	fputs(",\n\"thread\":\"", flow->out);
	for (size_t i = 0; p->n_threads && i < rows->n; i++)
		flow_put(flow, p->samples[rows->order[rows->start[i]]].thread + 1u);
	flow_end(flow);
}

static uint64_t row_value(const struct profile *p, const struct rows *rows, size_t row,
			  size_t metric)
{
	uint64_t sum = 0;

	for (size_t i = rows->start[row]; i < rows->start[row + 1]; i++)
		sum = profile_add_saturating(sum,
					     p->values[rows->order[i] * p->n_metrics + metric]);
	return sum;
}

static void put_sample_values(struct flow *flow, const struct samples_of *of,
			      const struct rows *rows)
{
	const struct profile *p = of->profile;

	fputs(",\n\"values\":[", flow->out);
	for (size_t metric = 0; metric < p->n_metrics; metric++) {
		fputs(metric ? ",\n\"" : "\"", flow->out);
		for (size_t i = 0; i < rows->n; i++)
			flow_put(flow, row_value(p, rows, i, metric));
		flow_end(flow);
	}
	fputs("]", flow->out);
}

bool samples_write(FILE *out, const struct samples_of *of)
{
	struct flow flow = { .out = out, .piece = STR_INIT };
	struct rows rows = { 0 };
	bool done = find_rows(of, &rows);

	if (done) {
		put_sample_nodes(&flow, of, &rows);
		put_sample_threads(&flow, of, &rows);
		put_sample_values(&flow, of, &rows);
		done = !flow.piece.failed;
	}
	str_deinit(&flow.piece);
	rows_deinit(&rows);
	return done;
}
