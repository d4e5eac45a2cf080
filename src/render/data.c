/* SPDX-License-Identifier: MIT */
#include "render/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "render/markup.h"
#include "render/palette.h"

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
	bool failed;
};

struct data {
	const struct view *view;
	const struct view_node *nodes;
	size_t n;
	const struct paint *paint;
	struct pool names, files;
	struct str lines, colors;	  /* columns of the frames */
	struct str ups, node_frames, selves; /* columns of the nodes */
	uint32_t *frame_of_text;	  /* by the view's text id; PROFILE_NONE: no frame yet */
	uint32_t n_frames;
};

static void pool_deinit(struct pool *pool)
{
	free(pool->items);
	map_deinit(&pool->map);
	str_deinit(&pool->column);
}

static void data_deinit(struct data *data)
{
	pool_deinit(&data->names);
	pool_deinit(&data->files);
	str_deinit(&data->lines);
	str_deinit(&data->colors);
	str_deinit(&data->ups);
	str_deinit(&data->node_frames);
	str_deinit(&data->selves);
	free(data->frame_of_text);
}

static bool slice_equal(const void *entries, uint32_t index, const void *key)
{
	const struct slice *a = (const struct slice *)entries + index, *b = key;

	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
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
	if (!array_grow(pool->items, pool->n, pool->cap) ||
	    !map_insert(&pool->map, hash, (uint32_t)pool->n)) {
		pool->failed = true;
		return;
	}
	pool->items[pool->n++] = text;
	markup_vlq(&pool->column, first);
}

static void add_frame(struct data *data, uint32_t text)
{
	struct view_text parts = view_text_parts(data->view, text);

	pool_use(&data->names, (struct slice){ parts.bytes, parts.name_len }, 0);
	if (parts.has_file)
		pool_use(&data->files,
			 (struct slice){ parts.bytes + parts.name_len + 2, parts.file_len }, 1);
	else
		markup_vlq(&data->files.column, 0);
	markup_vlq(&data->lines, parts.line > 0 ? (uint64_t)parts.line : 0);
	markup_vlq(&data->colors, paint_text(data->paint, text));
}

static void add_node(struct data *data, uint32_t node)
{
	const struct view_node *n = &data->nodes[node];
	uint32_t *frame = &data->frame_of_text[n->text];

	markup_vlq(&data->selves, n->self);
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

static enum pyprof_status collect(struct data *data, struct pyprof_error *err)
{
	size_t n_texts = view_text_count(data->view);

	data->frame_of_text = malloc((n_texts + 1) * sizeof(*data->frame_of_text));
	if (!data->frame_of_text)
		return error_nomem(err);
	memset(data->frame_of_text, 0xff, n_texts * sizeof(*data->frame_of_text));
	add_nodes(data);
	if (data->names.failed || data->names.column.failed || data->files.failed ||
	    data->files.column.failed || data->lines.failed || data->colors.failed ||
	    data->ups.failed || data->node_frames.failed || data->selves.failed)
		return error_nomem(err);
	return PYPROF_OK;
}

/* JSON goes through one small string at a time: names may be many megabytes. */
static bool put_text(FILE *out, const char *text, size_t len)
{
	struct str json = STR_INIT;
	bool done;

	markup_json(&json, text, len);
	fwrite(str_cstr(&json), 1, json.len, out);
	done = !json.failed;
	str_deinit(&json);
	return done;
}

static bool put_pool(FILE *out, const char *key, const struct pool *pool)
{
	bool done = true;

	fprintf(out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < pool->n; i++) {
		if (i)
			fputs(",\n", out);
		done &= put_text(out, pool->items[i].data, pool->items[i].len);
	}
	fputs("]", out);
	return done;
}

static bool put_str(FILE *out, const char *key, const struct str *text)
{
	fprintf(out, "\"%s\":", key);
	return put_text(out, str_cstr(text), text->len);
}

static bool put_head(FILE *out, const struct notes *notes, const struct profile_metric *metric)
{
	bool done;

	fputs("{\"version\":1,\n", out);
	done = put_str(out, "title", &notes->title);
	fputs(",\n", out);
	done &= put_str(out, "subtitle", &notes->subtitle);
	fputs(",\n", out);
	done &= put_str(out, "empty", &notes->empty);
	fputs(",\n\"metric\":{\"name\":", out);
	done &= put_text(out, metric->name, strlen(metric->name));
	fputs(",\"unit\":", out);
	done &= put_text(out, metric->unit, strlen(metric->unit));
	fputs("},\n\"notes\":[", out);
	for (size_t i = 0; i < notes->n; i++) {
		if (i)
			fputs(",\n", out);
		done &= put_text(out, str_cstr(&notes->lines[i]), notes->lines[i].len);
	}
	fputs("]", out);
	return done;
}

static void put_legend(FILE *out)
{
	fputs(",\n\"legend\":[", out);
	for (size_t i = 0; i < PALETTE_KEYS; i++) {
		fprintf(out, "%s[\"%s\"", i ? "," : "", palette_keys[i].text);
		for (size_t k = 0; k < PALETTE_KEY_COLORS; k++)
			fprintf(out, ",%u", palette_keys[i].colors[k]);
		fputs("]", out);
	}
	fputs("]", out);
}

static void put_column(FILE *out, const char *key, const struct str *column)
{
	fprintf(out, "\"%s\":\"", key);
	fwrite(str_cstr(column), 1, column->len, out);
	fputs("\"", out);
}

static bool put_all(FILE *out, const struct data *data, const struct notes *notes)
{
	bool done = put_head(out, notes, notes->metric);

	put_legend(out);
	done &= put_pool(out, "names", &data->names);
	done &= put_pool(out, "files", &data->files);
	fputs(",\n\"frames\":{", out);
	put_column(out, "name", &data->names.column);
	fputs(",\n", out);
	put_column(out, "file", &data->files.column);
	fputs(",\n", out);
	put_column(out, "line", &data->lines);
	fputs(",\n", out);
	put_column(out, "color", &data->colors);
	fputs("},\n\"nodes\":{", out);
	put_column(out, "up", &data->ups);
	fputs(",\n", out);
	put_column(out, "frame", &data->node_frames);
	fputs(",\n", out);
	put_column(out, "self", &data->selves);
	fputs("}}\n", out);
	return done;
}

enum pyprof_status data_write(FILE *out, const struct view *view, const struct paint *paint,
			      const struct notes *notes, struct pyprof_error *err)
{
	_cleanup_(data_deinit) struct data data = { .view = view, .paint = paint };
	enum pyprof_status status;

	data.nodes = view_nodes(view, &data.n);
	status = collect(&data, err);
	if (status)
		return status;
	return put_all(out, &data, notes) ? PYPROF_OK : error_nomem(err);
}
