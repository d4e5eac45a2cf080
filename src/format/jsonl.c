/* SPDX-License-Identifier: MIT */
#include "format/jsonl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "format/stack.h"

struct writer {
	const struct profile *profile;
	FILE *out;
	/* Frames stand in many stacks: their text is made once, one behind the other. */
	struct str frames;
	size_t *ends; /* of each location's text */
	struct stack stack;
	struct str metrics[PROFILE_MAX_METRICS]; /* their keys, as JSON strings */
};

static void deinit(struct writer *w)
{
	str_deinit(&w->frames);
	free(w->ends);
	stack_deinit(&w->stack);
	for (size_t i = 0; i < PROFILE_MAX_METRICS; i++)
		str_deinit(&w->metrics[i]);
}

/* ---- what is made once ------------------------------------------------------------------ */

static void put_string(const struct profile *p, FILE *out, uint32_t string)
{
	json_write_plain(out, profile_str(p, string), p->string_lengths[string]);
}

static void add_string(const struct profile *p, struct str *out, uint32_t string)
{
	json_add_plain(out, profile_str(p, string), p->string_lengths[string]);
}

static void add_frame(const struct profile *p, struct str *out, const struct profile_location *l)
{
	const struct profile_function *f = &p->functions[l->function];

	str_add_cstr(out, "{\"name\":");
	add_string(p, out, f->name);
	if (f->file) {
		str_add_cstr(out, ",\"file\":");
		add_string(p, out, f->file);
	}
	if (l->line)
		str_printf(out, ",\"line\":%" PRId32, l->line);
	if (l->column)
		str_printf(out, ",\"column\":%" PRId32, l->column);
	if (f->start_line)
		str_printf(out, ",\"start_line\":%" PRId32, f->start_line);
	str_add_char(out, '}');
}

static bool make_frames(struct writer *w)
{
	const struct profile *p = w->profile;

	w->ends = malloc((p->n_locations + 1) * sizeof(*w->ends));
	for (size_t i = 0; i < p->n_locations && w->ends; i++) {
		add_frame(p, &w->frames, &p->locations[i]);
		w->ends[i] = w->frames.len;
	}
	return w->ends && !w->frames.failed;
}

static bool is_repeated(const struct profile *p, size_t metric)
{
	for (size_t i = 0; i < metric; i++)
		if (!strcmp(p->metrics[i].name, p->metrics[metric].name))
			return true;
	return false;
}

static bool make_metrics(struct writer *w)
{
	for (size_t i = 0; i < w->profile->n_metrics; i++) {
		_cleanup_(str_deinit) struct str key = STR_INIT;

		str_add_cstr(&key, w->profile->metrics[i].name);
		if (is_repeated(w->profile, i))
			str_printf(&key, "#%zu", i);
		json_add_plain(&w->metrics[i], str_cstr(&key), key.len);
		if (key.failed || w->metrics[i].failed)
			return false;
	}
	return true;
}

/* ---- the first line --------------------------------------------------------------------- */

static void put_known(FILE *out, const char *key, const char *text)
{
	if (!text)
		return;
	fprintf(out, ",\"%s\":", key);
	json_write_plain_cstr(out, text);
}

static void put_period(FILE *out, const struct profile_info *info)
{
	fprintf(out, ",\"period\":{\"value\":%" PRIu64, info->period);
	put_known(out, "type", info->period_type);
	put_known(out, "unit", info->period_unit);
	fputc('}', out);
}

static void put_header(const struct writer *w, size_t metric)
{
	const struct profile *p = w->profile;
	const struct profile_info *info = &p->info;

	fputs("{\"format\":\"pyprof-jsonl\",\"version\":1,\"exporter\":\"pyprof@" PYPROF_VERSION
	      "\",\"metrics\":[",
	      w->out);
	for (size_t i = 0; i < p->n_metrics; i++) {
		fprintf(w->out, "%s{\"name\":", i ? "," : "");
		json_write_plain_cstr(w->out, p->metrics[i].name);
		put_known(w->out, "unit", p->metrics[i].unit);
		fputc('}', w->out);
	}
	fprintf(w->out, "],\"metric\":%s", str_cstr(&w->metrics[metric]));
	put_known(w->out, "command", info->command);
	put_known(w->out, "python", info->python_version);
	put_known(w->out, "cwd", info->cwd);
	if (info->pid)
		fprintf(w->out, ",\"pid\":%" PRIu64, info->pid);
	put_known(w->out, "comments", info->comments);
	if (info->start_realtime_ns)
		fprintf(w->out, ",\"start_realtime_ns\":%" PRId64, info->start_realtime_ns);
	if (info->period)
		put_period(w->out, info);
	fputs("}\n", w->out);
}

/* ---- a sample --------------------------------------------------------------------------- */

static bool put_stack(struct writer *w, uint32_t node)
{
	if (!stack_of(&w->stack, w->profile, node))
		return false;
	fputs("{\"stack\":[", w->out);
	for (size_t i = 0; i < w->stack.n; i++) {
		uint32_t location = w->stack.locations[i];
		size_t start = location ? w->ends[location - 1] : 0;

		if (i)
			fputc(',', w->out);
		fwrite(w->frames.data + start, 1, w->ends[location] - start, w->out);
	}
	fputc(']', w->out);
	return true;
}

/* {"id":…,KEY:…}, of it what is known. */
static void put_who(const struct writer *w, const char *what, uint64_t id, const char *key,
		    uint32_t name)
{
	if (!id && !name)
		return;
	fprintf(w->out, ",\"%s\":{", what);
	if (id)
		fprintf(w->out, "\"id\":%" PRIu64 "%s", id, name ? "," : "");
	if (name) {
		fprintf(w->out, "\"%s\":", key);
		put_string(w->profile, w->out, name);
	}
	fputc('}', w->out);
}

static void put_thread(const struct writer *w, const struct profile_thread *thread)
{
	const struct profile_process *process = &w->profile->processes[thread->process];

	put_who(w, "thread", thread->tid, "name", thread->name);
	put_who(w, "process", process->pid, "command", process->command);
}

static void put_marks(const struct writer *w, uint32_t marks)
{
	if (marks & PROFILE_MARK_TRUNCATED)
		fputs(",\"truncated\":true", w->out);
	if (marks & PROFILE_MARK_PAUSED)
		fputs(",\"paused\":true", w->out);
	if (marks & PROFILE_MARK_IDLE)
		fputs(",\"state\":\"idle\"", w->out);
	else if (marks & PROFILE_MARK_GIL_WAIT)
		fputs(",\"state\":\"gil-wait\"", w->out);
}

static void put_label(const struct writer *w, const struct profile_label *label)
{
	if (label->text) {
		put_string(w->profile, w->out, label->text);
	} else if (label->unit) {
		fprintf(w->out, "{\"value\":%" PRId64 ",\"unit\":", label->number);
		put_string(w->profile, w->out, label->unit);
		fputc('}', w->out);
	} else {
		fprintf(w->out, "%" PRId64, label->number);
	}
}

/* The next label of the same key, from i on; n where there is none. */
static size_t next_of_key(const struct profile_label *labels, size_t n, size_t i, uint32_t key)
{
	while (i < n && labels[i].key != key)
		i++;
	return i;
}

static void put_labels(const struct writer *w, uint32_t set)
{
	const struct profile_label_set *s = &w->profile->label_sets[set];
	const struct profile_label *labels;
	bool first = true;

	if (!s->n)
		return;
	labels = w->profile->labels + s->first;
	fputs(",\"labels\":{", w->out);
	for (size_t i = 0; i < s->n; i++) {
		uint32_t key = labels[i].key;
		size_t next = next_of_key(labels, s->n, i + 1, key);
		bool several = next < s->n;

		if (next_of_key(labels, i, 0, key) < i)
			continue; /* it is in the array already */
		if (!first)
			fputc(',', w->out);
		first = false;
		put_string(w->profile, w->out, key);
		fputs(several ? ":[" : ":", w->out);
		put_label(w, &labels[i]);
		for (; next < s->n; next = next_of_key(labels, s->n, next + 1, key)) {
			fputc(',', w->out);
			put_label(w, &labels[next]);
		}
		if (several)
			fputc(']', w->out);
	}
	fputc('}', w->out);
}

static void put_values(const struct writer *w, const uint64_t *values)
{
	fputs(",\"values\":{", w->out);
	for (size_t i = 0; i < w->profile->n_metrics; i++)
		fprintf(w->out, "%s%s:%" PRIu64, i ? "," : "", str_cstr(&w->metrics[i]),
			values[i]);
	fputs("}}\n", w->out);
}

/* A full disk is the caller's to report; deep stacks would be long in being dropped. */
static bool put_samples(struct writer *w)
{
	const struct profile *p = w->profile;

	for (size_t i = 0; i < p->n_samples && !ferror(w->out); i++) {
		const struct profile_sample *s = &p->samples[i];

		if (!put_stack(w, s->node))
			return false;
		if (s->thread != PROFILE_NONE)
			put_thread(w, &p->threads[s->thread]);
		put_marks(w, s->marks);
		put_labels(w, s->labels);
		put_values(w, p->values + i * p->n_metrics);
	}
	return true;
}

static enum pyprof_status jsonl_write(const struct format_input *input, FILE *out,
				      struct pyprof_error *err)
{
	struct writer w = { .profile = input->profile, .out = out };
	bool ok = make_frames(&w) && make_metrics(&w);

	if (ok) {
		put_header(&w, input->metric);
		ok = put_samples(&w);
	}
	deinit(&w);
	return ok ? PYPROF_OK : error_nomem(err);
}

static const char *const endings[] = { ".jsonl", ".ndjson", NULL };

const struct format format_jsonl = {
	.name = "jsonl",
	.description = "a line of JSON a sample, all metrics, for jq, pandas and scripts",
	.endings = endings,
	.whole = true,
	.from_profile = true,
	.write = jsonl_write,
};
