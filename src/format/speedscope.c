/* SPDX-License-Identifier: MIT */
#include "format/speedscope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "format/stack.h"

/* What a stack of a thread weighs. */
struct row {
	uint32_t thread; /* PROFILE_NONE: not known */
	uint32_t node;
	uint32_t order;	    /* of the node, in the tree from the root down */
	uint32_t truncated; /* 0, 1 */
	uint64_t value;
};

/* The rows of one thread. */
struct range {
	size_t first, n;
	uint64_t total;
};

struct writer {
	const struct profile *profile;
	const struct profile_metric *metric;
	size_t metric_index;
	FILE *out;
	struct row *rows;
	size_t n_rows;
	struct range *ranges;
	size_t n_ranges, cap_ranges;
	uint32_t *frame_of; /* of a location; PROFILE_NONE where no stack has it */
	uint32_t *frames;   /* one location of each frame */
	size_t n_frames, cap_frames;
	struct map frame_map;
	struct stack stack;
	struct str text;
};

static void deinit(struct writer *w)
{
	free(w->rows);
	free(w->ranges);
	free(w->frame_of);
	free(w->frames);
	map_deinit(&w->frame_map);
	stack_deinit(&w->stack);
	str_deinit(&w->text);
}

/* ---- stacks ---------------------------------------------------------------------------- */

/* *order: where each node comes, callers first, then what was seen first. */
static bool put_in_order(const struct profile *profile, uint32_t **order)
{
	size_t n = profile->n_nodes;
	_cleanup_free_ uint32_t *child = malloc(n * sizeof(*child));
	_cleanup_free_ uint32_t *sibling = malloc(n * sizeof(*sibling));
	uint32_t node = PROFILE_ROOT, next = 0;

	*order = malloc(n * sizeof(**order));
	if (!child || !sibling || !*order)
		return false;
	memset(child, 0xff, n * sizeof(*child));
	sibling[PROFILE_ROOT] = PROFILE_NONE;
	for (size_t i = n; i-- > 1;) {
		uint32_t parent = profile->nodes[i].parent;

		sibling[i] = child[parent];
		child[parent] = (uint32_t)i;
	}
	for (;;) {
		(*order)[node] = next++;
		if (child[node] != PROFILE_NONE) {
			node = child[node];
			continue;
		}
		while (node != PROFILE_ROOT && sibling[node] == PROFILE_NONE)
			node = profile->nodes[node].parent;
		if (node == PROFILE_ROOT)
			return true;
		node = sibling[node];
	}
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return (int)a->truncated - (int)b->truncated;
}

/* Samples that differ in nothing but what is not shown are one. */
static void join_rows(struct writer *w)
{
	size_t n = 0;

	qsort(w->rows, w->n_rows, sizeof(*w->rows), compare_rows);
	for (size_t i = 0; i < w->n_rows; i++) {
		if (n && !compare_rows(&w->rows[n - 1], &w->rows[i]))
			w->rows[n - 1].value =
				profile_add_saturating(w->rows[n - 1].value, w->rows[i].value);
		else
			w->rows[n++] = w->rows[i];
	}
	w->n_rows = n;
}

static bool collect_rows(struct writer *w)
{
	const struct profile *p = w->profile;
	_cleanup_free_ uint32_t *order = NULL;

	w->rows = malloc((p->n_samples + 1) * sizeof(*w->rows));
	if (!w->rows || !put_in_order(p, &order))
		return false;
	for (size_t i = 0; i < p->n_samples; i++) {
		const struct profile_sample *s = &p->samples[i];
		uint64_t value = p->values[i * p->n_metrics + w->metric_index];

		if (value)
			w->rows[w->n_rows++] = (struct row){
				.thread = s->thread,
				.node = s->node,
				.order = order[s->node],
				.truncated = (s->marks & PROFILE_MARK_TRUNCATED) != 0,
				.value = value,
			};
	}
	join_rows(w);
	return true;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool collect_ranges(struct writer *w)
{
	for (size_t i = 0; i < w->n_rows; i++) {
		struct range *range;

		if (!i || w->rows[i].thread != w->rows[i - 1].thread) {
			if (!array_grow(w->ranges, w->n_ranges, w->cap_ranges))
				return false;
			w->ranges[w->n_ranges++] = (struct range){ .first = i };
		}
		range = &w->ranges[w->n_ranges - 1];
		range->n++;
		range->total = profile_add_saturating(range->total, w->rows[i].value);
	}
	if (w->n_ranges)
		qsort(w->ranges, w->n_ranges, sizeof(*w->ranges), compare_ranges);
	return true;
}

/* ---- frames ---------------------------------------------------------------------------- */

/* Do they look the same in the file? Functions may differ in their start lines alone. */
static bool frame_equal(const void *entries, uint32_t index, const void *key)
{
	const struct writer *w = entries;
	const struct profile_location *a = &w->profile->locations[w->frames[index]], *b = key;
	const struct profile_function *f = &w->profile->functions[a->function];
	const struct profile_function *g = &w->profile->functions[b->function];

	return f->name == g->name && f->file == g->file && a->line == b->line &&
	       a->column == b->column;
}

static bool add_frame(struct writer *w, uint32_t location)
{
	const struct profile_location *l = &w->profile->locations[location];
	const struct profile_function *f = &w->profile->functions[l->function];
	uint64_t hash = hash_pair(hash_pair(f->name, f->file),
				  (uint64_t)(uint32_t)l->line << 32 | (uint32_t)l->column);
	uint32_t frame;

	if (w->frame_of[location] != PROFILE_NONE)
		return true;
	frame = map_find(&w->frame_map, hash, frame_equal, w, l);
	if (frame == MAP_NONE) {
		frame = (uint32_t)w->n_frames;
		if (!array_grow(w->frames, w->n_frames, w->cap_frames) ||
		    !map_insert(&w->frame_map, hash, frame))
			return false;
		w->frames[w->n_frames++] = location;
	}
	w->frame_of[location] = frame;
	return true;
}

/* The frames of those stacks that are written, as many as there are in the metric. */
static bool collect_frames(struct writer *w)
{
	const struct profile *p = w->profile;
	_cleanup_free_ bool *used = calloc(p->n_nodes, sizeof(*used));

	w->frame_of = malloc((p->n_locations + 1) * sizeof(*w->frame_of));
	if (!used || !w->frame_of)
		return false;
	memset(w->frame_of, 0xff, p->n_locations * sizeof(*w->frame_of));
	for (size_t i = 0; i < w->n_rows; i++)
		used[w->rows[i].node] = true;
	/* Parents come before their children. */
	for (size_t i = p->n_nodes; i-- > 1;)
		if (used[i])
			used[p->nodes[i].parent] = true;
	for (size_t i = 1; i < p->n_nodes; i++)
		if (used[i] && !add_frame(w, p->nodes[i].location))
			return false;
	return true;
}

/* ---- the text -------------------------------------------------------------------------- */

static void put_key(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":", key);
	json_write_plain_cstr(out, text);
}

static void put_string(struct writer *w, const char *key, uint32_t string)
{
	fprintf(w->out, "\"%s\":", key);
	json_write_plain(w->out, profile_str(w->profile, string),
			 w->profile->string_lengths[string]);
}

static void put_number(FILE *out, uint64_t number)
{
	fprintf(out, "%" PRIu64 "%s", number, number > INT64_MAX ? ".0" : "");
}

static void put_frame(struct writer *w, uint32_t location)
{
	const struct profile_location *l = &w->profile->locations[location];
	const struct profile_function *f = &w->profile->functions[l->function];

	fputc('{', w->out);
	put_string(w, "name", f->name);
	if (f->file) {
		fputc(',', w->out);
		put_string(w, "file", f->file);
	}
	if (l->line)
		fprintf(w->out, ",\"line\":%" PRId32, l->line);
	if (l->column)
		fprintf(w->out, ",\"col\":%" PRId32, l->column);
	fputc('}', w->out);
}

static void put_frames(struct writer *w)
{
	bool truncated = false;

	fputs("\"shared\":{\"frames\":[", w->out);
	for (size_t i = 0; i < w->n_frames; i++) {
		fputs(i ? ",\n" : "\n", w->out);
		put_frame(w, w->frames[i]);
	}
	for (size_t i = 0; i < w->n_rows && !truncated; i++)
		truncated = w->rows[i].truncated;
	if (truncated)
		fprintf(w->out, "%s{\"name\":\"%s\",\"pyprof\":\"truncated\"}",
			w->n_frames ? ",\n" : "\n", SPEEDSCOPE_TRUNCATED);
	fputs("]}", w->out);
}

static void add_decimal(struct str *text, uint32_t number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	str_add(text, digits + at, sizeof(digits) - at);
}

static bool put_stack(struct writer *w, const struct row *row)
{
	if (!stack_of(&w->stack, w->profile, row->node))
		return false;
	str_clear(&w->text);
	str_add_char(&w->text, '[');
	for (size_t i = 0; i < w->stack.n; i++) {
		if (i)
			str_add_char(&w->text, ',');
		add_decimal(&w->text, w->frame_of[w->stack.locations[i]]);
	}
	if (row->truncated) {
		if (w->stack.n)
			str_add_char(&w->text, ',');
		add_decimal(&w->text, (uint32_t)w->n_frames);
	}
	str_add_char(&w->text, ']');
	fwrite(str_cstr(&w->text), 1, w->text.len, w->out);
	return !w->text.failed;
}

/* A full disk is the caller's to report; deep stacks would be long in being dropped. */
static bool put_rows(struct writer *w, const struct range *range)
{
	const struct row *rows = w->rows + range->first;

	fputs("\"samples\":[", w->out);
	for (size_t i = 0; i < range->n && !ferror(w->out); i++) {
		fputs(i ? ",\n" : "\n", w->out);
		if (!put_stack(w, &rows[i]))
			return false;
	}
	fputs("],\n\"weights\":[", w->out);
	for (size_t i = 0; i < range->n && !ferror(w->out); i++) {
		if (i)
			fputs(i % 16 ? "," : ",\n", w->out);
		put_number(w->out, rows[i].value);
	}
	fputc(']', w->out);
	return true;
}

static const char *unit_of(const struct profile_metric *metric)
{
	static const char *const known[] = { "nanoseconds", "microseconds", "milliseconds",
					     "seconds", "bytes" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(metric->unit, known[i]))
			return known[i];
	return "none";
}

static void add_numbered(struct str *text, const char *what, uint64_t number, const char *name,
			 size_t len)
{
	if (number)
		str_printf(text, "%s %" PRIu64, what, number);
	else
		str_printf(text, "%s ?", what);
	if (!len)
		return;
	str_add_cstr(text, " (");
	str_add(text, name, len);
	str_add_char(text, ')');
}

/* As view.h calls threads and processes. */
static bool put_name(struct writer *w, uint32_t thread)
{
	const struct profile *p = w->profile;

	str_clear(&w->text);
	if (thread == PROFILE_NONE) {
		str_add_cstr(&w->text, w->metric->name);
	} else {
		const struct profile_thread *t = &p->threads[thread];
		const struct profile_process *process = &p->processes[t->process];

		if (p->n_processes > 1) {
			add_numbered(&w->text, "process", process->pid,
				     profile_str(p, process->command),
				     p->string_lengths[process->command]);
			str_add_cstr(&w->text, ", ");
		}
		add_numbered(&w->text, "thread", t->tid, profile_str(p, t->name),
			     p->string_lengths[t->name]);
	}
	fputs("\"name\":", w->out);
	json_write_plain(w->out, str_cstr(&w->text), w->text.len);
	return !w->text.failed;
}

/* What another reader passes over. */
static void put_our_own(struct writer *w, uint32_t thread)
{
	const struct profile *p = w->profile;

	fputs("\"pyprof\":{", w->out);
	put_key(w->out, "metric", w->metric->name);
	fputc(',', w->out);
	put_key(w->out, "unit", w->metric->unit);
	if (thread != PROFILE_NONE) {
		const struct profile_thread *t = &p->threads[thread];

		fputs(",\"thread\":{\"id\":", w->out);
		put_number(w->out, t->tid);
		fputc(',', w->out);
		put_string(w, "name", t->name);
		fputs("},\"process\":{\"id\":", w->out);
		put_number(w->out, p->processes[t->process].pid);
		fputc(',', w->out);
		put_string(w, "command", p->processes[t->process].command);
		fputc('}', w->out);
	}
	fputc('}', w->out);
}

static bool put_profile(struct writer *w, const struct range *range)
{
	uint32_t thread = range->n ? w->rows[range->first].thread : PROFILE_NONE;

	fputs("\n{\"type\":\"sampled\",", w->out);
	if (!put_name(w, thread))
		return false;
	fprintf(w->out, ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":", unit_of(w->metric));
	put_number(w->out, range->total);
	fputs(",\n", w->out);
	put_our_own(w, thread);
	fputs(",\n", w->out);
	if (!put_rows(w, range))
		return false;
	fputc('}', w->out);
	return true;
}

static bool put_file(struct writer *w)
{
	static const struct range nothing;

	fputs("{\"$schema\":\"" SPEEDSCOPE_SCHEMA "\",\"exporter\":\"pyprof@" PYPROF_VERSION
	      "\",",
	      w->out);
	if (w->profile->info.command) {
		put_key(w->out, "name", w->profile->info.command);
		fputc(',', w->out);
	}
	fputs("\"activeProfileIndex\":0,\n", w->out);
	put_frames(w);
	fputs(",\n\"profiles\":[", w->out);
	for (size_t i = 0; i < w->n_ranges; i++) {
		if (i)
			fputc(',', w->out);
		if (!put_profile(w, &w->ranges[i]))
			return false;
	}
	if (!w->n_ranges && !put_profile(w, &nothing))
		return false;
	fputs("]}\n", w->out);
	return true;
}

static enum pyprof_status speedscope_write(const struct format_input *input, FILE *out,
					   struct pyprof_error *err)
{
	struct writer w = { .profile = input->profile, .out = out };
	bool ok;

	w.metric_index = input->metric;
	w.metric = &input->profile->metrics[input->metric];
	ok = collect_rows(&w) && collect_ranges(&w) && collect_frames(&w) && put_file(&w);
	deinit(&w);
	return ok ? PYPROF_OK : error_nomem(err);
}

static const char *const endings[] = { ".speedscope.json", ".speedscope", NULL };

const struct format format_speedscope = {
	.name = "speedscope",
	.description = "a file for speedscope.app, a profile a thread",
	.endings = endings,
	.from_profile = true,
	.write = speedscope_write,
	.read = speedscope_read,
	.detect = speedscope_detect,
};
