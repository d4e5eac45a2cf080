/* SPDX-License-Identifier: MIT */
#include "render/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "profile/module.h"
#include "render/markup.h"
#include "render/paint.h"
#include "render/palette.h"
#include "render/samples.h"

/* A piece of a text that somebody else holds. */
struct slice {
	const char *data;
	size_t len;
};

/* Distinct texts in the order of their first use. */
struct pool {
	struct slice *items;
	size_t n, cap;
	struct map map;
	struct str column; /* who uses which, as data.h has it */
	bool owns;	   /* the texts are the pool's own copies */
	bool failed;
};

struct data {
	const struct profile *profile;
	const struct view *view;
	const struct view_node *nodes;
	const struct paint *paint;
	struct pool names, files, modules, sources;
	struct str module;		 /* scratch */
	struct str lines, kinds, colors; /* columns of the frames */
	struct str ups, node_frames;	 /* columns of the nodes */
	uint32_t *frame_of_text;	 /* by the view's text id; PROFILE_NONE: no frame yet */
	uint32_t *place_of_node;	 /* by the view's node: the how manieth in the file */
	uint32_t *frame_of_function;	 /* one that it has; for a diff only */
	uint32_t n_frames, n_placed;
};

static void pool_deinit(struct pool *pool)
{
	for (size_t i = 0; pool->owns && i < pool->n; i++)
		free((char *)pool->items[i].data);
	free(pool->items);
	map_deinit(&pool->map);
	str_deinit(&pool->column);
}

static void data_deinit(struct data *data)
{
	pool_deinit(&data->names);
	pool_deinit(&data->files);
	pool_deinit(&data->modules);
	pool_deinit(&data->sources);
	str_deinit(&data->module);
	str_deinit(&data->lines);
	str_deinit(&data->kinds);
	str_deinit(&data->colors);
	str_deinit(&data->ups);
	str_deinit(&data->node_frames);
	free(data->frame_of_text);
	free(data->place_of_node);
	free(data->frame_of_function);
}

static bool slice_equal(const void *entries, uint32_t index, const void *key)
{
	const struct slice *a = (const struct slice *)entries + index, *b = key;

	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* A new text of the pool. */
static bool pool_add(struct pool *pool, uint64_t hash, struct slice text)
{
	if (pool->n >= MAP_NONE || !array_grow(pool->items, pool->n, pool->cap))
		return false;
	if (pool->owns) {
		char *copy = malloc(text.len + 1);

		if (!copy)
			return false;
		memcpy(copy, text.data, text.len);
		text.data = copy;
	}
	pool->items[pool->n++] = text;
	return map_insert(&pool->map, hash, (uint32_t)pool->n - 1);
}

/* Adds one more user of `text` to the pool's column, `first` added to its number. */
static void pool_use(struct pool *pool, struct slice text, uint64_t first)
{
	uint64_t hash = hash_bytes(text.data, text.len);
	uint32_t id = map_find(&pool->map, hash, slice_equal, pool->items, &text);

	if (id != MAP_NONE) {
		markup_vlq(&pool->column, pool->n - id + first);
		return;
	}
	pool->failed |= !pool_add(pool, hash, text);
	markup_vlq(&pool->column, first);
}

/* The module of a frame's file: what can be hidden as one. */
static void add_module(struct data *data, const struct view_text *parts)
{
	const char *file = "";

	if (parts->kind == VIEW_FUNCTION)
		file = profile_str(data->profile,
				   data->profile->functions[parts->function].file);
	if (!*file) {
		markup_vlq(&data->modules.column, 0);
		return;
	}
	str_clear(&data->module);
	module_of_file(&data->module, file, data->profile->info.cwd);
	pool_use(&data->modules, (struct slice){ str_cstr(&data->module), data->module.len }, 1);
}

/* The source of a frame's line, where it is known. */
static void add_source(struct data *data, const struct view_text *parts)
{
	const struct profile *p = data->profile;
	uint32_t string = 0;

	if (!p->n_sources)
		return;
	if (parts->location < p->n_sources)
		string = p->sources[parts->location];
	if (string)
		pool_use(&data->sources,
			 (struct slice){ p->strings[string], p->string_lengths[string] }, 1);
	else
		markup_vlq(&data->sources.column, 0);
}

static void add_frame(struct data *data, uint32_t text)
{
	struct view_text parts = view_text_parts(data->view, text);

	if (data->frame_of_function && parts.function != PROFILE_NONE)
		data->frame_of_function[parts.function] = data->frame_of_text[text];
	pool_use(&data->names, (struct slice){ parts.bytes, parts.name_len }, 0);
	if (parts.has_file)
		pool_use(&data->files,
			 (struct slice){ parts.bytes + parts.name_len + 2, parts.file_len }, 1);
	else
		markup_vlq(&data->files.column, 0);
	add_module(data, &parts);
	add_source(data, &parts);
	markup_vlq(&data->lines, parts.line > 0 ? (uint64_t)parts.line : 0);
	markup_vlq(&data->kinds, paint_kind(data->paint, data->view, text));
	markup_vlq(&data->colors, paint_text(data->paint, data->view, text));
}

static void add_node(struct data *data, uint32_t node)
{
	const struct view_node *n = &data->nodes[node];
	uint32_t *frame = &data->frame_of_text[n->text];

	data->place_of_node[node] = data->n_placed++;
	if (*frame != PROFILE_NONE) {
		markup_vlq(&data->node_frames, data->n_frames - *frame);
		return;
	}
	markup_vlq(&data->node_frames, 0);
	*frame = data->n_frames++;
	add_frame(data, n->text);
}

/* Callers before callees, siblings in the view's order. */
static void add_nodes(struct data *data)
{
	uint32_t node = 0;
	uint64_t up;

	add_node(data, 0);
	for (;;) {
		uint32_t next = data->nodes[node].first_child;

		for (up = 0; next == PROFILE_NONE; up++) {
			if (node == 0)
				return;
			next = data->nodes[node].next_sibling;
			node = data->nodes[node].parent;
		}
		markup_vlq(&data->ups, up);
		add_node(data, next);
		node = next;
	}
}

static bool failed(const struct data *data)
{
	return data->names.failed || data->names.column.failed || data->files.failed ||
	       data->files.column.failed || data->modules.failed ||
	       data->modules.column.failed || data->module.failed || data->sources.failed ||
	       data->sources.column.failed || data->lines.failed ||
	       data->kinds.failed || data->colors.failed || data->ups.failed ||
	       data->node_frames.failed;
}

static enum pyprof_status collect(struct data *data, const struct diff_data *diff,
				  struct pyprof_error *err)
{
	size_t n_texts = view_text_count(data->view), n_nodes;

	if (diff) {
		data->frame_of_function = profile_id_table(data->profile->n_functions);
		if (!data->frame_of_function)
			return error_nomem(err);
	}
	data->nodes = view_nodes(data->view, &n_nodes);
	data->frame_of_text = malloc((n_texts + 1) * sizeof(*data->frame_of_text));
	data->place_of_node = malloc(n_nodes * sizeof(*data->place_of_node));
	if (!data->frame_of_text || !data->place_of_node)
		return error_nomem(err);
	memset(data->frame_of_text, 0xff, n_texts * sizeof(*data->frame_of_text));
	add_nodes(data);
	return failed(data) ? error_nomem(err) : PYPROF_OK;
}

/* ---- the whole --------------------------------------------------------------------- */

static bool put_pool(FILE *out, const char *key, const struct pool *pool)
{
	bool done = true;

	fprintf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < pool->n; i++) {
		if (i)
			fputs(",\n", out);
		done &= markup_put_json(out, pool->items[i].data, pool->items[i].len);
	}
	fputs("]", out);
	return done;
}

static bool put_str(FILE *out, const char *key, const struct str *text)
{
	fprintf(out, "\"%s\":", key);
	return markup_put_json(out, str_cstr(text), text->len);
}

static bool put_cstr(FILE *out, const char *text)
{
	return markup_put_json(out, text, strlen(text));
}

/* Of a diff those of one side: the other's are the same. */
static bool put_metrics(FILE *out, const struct profile *profile, size_t n)
{
	bool done = true;

	fputs(",\n\"metrics\":[", out);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", out);
		done &= put_cstr(out, profile->metrics[i].name);
		fputs(",\"unit\":", out);
		done &= put_cstr(out, profile->metrics[i].unit);
		fputs("}", out);
	}
	fputs("]", out);
	return done;
}

static bool put_threads(FILE *out, const struct profile *profile)
{
	bool done = true;

	fputs(",\n\"processes\":[", out);
	for (size_t i = 0; i < profile->n_processes; i++) {
		const struct profile_process *p = &profile->processes[i];

		fprintf(out, "%s[%" PRIu64 ",", i ? "," : "", p->pid);
		done &= markup_put_json(out, profile_str(profile, p->command),
				 profile->string_lengths[p->command]);
		fputs("]", out);
	}
	fputs("],\n\"threads\":[", out);
	for (size_t i = 0; i < profile->n_threads; i++) {
		const struct profile_thread *t = &profile->threads[i];

		fprintf(out, "%s[%" PRIu32 ",%" PRIu64 ",", i ? "," : "", t->process, t->tid);
		done &= markup_put_json(out, profile_str(profile, t->name),
				 profile->string_lengths[t->name]);
		fputs("]", out);
	}
	fputs("]", out);
	return done;
}

static bool put_head(FILE *out, const struct data *data, const struct notes *notes,
		     const struct view_opts *shown, const struct diff_data *diff)
{
	bool done;

	fputs("{\"version\":2,\n", out);
	done = put_str(out, "title", &notes->title);
	fputs(",\n", out);
	done &= put_str(out, "empty", &notes->empty);
	done &= put_metrics(out, data->profile,
			    diff ? diff->pair->n_metrics : data->profile->n_metrics);
	fprintf(out,
		",\n\"shown\":{\"metric\":%zu,\"functions\":%d,\"threads\":%d,"
		"\"processes\":%d},\n\"notes\":[",
		shown->metric, shown->by_function, shown->by_thread, shown->by_process);
	for (size_t i = 0; i < notes->n; i++) {
		if (i)
			fputs(",\n", out);
		done &= markup_put_json(out, str_cstr(&notes->lines[i]), notes->lines[i].len);
	}
	fputs("]", out);
	return done && put_threads(out, data->profile);
}

static void put_legend(FILE *out, const struct paint *paint)
{
	const char *separator = "";

	fputs(",\n\"legend\":[", out);
	for (size_t i = 0; i < PALETTE_KEYS; i++) {
		if (!paint_uses(paint, i))
			continue;
		fprintf(out, "%s[\"%s\"", separator, palette_keys[i].text);
		for (size_t k = 0; k < PALETTE_KEY_COLORS; k++)
			fprintf(out, ",%u", palette_keys[i].colors[k]);
		fputs("]", out);
		separator = ",";
	}
	fputs("]", out);
}

static void put_column(FILE *out, const char *key, const struct str *column)
{
	fprintf(out, "\"%s\":\"", key);
	fwrite(str_cstr(column), 1, column->len, out);
	fputs("\"", out);
}

static bool put_all(FILE *out, const struct data *data, const struct notes *notes,
		    const struct view_opts *shown, const struct diff_data *diff)
{
	bool done = put_head(out, data, notes, shown, diff);

	put_legend(out, data->paint);
	if (diff)
		done &= diff_data_write(out, diff, data->frame_of_function);
	done &= put_pool(out, "names", &data->names);
	done &= put_pool(out, "files", &data->files);
	done &= put_pool(out, "modules", &data->modules);
	done &= put_pool(out, "sources", &data->sources);
	fputs(",\n\"frames\":{", out);
	put_column(out, "name", &data->names.column);
	fputs(",\n", out);
	put_column(out, "file", &data->files.column);
	fputs(",\n", out);
	put_column(out, "module", &data->modules.column);
	fputs(",\n", out);
	put_column(out, "source", &data->sources.column);
	fputs(",\n", out);
	put_column(out, "line", &data->lines);
	fputs(",\n", out);
	put_column(out, "kind", &data->kinds);
	fputs(",\n", out);
	put_column(out, "color", &data->colors);
	fputs("},\n\"nodes\":{", out);
	put_column(out, "up", &data->ups);
	fputs(",\n", out);
	put_column(out, "frame", &data->node_frames);
	fputs("},\n\"samples\":{", out);
	done &= samples_write(out, &(struct samples_of){ .profile = data->profile,
							 .leaves = view_leaves(data->view),
							 .places = data->place_of_node,
							 .n_places = data->n_placed });
	fputs("}}\n", out);
	return done;
}

enum pyprof_status data_write(FILE *out, const struct view *view, const struct paint *paint,
			      const struct notes *notes, const struct view_opts *shown,
			      const struct diff_data *diff, struct pyprof_error *err)
{
	_cleanup_(data_deinit) struct data data = { .profile = paint->profile,
						    .view = view,
						    .paint = paint,
						    .modules.owns = true };
	enum pyprof_status status = collect(&data, diff, err);

	if (status)
		return status;
	return put_all(out, &data, notes, shown, diff) ? PYPROF_OK : error_nomem(err);
}
