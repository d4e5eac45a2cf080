/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/gzip_out.h"
#include "format/pprof.h"
#include "format/pprof_info.h"
#include "format/pprof_schema.h"
#include "format/pprof_text.h"
#include "format/proto.h"
#include "profile/timeline_bytes.h"

/* Texts that are not the profile's own. */
enum own_text {
	TEXT_TRUNCATED_FRAME,
	TEXT_THREAD,
	TEXT_THREAD_ID,
	TEXT_PROCESS,
	TEXT_PROCESS_ID,
	TEXT_TRUNCATED,
	TEXT_PAUSED,
	TEXT_STATE,
	TEXT_YES,
	TEXT_IDLE,
	TEXT_GIL_WAIT,
	TEXT_OWN_N,
};

static const char *const own_texts[TEXT_OWN_N] = {
	[TEXT_TRUNCATED_FRAME] = PPROF_TRUNCATED, [TEXT_THREAD] = PPROF_THREAD,
	[TEXT_THREAD_ID] = PPROF_THREAD_ID,	  [TEXT_PROCESS] = PPROF_PROCESS,
	[TEXT_PROCESS_ID] = PPROF_PROCESS_ID,	  [TEXT_TRUNCATED] = PPROF_LABEL_TRUNCATED,
	[TEXT_PAUSED] = PPROF_LABEL_PAUSED,	  [TEXT_STATE] = PPROF_STATE,
	[TEXT_YES] = PPROF_YES,			  [TEXT_IDLE] = PPROF_IDLE,
	[TEXT_GIL_WAIT] = PPROF_GIL_WAIT,
};

/* A text that has a number. */
struct file_text {
	const char *text; /* the profile's or static, but for those that are `owned` */
	size_t len;
	bool owned;
};

/*
 * The file is written from front to back, one message at a time: only numbers are kept, of each
 * string and location the one that it got when it was first used.
 */
struct writer {
	const struct profile *profile;
	struct gzip_out gz;
	struct str message, part, packed; /* scratch */
	uint32_t *strings;   /* by string of the profile, its number in the file; 0: none yet */
	uint32_t own[TEXT_OWN_N]; /* the same of own_texts */
	struct file_text *texts;  /* of the file, by their numbers */
	size_t n_texts, cap_texts;
	uint8_t *locations;  /* 1: it is used; its number is the index + 1 */
	uint8_t *functions;
	bool truncated; /* the pseudo frame is used */
	bool failed;
};

static uint32_t add_text(struct writer *w, const char *text, size_t len, bool owned)
{
	if (w->n_texts >= PROFILE_NONE || !array_grow(w->texts, w->n_texts, w->cap_texts)) {
		w->failed = true;
		return 0;
	}
	w->texts[w->n_texts] = (struct file_text){ text, len, owned };
	return (uint32_t)w->n_texts++;
}

static bool writer_init(struct writer *w)
{
	const struct profile *p = w->profile;

	w->strings = calloc(p->n_strings + 1, sizeof(*w->strings));
	w->locations = calloc(p->n_locations + 1, 1);
	w->functions = calloc(p->n_functions + 1, 1);
	add_text(w, "", 0, false);
	return w->strings && w->locations && w->functions && !w->failed;
}

static void writer_deinit(struct writer *w)
{
	str_deinit(&w->message);
	str_deinit(&w->part);
	str_deinit(&w->packed);
	for (size_t i = 0; i < w->n_texts; i++)
		if (w->texts[i].owned)
			free((char *)w->texts[i].text);
	free(w->texts);
	free(w->strings);
	free(w->locations);
	free(w->functions);
}

/* ---- texts: each has a number from its first use on ------------------------------------ */

static uint32_t string(struct writer *w, uint32_t id)
{
	if (id && !w->strings[id])
		w->strings[id] = add_text(w, w->profile->strings[id],
					  w->profile->string_lengths[id], false);
	return w->strings[id];
}

static uint32_t own(struct writer *w, enum own_text text)
{
	if (!w->own[text])
		w->own[text] = add_text(w, own_texts[text], strlen(own_texts[text]), false);
	return w->own[text];
}

/* One that is in no table: a metric's name, a comment. */
static uint32_t copied(struct writer *w, const char *text, size_t len)
{
	char *copy = len ? malloc(len) : NULL;

	if (!len)
		return 0;
	if (!copy) {
		w->failed = true;
		return 0;
	}
	memcpy(copy, text, len);
	return add_text(w, copy, len, true);
}

static uint32_t copied_cstr(struct writer *w, const char *text)
{
	return copied(w, text, text ? strlen(text) : 0);
}

/* Writes the message as field `field` of the file, and begins a new one. */
static void put(struct writer *w, unsigned field)
{
	uint8_t head[PROTO_HEAD_MAX];

	gzip_out_add(&w->gz, head, proto_put_head(head, field, w->message.len));
	gzip_out_add(&w->gz, str_cstr(&w->message), w->message.len);
	w->failed |= w->message.failed || w->part.failed || w->packed.failed;
	str_clear(&w->message);
}

static void put_texts(struct writer *w)
{
	for (size_t i = 0; i < w->n_texts; i++) {
		const struct file_text *t = &w->texts[i];

		if (pprof_text_escapes(t->text, t->len))
			pprof_text_escape(&w->message, t->text, t->len);
		else
			str_add(&w->message, t->text, t->len);
		put(w, PPROF_STRING_TABLE);
	}
}

/* ---- samples ------------------------------------------------------------------------- */

static void add_label(struct writer *w, uint32_t key, uint32_t text, int64_t number,
		      uint32_t unit)
{
	str_clear(&w->part);
	proto_add_number(&w->part, PPROF_LABEL_KEY, key);
	proto_add_number(&w->part, PPROF_LABEL_STR, text);
	proto_add_number(&w->part, PPROF_LABEL_NUM, (uint64_t)number);
	proto_add_number(&w->part, PPROF_LABEL_NUM_UNIT, unit);
	proto_add_bytes(&w->message, PPROF_SAMPLE_LABEL, str_cstr(&w->part), w->part.len);
}

static void add_thread(struct writer *w, uint32_t id)
{
	const struct profile_thread *thread = &w->profile->threads[id];
	const struct profile_process *process = &w->profile->processes[thread->process];

	add_label(w, own(w, TEXT_PROCESS_ID), 0, (int64_t)process->pid, 0);
	if (process->command)
		add_label(w, own(w, TEXT_PROCESS), string(w, process->command), 0, 0);
	add_label(w, own(w, TEXT_THREAD_ID), 0, (int64_t)thread->tid, 0);
	if (thread->name)
		add_label(w, own(w, TEXT_THREAD), string(w, thread->name), 0, 0);
}

static void add_marks(struct writer *w, uint32_t marks)
{
	if (marks & PROFILE_MARK_TRUNCATED)
		add_label(w, own(w, TEXT_TRUNCATED), own(w, TEXT_YES), 0, 0);
	if (marks & PROFILE_MARK_PAUSED)
		add_label(w, own(w, TEXT_PAUSED), own(w, TEXT_YES), 0, 0);
	if (marks & PROFILE_MARK_IDLE)
		add_label(w, own(w, TEXT_STATE), own(w, TEXT_IDLE), 0, 0);
	if (marks & PROFILE_MARK_GIL_WAIT)
		add_label(w, own(w, TEXT_STATE), own(w, TEXT_GIL_WAIT), 0, 0);
}

static void add_stack(struct writer *w, const struct profile_sample *sample)
{
	const struct profile *p = w->profile;

	str_clear(&w->packed);
	if (sample->marks & PROFILE_MARK_TRUNCATED) {
		w->truncated = true;
		proto_add_varint(&w->packed, p->n_locations + 1);
	}
	for (uint32_t at = sample->node; at != PROFILE_ROOT; at = p->nodes[at].parent) {
		uint32_t location = p->nodes[at].location;

		w->locations[location] = 1;
		proto_add_varint(&w->packed, location + 1u);
	}
	proto_add_bytes(&w->message, PPROF_SAMPLE_LOCATION_ID, str_cstr(&w->packed),
			w->packed.len);
}

static void add_values(struct writer *w, const uint64_t *values)
{
	bool as_it_is = w->profile->is_difference; /* the field is an int64, too */

	str_clear(&w->packed);
	for (size_t i = 0; i < w->profile->n_metrics; i++)
		proto_add_varint(&w->packed,
				 as_it_is || values[i] < INT64_MAX ? values[i] : INT64_MAX);
	proto_add_bytes(&w->message, PPROF_SAMPLE_VALUE, str_cstr(&w->packed), w->packed.len);
}

static void put_sample(struct writer *w, size_t i)
{
	const struct profile *p = w->profile;
	const struct profile_sample *sample = &p->samples[i];
	const struct profile_label_set *set = &p->label_sets[sample->labels];

	add_stack(w, sample);
	add_values(w, p->values + i * p->n_metrics);
	if (sample->thread != PROFILE_NONE)
		add_thread(w, sample->thread);
	add_marks(w, sample->marks);
	for (size_t k = 0; k < set->n; k++) {
		const struct profile_label *label = &p->labels[set->first + k];

		add_label(w, string(w, label->key), string(w, label->text), label->number,
			  string(w, label->unit));
	}
	put(w, PPROF_SAMPLE);
}

/* A full disk is the caller's to report; many samples would be long in being dropped. */
static void put_samples(struct writer *w)
{
	for (size_t i = 0; i < w->profile->n_samples && !w->failed && !ferror(w->gz.out); i++)
		put_sample(w, i);
}

/* The samples of the file have the profile's own numbers. */
static void put_timeline(struct writer *w)
{
	if (!w->profile->timeline)
		return;
	timeline_write(&w->message, w->profile->timeline, NULL);
	put(w, PPROF_TIMELINE);
}

/* ---- what samples refer to ------------------------------------------------------------- */

static void put_location(struct writer *w, uint64_t number, uint64_t function, int32_t line,
			 int32_t column)
{
	str_clear(&w->part);
	proto_add_number(&w->part, PPROF_LINE_FUNCTION_ID, function);
	proto_add_number(&w->part, PPROF_LINE_LINE, line > 0 ? (uint64_t)line : 0);
	proto_add_number(&w->part, PPROF_LINE_COLUMN, column > 0 ? (uint64_t)column : 0);
	proto_add_number(&w->message, PPROF_LOCATION_ID, number);
	proto_add_bytes(&w->message, PPROF_LOCATION_LINE, str_cstr(&w->part), w->part.len);
	put(w, PPROF_LOCATION);
}

static void put_locations(struct writer *w)
{
	const struct profile *p = w->profile;

	for (uint32_t i = 0; i < p->n_locations; i++) {
		const struct profile_location *l = &p->locations[i];

		if (!w->locations[i])
			continue;
		w->functions[l->function] = 1;
		put_location(w, i + 1u, l->function + 1u, l->line, l->column);
	}
	if (w->truncated)
		put_location(w, p->n_locations + 1, p->n_functions + 1, 0, 0);
}

static void put_function(struct writer *w, uint64_t number, uint32_t name, uint32_t file,
			 int32_t start_line)
{
	proto_add_number(&w->message, PPROF_FUNCTION_ID, number);
	proto_add_number(&w->message, PPROF_FUNCTION_NAME, name);
	proto_add_number(&w->message, PPROF_FUNCTION_FILENAME, file);
	proto_add_number(&w->message, PPROF_FUNCTION_START_LINE,
			 start_line > 0 ? (uint64_t)start_line : 0);
	put(w, PPROF_FUNCTION);
}

static void put_functions(struct writer *w)
{
	const struct profile *p = w->profile;

	for (uint32_t i = 0; i < p->n_functions; i++) {
		const struct profile_function *f = &p->functions[i];

		if (w->functions[i])
			put_function(w, i + 1u, string(w, f->name), string(w, f->file),
				     f->start_line);
	}
	if (w->truncated)
		put_function(w, p->n_functions + 1, own(w, TEXT_TRUNCATED_FRAME), 0, 0);
}

static void put_mappings(struct writer *w)
{
	for (size_t i = 0; i < w->profile->n_mappings; i++) {
		const struct profile_mapping *m = &w->profile->mappings[i];

		proto_add_number(&w->message, PPROF_MAPPING_ID, i + 1);
		proto_add_number(&w->message, PPROF_MAPPING_START, m->start);
		proto_add_number(&w->message, PPROF_MAPPING_LIMIT, m->limit);
		proto_add_number(&w->message, PPROF_MAPPING_OFFSET, m->offset);
		proto_add_number(&w->message, PPROF_MAPPING_FILENAME, string(w, m->file));
		proto_add_number(&w->message, PPROF_MAPPING_BUILD_ID, string(w, m->build_id));
		put(w, PPROF_MAPPING);
	}
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void put_type(struct writer *w, unsigned field, const char *type, const char *unit)
{
	proto_add_number(&w->message, PPROF_TYPE_TYPE, copied_cstr(w, type));
	proto_add_number(&w->message, PPROF_TYPE_UNIT, copied_cstr(w, unit));
	put(w, field);
}

/* A number as a field of the file itself. */
static void put_number(struct writer *w, unsigned field, uint64_t number)
{
	str_clear(&w->part);
	proto_add_number(&w->part, field, number);
	gzip_out_add(&w->gz, str_cstr(&w->part), w->part.len);
}

static void put_comment(void *arg, const char *text, size_t len)
{
	struct writer *w = arg;

	put_number(w, PPROF_COMMENT, copied(w, text, len));
}

static void put_info(struct writer *w, size_t metric)
{
	const struct profile_info *info = &w->profile->info;

	put_number(w, PPROF_TIME_NANOS, (uint64_t)info->start_realtime_ns);
	put_number(w, PPROF_DURATION_NANOS, info->stats.elapsed_ns);
	if (info->period) {
		put_type(w, PPROF_PERIOD_TYPE, info->period_type, info->period_unit);
		put_number(w, PPROF_PERIOD, info->period);
	}
	put_number(w, PPROF_DEFAULT_SAMPLE_TYPE,
		   copied_cstr(w, w->profile->metrics[metric].name));
	w->failed |= !pprof_info_write(info, put_comment, w);
}

static void put_file(struct writer *w, size_t metric)
{
	for (size_t i = 0; i < w->profile->n_metrics; i++)
		put_type(w, PPROF_SAMPLE_TYPE, w->profile->metrics[i].name,
			 w->profile->metrics[i].unit);
	put_samples(w);
	put_timeline(w);
	put_mappings(w);
	put_locations(w);
	put_functions(w);
	put_info(w, metric);
	put_texts(w);
	gzip_out_finish(&w->gz);
}

static enum pyprof_status pprof_write(const struct format_input *input, FILE *out,
				      struct pyprof_error *err)
{
	struct writer w = { .profile = input->profile };
	enum pyprof_status status = gzip_out_init(&w.gz, out, err);

	if (status)
		return status;
	if (writer_init(&w))
		put_file(&w, input->metric);
	else
		w.failed = true;
	gzip_out_deinit(&w.gz);
	writer_deinit(&w);
	return w.failed ? error_nomem(err) : PYPROF_OK;
}

static const char *const endings[] = { ".pb.gz", ".pprof", ".prof", ".pb", NULL };

const struct format format_pprof = {
	.name = "pprof",
	.description = "all there is, for pyprof, go tool pprof and all that read profile.proto",
	.endings = endings,
	.whole = true,
	.from_profile = true,
	.signed_values = true,
	.write = pprof_write,
	.read = pprof_read,
	.detect = pprof_detect,
};
