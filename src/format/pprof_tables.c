/* SPDX-License-Identifier: MIT */
/* Functions, mappings and locations of a pprof file: what its samples refer to. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/regex.h"
#include "format/pprof_reader.h"
#include "format/pprof_schema.h"
#include "profile/function_name.h"

static int by_id(const void *a, const void *b)
{
	/* All of them begin with their id. */
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_by_id(void *items, size_t n, size_t size)
{
	const char *at = items;

	for (size_t i = 1; i < n; i++) {
		if (by_id(at + (i - 1) * size, at + i * size) > 0) {
			qsort(items, n, size, by_id);
			return;
		}
	}
}

/* Of what is sorted; mostly ids are 1, 2, 3…. */
void *pprof_reader_find(void *items, size_t n, size_t size, uint64_t id)
{
	if (id && id <= n && *(uint64_t *)((char *)items + (id - 1) * size) == id)
		return (char *)items + (id - 1) * size;
	return n ? bsearch(&id, items, n, size, by_id) : NULL;
}

static int32_t line_number(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (int32_t)line : 0;
}

static enum pyprof_status add_frame(struct pprof_reader *r, struct pprof_location *l, uint32_t function,
				    int64_t line, int64_t column, bool pruned)
{
	uint32_t location = profile_location(r->profile, function, line_number(line),
					     line_number(column));

	if (location == PROFILE_NONE || r->n_frames >= PROFILE_NONE ||
	    !array_grow(r->frames, r->n_frames, r->cap_frames))
		return error_nomem(r->err);
	r->frames[r->n_frames++] = (struct pprof_frame){ location, pruned };
	l->n++;
	return PYPROF_OK;
}

static enum pyprof_status make_function(struct pprof_reader *r, struct pprof_function *f)
{
	uint32_t name, file;
	enum pyprof_status status = pprof_reader_string(r, f->name, &f->at, &name);

	if (!status)
		status = pprof_reader_string(r, f->file, &f->at, &file);
	if (status)
		return status;
	f->to = profile_function(r->profile, name, file, line_number(f->start_line));
	return f->to == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

static enum pyprof_status read_line(struct pprof_reader *r, struct pprof_location *l, struct proto message)
{
	struct proto at = message;
	uint64_t id = 0, line = 0, column = 0;
	struct pprof_function *f;
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next_number(&message, &field, &status, r->err)) {
		if (field.number == PPROF_LINE_FUNCTION_ID)
			id = field.value;
		else if (field.number == PPROF_LINE_LINE)
			line = field.value;
		else if (field.number == PPROF_LINE_COLUMN)
			column = field.value;
	}
	if (status)
		return status;
	f = pprof_reader_find(r->functions, r->n_functions, sizeof(*f), id);
	if (!f)
		return proto_error(&at, r->err, "function %" PRIu64 " is not in the file", id);
	if (f->to == PROFILE_NONE)
		status = make_function(r, f);
	return status ? status :
			add_frame(r, l, f->to, (int64_t)line, (int64_t)column, f->pruned);
}

/* A location of which only the address is known. */
static enum pyprof_status add_address(struct pprof_reader *r, struct pprof_location *l, uint64_t address,
				      uint64_t mapping)
{
	const struct pprof_mapping *m =
		pprof_reader_find(r->mappings, r->n_mappings, sizeof(struct pprof_mapping), mapping);
	uint32_t name, function;

	str_clear(&r->text);
	str_printf(&r->text, "0x%" PRIx64, address);
	name = profile_string(r->profile, str_cstr(&r->text), r->text.len);
	function = profile_function(r->profile, name, m ? m->to.file : 0, 0);
	if (r->text.failed || function == PROFILE_NONE)
		return error_nomem(r->err);
	return add_frame(r, l, function, 0, 0, false);
}

static enum pyprof_status make_location(struct pprof_reader *r, struct pprof_location *l)
{
	uint64_t address = 0, mapping = 0;
	struct proto message = l->message;
	struct proto_field field;
	enum pyprof_status status;

	l->first = (uint32_t)r->n_frames;
	while (proto_next(&message, &field, &status, r->err)) {
		if (field.number == PPROF_LOCATION_ADDRESS)
			address = field.value;
		else if (field.number == PPROF_LOCATION_MAPPING_ID)
			mapping = field.value;
		else if (field.number == PPROF_LOCATION_LINE && field.is_bytes)
			status = read_line(r, l, field.bytes);
		if (status)
			return status;
	}
	if (status || l->n)
		return status;
	return add_address(r, l, address, mapping);
}

static enum pyprof_status make_mappings(struct pprof_reader *r)
{
	for (size_t i = 0; i < r->n_mappings; i++) {
		struct pprof_mapping *m = &r->mappings[i];
		enum pyprof_status status;

		status = pprof_reader_string(r, m->to.file, &m->at, &m->to.file);
		if (!status)
			status = pprof_reader_string(r, m->to.build_id, &m->at, &m->to.build_id);
		if (status)
			return status;
		if (profile_mapping(r->profile, &m->to) == PROFILE_NONE)
			return error_nomem(r->err);
	}
	return PYPROF_OK;
}

/* An expression of the file's own, which has to match a whole name. */
static enum pyprof_status whole_regex(struct pprof_reader *r, uint64_t number, const char *what,
				      struct regex **regex)
{
	struct str pattern = STR_INIT;
	enum pyprof_status status = pprof_reader_text(r, number, &r->file);

	*regex = NULL;
	if (status || !r->text.len)
		return status;
	str_printf(&pattern, "^(?:%s)$", str_cstr(&r->text));
	status = pattern.failed ? error_nomem(r->err) :
				  regex_create(regex, str_cstr(&pattern), what, r->err);
	if (status == PYPROF_ERR_USAGE && r->err)
		r->err->status = status = PYPROF_ERR_CORRUPT;
	str_deinit(&pattern);
	return status;
}

/* Of the function whose name is in r->text. */
static bool is_pruned(const struct pprof_reader *r, struct regex *drop, struct regex *kept)
{
	const char *name = str_cstr(&r->text);
	size_t len = r->text.len;

	function_simple_name(&name, &len);
	return len && regex_matches(drop, name, len) && !(kept && regex_matches(kept, name, len));
}

static enum pyprof_status mark_pruned(struct pprof_reader *r)
{
	struct regex *drop, *kept = NULL;
	enum pyprof_status status = whole_regex(r, r->drop_frames, "drop_frames", &drop);

	if (!status && drop)
		status = whole_regex(r, r->keep_frames, "keep_frames", &kept);
	for (size_t i = 0; drop && !status && i < r->n_functions; i++) {
		struct pprof_function *f = &r->functions[i];

		status = pprof_reader_text(r, f->name, &f->at);
		if (!status)
			f->pruned = is_pruned(r, drop, kept);
		r->prunes |= f->pruned;
		if (!status && (regex_gave_up(drop) || (kept && regex_gave_up(kept))))
			status = error_set(r->err, PYPROF_ERR_LIMIT,
					   "its expression for frames of no interest takes too long "
					   "to match");
	}
	regex_destroy(drop);
	regex_destroy(kept);
	return status;
}

enum pyprof_status pprof_reader_make_tables(struct pprof_reader *r)
{
	enum pyprof_status status = mark_pruned(r);

	sort_by_id(r->functions, r->n_functions, sizeof(*r->functions));
	sort_by_id(r->mappings, r->n_mappings, sizeof(*r->mappings));
	sort_by_id(r->locations, r->n_locations, sizeof(*r->locations));
	if (!status)
		status = make_mappings(r);
	for (size_t i = 0; !status && i < r->n_locations; i++)
		status = make_location(r, &r->locations[i]);
	return status;
}
