/* SPDX-License-Identifier: MIT */
#include "format/pprof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/pprof_info.h"
#include "format/pprof_reader.h"
#include "format/pprof_schema.h"
#include "format/pprof_text.h"
#include "profile/timeline_bytes.h"

static void reader_deinit(struct pprof_reader *r)
{
	profile_destroy(r->profile);
	free(r->texts);
	free(r->strings);
	free(r->types);
	free(r->functions);
	free(r->mappings);
	free(r->locations);
	free(r->frames);
	free(r->comments);
	free(r->samples);
	str_deinit(&r->text);
	free(r->stack);
	free(r->labels);
	free(r->path);
	map_deinit(&r->threads);
}

static bool is_message(unsigned number)
{
	return number <= PPROF_STRING_TABLE || number == PPROF_PERIOD_TYPE;
}

/*
 * A sample type is among the first fields, or these are all messages of a profile, whose keys are
 * characters that no text begins with.
 */
bool pprof_detect(const char *bytes, size_t len)
{
	const uint8_t *start = (const uint8_t *)bytes;
	struct proto file = { start, start + len, start };
	struct proto_field field;
	enum pyprof_status status;
	int messages = 0;

	for (int i = 0; i < 8 && proto_next(&file, &field, &status, NULL); i++) {
		size_t size = (size_t)(field.bytes.end - field.bytes.at);

		if (field.number > PPROF_DEFAULT_SAMPLE_TYPE + 1 ||
		    (is_message(field.number) && !field.is_bytes))
			return false;
		if (field.number == PPROF_SAMPLE_TYPE)
			return size < 64 &&
			       (!size || *field.bytes.at == 0x08 || *field.bytes.at == 0x10);
		messages += is_message(field.number);
	}
	return messages == 8 && len && start[0] < ' ';
}

/* ---- the first pass --------------------------------------------------------------------- */

static enum pyprof_status read_function(struct pprof_reader *r, struct proto message)
{
	struct pprof_function f = { .at = message, .to = PROFILE_NONE };
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next_number(&message, &field, &status, r->err)) {
		if (field.number == PPROF_FUNCTION_ID)
			f.id = field.value;
		else if (field.number == PPROF_FUNCTION_NAME)
			f.name = field.value;
		else if (field.number == PPROF_FUNCTION_FILENAME)
			f.file = field.value;
		else if (field.number == PPROF_FUNCTION_START_LINE)
			f.start_line = (int64_t)field.value;
	}
	if (status)
		return status;
	if (!array_grow(r->functions, r->n_functions, r->cap_functions))
		return error_nomem(r->err);
	r->functions[r->n_functions++] = f;
	return PYPROF_OK;
}

static enum pyprof_status read_mapping(struct pprof_reader *r, struct proto message)
{
	struct pprof_mapping m = { .at = message };
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next_number(&message, &field, &status, r->err)) {
		if (field.number == PPROF_MAPPING_ID)
			m.id = field.value;
		else if (field.number == PPROF_MAPPING_START)
			m.to.start = field.value;
		else if (field.number == PPROF_MAPPING_LIMIT)
			m.to.limit = field.value;
		else if (field.number == PPROF_MAPPING_OFFSET)
			m.to.offset = field.value;
		else if (field.number == PPROF_MAPPING_FILENAME)
			m.to.file = field.value < PROFILE_NONE ? (uint32_t)field.value :
								  PROFILE_NONE;
		else if (field.number == PPROF_MAPPING_BUILD_ID)
			m.to.build_id = field.value < PROFILE_NONE ? (uint32_t)field.value :
								      PROFILE_NONE;
	}
	if (status)
		return status;
	if (!array_grow(r->mappings, r->n_mappings, r->cap_mappings))
		return error_nomem(r->err);
	r->mappings[r->n_mappings++] = m;
	return PYPROF_OK;
}

static enum pyprof_status read_location(struct pprof_reader *r, struct proto message)
{
	struct pprof_location l = { .message = message };
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next(&message, &field, &status, r->err))
		if (field.number == PPROF_LOCATION_ID && !field.is_bytes)
			l.id = field.value;
	if (status)
		return status;
	if (!array_grow(r->locations, r->n_locations, r->cap_locations))
		return error_nomem(r->err);
	r->locations[r->n_locations++] = l;
	return PYPROF_OK;
}

static enum pyprof_status keep(struct pprof_reader *r, struct proto **list, size_t *n, size_t *cap,
			       struct proto bytes)
{
	if (!array_grow(*list, *n, *cap))
		return error_nomem(r->err);
	(*list)[(*n)++] = bytes;
	return PYPROF_OK;
}

static enum pyprof_status keep_comment(struct pprof_reader *r, uint64_t number)
{
	if (!array_grow(r->comments, r->n_comments, r->cap_comments))
		return error_nomem(r->err);
	r->comments[r->n_comments++] = number;
	return PYPROF_OK;
}

/* Comments are numbers, packed or not. */
static enum pyprof_status read_comments(struct pprof_reader *r, const struct proto_field *field)
{
	struct proto packed = field->bytes;
	enum pyprof_status status;
	uint64_t number;

	if (!field->is_bytes)
		return keep_comment(r, field->value);
	while (proto_next_packed(&packed, &number, &status, r->err)) {
		status = keep_comment(r, number);
		if (status)
			return status;
	}
	return status;
}

static enum pyprof_status read_field(struct pprof_reader *r, const struct proto_field *field,
				     const struct proto *start)
{
	if (is_message(field->number) != field->is_bytes && field->number != PPROF_COMMENT &&
	    field->number <= PPROF_DEFAULT_SAMPLE_TYPE)
		return proto_error(start, r->err, "field %u of a profile is of another type",
				   field->number);
	switch (field->number) {
	case PPROF_SAMPLE_TYPE:
		return keep(r, &r->types, &r->n_types, &r->cap_types, field->bytes);
	case PPROF_MAPPING:
		return read_mapping(r, field->bytes);
	case PPROF_LOCATION:
		return read_location(r, field->bytes);
	case PPROF_FUNCTION:
		return read_function(r, field->bytes);
	case PPROF_STRING_TABLE:
		return keep(r, &r->texts, &r->n_texts, &r->cap_texts, field->bytes);
	case PPROF_DROP_FRAMES:
		r->drop_frames = field->value;
		break;
	case PPROF_KEEP_FRAMES:
		r->keep_frames = field->value;
		break;
	case PPROF_TIME_NANOS:
		r->time = field->value;
		break;
	case PPROF_DURATION_NANOS:
		r->duration = field->value;
		break;
	case PPROF_PERIOD_TYPE:
		r->period_type = field->bytes;
		r->has_period_type = true;
		break;
	case PPROF_PERIOD:
		r->period = field->value;
		break;
	case PPROF_COMMENT:
		return read_comments(r, field);
	case PPROF_DEFAULT_SAMPLE_TYPE:
		r->default_type = field->value;
		break;
	case PPROF_TIMELINE:
		r->timeline = field->bytes;
		r->has_timeline = field->is_bytes;
		break;
	default: /* samples have their own pass; others are nobody's or of later versions */
		break;
	}
	return PYPROF_OK;
}

static enum pyprof_status first_pass(struct pprof_reader *r)
{
	struct proto file = r->file, start = file;
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next(&file, &field, &status, r->err)) {
		status = read_field(r, &field, &start);
		if (status)
			return status;
		start = file;
	}
	return status;
}

/* ---- texts -------------------------------------------------------------------------------- */

/* The text of this number, unescaped, in r->text. */
enum pyprof_status pprof_reader_text(struct pprof_reader *r, uint64_t number, const struct proto *at)
{
	const struct proto *t;

	str_clear(&r->text);
	if (!number)
		return PYPROF_OK;
	if (number >= r->n_texts)
		return proto_error(at, r->err,
				   "text %" PRIu64 " is meant, and the file has %zu", number,
				   r->n_texts);
	t = &r->texts[number];
	if (r->ours)
		pprof_text_unescape(&r->text, (const char *)t->at, (size_t)(t->end - t->at));
	else
		str_add(&r->text, t->at, (size_t)(t->end - t->at));
	return r->text.failed ? error_nomem(r->err) : PYPROF_OK;
}

/* The same as a string of the profile. */
enum pyprof_status pprof_reader_string(struct pprof_reader *r, uint64_t number, const struct proto *at,
				 uint32_t *id)
{
	enum pyprof_status status;

	*id = 0;
	if (number && number < r->n_texts && r->strings[number] != PROFILE_NONE) {
		*id = r->strings[number];
		return PYPROF_OK;
	}
	status = pprof_reader_text(r, number, at);
	if (status)
		return status;
	*id = profile_string(r->profile, str_cstr(&r->text), r->text.len);
	if (number)
		r->strings[number] = *id;
	return *id == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

/* ---- metrics -------------------------------------------------------------------------------- */

static enum pyprof_status read_type(struct pprof_reader *r, struct proto message, char **name,
				    char **unit)
{
	struct proto at = message;
	uint64_t type = 0, unit_number = 0;
	struct proto_field field;
	enum pyprof_status status;

	*name = *unit = NULL;
	while (proto_next_number(&message, &field, &status, r->err)) {
		if (field.number == PPROF_TYPE_TYPE)
			type = field.value;
		else if (field.number == PPROF_TYPE_UNIT)
			unit_number = field.value;
	}
	if (!status)
		status = pprof_reader_text(r, type, &at);
	if (!status)
		*name = strdup(str_cstr(&r->text));
	if (!status)
		status = pprof_reader_text(r, unit_number, &at);
	if (!status)
		*unit = strdup(str_cstr(&r->text));
	if (status)
		return status;
	return *name && *unit ? PYPROF_OK : error_nomem(r->err);
}

/* Which metric is shown where nobody asks: the file's own word, else as in pprof the last. */
static enum pyprof_status find_default(struct pprof_reader *r)
{
	enum pyprof_status status = pprof_reader_text(r, r->default_type, &r->file);

	if (status)
		return status;
	r->profile->default_metric = r->profile->n_metrics - 1;
	for (size_t i = 0; r->text.len && i < r->profile->n_metrics; i++)
		if (!strcmp(r->profile->metrics[i].name, str_cstr(&r->text))) {
			r->profile->default_metric = i;
			break;
		}
	return PYPROF_OK;
}

static enum pyprof_status make_profile(struct pprof_reader *r)
{
	struct profile_metric metrics[PROFILE_MAX_METRICS] = { 0 };
	enum pyprof_status status = PYPROF_OK;

	if (!r->n_types)
		return proto_error(&r->file, r->err, "no sample types: it is no profile");
	if (r->n_types > PROFILE_MAX_METRICS)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "it has %zu sample types, and %d can be read", r->n_types,
				 PROFILE_MAX_METRICS);
	for (size_t i = 0; !status && i < r->n_types; i++)
		status = read_type(r, r->types[i], (char **)&metrics[i].name,
				   (char **)&metrics[i].unit);
	if (!status)
		status = profile_create(&r->profile, metrics, r->n_types, r->err);
	for (size_t i = 0; i < r->n_types; i++) {
		free((char *)metrics[i].name);
		free((char *)metrics[i].unit);
	}
	if (status)
		return status;
	r->strings = malloc((r->n_texts + 1) * sizeof(*r->strings));
	if (!r->strings)
		return error_nomem(r->err);
	memset(r->strings, 0xff, (r->n_texts + 1) * sizeof(*r->strings));
	return find_default(r);
}

/* ---- the info --------------------------------------------------------------------------------- */

/* Escapes are read only where we wrote them, so this is asked first, of the first comment. */
static enum pyprof_status find_out_whose(struct pprof_reader *r)
{
	enum pyprof_status status;

	if (!r->n_comments)
		return PYPROF_OK;
	status = pprof_reader_text(r, r->comments[0], &r->file);
	r->ours = !status && pprof_info_is_ours(str_cstr(&r->text));
	return status;
}

/* What others say in comments is kept up to so many bytes. */
#define COMMENTS_MAX (1u << 20)

static enum pyprof_status read_comment(struct pprof_reader *r, uint64_t number,
				       struct str *others)
{
	enum pyprof_status status = pprof_reader_text(r, number, &r->file);

	if (status)
		return status;
	if (others->len + r->text.len > COMMENTS_MAX)
		return error_set(r->err, PYPROF_ERR_LIMIT, "its comments are longer than %u bytes",
				 COMMENTS_MAX);
	return pprof_info_read(&r->profile->info, str_cstr(&r->text), r->ours, others) ?
		       PYPROF_OK :
		       error_nomem(r->err);
}

static enum pyprof_status read_all_comments(struct pprof_reader *r)
{
	struct str others = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; !status && i < r->n_comments; i++)
		status = read_comment(r, r->comments[i], &others);
	if (!status && others.len) {
		r->profile->info.comments = str_take(&others);
		if (!r->profile->info.comments)
			status = error_nomem(r->err);
	}
	str_deinit(&others);
	return status;
}

static enum pyprof_status read_info(struct pprof_reader *r)
{
	struct profile_info *info = &r->profile->info;
	enum pyprof_status status = r->profile ? read_all_comments(r) : PYPROF_ERR_NOMEM;

	if (status)
		return status;
	if (r->has_period_type && r->period)
		status = read_type(r, r->period_type, &info->period_type, &info->period_unit);
	info->period = info->period_type ? r->period : 0;
	info->start_realtime_ns = (int64_t)r->time;
	info->stats.elapsed_ns = r->duration < INT64_MAX ? r->duration : 0;
	return status;
}

/* ---- the whole ------------------------------------------------------------------------ */

static enum pyprof_status read_timeline(struct pprof_reader *r)
{
	const struct proto *t = &r->timeline;
	struct pyprof_stats *stats = &r->profile->info.stats;
	enum pyprof_status status;

	if (!r->has_timeline)
		return PYPROF_OK;
	status = timeline_read(r->profile, t->at, (size_t)(t->end - t->at),
			       (uint64_t)(t->at - t->file), r->samples, r->n_samples, r->err);
	if (status)
		return status;
	stats->timeline_every = 1ull << r->profile->timeline->level;
	stats->timeline_lost = r->profile->timeline->lost;
	return PYPROF_OK;
}

enum pyprof_status pprof_read(struct profile **out, const char *bytes, size_t len,
			      struct pyprof_error *err)
{
	const uint8_t *start = (const uint8_t *)bytes;
	struct pprof_reader r = { .file = { start, start + len, start }, .err = err };
	enum pyprof_status status = first_pass(&r);

	*out = NULL;
	if (!status)
		status = find_out_whose(&r);
	/* What others may mean by a field of this number is theirs. */
	r.has_timeline = r.has_timeline && r.ours;
	if (!status)
		status = make_profile(&r);
	if (!status)
		status = read_info(&r);
	if (!status)
		status = pprof_reader_make_tables(&r);
	if (!status)
		status = pprof_reader_samples(&r);
	if (!status)
		status = read_timeline(&r);
	if (!status) {
		*out = r.profile;
		r.profile = NULL;
	}
	reader_deinit(&r);
	return status;
}
