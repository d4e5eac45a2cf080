/* SPDX-License-Identifier: MIT */
#include "format/jsonl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
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
	/* Of the labels at hand; what has no label is NO_LABEL. */
	uint32_t *first; /* by string: the first label of that key */
	uint32_t *next;	 /* by label: the next one of its key */
	size_t cap_next;
};

#define NO_LABEL UINT32_MAX

static void deinit(struct writer *w)
{
	str_deinit(&w->frames);
	free(w->ends);
	stack_deinit(&w->stack);
	free(w->first);
	free(w->next);
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

static bool make_keys(struct writer *w)
{
	size_t n = w->profile->n_strings;

	w->first = malloc((n + 1) * sizeof(*w->first));
	for (size_t i = 0; i < n && w->first; i++)
		w->first[i] = NO_LABEL;
	return w->first != NULL;
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
	put_known(w->out, "revision", info->revision);
	put_known(w->out, "machine", info->machine);
	put_known(w->out, "ended", info->ended);
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

/* Those of the key of label i, which is its first. */
static void put_key(const struct writer *w, const struct profile_label *labels, uint32_t i)
{
	bool several = w->next[i] != NO_LABEL;

	put_string(w->profile, w->out, labels[i].key);
	fputs(several ? ":[" : ":", w->out);
	put_label(w, &labels[i]);
	while ((i = w->next[i]) != NO_LABEL) {
		fputc(',', w->out);
		put_label(w, &labels[i]);
	}
	if (several)
		fputc(']', w->out);
}

/* False: no memory. */
static bool put_labels(struct writer *w, uint32_t set)
{
	const struct profile_label_set *s = &w->profile->label_sets[set];
	const struct profile_label *labels;

	if (!s->n)
		return true;
	if (!array_reserve((void **)&w->next, &w->cap_next, s->n, sizeof(*w->next)))
		return false;
	labels = w->profile->labels + s->first;
	for (uint32_t i = s->n; i-- > 0;) {
		w->next[i] = w->first[labels[i].key];
		w->first[labels[i].key] = i;
	}
	fputs(",\"labels\":{", w->out);
	for (uint32_t i = 0; i < s->n; i++) {
		/* One that is not the first is in the array already. */
		if (w->first[labels[i].key] != i)
			continue;
		if (i)
			fputc(',', w->out);
		put_key(w, labels, i);
	}
	fputc('}', w->out);
	for (uint32_t i = 0; i < s->n; i++)
		w->first[labels[i].key] = NO_LABEL;
	return true;
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
		if (!put_labels(w, s->labels))
			return false;
		put_values(w, p->values + i * p->n_metrics);
	}
	return true;
}

static enum pyprof_status jsonl_write(const struct format_input *input, FILE *out,
				      struct pyprof_error *err)
{
	struct writer w = { .profile = input->profile, .out = out };
	bool ok = make_frames(&w) && make_metrics(&w) && make_keys(&w);

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
