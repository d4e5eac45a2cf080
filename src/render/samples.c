/* SPDX-License-Identifier: MIT */
#include "render/samples.h"

#include <stdlib.h>

#include "base/str.h"
#include "render/markup.h"

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

static void put_sample_nodes(struct flow *flow, const struct samples_of *of, const uint32_t *order,
			     size_t n)
{
	const uint32_t *leaves = of->leaves;
	uint32_t last = 0;

	fputs("\"node\":\"", flow->out);
	for (size_t i = 0; i < n; i++) {
		uint32_t place = of->places[leaves[order[i]]];

		flow_put(flow, place - last);
		last = place;
	}
	flow_end(flow);
}

static void put_sample_threads(struct flow *flow, const struct samples_of *of, const uint32_t *order,
			       size_t n)
{
	fputs(",\n\"thread\":\"", flow->out);
	for (size_t i = 0; of->profile->n_threads && i < n; i++)
		flow_put(flow, of->profile->samples[order[i]].thread + 1u);
	flow_end(flow);
}

static void put_sample_values(struct flow *flow, const struct samples_of *of, const uint32_t *order,
			      size_t n)
{
	const struct profile *p = of->profile;

	fputs(",\n\"values\":[", flow->out);
	for (size_t metric = 0; metric < p->n_metrics; metric++) {
		fputs(metric ? ",\n\"" : "\"", flow->out);
		for (size_t i = 0; i < n; i++)
			flow_put(flow, p->values[order[i] * p->n_metrics + metric]);
		flow_end(flow);
	}
	fputs("]", flow->out);
}

bool samples_write(FILE *out, const struct samples_of *of)
{
	struct flow flow = { .out = out, .piece = STR_INIT };
	uint32_t *order;
	size_t n;
	bool done = sort_samples(of, &order, &n);

	if (done) {
		put_sample_nodes(&flow, of, order, n);
		put_sample_threads(&flow, of, order, n);
		put_sample_values(&flow, of, order, n);
		done = !flow.piece.failed;
	}
	str_deinit(&flow.piece);
	free(order);
	return done;
}
