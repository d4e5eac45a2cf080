/* SPDX-License-Identifier: MIT */
#include "format/pstats.h"

#include <stdlib.h>
#include <string.h>

#include "format/marshal.h"
#include "profile/graph.h"

struct writer {
	const struct profile *profile;
	const struct graph *graph;
	FILE *out;
	size_t metric;
	size_t samples;	   /* the metric that counts them; SIZE_MAX: there is none */
	double per_second; /* 0: what is written are whole numbers */
	bool no_memory;
	uint32_t *edges;   /* by callee */
	uint32_t *edge_of; /* by node: its first one; one more at the end */
};

/* How many of the metric's unit are a second; 0: it is no time. */
static double units_per_second(const char *unit)
{
	static const struct {
		const char *unit;
		double per_second;
	} units[] = {
		{"nanoseconds", 1e9},
		{"microseconds", 1e6},
		{"milliseconds", 1e3},
		{"seconds", 1},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i].unit))
			return units[i].per_second;
	return 0;
}

static size_t find_samples(const struct profile *p)
{
	for (size_t k = 0; k < p->n_metrics; k++)
		if (!strcmp(p->metrics[k].name, "samples"))
			return k;
	return SIZE_MAX;
}

/* ---- functions --------------------------------------------------------------- */

static void put_word(struct writer *w, const char *text)
{
	marshal_put_text(w->out, text, strlen(text));
}

static bool is_word(const struct writer *w, uint32_t string, const char *word)
{
	return w->profile->string_lengths[string] == strlen(word) &&
	       !memcmp(w->profile->strings[string], word, strlen(word));
}

/* Nothing but '~', which would be taken for no file; not "". */
static bool is_tildes(const char *file, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (file[i] != '~')
			return false;
	return len > 0;
}

static void put_file(struct writer *w, const struct profile_function *f)
{
	const char *file = w->profile->strings[f->file];
	size_t len = w->profile->string_lengths[f->file];
	bool none = !len && f->start_line <= 0;

	if (none &&
	    (is_word(w, f->name, PSTATS_ROOT) || is_word(w, f->name, PSTATS_TRUNCATED)))
		none = false;
	if (none) {
		put_word(w, "~");
	} else if (is_tildes(file, len)) {
		struct str more = STR_INIT;

		str_add(&more, file, len);
		str_add_char(&more, '~');
		marshal_put_text(w->out, str_cstr(&more), more.len);
		w->no_memory = w->no_memory || more.failed;
		str_deinit(&more);
	} else {
		marshal_put_text(w->out, file, len);
	}
}

static void put_special(struct writer *w, const char *name)
{
	marshal_put_tuple(w->out, 3);
	put_word(w, "~");
	marshal_put_uint(w->out, 0);
	put_word(w, name);
}

static void put_function(struct writer *w, uint32_t function)
{
	const struct profile_function *f;

	if (function == PROFILE_NONE) {
		put_special(w, PSTATS_TRUNCATED);
		return;
	}
	f = &w->profile->functions[function];
	marshal_put_tuple(w->out, 3);
	put_file(w, f);
	marshal_put_uint(w->out, f->start_line > 0 ? (uint64_t)f->start_line : 0);
	marshal_put_text(w->out, w->profile->strings[f->name],
			 w->profile->string_lengths[f->name]);
}

/* ---- numbers ----------------------------------------------------------------- */

static void put_time(struct writer *w, const uint64_t *values)
{
	if (w->per_second > 0)
		marshal_put_float(w->out, (double)values[w->metric] / w->per_second);
	else
		marshal_put_uint(w->out, values[w->metric]);
}

/* (samples, samples, time, time with what was called… */
static void put_numbers(struct writer *w, uint32_t n, const uint64_t *self,
			const uint64_t *total)
{
	uint64_t samples = w->samples == SIZE_MAX ? 0 : total[w->samples];

	marshal_put_tuple(w->out, n);
	marshal_put_uint(w->out, samples);
	marshal_put_uint(w->out, samples);
	put_time(w, self);
	put_time(w, total);
}

/* ---- the whole --------------------------------------------------------------- */

static void put_node(struct writer *w, uint32_t node)
{
	const struct graph_node *n = &w->graph->nodes[node];

	put_function(w, n->function);
	put_numbers(w, 5, n->self, n->total);
	marshal_put_dict(w->out);
	for (uint32_t i = w->edge_of[node]; i < w->edge_of[node + 1]; i++) {
		const struct graph_edge *e = &w->graph->edges[w->edges[i]];

		put_function(w, w->graph->nodes[e->caller].function);
		put_numbers(w, 4, e->self, e->total);
	}
	marshal_put_dict_end(w->out);
}

/* Samples without a frame. */
static void put_root(struct writer *w)
{
	const struct profile *p = w->profile;
	uint64_t values[PROFILE_MAX_METRICS] = {0};
	bool any = false;

	for (size_t i = 0; i < p->n_samples; i++) {
		if (p->samples[i].node != PROFILE_ROOT ||
		    (p->samples[i].marks & PROFILE_MARK_TRUNCATED))
			continue;
		any = true;
		for (size_t k = 0; k < p->n_metrics; k++)
			values[k] = profile_add_saturating(
				values[k], p->values[i * p->n_metrics + k]);
	}
	if (!any)
		return;
	put_special(w, PSTATS_ROOT);
	put_numbers(w, 5, values, values);
	marshal_put_dict(w->out);
	marshal_put_dict_end(w->out);
}

static bool sort_edges(struct writer *w)
{
	const struct graph *g = w->graph;

	w->edges = malloc((g->n_edges + 1) * sizeof(*w->edges));
	w->edge_of = calloc(g->n_nodes + 2, sizeof(*w->edge_of));
	if (!w->edges || !w->edge_of)
		return false;
	for (size_t i = 0; i < g->n_edges; i++)
		w->edge_of[g->edges[i].callee + 2]++;
	for (size_t i = 2; i < g->n_nodes + 2; i++)
		w->edge_of[i] += w->edge_of[i - 1];
	/* edge_of[i + 1] is where the next of i goes, and ends where i + 1 begins. */
	for (uint32_t i = 0; i < g->n_edges; i++)
		w->edges[w->edge_of[g->edges[i].callee + 1]++] = i;
	return true;
}

static enum pyprof_status pstats_write(const struct format_input *input, FILE *out,
				       struct pyprof_error *err)
{
	struct writer w = {.profile = input->profile,
			   .out = out,
			   .metric = input->metric,
			   .samples = find_samples(input->profile),
			   .per_second = units_per_second(
				   input->profile->metrics[input->metric].unit)};
	struct graph *graph;
	enum pyprof_status status = graph_create(&graph, input->profile, NULL, err);

	if (status)
		return status;
	w.graph = graph;
	if (sort_edges(&w)) {
		marshal_put_dict(out);
		for (uint32_t i = 0; i < graph->n_nodes && !ferror(out); i++)
			put_node(&w, i);
		put_root(&w);
		marshal_put_dict_end(out);
	} else {
		w.no_memory = true;
	}
	if (w.no_memory)
		status = error_nomem(err);
	free(w.edges);
	free(w.edge_of);
	graph_destroy(graph);
	return status;
}

static const char *const endings[] = {".pstats", NULL};

const struct format format_pstats = {
	.name = "pstats",
	.description = "Python's profiles, for pstats, snakeviz, tuna, gprof2dot",
	.endings = endings,
	.from_profile = true,
	.write = pstats_write,
	.read = pstats_read,
	.detect = pstats_detect,
};
