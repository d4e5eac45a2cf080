/* SPDX-License-Identifier: MIT */
/* A row a thread, a process, or a value of a label: each sample counts for its own. */
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/map.h"
#include "render/report_parts.h"
#include "render/table.h"

struct value {
	size_t offset, len; /* of its text */
	bool none;	    /* samples that have no such thing */
	uint64_t total;
};

struct values {
	const struct report *report;
	struct str texts;
	struct value *values;
	size_t n, cap;
	struct map map;
	struct str scratch; /* the text being looked up */
	uint32_t key;	    /* LABEL: string id */
};

struct key {
	const struct values *values;
	const char *bytes;
	size_t len;
	bool none;
};

static bool equal(const void *entries, uint32_t index, const void *key)
{
	const struct value *value = (const struct value *)entries + index;
	const struct key *k = key;

	return value->none == k->none && value->len == k->len &&
	       (!k->len || !memcmp(k->values->texts.data + value->offset, k->bytes, k->len));
}

/* Adds to the value of this text. False: no memory. */
static bool add(struct values *v, const struct str *text, bool none, uint64_t total)
{
	const struct key key = { v, str_cstr(text), text->len, none };
	uint64_t hash = hash_bytes(key.bytes, key.len) ^ none;
	uint32_t found = map_find(&v->map, hash, equal, v->values, &key);

	if (text->failed)
		return false;
	if (found == MAP_NONE) {
		found = (uint32_t)v->n;
		if (!array_grow(v->values, v->n, v->cap) || !map_insert(&v->map, hash, found))
			return false;
		v->values[v->n++] = (struct value){ v->texts.len, text->len, none, 0 };
		str_add(&v->texts, key.bytes, key.len);
	}
	v->values[found].total = profile_add_saturating(v->values[found].total, total);
	return !v->texts.failed;
}

/* ---- the texts -------------------------------------------------------------------- */

static void add_string(struct str *out, const struct profile *p, uint32_t string)
{
	str_add(out, p->strings[string], p->string_lengths[string]);
}

static void process_text(struct str *out, const struct profile *p, uint32_t process)
{
	const struct profile_process *its = &p->processes[process];

	str_printf(out, "process %" PRIu64, its->pid);
	if (its->command) {
		str_add_cstr(out, " (");
		add_string(out, p, its->command);
		str_add_char(out, ')');
	}
}

static void thread_text(struct str *out, const struct profile *p, uint32_t thread)
{
	const struct profile_thread *t = &p->threads[thread];

	if (t->tid)
		str_printf(out, "thread %" PRIu64, t->tid);
	else
		str_add_cstr(out, "thread ?");
	if (t->name) {
		str_add_cstr(out, " (");
		add_string(out, p, t->name);
		str_add_char(out, ')');
	}
	if (p->n_processes > 1) {
		str_add_cstr(out, " of ");
		process_text(out, p, t->process);
	}
}

/* Each value that the sample's labels of the key have. */
static bool add_labels(struct values *v, const struct profile_sample *sample, uint64_t total)
{
	const struct profile *p = v->report->profile;
	const struct profile_label_set *set = &p->label_sets[sample->labels];
	bool any = false;

	for (size_t i = 0; i < set->n; i++) {
		const struct profile_label *label = &p->labels[set->first + i];

		if (label->key != v->key)
			continue;
		str_clear(&v->scratch);
		if (label->text)
			add_string(&v->scratch, p, label->text);
		else
			str_printf(&v->scratch, "%" PRId64 "%s%s", label->number,
				   label->unit ? " " : "", profile_str(p, label->unit));
		if (!add(v, &v->scratch, false, total))
			return false;
		any = true;
	}
	str_clear(&v->scratch);
	return any || add(v, &v->scratch, true, total);
}

static bool add_sample(struct values *v, size_t i)
{
	const struct profile *p = v->report->profile;
	const struct profile_sample *sample = &p->samples[i];
	uint64_t total = p->values[i * p->n_metrics + v->report->opts->metric];

	if (!total)
		return true;
	str_clear(&v->scratch);
	if (v->report->opts->kind == REPORT_LABEL)
		return add_labels(v, sample, total);
	if (sample->thread == PROFILE_NONE)
		return add(v, &v->scratch, true, total);
	if (v->report->opts->kind == REPORT_THREADS)
		thread_text(&v->scratch, p, sample->thread);
	else
		process_text(&v->scratch, p, p->threads[sample->thread].process);
	return add(v, &v->scratch, false, total);
}

/* ---- which label ------------------------------------------------------------------- */

/* The id of the key, or an error that names those there are. */
static enum pyprof_status find_key(struct values *v, struct pyprof_error *err)
{
	const struct profile *p = v->report->profile;
	const char *wanted = v->report->opts->label;
	_cleanup_(str_deinit) struct str keys = STR_INIT;
	_cleanup_free_ uint8_t *told = calloc(p->n_strings, 1);

	if (!told)
		return error_nomem(err);
	for (size_t i = 0; i < p->n_labels; i++) {
		uint32_t key = p->labels[i].key;

		if (p->string_lengths[key] == strlen(wanted) && !strcmp(p->strings[key], wanted)) {
			v->key = key;
			return PYPROF_OK;
		}
		if (!told[key] && keys.len < 200)
			str_printf(&keys, "%s%s", keys.len ? ", " : "", p->strings[key]);
		told[key] = 1;
	}
	error_set(err, PYPROF_ERR_USAGE, "no sample has a label '%.60s'", wanted);
	if (!strcmp(wanted, "thread") || !strcmp(wanted, "process"))
		error_hint(err, "threads and processes are no labels: --by %s", wanted);
	else if (keys.len)
		error_hint(err, "there are: %s", str_cstr(&keys));
	return PYPROF_ERR_USAGE;
}

/* ---- showing ------------------------------------------------------------------------ */

static int compare(const void *a, const void *b, void *arg)
{
	const struct value *x = a, *y = b;
	const struct values *v = arg;
	const char *texts = str_cstr(&v->texts);
	size_t len = x->len < y->len ? x->len : y->len;
	int order;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	order = memcmp(texts + x->offset, texts + y->offset, len);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static const char *what(const struct values *v)
{
	return v->report->opts->kind == REPORT_THREADS	 ? "thread" :
	       v->report->opts->kind == REPORT_PROCESSES ? "process" :
							   v->report->opts->label;
}

static enum pyprof_status write_text(const struct values *v, size_t shown,
				     struct pyprof_error *err)
{
	const struct table_column columns[] = {
		{ .title = "total", .right = true },
		{ .title = "total%", .right = true },
		{ .title = v->report->opts->kind == REPORT_LABEL ? "value" : what(v),
		  .elastic = true },
	};
	const struct report_opts *opts = v->report->opts;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum pyprof_status status = report_head(v->report, err);
	struct table table;

	table_init(&table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct value *value = &v->values[i];
		enum ink ink = ink_of_share(value->total, opts->whole);

		str_clear(&text);
		scale_value(&text, &v->report->scale, value->total);
		table_cell(&table, ink, str_cstr(&text), text.len);
		str_clear(&text);
		scale_share(&text, value->total, opts->whole);
		table_cell(&table, ink, str_cstr(&text), text.len);
		if (value->none)
			table_cell(&table, INK_DIM, "(none)", 6);
		else
			table_cell(&table, INK_NONE, str_cstr(&v->texts) + value->offset,
				   value->len);
	}
	table.failed |= text.failed;
	if (!status)
		status = table_write(&table, v->report->out, opts->width, opts->color, err);
	table_deinit(&table);
	if (status || shown == v->n)
		return status;
	str_clear(&text);
	str_printf(&text, "%zu more, not shown (-n 0 shows all)", v->n - shown);
	return report_line(v->report, INK_DIM, &text, err);
}

static void write_json(const struct values *v, size_t shown)
{
	FILE *out = v->report->out;

	report_json_begin(v->report, v->report->opts->kind == REPORT_THREADS   ? "threads" :
				     v->report->opts->kind == REPORT_PROCESSES ? "processes" :
										 "label");
	if (v->report->opts->kind == REPORT_LABEL) {
		fputs("  \"label\": ", out);
		json_write_cstr(out, v->report->opts->label);
		fputs(",\n", out);
	}
	fprintf(out, "  \"rows_in_all\": %zu,\n  \"rows\": [", v->n);
	for (size_t i = 0; i < shown; i++) {
		fputs(i ? ",\n    {\"value\": " : "\n    {\"value\": ", out);
		if (v->values[i].none)
			fputs("null", out);
		else
			json_write_text(out, str_cstr(&v->texts) + v->values[i].offset,
					v->values[i].len);
		fprintf(out, ", \"total\": %" PRIu64 "}", v->values[i].total);
	}
	fputs("\n  ]", out);
	report_json_end(v->report);
}

static enum pyprof_status collect(struct values *v, struct pyprof_error *err)
{
	const struct profile *p = v->report->profile;
	enum pyprof_status status = PYPROF_OK;

	if (v->report->opts->kind == REPORT_LABEL)
		status = find_key(v, err);
	for (size_t i = 0; !status && i < p->n_samples; i++)
		if (!add_sample(v, i))
			status = error_nomem(err);
	if (!status && v->n)
		qsort_r(v->values, v->n, sizeof(*v->values), compare, v);
	return status;
}

enum pyprof_status report_values(const struct report *report, struct pyprof_error *err)
{
	struct values v = { .report = report };
	enum pyprof_status status = collect(&v, err);
	uint64_t limit = report->opts->limit;
	size_t shown = limit && limit < v.n ? (size_t)limit : v.n;

	if (!status && report->opts->json)
		write_json(&v, shown);
	else if (!status)
		status = write_text(&v, shown, err);
	str_deinit(&v.texts);
	str_deinit(&v.scratch);
	map_deinit(&v.map);
	free(v.values);
	return status;
}
