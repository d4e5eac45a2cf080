/* SPDX-License-Identifier: MIT */
#include "render/dot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/graph.h"
#include "render/amount.h"
#include "render/notes.h"
#include "render/text.h"

struct drawing {
	const struct profile *profile;
	const struct graph *graph;
	const struct profile_metric *metric;
	size_t m; /* which of the metrics */
	uint64_t whole;
	uint32_t *nodes, *edges; /* those that are drawn, the largest first */
	size_t n_nodes, n_edges;
	size_t n_small_nodes, n_small_edges; /* left out, of those that have a share at all */
	bool *drawn; /* by node */
	struct str scratch, label; /* what is put together, raw and escaped */
	FILE *out;
};

/* Is the part at least so many hundredths of a percent of everything? */
static bool reaches(const struct drawing *d, uint64_t part, unsigned threshold)
{
	return part && (unsigned __int128)part * 10000 >= (unsigned __int128)d->whole * threshold;
}

/* ---- what is drawn ------------------------------------------------------------------ */

static int compare(uint64_t a, uint64_t b, uint32_t first, uint32_t second)
{
	if (a != b)
		return a > b ? -1 : 1;
	return first < second ? -1 : 1;
}

static int by_node_total(const void *a, const void *b, void *arg)
{
	const struct drawing *d = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return compare(d->graph->nodes[x].total[d->m], d->graph->nodes[y].total[d->m], x, y);
}

static int by_edge_total(const void *a, const void *b, void *arg)
{
	const struct drawing *d = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return compare(d->graph->edges[x].total[d->m], d->graph->edges[y].total[d->m], x, y);
}

static bool choose(struct drawing *d)
{
	const struct graph *graph = d->graph;

	d->nodes = malloc((graph->n_nodes + 1) * sizeof(*d->nodes));
	d->edges = malloc((graph->n_edges + 1) * sizeof(*d->edges));
	d->drawn = calloc(graph->n_nodes + 1, sizeof(*d->drawn));
	if (!d->nodes || !d->edges || !d->drawn)
		return false;
	for (uint32_t i = 0; i < graph->n_nodes; i++) {
		uint64_t total = graph->nodes[i].total[d->m];

		if (reaches(d, total, DOT_NODE_THRESHOLD)) {
			d->drawn[i] = true;
			d->nodes[d->n_nodes++] = i;
		} else if (total) {
			d->n_small_nodes++;
		}
	}
	for (uint32_t i = 0; i < graph->n_edges; i++) {
		const struct graph_edge *e = &graph->edges[i];

		if (d->drawn[e->caller] && d->drawn[e->callee] &&
		    reaches(d, e->total[d->m], DOT_EDGE_THRESHOLD))
			d->edges[d->n_edges++] = i;
		else if (e->total[d->m])
			d->n_small_edges++;
	}
	qsort_r(d->nodes, d->n_nodes, sizeof(*d->nodes), by_node_total, d);
	qsort_r(d->edges, d->n_edges, sizeof(*d->edges), by_edge_total, d);
	return true;
}

/* ---- texts -------------------------------------------------------------------------- */

/*
 * Appends a visible text as it may stand in a quoted string of dot: a backslash would begin an
 * escape such as \N, an ampersand an entity.
 */
static void add_escaped(struct str *out, const char *visible, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (visible[i] == '&') {
			str_add_cstr(out, "&amp;");
			continue;
		}
		if (visible[i] == '"' || visible[i] == '\\')
			str_add_char(out, '\\');
		str_add_char(out, visible[i]);
	}
}

/* Appends a stranger's text, cut after so many columns. */
static void add_text(struct drawing *d, const char *bytes, size_t len, size_t columns)
{
	struct str visible = STR_INIT;

	/* What is beyond is cut anyway: no character takes more bytes than these. */
	text_visible(&visible, bytes, len < 16 * columns ? len : 16 * columns);
	str_clear(&d->scratch);
	text_fit(&d->scratch, str_cstr(&visible), visible.len, columns);
	add_escaped(&d->label, str_cstr(&d->scratch), d->scratch.len);
	d->label.failed |= visible.failed || d->scratch.failed;
	str_deinit(&visible);
}

/* "12.3% (1.2 s)" */
static void add_share(struct drawing *d, uint64_t part)
{
	struct str value = STR_INIT;

	amount_percent(&d->label, part, d->whole);
	str_add_cstr(&d->label, " (");
	amount_value(&value, part, d->metric->name, d->metric->unit);
	add_text(d, str_cstr(&value), value.len, DOT_MAX_TEXT);
	d->label.failed |= value.failed;
	str_deinit(&value);
	str_add_char(&d->label, ')');
}

static void add_name(struct drawing *d, uint32_t node, size_t columns)
{
	static const char mark[] = "[truncated]";
	uint32_t function = d->graph->nodes[node].function, name;

	if (function == PROFILE_NONE) {
		str_add_cstr(&d->label, mark);
		return;
	}
	name = d->profile->functions[function].name;
	add_text(d, d->profile->strings[name], d->profile->string_lengths[name], columns);
}

/* Its file, in a line of its own; whole for a tooltip. */
static void add_file(struct drawing *d, uint32_t node, bool whole)
{
	uint32_t function = d->graph->nodes[node].function;
	struct str path = STR_INIT;
	uint32_t file;

	if (function == PROFILE_NONE)
		return;
	file = d->profile->functions[function].file;
	if (!file)
		return;
	str_add_cstr(&d->label, "\\n");
	if (whole)
		str_add(&path, d->profile->strings[file], d->profile->string_lengths[file]);
	else
		view_short_path(&path, profile_str(d->profile, file), d->profile->info.cwd);
	add_text(d, str_cstr(&path), path.len, whole ? DOT_MAX_TOOLTIP : DOT_MAX_TEXT);
	d->label.failed |= path.failed;
	str_deinit(&path);
}

static void put_label(struct drawing *d, const char *attribute)
{
	fprintf(d->out, " %s=\"", attribute);
	fwrite(str_cstr(&d->label), 1, d->label.len, d->out);
	fputc('"', d->out);
	str_clear(&d->label);
}

/* ---- nodes and edges ------------------------------------------------------------------ */

/* part of everything, in thousandths */
static unsigned thousandths(const struct drawing *d, uint64_t part)
{
	uint64_t share = amount_scale(part, 1000, d->whole);

	return share < 1000 ? (unsigned)share : 1000;
}

/*
 * From almost white to a red on which black text has a contrast above 7 (WCAG 2.1 AAA): hue,
 * saturation and value, in thousandths, written without the locale's decimal comma.
 */
static void put_color(struct drawing *d, const char *attribute, unsigned share, bool edge)
{
	unsigned hue = 125 - 105 * share / 1000;
	unsigned saturation = edge ? 150 + 750 * share / 1000 : 60 + 500 * share / 1000;
	unsigned value = edge ? 650 + 100 * share / 1000 : 1000;

	fprintf(d->out, " %s=\"0.%03u 0.%03u %u.%03u\"", attribute, hue, saturation, value / 1000,
		value % 1000);
}

static void put_node(struct drawing *d, uint32_t node)
{
	const struct graph_node *n = &d->graph->nodes[node];
	unsigned size = 100 + 60 * thousandths(d, n->self[d->m]) / 1000;

	fprintf(d->out, "\tn%" PRIu32 " [", node);
	add_name(d, node, DOT_MAX_TEXT);
	add_file(d, node, false);
	str_add_cstr(&d->label, "\\ntotal ");
	add_share(d, n->total[d->m]);
	if (n->self[d->m]) {
		str_add_cstr(&d->label, "\\nself ");
		add_share(d, n->self[d->m]);
	}
	put_label(d, "label");
	add_name(d, node, DOT_MAX_TOOLTIP);
	add_file(d, node, true);
	put_label(d, "tooltip");
	put_color(d, "fillcolor", thousandths(d, n->total[d->m]), false);
	fprintf(d->out, " fontsize=%u.%u", size / 10, size % 10);
	fputs(n->function == PROFILE_NONE ? " style=\"filled,dashed\"];\n" : "];\n", d->out);
}

static void put_edge(struct drawing *d, uint32_t edge)
{
	const struct graph_edge *e = &d->graph->edges[edge];
	uint64_t total = e->total[d->m], callee = d->graph->nodes[e->callee].total[d->m];
	unsigned share = thousandths(d, total);
	unsigned width = 50 + 450 * share / 1000;

	fprintf(d->out, "\tn%" PRIu32 " -> n%" PRIu32 " [", e->caller, e->callee);
	amount_percent(&d->label, total, d->whole);
	if (total != callee) {
		str_add_cstr(&d->label, "\\n");
		amount_percent(&d->label, total, callee);
		str_add_cstr(&d->label, " of callee");
	}
	put_label(d, "label");
	add_name(d, e->caller, DOT_MAX_TEXT);
	str_add_cstr(&d->label, " calls ");
	add_name(d, e->callee, DOT_MAX_TEXT);
	str_add_cstr(&d->label, ": ");
	add_share(d, total);
	str_add_cstr(&d->label, ", ");
	amount_percent(&d->label, total, callee);
	str_add_cstr(&d->label, " of the callee's total");
	put_label(d, "tooltip");
	put_color(d, "color", share, true);
	fprintf(d->out, " penwidth=%u.%02u weight=%u];\n", width / 100, width % 100,
		1 + share / 10);
}

/* ---- the whole -------------------------------------------------------------------------- */

static void put_caption(struct drawing *d, const struct notes *notes)
{
	const char *command = d->profile->info.command;
	struct str whole = STR_INIT;

	str_add_cstr(&d->label, "Call graph");
	if (command) {
		str_add_cstr(&d->label, " of ");
		add_text(d, command, strlen(command), 2 * DOT_MAX_TEXT);
	}
	str_add_cstr(&d->label, "\\n");
	add_text(d, d->metric->name, strlen(d->metric->name), DOT_MAX_TEXT);
	str_add_cstr(&d->label, ": ");
	amount_value(&whole, d->whole, d->metric->name, d->metric->unit);
	add_text(d, str_cstr(&whole), whole.len, DOT_MAX_TEXT);
	str_add_cstr(&d->label, " in all");
	if (d->n_small_nodes || d->n_small_edges) {
		str_add_cstr(&d->label, "\\nleft out: ");
		amount_of(&d->label, d->n_small_nodes, "function", "functions");
		str_add_cstr(&d->label, " below 0.5%, ");
		amount_of(&d->label, d->n_small_edges, "call", "calls");
		str_add_cstr(&d->label, " below 0.1% or of these");
	}
	if (!d->n_nodes) {
		str_add_cstr(&d->label, "\\n");
		add_text(d, str_cstr(&notes->empty), notes->empty.len, 2 * DOT_MAX_TEXT);
	}
	put_label(d, "label");
	d->label.failed |= whole.failed;
	str_deinit(&whole);
}

static void put_graph(struct drawing *d, const struct notes *notes)
{
	fputs("digraph pyprof {\n\tgraph [", d->out);
	put_caption(d, notes);
	fputs(" labelloc=t fontsize=14 fontname=\"Helvetica,Arial,sans-serif\" charset=\"UTF-8\""
	      " nodesep=0.25 ranksep=0.35];\n"
	      "\tnode [shape=box style=filled color=\"#00000040\" fontcolor=\"#16181d\""
	      " fontname=\"Helvetica,Arial,sans-serif\" margin=\"0.12,0.06\"];\n"
	      "\tedge [fontsize=10 fontcolor=\"#3a3d45\""
	      " fontname=\"Helvetica,Arial,sans-serif\" arrowsize=0.7];\n",
	      d->out);
	for (size_t i = 0; i < d->n_nodes; i++)
		put_node(d, d->nodes[i]);
	for (size_t i = 0; i < d->n_edges; i++)
		put_edge(d, d->edges[i]);
	fputs("}\n", d->out);
}

static enum pyprof_status write_dot(const struct format_input *input, FILE *out,
				    struct pyprof_error *err)
{
	struct drawing d = { .profile = input->profile, .m = input->metric, .out = out };
	_cleanup_(notes_deinit) struct notes notes = { 0 };
	struct graph *graph = NULL;
	enum pyprof_status status;

	d.metric = &d.profile->metrics[d.m];
	d.whole = profile_total(d.profile, d.m);
	status = notes_init(&notes, d.profile, d.m, d.whole, err);
	if (!status)
		status = graph_create(&graph, d.profile, NULL, err);
	if (status)
		return status;
	d.graph = graph;
	if (choose(&d))
		put_graph(&d, &notes);
	else
		status = error_nomem(err);
	if (d.label.failed)
		status = error_nomem(err);
	free(d.nodes);
	free(d.edges);
	free(d.drawn);
	str_deinit(&d.scratch);
	str_deinit(&d.label);
	graph_destroy(graph);
	return status;
}

static const char *const endings[] = { ".dot", ".gv", NULL };

const struct format format_dot = {
	.name = "dot",
	.also = "graphviz",
	.description = "the call graph, for Graphviz and xdot",
	.endings = endings,
	.from_profile = true,
	.write = write_dot,
};
