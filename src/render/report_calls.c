/* SPDX-License-Identifier: MIT */
/*
 * Who calls a function, and what it calls: a table for each function that is meant, shares in
 * parts of its own total, as pprof's peek has them.
 */
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/regex.h"
#include "render/amount.h"
#include "render/report_parts.h"
#include "render/table.h"

struct calls {
	const struct report *report;
	const char *what;    /* the name or regular expression */
	const char *option; /* "--callers" */
	bool callers;
	struct graph *graph;
	uint32_t *functions; /* nodes that are meant, by falling total */
	size_t n_functions, cap_functions;
	uint32_t *all_edges; /* that have a value, by the end that is meant */
	size_t n_all_edges;
	const uint32_t *edges; /* of one function, by falling total */
	size_t n_edges;
};

static uint64_t node_total(const struct calls *calls, uint32_t node)
{
	return calls->graph->nodes[node].total[calls->report->opts->metric];
}

static uint64_t edge_total(const struct calls *calls, uint32_t edge)
{
	return calls->graph->edges[edge].total[calls->report->opts->metric];
}

static uint32_t this_end(const struct calls *calls, uint32_t edge)
{
	const struct graph_edge *e = &calls->graph->edges[edge];

	return calls->callers ? e->callee : e->caller;
}

static uint32_t other_end(const struct calls *calls, uint32_t edge)
{
	const struct graph_edge *e = &calls->graph->edges[edge];

	return calls->callers ? e->caller : e->callee;
}

/* ---- which ---------------------------------------------------------------------- */

static bool is_name(const struct calls *calls, uint32_t function)
{
	const struct profile *p = calls->report->profile;
	uint32_t name = p->functions[function].name;
	size_t len = strlen(calls->what);

	return p->string_lengths[name] == len && !memcmp(p->strings[name], calls->what, len);
}

/* Nodes whose function has just that name, or else those that match. */
static bool find(struct calls *calls, struct regex *regex)
{
	const struct profile *p = calls->report->profile;

	for (uint32_t i = 0; i < calls->graph->n_nodes; i++) {
		uint32_t function = calls->graph->nodes[i].function, name;

		if (function == PROFILE_NONE || !node_total(calls, i))
			continue;
		name = p->functions[function].name;
		if (regex ? !regex_matches(regex, p->strings[name], p->string_lengths[name]) :
			    !is_name(calls, function))
			continue;
		if (!array_grow(calls->functions, calls->n_functions, calls->cap_functions))
			return false;
		calls->functions[calls->n_functions++] = i;
	}
	return true;
}

static int by_total(const void *a, const void *b, void *arg)
{
	const struct calls *calls = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t total_x = node_total(calls, x), total_y = node_total(calls, y);

	if (total_x != total_y)
		return total_x < total_y ? 1 : -1;
	return report_compare_functions(calls->graph->profile, calls->graph->nodes[x].function,
					calls->graph->nodes[y].function);
}

static enum pyprof_status find_functions(struct calls *calls, struct pyprof_error *err)
{
	struct regex *regex = NULL;
	enum pyprof_status status;
	bool ok = find(calls, NULL);

	if (ok && !calls->n_functions) {
		status = regex_create(&regex, calls->what, calls->option, err);
		if (status)
			return status;
		ok = find(calls, regex);
		if (ok && regex_gave_up(regex)) {
			regex_destroy(regex);
			return error_set(err, PYPROF_ERR_LIMIT,
					 "%s: '%.60s' does not come to an end on some names",
					 calls->option, calls->what);
		}
	}
	regex_destroy(regex);
	if (!ok)
		return error_nomem(err);
	if (!calls->n_functions)
		return error_set(err, PYPROF_ERR_USAGE, "%s: no function matches '%.60s'",
				 calls->option, calls->what);
	qsort_r(calls->functions, calls->n_functions, sizeof(*calls->functions), by_total, calls);
	return PYPROF_OK;
}

/* ---- its edges -------------------------------------------------------------------- */

static int compare_edges(const void *a, const void *b, void *arg)
{
	const struct calls *calls = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t total_x = edge_total(calls, x), total_y = edge_total(calls, y);
	const struct graph_node *nodes = calls->graph->nodes;
	int32_t line_x = calls->graph->edges[x].line, line_y = calls->graph->edges[y].line;
	int order;

	if (this_end(calls, x) != this_end(calls, y))
		return this_end(calls, x) < this_end(calls, y) ? -1 : 1;
	if (total_x != total_y)
		return total_x < total_y ? 1 : -1;
	order = report_compare_functions(calls->graph->profile, nodes[other_end(calls, x)].function,
					 nodes[other_end(calls, y)].function);
	return order ? order : (line_x > line_y) - (line_x < line_y);
}

/* Once for all functions: there may be as many of these as of edges. */
static bool sort_edges(struct calls *calls)
{
	calls->all_edges = calloc(calls->graph->n_edges + 1, sizeof(*calls->all_edges));
	if (!calls->all_edges)
		return false;
	for (uint32_t i = 0; i < calls->graph->n_edges; i++)
		if (edge_total(calls, i))
			calls->all_edges[calls->n_all_edges++] = i;
	qsort_r(calls->all_edges, calls->n_all_edges, sizeof(*calls->all_edges), compare_edges,
		calls);
	return true;
}

static void find_edges(struct calls *calls, uint32_t node)
{
	size_t first = array_bound(calls->n_all_edges, i,
				   this_end(calls, calls->all_edges[i]) < node);

	calls->edges = calls->all_edges + first;
	calls->n_edges = 0;
	while (first + calls->n_edges < calls->n_all_edges &&
	       this_end(calls, calls->edges[calls->n_edges]) == node)
		calls->n_edges++;
}

static size_t edges_shown(const struct calls *calls)
{
	uint64_t limit = calls->report->opts->limit;

	return limit && limit < calls->n_edges ? (size_t)limit : calls->n_edges;
}

/* ---- as text ------------------------------------------------------------------------ */

static void add_value(struct table *table, const struct report *report, uint64_t value,
		      uint64_t whole)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum ink ink = ink_of_share(value, whole);

	scale_value(&text, &report->scale, value);
	table_cell(table, ink, str_cstr(&text), text.len);
	str_clear(&text);
	scale_share(&text, value, whole);
	table_cell(table, ink, str_cstr(&text), text.len);
	table->failed |= text.failed;
}

static void add_edge(const struct calls *calls, struct table *table, uint32_t edge,
		     uint64_t whole)
{
	const struct graph_edge *e = &calls->graph->edges[edge];
	uint32_t function = calls->graph->nodes[other_end(calls, edge)].function;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	add_value(table, calls->report, edge_total(calls, edge), whole);
	report_name(&text, calls->report, function);
	if (e->caller == e->callee)
		str_add_cstr(&text, " (recursion)");
	table_cell(table, INK_NONE, str_cstr(&text), text.len);
	table->failed |= text.failed;
	str_clear(&text);
	/* The line of a call is the caller's. */
	report_place(&text, calls->report, function, calls->callers ? e->line : 0);
	if (!calls->callers && e->line)
		str_printf(&text, ", called in line %" PRId32, e->line);
	table_cell(table, INK_DIM, str_cstr(&text), text.len);
	table->failed |= text.failed;
}

static enum pyprof_status say_function(const struct calls *calls, uint32_t node,
				       struct pyprof_error *err)
{
	const struct report *report = calls->report;
	const struct graph_node *n = &calls->graph->nodes[node];
	_cleanup_(str_deinit) struct str text = STR_INIT, place = STR_INIT;

	str_printf(&text, "%s of ", calls->callers ? "callers" : "callees");
	report_name(&text, report, n->function);
	report_place(&place, report, n->function, 0);
	if (place.len)
		str_printf(&text, " (%s)", str_cstr(&place));
	str_add_cstr(&text, ": ");
	scale_share(&text, node_total(calls, node), report->opts->whole);
	str_add_cstr(&text, ", ");
	scale_value(&text, &report->scale, node_total(calls, node));
	str_add_cstr(&text, " total, ");
	scale_value(&text, &report->scale, n->self[report->opts->metric]);
	str_add_cstr(&text, " self");
	text.failed |= place.failed;
	return report_line(report, INK_BOLD, &text, err);
}

static enum pyprof_status say_left_out(const struct calls *calls, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	size_t more = calls->n_edges - edges_shown(calls);

	if (!calls->n_edges && calls->callers)
		str_add_cstr(&text, "nobody: it is where stacks begin");
	else if (!calls->n_edges)
		str_add_cstr(&text, "none");
	if (more)
		str_printf(&text, "%zu more, not shown (-n 0 shows all)", more);
	return text.len || text.failed ? report_line(calls->report, INK_DIM, &text, err) :
					 PYPROF_OK;
}

static enum pyprof_status write_text(const struct calls *calls, uint32_t node,
				     struct pyprof_error *err)
{
	static const struct table_column columns[] = {
		{ .right = true },
		{ .right = true },
		{ .elastic = true },
		{ .elastic = true, .keep_end = true },
	};
	const struct report_opts *opts = calls->report->opts;
	enum pyprof_status status = say_function(calls, node, err);
	struct table table;

	table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < edges_shown(calls); i++)
		add_edge(calls, &table, calls->edges[i], node_total(calls, node));
	if (!status)
		status = table_write(&table, calls->report->out, opts->width, opts->color, err);
	table_deinit(&table);
	return status ? status : say_left_out(calls, err);
}

/* ---- as JSON ------------------------------------------------------------------------- */

static void write_json(const struct calls *calls, uint32_t node, bool first)
{
	const struct report *report = calls->report;
	const struct graph_node *n = &calls->graph->nodes[node];
	FILE *out = report->out;

	fputs(first ? "\n    {" : ",\n    {", out);
	report_json_frame(report, n->function, 0);
	fprintf(out, ", \"self\": %" PRIu64 ", \"total\": %" PRIu64 ", \"%s\": [",
		n->self[report->opts->metric], node_total(calls, node),
		calls->callers ? "callers" : "callees");
	for (size_t i = 0; i < edges_shown(calls); i++) {
		const struct graph_edge *e = &calls->graph->edges[calls->edges[i]];

		fputs(i ? ",\n      {" : "\n      {", out);
		report_json_frame(report,
				  calls->graph->nodes[other_end(calls, calls->edges[i])].function,
				  0);
		if (report->opts->by_line && e->line)
			fprintf(out, ", \"call_line\": %" PRId32, e->line);
		else if (report->opts->by_line)
			fputs(", \"call_line\": null", out);
		fprintf(out, ", \"total\": %" PRIu64 "}", edge_total(calls, calls->edges[i]));
	}
	fputs("]}", out);
}

/* One direction: every function that is meant. */
static enum pyprof_status one_way(struct calls *calls, bool first, struct pyprof_error *err)
{
	enum pyprof_status status = find_functions(calls, err);

	if (!status && !sort_edges(calls))
		return error_nomem(err);
	for (size_t i = 0; !status && i < calls->n_functions; i++) {
		uint32_t node = calls->functions[i];

		find_edges(calls, node);
		if (calls->report->opts->json) {
			write_json(calls, node, first && !i);
			continue;
		}
		if (!first || i)
			putc('\n', calls->report->out);
		status = write_text(calls, node, err);
	}
	return status;
}

/* *n: how many functions are meant, in both directions. */
static enum pyprof_status both_ways(const struct report *report, struct graph *graph, size_t *n,
				    struct pyprof_error *err)
{
	const char *const whats[] = { report->opts->callers, report->opts->callees };
	enum pyprof_status status = PYPROF_OK;
	bool first = true;

	for (size_t i = 0; !status && i < ARRAY_SIZE(whats); i++) {
		struct calls calls = { .report = report,
				       .graph = graph,
				       .what = whats[i],
				       .callers = i == 0,
				       .option = i ? "--callees" : "--callers" };

		if (!whats[i])
			continue;
		status = one_way(&calls, first, err);
		first = false;
		*n += calls.n_functions;
		free(calls.functions);
		free(calls.all_edges);
	}
	return status;
}

enum pyprof_status report_calls(const struct report *report, struct pyprof_error *err)
{
	const struct graph_opts graph_opts = { .sites = report->opts->by_line };
	enum pyprof_status status;
	struct graph *graph;
	size_t n = 0;

	status = graph_create(&graph, report->profile, &graph_opts, err);
	if (status)
		return status;
	if (report->opts->json) {
		report_json_begin(report, "calls");
		fputs("  \"rows\": [", report->out);
		status = both_ways(report, graph, &n, err);
		fprintf(report->out, "\n  ],\n  \"rows_in_all\": %zu", n);
		report_json_end(report);
	} else {
		status = report_head(report, err);
		if (!status)
			status = both_ways(report, graph, &n, err);
	}
	graph_destroy(graph);
	return status;
}
