/* SPDX-License-Identifier: MIT */
/* The flat table: a row a function, line, file or module. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/amount.h"
#include "render/report_parts.h"
#include "render/table.h"

struct flat {
	const struct report *report;
	struct graph *graph;
	uint32_t *order; /* nodes that have a value, sorted */
	size_t n, shown;
};

static uint64_t self_of(const struct flat *flat, uint32_t node)
{
	return flat->graph->nodes[node].self[flat->report->opts->metric];
}

static uint64_t total_of(const struct flat *flat, uint32_t node)
{
	return flat->graph->nodes[node].total[flat->report->opts->metric];
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct flat *flat = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct graph_node *node_x = &flat->graph->nodes[x], *node_y = &flat->graph->nodes[y];
	int self = descending(self_of(flat, x), self_of(flat, y));
	int total = descending(total_of(flat, x), total_of(flat, y));
	int order = 0;

	if (flat->report->opts->sort == REPORT_BY_SELF)
		order = self ? self : total;
	else if (flat->report->opts->sort == REPORT_BY_TOTAL)
		order = total ? total : self;
	if (!order)
		order = report_compare_functions(flat->graph->profile, node_x->function,
						 node_y->function);
	return order ? order : (node_x->line > node_y->line) - (node_x->line < node_y->line);
}

static bool sort(struct flat *flat)
{
	uint64_t limit = flat->report->opts->limit;

	flat->order = calloc(flat->graph->n_nodes + 1, sizeof(*flat->order));
	if (!flat->order)
		return false;
	for (uint32_t i = 0; i < flat->graph->n_nodes; i++)
		if (total_of(flat, i))
			flat->order[flat->n++] = i;
	qsort_r(flat->order, flat->n, sizeof(*flat->order), compare, flat);
	flat->shown = limit && limit < flat->n ? (size_t)limit : flat->n;
	return true;
}

/* ---- as text ------------------------------------------------------------------ */

static void add_value(struct table *table, const struct report *report, uint64_t value)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum ink ink = ink_of_share(value, report->opts->whole);

	scale_value(&text, &report->scale, value);
	table_cell(table, ink, str_cstr(&text), text.len);
	str_clear(&text);
	scale_share(&text, value, report->opts->whole);
	table_cell(table, ink, str_cstr(&text), text.len);
	table->failed |= text.failed;
}

/* And not of the files or modules that they were made into. */
static bool is_of_functions(const struct flat *flat)
{
	return !strcmp(flat->report->opts->rows_are, "function");
}

static void add_row(const struct flat *flat, struct table *table, uint32_t node)
{
	const struct graph_node *n = &flat->graph->nodes[node];
	_cleanup_(str_deinit) struct str text = STR_INIT;

	add_value(table, flat->report, self_of(flat, node));
	add_value(table, flat->report, total_of(flat, node));
	if (!is_of_functions(flat) && n->function != PROFILE_NONE)
		report_place(&text, flat->report, n->function, 0); /* a file, shortened */
	if (!text.len)
		report_name(&text, flat->report, n->function);
	table_cell(table, INK_NONE, str_cstr(&text), text.len);
	table->failed |= text.failed;
	str_clear(&text);
	if (is_of_functions(flat))
		report_place(&text, flat->report, n->function, n->line);
	table_cell(table, INK_DIM, str_cstr(&text), text.len);
	table->failed |= text.failed;
}

/* "83 more functions, 3.21% self, are not shown (-n 0 shows all)" */
static enum pyprof_status say_left_out(const struct flat *flat, struct pyprof_error *err)
{
	const struct report_opts *opts = flat->report->opts;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const char *one = opts->by_line ? "line" : opts->rows_are;
	uint64_t self = 0;

	if (flat->shown == flat->n)
		return PYPROF_OK;
	for (size_t i = flat->shown; i < flat->n; i++)
		self = profile_add_saturating(self, self_of(flat, flat->order[i]));
	amount_count(&text, flat->n - flat->shown);
	str_printf(&text, " more %s%s, ", one, flat->n - flat->shown == 1 ? "" : "s");
	scale_share(&text, self, opts->whole);
	str_add_cstr(&text, " self, not shown (-n 0 shows all)");
	return report_line(flat->report, INK_DIM, &text, err);
}

static enum pyprof_status write_text(const struct flat *flat, struct pyprof_error *err)
{
	const struct report_opts *opts = flat->report->opts;
	const struct table_column columns[] = {
		{ .title = "self", .right = true },
		{ .title = "self%", .right = true },
		{ .title = "total", .right = true },
		{ .title = "total%", .right = true },
		{ .title = opts->rows_are, .elastic = true },
		{ .title = is_of_functions(flat) ? "place" : NULL,
		  .elastic = true,
		  .keep_end = true },
	};
	struct table table;
	enum pyprof_status status = report_head(flat->report, err);

	table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < flat->shown; i++)
		add_row(flat, &table, flat->order[i]);
	if (!status)
		status = table_write(&table, flat->report->out, opts->width, opts->color, err);
	table_deinit(&table);
	return status ? status : say_left_out(flat, err);
}

/* ---- as JSON ------------------------------------------------------------------ */

/* "file" or "module", or else null and the function: what has no file stays what it is. */
static void write_json_place(const struct flat *flat, uint32_t function)
{
	const struct profile_function *functions = flat->graph->profile->functions;
	const char *rows_are = flat->report->opts->rows_are;

	if (function != PROFILE_NONE &&
	    (functions[function].file || strcmp(rows_are, "file") != 0)) {
		report_json_string(flat->report, rows_are, functions[function].name);
		return;
	}
	fprintf(flat->report->out, "\"%s\": null, ", rows_are);
	report_json_function(flat->report, function);
}

static void write_json(const struct flat *flat)
{
	FILE *out = flat->report->out;
	char name[32];

	snprintf(name, sizeof(name), "%ss",
		 flat->report->opts->by_line ? "line" : flat->report->opts->rows_are);
	report_json_begin(flat->report, name);
	fprintf(out, "  \"rows_in_all\": %zu,\n  \"rows\": [", flat->n);
	for (size_t i = 0; i < flat->shown; i++) {
		const struct graph_node *node = &flat->graph->nodes[flat->order[i]];

		fputs(i ? ",\n    {" : "\n    {", out);
		if (is_of_functions(flat))
			report_json_frame(flat->report, node->function, node->line);
		else
			write_json_place(flat, node->function);
		fprintf(out, ", \"self\": %" PRIu64 ", \"total\": %" PRIu64 "}",
			self_of(flat, flat->order[i]), total_of(flat, flat->order[i]));
	}
	fputs("\n  ]", out);
	report_json_end(flat->report);
}

enum pyprof_status report_flat(const struct report *report, struct pyprof_error *err)
{
	const struct graph_opts graph_opts = { .by_line = report->opts->by_line };
	struct flat flat = { .report = report };
	enum pyprof_status status = graph_create(&flat.graph, report->profile, &graph_opts, err);

	if (!status && !sort(&flat))
		status = error_nomem(err);
	if (!status && report->opts->json)
		write_json(&flat);
	else if (!status)
		status = write_text(&flat, err);
	free(flat.order);
	graph_destroy(flat.graph);
	return status;
}
