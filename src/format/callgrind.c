/* SPDX-License-Identifier: MIT */
#include "format/callgrind.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "profile/graph.h"

/* What one line of a function was seen in itself. */
struct spot {
	uint32_t function;
	int32_t line;
	uint32_t location;
};

struct writer {
	const struct profile *profile;
	const struct graph *graph;
	FILE *out;
	size_t m;
	size_t columns[PROFILE_MAX_METRICS]; /* metrics in the order of the file */
	uint64_t root[PROFILE_MAX_METRICS];  /* samples without a frame */
	struct spot *spots;		     /* by function and line */
	size_t n_spots;
	uint64_t *selves;  /* by location, m each */
	uint32_t *spot_of; /* by function: its first spot */
	uint32_t *edges;   /* by caller, line and callee */
	uint32_t *edge_of; /* by node: its first edge; one more at the end */
	uint64_t *entered; /* by node, m each: what all edges to it have */
	bool *called;	   /* by node: is there an edge to it? */
	bool *file_known, *function_known; /* by id: was its name written? */
};

/* ---- names ------------------------------------------------------------------- */

static bool must_escape(uint32_t code)
{
	return code < 0x20 || code == '\\' || (code >= 0x7f && code <= 0x9f) ||
	       (code >= 0xd800 && code <= 0xdfff) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff;
}

static void put_escape(FILE *out, uint32_t code)
{
	if (code == '\\')
		fputs("\\\\", out);
	else if (code == '\n')
		fputs("\\n", out);
	else if (code == '\r')
		fputs("\\r", out);
	else
		fprintf(out, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
}

static bool is_one_of(const char *text, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (len == strlen(*words) && memcmp(text, *words, len) == 0)
			return true;
	return false;
}

/* `taken`: words that mean something else. */
static void put_text(FILE *out, const char *text, size_t len, const char *const *taken)
{
	bool escape_first = is_one_of(text, len, taken);

	if (!len)
		fputs("\\e", out);
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_decode(text + i, len - i, &code);
		bool at_end = code == ' ' && (i == 0 || i + n == len);

		if (must_escape(code) || at_end || (i == 0 && escape_first))
			put_escape(out, code);
		else
			fwrite(text + i, 1, n, out);
		i += n;
	}
}

static void put_string(const struct writer *w, uint32_t id, const char *const *taken)
{
	put_text(w->out, w->profile->strings[id], w->profile->string_lengths[id], taken);
}

/* "fl=(3) app.py", and the number alone from then on. 0 is the unknown file. */
static void put_file(struct writer *w, const char *position, uint32_t file)
{
	static const char *const taken[] = {CALLGRIND_UNKNOWN, NULL};

	fprintf(w->out, "%s=(%" PRIu32 ")", position, file);
	if (!w->file_known[file]) {
		fputc(' ', w->out);
		if (file)
			put_string(w, file, taken);
		else
			fputs(CALLGRIND_UNKNOWN, w->out);
	}
	w->file_known[file] = true;
	fputc('\n', w->out);
}

/*
 * A number a function, not a name: KCachegrind remembers the file with it. 0 is the root,
 * 1 the mark.
 */
static void put_function(struct writer *w, const char *file, const char *position,
			 uint32_t function)
{
	static const char *const taken[] = {CALLGRIND_ROOT, CALLGRIND_TRUNCATED, NULL};
	const struct profile_function *f =
		function == PROFILE_NONE ? NULL : &w->profile->functions[function];
	size_t id = f ? (size_t)function + 2 : 1;

	put_file(w, file, f ? f->file : 0);
	fprintf(w->out, "%s=(%zu)", position, id);
	if (!w->function_known[id]) {
		fputc(' ', w->out);
		if (f)
			put_string(w, f->name, taken);
		else
			fputs(CALLGRIND_TRUNCATED, w->out);
	}
	w->function_known[id] = true;
	fputc('\n', w->out);
}

/* ---- numbers ----------------------------------------------------------------- */

static void put_values(const struct writer *w, const uint64_t *values)
{
	for (size_t i = 0; i < w->m; i++)
		fprintf(w->out, " %" PRIu64, values[w->columns[i]]);
	fputc('\n', w->out);
}

static void put_costs(const struct writer *w, int32_t line, const uint64_t *values)
{
	fprintf(w->out, "%" PRId32, line > 0 ? line : 0);
	put_values(w, values);
}

static bool any(const uint64_t *values, size_t m)
{
	for (size_t k = 0; k < m; k++)
		if (values[k])
			return true;
	return false;
}

/* ---- the head ---------------------------------------------------------------- */

/* A metric's name as that of an event; the same for two metrics only if they look alike.
 */
static void event_name(struct str *out, const struct profile *p, size_t metric)
{
	for (const char *c = p->metrics[metric].name; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';

		str_add_char(out, plain ? *c : '_');
	}
	if (!out->len || (out->data[0] >= '0' && out->data[0] <= '9') ||
	    out->data[0] == '-')
		str_add_cstr(out, "_event");
}

/* NUL-terminated, one behind the other; made unlike those before it by its number. */
static void list_event_names(struct str *names, const struct writer *w, size_t *starts)
{
	for (size_t i = 0; i < w->m; i++) {
		struct str name = STR_INIT;

		event_name(&name, w->profile, w->columns[i]);
		starts[i] = names->len;
		for (size_t j = 0; j < i && !names->failed; j++) {
			if (!strcmp(names->data + starts[j], str_cstr(&name))) {
				str_printf(&name, "_%zu", i + 1);
				j = SIZE_MAX; /* from the first again */
			}
		}
		str_add(names, str_cstr(&name), name.len + 1);
		names->failed = names->failed || name.failed;
		str_deinit(&name);
	}
}

static bool put_events(struct writer *w)
{
	static const char *const none[] = {NULL};
	struct str names = STR_INIT;
	size_t starts[PROFILE_MAX_METRICS];
	bool ok;

	list_event_names(&names, w, starts);
	ok = !names.failed;
	for (size_t i = 0; ok && i < w->m; i++) {
		const struct profile_metric *metric = &w->profile->metrics[w->columns[i]];

		fprintf(w->out, "event: %s : ", names.data + starts[i]);
		put_text(w->out, metric->name, strlen(metric->name), none);
		fputc('/', w->out);
		put_text(w->out, metric->unit, strlen(metric->unit), none);
		fputc('\n', w->out);
	}
	fputs("events:", w->out);
	for (size_t i = 0; ok && i < w->m; i++)
		fprintf(w->out, " %s", names.data + starts[i]);
	fputc('\n', w->out);
	str_deinit(&names);
	return ok;
}

static bool put_head(struct writer *w, const uint64_t *totals)
{
	static const char *const none[] = {NULL};
	const struct profile_info *info = &w->profile->info;

	fputs("# callgrind format\nversion: 1\ncreator: " CALLGRIND_CREATOR "\n", w->out);
	if (info->pid)
		fprintf(w->out, "pid: %" PRIu64 "\n", info->pid);
	if (info->command) {
		fputs("cmd: ", w->out);
		put_text(w->out, info->command, strlen(info->command), none);
		fputc('\n', w->out);
	}
	fputs("desc: Calls: samples do not tell how often; 1 stands for any number\n"
	      "positions: line\n",
	      w->out);
	if (!put_events(w))
		return false;
	fputs("summary:", w->out);
	put_values(w, totals);
	return true;
}

/* ---- functions --------------------------------------------------------------- */

static void put_spots(struct writer *w, uint32_t function)
{
	size_t i = w->spot_of[function];

	while (i < w->n_spots && w->spots[i].function == function) {
		uint64_t values[PROFILE_MAX_METRICS] = {0};
		int32_t line = w->spots[i].line;

		for (; i < w->n_spots && w->spots[i].function == function &&
		       w->spots[i].line == line;
		     i++)
			for (size_t k = 0; k < w->m; k++)
				values[k] = profile_add_saturating(
					values[k],
					w->selves[w->spots[i].location * w->m + k]);
		if (any(values, w->m))
			put_costs(w, line, values);
	}
}

static void put_call(struct writer *w, uint32_t callee, int32_t line,
		     const uint64_t *values)
{
	uint32_t function = w->graph->nodes[callee].function;
	int32_t start =
		function == PROFILE_NONE ? 0 : w->profile->functions[function].start_line;

	put_function(w, "cfi", "cfn", function);
	fprintf(w->out, "calls=1 %" PRId32 "\n", start > 0 ? start : 0);
	put_costs(w, line, values);
}

static void put_node(struct writer *w, uint32_t node)
{
	const struct graph_node *n = &w->graph->nodes[node];

	fputc('\n', w->out);
	put_function(w, "fl", "fn", n->function);
	if (n->function == PROFILE_NONE)
		put_costs(w, 0, n->self);
	else
		put_spots(w, n->function);
	for (uint32_t i = w->edge_of[node]; i < w->edge_of[node + 1]; i++) {
		const struct graph_edge *e = &w->graph->edges[w->edges[i]];

		put_call(w, e->callee, e->line, e->entered);
	}
}

/* What has callers, and was a root too. */
static void put_root(struct writer *w)
{
	bool begun = any(w->root, w->m);

	if (begun) {
		fputc('\n', w->out);
		put_file(w, "fl", 0);
		fputs("fn=(0) " CALLGRIND_ROOT "\n", w->out);
		put_costs(w, 0, w->root);
	}
	for (uint32_t i = 0; i < w->graph->n_nodes; i++) {
		uint64_t values[PROFILE_MAX_METRICS];

		for (size_t k = 0; k < w->m; k++) {
			uint64_t entered = w->entered[i * w->m + k];
			uint64_t total = w->graph->nodes[i].total[k];

			values[k] = total > entered ? total - entered : 0;
		}
		if (!w->called[i] || !any(values, w->m))
			continue;
		if (!begun) {
			fputc('\n', w->out);
			put_file(w, "fl", 0);
			fputs("fn=(0) " CALLGRIND_ROOT "\n", w->out);
			begun = true;
		}
		put_call(w, i, 0, values);
	}
}

/* ---- what is looked up ------------------------------------------------------- */

static int compare_spots(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->location > y->location) - (x->location < y->location);
}

static void add_selves(struct writer *w)
{
	const struct profile *p = w->profile;

	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t location = p->nodes[p->samples[i].node].location;
		uint64_t *into =
			location == PROFILE_NONE ? w->root : w->selves + location * w->m;

		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED)
			continue;
		for (size_t k = 0; k < w->m; k++)
			into[k] =
				profile_add_saturating(into[k], p->values[i * w->m + k]);
	}
}

static void sort_spots(struct writer *w)
{
	const struct profile *p = w->profile;

	for (uint32_t i = 0; i < p->n_locations; i++)
		if (any(w->selves + i * w->m, w->m))
			w->spots[w->n_spots++] = (struct spot){p->locations[i].function,
							       p->locations[i].line, i};
	qsort(w->spots, w->n_spots, sizeof(*w->spots), compare_spots);
	for (size_t i = w->n_spots; i-- > 0;)
		w->spot_of[w->spots[i].function] = (uint32_t)i;
}

static int compare_edges(const void *a, const void *b, void *graph)
{
	const struct graph_edge *edges = ((const struct graph *)graph)->edges;
	const struct graph_edge *x = &edges[*(const uint32_t *)a];
	const struct graph_edge *y = &edges[*(const uint32_t *)b];

	if (x->caller != y->caller)
		return x->caller < y->caller ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->callee > y->callee) - (x->callee < y->callee);
}

static void sort_edges(struct writer *w)
{
	const struct graph *g = w->graph;

	for (uint32_t i = 0; i < g->n_edges; i++) {
		const struct graph_edge *e = &g->edges[i];

		w->edges[i] = i;
		w->edge_of[e->caller + 1]++;
		w->called[e->callee] = true;
		for (size_t k = 0; k < w->m; k++)
			w->entered[e->callee * w->m + k] = profile_add_saturating(
				w->entered[e->callee * w->m + k], e->entered[k]);
	}
	for (size_t i = 0; i < g->n_nodes; i++)
		w->edge_of[i + 1] += w->edge_of[i];
	qsort_r(w->edges, g->n_edges, sizeof(*w->edges), compare_edges, (void *)g);
}

static bool writer_init(struct writer *w)
{
	const struct profile *p = w->profile;
	const struct graph *g = w->graph;

	w->spots = malloc((p->n_locations + 1) * sizeof(*w->spots));
	w->selves = calloc(p->n_locations * w->m + 1, sizeof(*w->selves));
	w->spot_of = malloc((p->n_functions + 1) * sizeof(*w->spot_of));
	w->edges = malloc((g->n_edges + 1) * sizeof(*w->edges));
	w->edge_of = calloc(g->n_nodes + 2, sizeof(*w->edge_of));
	w->entered = calloc(g->n_nodes * w->m + 1, sizeof(*w->entered));
	w->called = calloc(g->n_nodes + 1, sizeof(*w->called));
	w->file_known = calloc(p->n_strings, sizeof(*w->file_known));
	w->function_known = calloc(p->n_functions + 2, sizeof(*w->function_known));
	if (!w->spots || !w->selves || !w->spot_of || !w->edges || !w->edge_of ||
	    !w->entered || !w->called || !w->file_known || !w->function_known)
		return false;
	memset(w->spot_of, 0xff, (p->n_functions + 1) * sizeof(*w->spot_of));
	add_selves(w);
	sort_spots(w);
	sort_edges(w);
	return true;
}

static void writer_deinit(struct writer *w)
{
	free(w->spots);
	free(w->selves);
	free(w->spot_of);
	free(w->edges);
	free(w->edge_of);
	free(w->entered);
	free(w->called);
	free(w->file_known);
	free(w->function_known);
}

/* ---- the whole --------------------------------------------------------------- */

/* The one asked for first, and the others in their order. */
static void order_columns(struct writer *w, size_t first)
{
	size_t n = 0;

	w->columns[n++] = first;
	for (size_t k = 0; k < w->m; k++)
		if (k != first)
			w->columns[n++] = k;
}

static enum pyprof_status callgrind_write(const struct format_input *input, FILE *out,
					  struct pyprof_error *err)
{
	const struct graph_opts opts = {.sites = true};
	struct writer w = {
		.profile = input->profile, .out = out, .m = input->profile->n_metrics};
	uint64_t totals[PROFILE_MAX_METRICS];
	struct graph *graph;
	enum pyprof_status status = graph_create(&graph, input->profile, &opts, err);

	if (status)
		return status;
	w.graph = graph;
	order_columns(&w, input->metric);
	for (size_t k = 0; k < w.m; k++)
		totals[k] = profile_total(input->profile, k);
	if (writer_init(&w) && put_head(&w, totals)) {
		for (uint32_t i = 0; i < graph->n_nodes && !ferror(out); i++)
			put_node(&w, i);
		put_root(&w);
		fputs("\ntotals:", out);
		put_values(&w, totals);
	} else {
		status = error_nomem(err);
	}
	writer_deinit(&w);
	graph_destroy(graph);
	return status;
}

static const char *const endings[] = {".callgrind", ".cachegrind", NULL};

const struct format format_callgrind = {
	.name = "callgrind",
	.description =
		"callgrind's costs and calls, for KCachegrind and callgrind_annotate",
	.endings = endings,
	.from_profile = true,
	.write = callgrind_write,
	.read = callgrind_read,
	.detect = callgrind_detect,
};
