/* SPDX-License-Identifier: MIT */
#include "render/heat_data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/graph.h"
#include "profile/module.h"
#include "render/markup.h"
#include "render/notes.h"

enum state {
	NO_TEXT = SOURCE_MISSING + 1,
	TOO_LARGE,
	NO_FILE,
};

/*
 * The profile with each file, or module, as one function: so that its graph counts a stack once for
 * a line whatever functions share it.
 */
struct projection {
	struct profile *profile;
	struct graph *graph;
};

struct heat_file {
	uint32_t node; /* of the graph of files; PROFILE_NONE: frames of no file */
	uint32_t path; /* string id of the projection, 0: no file */
	uint64_t weight; /* total in the metric shown */
	size_t first, n; /* its lines */
};

struct heat {
	const struct format_input *input;
	const struct profile *from;
	struct projection lines, modules;
	struct graph *files; /* of the same projection as lines */
	uint32_t *names, *sources; /* by location of lines: string ids of from, 0 none */
	size_t n_names;
	uint32_t *order; /* nodes of lines, by file and line */
	struct heat_file *list;
	size_t n_list;
	size_t text; /* bytes of source so far */
	struct str json, scratch;
	FILE *out;
};

/* ---- projections -------------------------------------------------------------------------- */

static uint32_t copy_string(struct profile *to, const struct profile *from, uint32_t id)
{
	return profile_string(to, from->strings[id], from->string_lengths[id]);
}

/* A location of the file's line; of the function where there is no file. */
static uint32_t project_line(struct heat *h, struct profile *to, uint32_t location)
{
	const struct profile_location *l = &h->from->locations[location];
	const struct profile_function *f = &h->from->functions[l->function];
	uint32_t name = f->file ? 0 : copy_string(to, h->from, f->name);
	uint32_t file = copy_string(to, h->from, f->file);

	return profile_location(to, profile_function(to, name, file, 0), f->file ? l->line : 0,
				0);
}

static uint32_t project_module(struct heat *h, struct profile *to, uint32_t location)
{
	uint32_t file = h->from->functions[h->from->locations[location].function].file;

	str_clear(&h->scratch);
	if (file)
		module_of_file(&h->scratch, profile_str(h->from, file), h->from->info.cwd);
	if (h->scratch.failed)
		return PROFILE_NONE;
	return profile_location(
		to,
		profile_function(to, profile_string(to, h->scratch.data, h->scratch.len), 0, 0),
		0, 0);
}

static bool project_samples(const struct profile *from, struct profile *to,
			    const uint32_t *node_of)
{
	for (size_t i = 0; i < from->n_samples; i++) {
		const struct profile_sample *s = &from->samples[i];

		if (!profile_add(to, node_of[s->node], PROFILE_NONE,
				 s->marks & PROFILE_MARK_TRUNCATED,
				 from->values + i * from->n_metrics))
			return false;
	}
	return true;
}

typedef uint32_t project_fn(struct heat *h, struct profile *to, uint32_t location);

static bool project_nodes(struct heat *h, struct profile *to, project_fn *project,
			  uint32_t *node_of, uint32_t *location_of)
{
	const struct profile *from = h->from;

	for (uint32_t i = 0; i < from->n_locations; i++) {
		location_of[i] = project(h, to, i);
		if (location_of[i] == PROFILE_NONE)
			return false;
	}
	node_of[PROFILE_ROOT] = PROFILE_ROOT;
	for (uint32_t i = PROFILE_ROOT + 1; i < from->n_nodes; i++) {
		node_of[i] = profile_node(to, node_of[from->nodes[i].parent],
					  location_of[from->nodes[i].location]);
		if (node_of[i] == PROFILE_NONE)
			return false;
	}
	return project_samples(from, to, node_of);
}

/* Fills names and sources of the projected locations. */
static bool name_lines(struct heat *h, const uint32_t *location_of)
{
	const struct profile *from = h->from;

	h->n_names = h->lines.profile->n_locations;
	h->names = calloc(h->n_names + 1, sizeof(*h->names));
	h->sources = calloc(h->n_names + 1, sizeof(*h->sources));
	if (!h->names || !h->sources)
		return false;
	for (uint32_t i = 0; i < from->n_locations; i++) {
		uint32_t to = location_of[i];

		if (!h->names[to])
			h->names[to] = from->functions[from->locations[i].function].name;
		if (!h->sources[to] && i < from->n_sources)
			h->sources[to] = from->sources[i];
	}
	return true;
}

static enum pyprof_status project_all(struct heat *h, struct projection *p,
				      project_fn *project, bool lines,
				      struct pyprof_error *err)
{
	const struct graph_opts opts = { .by_line = lines };
	uint32_t *node_of = calloc(h->from->n_nodes + 1, sizeof(*node_of));
	uint32_t *location_of = calloc(h->from->n_locations + 1, sizeof(*location_of));
	enum pyprof_status status =
		profile_create(&p->profile, h->from->metrics, h->from->n_metrics, err);

	if (!status && (!node_of || !location_of ||
			!project_nodes(h, p->profile, project, node_of, location_of) ||
			(lines && !name_lines(h, location_of))))
		status = error_nomem(err);
	free(node_of);
	free(location_of);
	return status ? status : graph_create(&p->graph, p->profile, &opts, err);
}

static void projection_deinit(struct projection *p)
{
	graph_destroy(p->graph);
	profile_destroy(p->profile);
}

/* ---- files and their lines -------------------------------------------------------------- */

static uint32_t path_of(const struct heat *h, const struct graph_node *n)
{
	return h->lines.profile->functions[n->function].file;
}

static int by_line(const void *a, const void *b, void *arg)
{
	const struct heat *h = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct graph_node *m = &h->lines.graph->nodes[x], *n = &h->lines.graph->nodes[y];
	uint32_t file_m = path_of(h, m), file_n = path_of(h, n);

	if (file_m != file_n)
		return file_m < file_n ? -1 : 1;
	if (m->line != n->line)
		return m->line < n->line ? -1 : 1;
	return x < y ? -1 : 1;
}

static bool any_value(const struct heat *h, const uint64_t *values)
{
	for (size_t i = 0; i < h->from->n_metrics; i++)
		if (values[i])
			return true;
	return false;
}

static int by_weight(const void *a, const void *b)
{
	const struct heat_file *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->first < y->first ? -1 : 1;
}

/* Sorts the lines that have a value; gives how many. */
static size_t sort_lines(struct heat *h)
{
	const struct graph *graph = h->lines.graph;
	size_t n = 0;

	for (uint32_t i = 0; i < graph->n_nodes; i++)
		if (graph->nodes[i].function != PROFILE_NONE &&
		    any_value(h, graph->nodes[i].total))
			h->order[n++] = i;
	qsort_r(h->order, n, sizeof(*h->order), by_line, h);
	return n;
}

/* The node that stands for all frames of no file, of the modules' graph; NONE: there are none. */
static uint32_t no_file_node(const struct heat *h)
{
	const struct profile *p = h->modules.profile;

	for (uint32_t i = 0; i < h->modules.graph->n_nodes; i++) {
		uint32_t function = h->modules.graph->nodes[i].function;

		if (function != PROFILE_NONE && !p->functions[function].name)
			return i;
	}
	return PROFILE_NONE;
}

static const struct graph_node *values_of(const struct heat *h, const struct heat_file *file)
{
	return file->path ? &h->files->nodes[file->node] : &h->modules.graph->nodes[file->node];
}

static bool list_files(struct heat *h)
{
	_cleanup_free_ uint32_t *node_of = NULL;
	struct heat_file *list, *last = NULL;
	size_t n;

	h->order = malloc((h->lines.graph->n_nodes + 1) * sizeof(*h->order));
	h->list = list = calloc(h->lines.graph->n_nodes + 1, sizeof(*h->list));
	node_of = calloc(h->lines.profile->n_strings + 1, sizeof(*node_of));
	if (!h->order || !list || !node_of)
		return false;
	n = sort_lines(h);
	for (uint32_t i = 0; i < h->files->n_nodes; i++)
		if (h->files->nodes[i].function != PROFILE_NONE)
			node_of[path_of(h, &h->files->nodes[i])] = i;
	node_of[0] = no_file_node(h);
	for (size_t i = 0; i < n; i++) {
		uint32_t path = path_of(h, &h->lines.graph->nodes[h->order[i]]);

		if (!last || last->path != path) {
			last = &list[h->n_list++];
			*last = (struct heat_file){ .path = path, .node = node_of[path],
						    .first = i };
			last->weight = values_of(h, last)->total[h->input->metric];
		}
		last->n++;
	}
	qsort(h->list, h->n_list, sizeof(*h->list), by_weight);
	return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool put(struct heat *h)
{
	bool done = !h->json.failed && !h->scratch.failed;

	fwrite(str_cstr(&h->json), 1, h->json.len, h->out);
	str_clear(&h->json);
	return done;
}

static void add_text(struct heat *h, const struct profile *profile, uint32_t id)
{
	markup_json(&h->json, profile->strings[id], profile->string_lengths[id]);
}

static void add_values(struct heat *h, const uint64_t *values)
{
	for (size_t i = 0; i < h->from->n_metrics; i++)
		str_printf(&h->json, "%c%" PRIu64, i ? ',' : '[', values[i]);
	str_add_char(&h->json, ']');
}

static void add_both(struct heat *h, const struct graph_node *n)
{
	str_add_cstr(&h->json, ",\"self\":");
	add_values(h, n->self);
	str_add_cstr(&h->json, ",\"total\":");
	add_values(h, n->total);
}

static void add_line(struct heat *h, uint32_t node)
{
	const struct graph_node *n = &h->lines.graph->nodes[node];
	uint32_t l = profile_location(h->lines.profile, n->function, n->line, 0);

	str_printf(&h->json, "[%" PRIi32 ",", n->line);
	add_values(h, n->self);
	str_add_char(&h->json, ',');
	add_values(h, n->total);
	str_add_char(&h->json, ',');
	add_text(h, h->from, l < h->n_names ? h->names[l] : 0);
	if (l < h->n_names && h->sources[l]) {
		str_add_char(&h->json, ',');
		add_text(h, h->from, h->sources[l]);
	}
	str_add_char(&h->json, ']');
}

/* Its state; the text is in scratch where it is to be shown. */
static int read_source(struct heat *h, const struct heat_file *file)
{
	const struct source_reader *reader = h->input->sources;
	int state;

	str_clear(&h->scratch);
	if (!file->path)
		return NO_FILE;
	if (!reader)
		return SOURCE_MISSING;
	state = (int)reader->read(reader->arg, profile_str(h->lines.profile, file->path),
				  &h->scratch);
	if (state == SOURCE_MISSING)
		return state;
	/* A shared object, say. */
	if (memchr(str_cstr(&h->scratch), '\0', h->scratch.len))
		return NO_TEXT;
	if (h->scratch.len > HEAT_MAX_FILE || h->scratch.len > HEAT_MAX_TEXT - h->text)
		return TOO_LARGE;
	h->text += h->scratch.len;
	return state;
}

/* The index of the file's module in the graph's order, without those that are the mark. */
static uint32_t module_index(struct heat *h, const struct heat_file *file,
			     const uint32_t *index_of)
{
	struct str name = STR_INIT;
	uint32_t id, function;

	if (file->path)
		module_of_file(&name, profile_str(h->lines.profile, file->path),
			       h->from->info.cwd);
	id = profile_string(h->modules.profile, name.data, name.len);
	function = profile_function(h->modules.profile, id, 0, 0);
	h->json.failed |= name.failed || function == PROFILE_NONE;
	str_deinit(&name);
	return h->json.failed ? 0 : index_of[function];
}

static bool put_file(struct heat *h, const struct heat_file *file, const uint32_t *index_of)
{
	int state;

	str_add_cstr(&h->json, "{\"path\":");
	add_text(h, h->lines.profile, file->path);
	str_clear(&h->scratch);
	view_short_path(&h->scratch, profile_str(h->lines.profile, file->path),
			h->from->info.cwd);
	str_add_cstr(&h->json, ",\"name\":");
	markup_json(&h->json, str_cstr(&h->scratch), h->scratch.len);
	str_printf(&h->json, ",\"module\":%" PRIu32, module_index(h, file, index_of));
	add_both(h, values_of(h, file));
	state = read_source(h, file);
	str_printf(&h->json, ",\"state\":%d", state);
	if (state == SOURCE_FOUND || state == SOURCE_NEWER) {
		str_add_cstr(&h->json, ",\"text\":");
		markup_json(&h->json, str_cstr(&h->scratch), h->scratch.len);
	}
	for (size_t i = 0; i < file->n; i++) {
		str_add_cstr(&h->json, i ? ",\n" : ",\n\"lines\":[");
		add_line(h, h->order[file->first + i]);
	}
	str_add_cstr(&h->json, "]}");
	return put(h);
}

static bool put_files(struct heat *h, const uint32_t *index_of)
{
	str_add_cstr(&h->json, ",\n\"files\":[");
	for (size_t i = 0; i < h->n_list; i++) {
		if (i)
			str_add_cstr(&h->json, ",\n");
		if (!put_file(h, &h->list[i], index_of))
			return false;
	}
	str_add_cstr(&h->json, "]}\n");
	return put(h);
}

/* Modules, and what is cut; fills where each module's function comes. */
static bool put_modules(struct heat *h, uint32_t *index_of)
{
	const struct graph_node *mark = NULL;
	uint32_t n = 0;

	str_add_cstr(&h->json, ",\n\"modules\":[");
	for (size_t i = 0; i < h->modules.graph->n_nodes; i++) {
		const struct graph_node *node = &h->modules.graph->nodes[i];

		if (node->function == PROFILE_NONE) {
			mark = node;
			continue;
		}
		index_of[node->function] = n++;
		str_add_cstr(&h->json, n > 1 ? ",\n{\"name\":" : "{\"name\":");
		add_text(h, h->modules.profile,
			 h->modules.profile->functions[node->function].name);
		add_both(h, node);
		str_add_char(&h->json, '}');
	}
	str_add_cstr(&h->json, "],\n\"cut\":");
	if (mark)
		add_values(h, mark->self);
	else
		str_add_cstr(&h->json, "[]");
	return put(h);
}

static void add_head(struct heat *h, const struct notes *notes)
{
	const struct profile *p = h->from;

	str_add_cstr(&h->json, "{\"title\":");
	markup_json(&h->json, p->info.command ? p->info.command : "",
		    p->info.command ? strlen(p->info.command) : 0);
	str_add_cstr(&h->json, ",\n\"empty\":");
	markup_json(&h->json, str_cstr(&notes->empty), notes->empty.len);
	str_add_cstr(&h->json, ",\n\"notes\":[");
	for (size_t i = 0; i < notes->n; i++) {
		if (i)
			str_add_char(&h->json, ',');
		markup_json(&h->json, str_cstr(&notes->lines[i]), notes->lines[i].len);
	}
	str_add_cstr(&h->json, "],\n\"metrics\":[");
	for (size_t i = 0; i < p->n_metrics; i++) {
		str_add_cstr(&h->json, i ? ",{\"name\":" : "{\"name\":");
		markup_json(&h->json, p->metrics[i].name, strlen(p->metrics[i].name));
		str_add_cstr(&h->json, ",\"unit\":");
		markup_json(&h->json, p->metrics[i].unit, strlen(p->metrics[i].unit));
		str_printf(&h->json, ",\"all\":%" PRIu64 "}", profile_total(p, i));
	}
	str_printf(&h->json, "],\n\"shown\":%zu", h->input->metric);
}

static enum pyprof_status write_data(struct heat *h, const struct notes *notes,
				     struct pyprof_error *err)
{
	_cleanup_free_ uint32_t *index_of = NULL;
	enum pyprof_status status = project_all(h, &h->lines, project_line, true, err);

	if (!status)
		status = project_all(h, &h->modules, project_module, false, err);
	if (!status)
		status = graph_create(&h->files, h->lines.profile, NULL, err);
	if (status)
		return status;
	index_of = calloc(h->modules.profile->n_functions + 1, sizeof(*index_of));
	if (!index_of || !list_files(h))
		return error_nomem(err);
	add_head(h, notes);
	if (!put_modules(h, index_of) || !put_files(h, index_of))
		return error_nomem(err);
	return PYPROF_OK;
}

enum pyprof_status heat_data_write(FILE *out, const struct format_input *input,
				   struct pyprof_error *err)
{
	struct heat h = { .input = input, .from = input->profile, .out = out };
	_cleanup_(notes_deinit) struct notes notes = { 0 };
	enum pyprof_status status = notes_init(&notes, input->profile, input->metric,
					       profile_total(input->profile, input->metric), err);

	if (!status)
		status = write_data(&h, &notes, err);
	graph_destroy(h.files);
	projection_deinit(&h.lines);
	projection_deinit(&h.modules);
	free(h.names);
	free(h.sources);
	free(h.order);
	free(h.list);
	str_deinit(&h.json);
	str_deinit(&h.scratch);
	return status;
}
