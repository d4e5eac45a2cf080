/* SPDX-License-Identifier: MIT */
/* The samples of a pprof file: stacks, values, labels. */
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "format/pprof_reader.h"
#include "format/pprof_schema.h"

#define MAX_DEPTH  1000000u     /* frames of a sample… */
#define MAX_FRAMES 4000000000u /* …and of all of them */

static enum pyprof_status add_to_stack(struct pprof_reader *r, uint64_t id, const struct proto *at)
{
	const struct pprof_location *l =
		pprof_reader_find(r->locations, r->n_locations, sizeof(struct pprof_location), id);

	if (!l)
		return proto_error(at, r->err, "location %" PRIu64 " is not in the file", id);
	for (uint32_t i = 0; i < l->n; i++) {
		if (r->n_stack >= MAX_DEPTH)
			return error_set(r->err, PYPROF_ERR_LIMIT,
					 "a sample has more than %u frames", MAX_DEPTH);
		if (!array_grow(r->stack, r->n_stack, r->cap_stack))
			return error_nomem(r->err);
		r->stack[r->n_stack++] = r->frames[l->first + i];
	}
	return PYPROF_OK;
}

static enum pyprof_status add_value(struct pprof_reader *r, uint64_t value, const struct proto *at)
{
	if (r->n_values >= r->profile->n_metrics)
		return proto_error(at, r->err, "a sample has more than %zu values",
				   r->profile->n_metrics);
	if (value > INT64_MAX) {
		proto_error(at, r->err, "a sample has the value %" PRId64, (int64_t)value);
		error_hint(r->err, "values below 0 are a difference of two profiles, which pprof "
				   "reads; here give the two themselves: pyprof diff BASE HEAD");
		return PYPROF_ERR_CORRUPT;
	}
	r->values[r->n_values++] = value;
	return PYPROF_OK;
}

static enum pyprof_status read_numbers(struct pprof_reader *r, const struct proto_field *field,
				       const struct proto *start,
				       enum pyprof_status (*take)(struct pprof_reader *, uint64_t,
								  const struct proto *))
{
	struct proto packed = field->bytes;
	enum pyprof_status status;
	uint64_t number;

	if (!field->is_bytes)
		return take(r, field->value, start);
	while (proto_next_packed(&packed, &number, &status, r->err)) {
		status = take(r, number, &packed);
		if (status)
			return status;
	}
	return status;
}

static enum pyprof_status read_label(struct pprof_reader *r, struct proto message)
{
	struct proto at = message;
	uint64_t key = 0, str = 0, num = 0, unit = 0;
	struct profile_label *label;
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next_number(&message, &field, &status, r->err)) {
		if (field.number == PPROF_LABEL_KEY)
			key = field.value;
		else if (field.number == PPROF_LABEL_STR)
			str = field.value;
		else if (field.number == PPROF_LABEL_NUM)
			num = field.value;
		else if (field.number == PPROF_LABEL_NUM_UNIT)
			unit = field.value;
	}
	if (status)
		return status;
	if (!array_grow(r->labels, r->n_labels, r->cap_labels))
		return error_nomem(r->err);
	label = &r->labels[r->n_labels++];
	label->number = (int64_t)num;
	status = pprof_reader_string(r, key, &at, &label->key);
	if (!status)
		status = pprof_reader_string(r, str, &at, &label->text);
	if (!status)
		status = pprof_reader_string(r, unit, &at, &label->unit);
	return status;
}

static enum pyprof_status read_sample(struct pprof_reader *r, struct proto message)
{
	struct proto start = message;
	struct proto_field field;
	enum pyprof_status status;

	r->n_stack_frames += r->n_stack;
	if (r->n_stack_frames > MAX_FRAMES)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "its samples have more than %u frames together", MAX_FRAMES);
	r->n_stack = r->n_values = r->n_labels = 0;
	while (proto_next(&message, &field, &status, r->err)) {
		if (field.number == PPROF_SAMPLE_LOCATION_ID)
			status = read_numbers(r, &field, &start, add_to_stack);
		else if (field.number == PPROF_SAMPLE_VALUE)
			status = read_numbers(r, &field, &start, add_value);
		else if (field.number == PPROF_SAMPLE_LABEL && field.is_bytes)
			status = read_label(r, field.bytes);
		if (status)
			return status;
		start = message;
	}
	if (!status && r->n_values != r->profile->n_metrics)
		return proto_error(&start, r->err, "a sample has %zu values, and there are %zu types",
				   r->n_values, r->profile->n_metrics);
	return status;
}

/*
 * The node of the stack. Samples mostly share their callers with the one before, so only what
 * differs from that is looked up.
 */
static uint32_t stack_node(struct pprof_reader *r, size_t first)
{
	size_t depth = 0, n = r->n_stack - first;
	uint32_t node = PROFILE_ROOT;

	while (depth < n && depth < r->n_path &&
	       r->path[depth].location == r->stack[r->n_stack - 1 - depth].location)
		node = r->path[depth++].node;
	r->n_path = depth;
	for (; depth < n && node != PROFILE_NONE; depth++) {
		uint32_t location = r->stack[r->n_stack - 1 - depth].location;

		if (!array_grow(r->path, depth, r->cap_path))
			return PROFILE_NONE;
		node = profile_node(r->profile, node, location);
		r->path[depth] = (struct step){ location, node };
		r->n_path = depth + 1;
	}
	return node;
}

/* How many frames at the leaf are pruned; never all, and none before the first that is not. */
static size_t pruned_frames(const struct pprof_reader *r)
{
	bool found = false;

	for (size_t i = r->n_stack; r->prunes && i-- > 0;) {
		if (!r->stack[i].pruned)
			found = true;
		else if (found)
			return i + 1;
	}
	return 0;
}

/* ---- labels that are more than that ------------------------------------------------- */

struct known {
	uint32_t process_name, thread_name;
	uint64_t pid, tid;
	bool has_thread;
	uint32_t marks;
};

static bool label_is(const struct pprof_reader *r, uint32_t string_id, const char *word)
{
	return !strcmp(profile_str(r->profile, string_id), word);
}

/* A label whose value is a text may say who, one whose value is a number which. */
static bool take_text(const struct pprof_reader *r, const struct profile_label *l,
		      struct known *known)
{
	bool yes = label_is(r, l->text, PPROF_YES), state = label_is(r, l->key, PPROF_STATE);

	if (label_is(r, l->key, PPROF_THREAD)) {
		known->thread_name = l->text;
		known->has_thread = true;
	} else if (label_is(r, l->key, PPROF_PROCESS)) {
		known->process_name = l->text;
		known->has_thread = true;
	} else if (yes && label_is(r, l->key, PPROF_LABEL_TRUNCATED)) {
		known->marks |= PROFILE_MARK_TRUNCATED;
	} else if (yes && label_is(r, l->key, PPROF_LABEL_PAUSED)) {
		known->marks |= PROFILE_MARK_PAUSED;
	} else if (state && label_is(r, l->text, PPROF_IDLE)) {
		known->marks |= PROFILE_MARK_IDLE;
	} else if (state && label_is(r, l->text, PPROF_GIL_WAIT)) {
		known->marks |= PROFILE_MARK_GIL_WAIT;
	} else {
		return false;
	}
	return true;
}

static bool take_number(const struct pprof_reader *r, const struct profile_label *l,
			struct known *known)
{
	if (l->unit || l->number < 0)
		return false;
	if (label_is(r, l->key, PPROF_THREAD_ID))
		known->tid = (uint64_t)l->number;
	else if (label_is(r, l->key, PPROF_PROCESS_ID))
		known->pid = (uint64_t)l->number;
	else
		return false;
	known->has_thread = true;
	return true;
}

/* Is it one of those that every sample may have? It is taken into *known then. */
static bool take_label(const struct pprof_reader *r, const struct profile_label *l,
		       struct known *known)
{
	return l->text ? take_text(r, l, known) : take_number(r, l, known);
}

static bool thread_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_thread *t = (const struct profile_thread *)entries + index;
	const struct profile_thread *k = key;

	return t->process == k->process && t->tid == k->tid && t->name == k->name;
}

/* The thread of these labels, made where it is the first time. */
static uint32_t find_thread(struct pprof_reader *r, const struct known *known)
{
	struct profile *p = r->profile;
	struct profile_thread key = { .process = profile_process(p, known->pid,
								  known->process_name),
				      .tid = known->tid,
				      .name = known->thread_name };
	uint64_t hash = hash_pair((uint64_t)key.process << 32 | key.name, key.tid);
	uint32_t id = map_find(&r->threads, hash, thread_equal, p->threads, &key);

	if (id != MAP_NONE)
		return id;
	id = profile_thread(p, key.process, key.tid, key.name);
	return id != PROFILE_NONE && map_insert(&r->threads, hash, id) ? id : PROFILE_NONE;
}

/* The mark of a truncated stack is the last frame of it, and no frame of the profile. */
static bool ends_in_mark(const struct pprof_reader *r, size_t first)
{
	const struct profile *p = r->profile;
	const struct profile_function *f;

	if (first >= r->n_stack)
		return false;
	f = &p->functions[p->locations[r->stack[first].location].function];
	return !f->file && label_is(r, f->name, PPROF_TRUNCATED);
}

/* The timeline names samples by their numbers in the file. */
static enum pyprof_status note_sample(struct pprof_reader *r, const struct profile_sample *key)
{
	if (!array_grow(r->samples, r->n_samples, r->cap_samples))
		return error_nomem(r->err);
	r->samples[r->n_samples++] = profile_sample(r->profile, key);
	return PYPROF_OK;
}

static enum pyprof_status add_sample(struct pprof_reader *r)
{
	struct profile_sample key = { .thread = PROFILE_NONE };
	size_t others = 0, first = pruned_frames(r);
	struct known known = { 0 };

	for (size_t i = 0; i < r->n_labels; i++)
		if (!take_label(r, &r->labels[i], &known))
			r->labels[others++] = r->labels[i];
	if (known.has_thread) {
		key.thread = find_thread(r, &known);
		if (key.thread == PROFILE_NONE)
			return error_nomem(r->err);
	}
	key.marks = known.marks;
	if ((key.marks & PROFILE_MARK_TRUNCATED) && ends_in_mark(r, first))
		first++;
	key.node = stack_node(r, first);
	key.labels = profile_label_set(r->profile, r->labels, others);
	if (!profile_add_to(r->profile, &key, r->values))
		return error_nomem(r->err);
	return r->has_timeline ? note_sample(r, &key) : PYPROF_OK;
}

enum pyprof_status pprof_reader_samples(struct pprof_reader *r)
{
	struct proto file = r->file;
	struct proto_field field;
	enum pyprof_status status;

	while (proto_next(&file, &field, &status, r->err)) {
		if (field.number != PPROF_SAMPLE)
			continue;
		status = read_sample(r, field.bytes);
		if (!status)
			status = add_sample(r);
		if (status)
			return status;
	}
	return status;
}
