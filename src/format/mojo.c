/* SPDX-License-Identifier: MIT */
#include "format/mojo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/austin_build.h"

enum event {
	METADATA = 1,
	STACK,
	FRAME,
	FRAME_INVALID,
	FRAME_REF,
	FRAME_KERNEL,
	GC,
	IDLE,
	METRIC_TIME,
	METRIC_MEMORY,
	STRING,
	STRING_REF,
	STACK_REPEAT,
	TASK_STACK,
	TASK_WAITER,
	TASK_RUNNING,
};

#define MAGIC	    "MOJ"
#define LAST_VERSION 3

/* What a key of a process stands for: a string or a location, by its id. */
struct definition {
	uint64_t pid, key;
	uint32_t id;
};

struct table {
	struct definition *entries;
	size_t n, cap;
	struct map map;
};

/* The last stack of each thread, by the bytes of its id. */
struct last_stack {
	uint64_t pid;
	struct austin_text thread;
	uint32_t node;
};

struct reader {
	struct austin_build build;
	const char *start, *p, *end;
	const char *event; /* where the event that is read begins */
	uint64_t version;
	struct table strings, frames;
	struct last_stack *last;
	size_t n_last, cap_last;
	struct map last_map;
	uint32_t *stack; /* locations of the sample, root first */
	size_t n_stack, cap_stack;
	bool in_stack, repeated; /* repeated: it goes on from another already */
	const char *stack_event;
	struct austin_sample sample;
	uint32_t base;	/* the node that the stack goes on from */
	uint64_t task_frames; /* that are still to come */
	struct pyprof_error *err;
};

static enum pyprof_status fail_at(const struct reader *r, const char *at, const char *what)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "MOJO, byte %zu: %s",
			 (size_t)(at - r->start), what);
}

static enum pyprof_status fail(const struct reader *r, const char *what)
{
	return fail_at(r, r->event, what);
}

/* ---- integers and strings --------------------------------------------------------------- */

static enum pyprof_status read_signed(struct reader *r, uint64_t *magnitude, bool *negative)
{
	const char *at = r->p;
	unsigned shift = 6;
	unsigned char byte;

	if (r->p == r->end)
		return fail(r, "the file ends in an event");
	byte = (unsigned char)*r->p++;
	*magnitude = byte & 0x3f;
	*negative = byte & 0x40;
	while (byte & 0x80) {
		if (r->p == r->end)
			return fail(r, "the file ends in an event");
		byte = (unsigned char)*r->p++;
		if (shift > 63 || (uint64_t)(byte & 0x7f) << shift >> shift != (byte & 0x7f))
			return fail_at(r, at, "an integer of more than 64 bits");
		*magnitude |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	}
	return PYPROF_OK;
}

static enum pyprof_status read_number(struct reader *r, uint64_t *number)
{
	const char *at = r->p;
	bool negative = false;
	enum pyprof_status status = read_signed(r, number, &negative);

	if (!status && negative && *number)
		return fail_at(r, at, "a number below 0");
	return status;
}

static enum pyprof_status read_text(struct reader *r, struct austin_text *text)
{
	const char *nul = memchr(r->p, '\0', (size_t)(r->end - r->p));

	if (!nul)
		return fail(r, "the file ends in an event");
	*text = (struct austin_text){ r->p, (size_t)(nul - r->p) };
	r->p = nul + 1;
	return PYPROF_OK;
}

/* ---- definitions ------------------------------------------------------------------------ */

static bool definition_equal(const void *entries, uint32_t index, const void *key)
{
	const struct definition *a = (const struct definition *)entries + index, *k = key;

	return a->pid == k->pid && a->key == k->key;
}

/* PROFILE_NONE: not defined. */
static uint32_t look_up(const struct table *table, uint64_t pid, uint64_t key)
{
	const struct definition wanted = { .pid = pid, .key = key };
	uint32_t i = map_find(&table->map, hash_pair(pid, key), definition_equal,
			      table->entries, &wanted);

	return i == MAP_NONE ? PROFILE_NONE : table->entries[i].id;
}

/* False: no memory. */
static bool define(struct table *table, uint64_t pid, uint64_t key, uint32_t id)
{
	const struct definition d = { pid, key, id };
	uint64_t hash = hash_pair(pid, key);
	uint32_t i = map_find(&table->map, hash, definition_equal, table->entries, &d);

	if (id == PROFILE_NONE)
		return false;
	if (i != MAP_NONE) {
		table->entries[i].id = id;
		return true;
	}
	if (!array_grow(table->entries, table->n, table->cap) ||
	    !map_insert(&table->map, hash, (uint32_t)table->n))
		return false;
	table->entries[table->n++] = d;
	return true;
}

static enum pyprof_status find_string(struct reader *r, uint64_t key, struct austin_text *text)
{
	static const char unknown[] = "<unknown>";
	uint32_t id = look_up(&r->strings, r->sample.pid, key);

	if (id == PROFILE_NONE && key > 1)
		return fail(r, "it refers to a string that is not defined");
	if (id == PROFILE_NONE) {
		*text = (struct austin_text){ unknown, key ? strlen(unknown) : 0 };
	} else {
		text->bytes = r->build.profile->strings[id];
		text->len = r->build.profile->string_lengths[id];
	}
	return PYPROF_OK;
}

static enum pyprof_status read_string(struct reader *r)
{
	struct austin_text text;
	uint64_t key;
	enum pyprof_status status = read_number(r, &key);

	if (!status)
		status = read_text(r, &text);
	if (!status && !define(&r->strings, r->sample.pid, key,
			       austin_string(&r->build, text)))
		status = error_nomem(r->err);
	return status;
}

static enum pyprof_status read_frame(struct reader *r)
{
	/* key, file, name, line, last line, column, last column */
	uint64_t numbers[7] = { 0 };
	struct austin_text file, name;
	uint32_t location;

	for (size_t i = 0; i < (r->version == 1 ? 4 : 7); i++) {
		enum pyprof_status status = read_number(r, &numbers[i]);

		if (status)
			return status;
	}
	if (numbers[3] > INT32_MAX || numbers[5] > INT32_MAX)
		return fail(r, "its line or column is above 2^31 - 1");
	if (find_string(r, numbers[1], &file) || find_string(r, numbers[2], &name))
		return PYPROF_ERR_CORRUPT;
	location = austin_location(&r->build, name, file, (int32_t)numbers[3],
				   (int32_t)numbers[5]);
	if (!define(&r->frames, r->sample.pid, numbers[0], location))
		return error_nomem(r->err);
	return PYPROF_OK;
}

/* ---- the stack ------------------------------------------------------------------------------ */

static bool last_equal(const void *entries, uint32_t index, const void *key)
{
	const struct last_stack *a = (const struct last_stack *)entries + index, *k = key;

	return a->pid == k->pid && a->thread.len == k->thread.len &&
	       memcmp(a->thread.bytes, k->thread.bytes, k->thread.len) == 0;
}

/* What the sample's thread did last; it is made where it is new. NULL: no memory. */
static struct last_stack *find_last(struct reader *r)
{
	const struct last_stack key = { r->sample.pid, r->sample.thread, PROFILE_ROOT };
	uint64_t hash = hash_pair(key.pid, hash_bytes(key.thread.bytes, key.thread.len));
	uint32_t i = map_find(&r->last_map, hash, last_equal, r->last, &key);

	if (i != MAP_NONE)
		return &r->last[i];
	if (!array_grow(r->last, r->n_last, r->cap_last) ||
	    !map_insert(&r->last_map, hash, (uint32_t)r->n_last))
		return NULL;
	r->last[r->n_last] = key;
	return &r->last[r->n_last++];
}

static bool is_native(const struct profile *profile, uint32_t node)
{
	uint32_t function = profile->locations[profile->nodes[node].location].function;
	uint32_t file = profile->functions[function].file;
	const char *name = profile->strings[file];
	size_t len = profile->string_lengths[file];

	if (len >= 3 && memcmp(name + len - 3, ".py", 3) == 0)
		return false;
	return !(len >= 2 && name[0] == '<' && name[len - 1] == '>');
}

static enum pyprof_status repeat_stack(struct reader *r)
{
	const struct profile *profile = r->build.profile;
	struct last_stack *last;

	if (r->repeated)
		return fail(r, "a second repeat in one stack");
	last = find_last(r);
	if (!last)
		return error_nomem(r->err);
	r->repeated = true;
	r->base = last->node;
	while (r->base != PROFILE_ROOT && is_native(profile, r->base))
		r->base = profile->nodes[r->base].parent;
	return PYPROF_OK;
}

static enum pyprof_status push(struct reader *r, uint32_t location)
{
	if (location == PROFILE_NONE || !array_grow(r->stack, r->n_stack, r->cap_stack))
		return error_nomem(r->err);
	r->stack[r->n_stack++] = location;
	return PYPROF_OK;
}

static enum pyprof_status push_special(struct reader *r, const char *name, const char *file)
{
	return push(r, austin_location(&r->build,
				       (struct austin_text){ name, strlen(name) },
				       (struct austin_text){ file, strlen(file) }, 0, 0));
}

static enum pyprof_status read_frame_ref(struct reader *r)
{
	uint64_t key;
	uint32_t location;
	enum pyprof_status status = read_number(r, &key);

	if (status)
		return status;
	location = look_up(&r->frames, r->sample.pid, key);
	if (location == PROFILE_NONE)
		return fail(r, "it refers to a frame that is not defined");
	if (r->task_frames) {
		r->task_frames--;
		return PYPROF_OK;
	}
	return push(r, location);
}

static enum pyprof_status read_kernel_frame(struct reader *r)
{
	struct austin_text name;
	enum pyprof_status status = read_text(r, &name);

	if (status)
		return status;
	return push(r, austin_location(&r->build, name,
				       (struct austin_text){ "kernel", strlen("kernel") }, 0,
				       0));
}

/* Adds the sample that ends here. */
static enum pyprof_status end_stack(struct reader *r)
{
	struct last_stack *last;
	uint32_t node = r->base;

	if (!r->in_stack)
		return PYPROF_OK;
	if (!r->sample.has_time && !r->sample.has_memory)
		return fail_at(r, r->stack_event, "a stack without a metric");
	for (size_t i = 0; i < r->n_stack; i++)
		node = profile_node(r->build.profile, node, r->stack[i]);
	last = find_last(r);
	if (node == PROFILE_NONE || !last)
		return error_nomem(r->err);
	last->node = r->sample.node = node;
	return austin_add(&r->build, &r->sample);
}

static enum pyprof_status read_stack(struct reader *r)
{
	struct austin_sample sample = { .hexadecimal = true };
	uint64_t interpreter = 0;
	bool negative = false;
	enum pyprof_status status = end_stack(r);

	if (!status)
		status = read_number(r, &sample.pid);
	if (!status && r->version >= 3)
		status = read_signed(r, &interpreter, &negative);
	if (!status)
		status = read_text(r, &sample.thread);
	if (status)
		return status;
	if (interpreter > INT64_MAX)
		return fail(r, "the interpreter's id is above 2^63 - 1");
	sample.interpreter = negative ? -(int64_t)interpreter : (int64_t)interpreter;
	r->sample = sample;
	r->stack_event = r->event;
	r->in_stack = true;
	r->repeated = false;
	r->base = PROFILE_ROOT;
	r->n_stack = 0;
	r->task_frames = 0;
	return PYPROF_OK;
}

static enum pyprof_status read_memory(struct reader *r)
{
	uint64_t bytes = 0;
	bool negative = false;
	enum pyprof_status status = read_signed(r, &bytes, &negative);

	r->sample.has_memory = true;
	r->sample.grown = negative ? 0 : bytes;
	r->sample.shrunk = negative ? bytes : 0;
	return status;
}

/* ---- the file ---------------------------------------------------------------------------- */

static enum pyprof_status read_metadata(struct reader *r)
{
	struct austin_text key, value;
	enum pyprof_status status = read_text(r, &key);

	if (!status)
		status = read_text(r, &value);
	return status ? status : austin_metadata(&r->build, key, value);
}

static enum pyprof_status pass_numbers(struct reader *r, unsigned n)
{
	enum pyprof_status status = PYPROF_OK;
	uint64_t number;

	while (!status && n--)
		status = read_number(r, &number);
	return status;
}

static enum pyprof_status read_task_stack(struct reader *r)
{
	enum pyprof_status status = pass_numbers(r, 2);

	return status ? status : read_number(r, &r->task_frames);
}

static enum pyprof_status read_event(struct reader *r)
{
	unsigned event;

	r->event = r->p;
	event = (unsigned char)*r->p++;
	if (event != METADATA && event != STACK && !r->in_stack)
		return fail(r, event > TASK_RUNNING ? "an unknown event" :
						      "an event before the first stack");
	switch (event) {
	case METADATA:
		return read_metadata(r);
	case STACK:
		return read_stack(r);
	case FRAME:
		return read_frame(r);
	case FRAME_INVALID:
		return push_special(r, "INVALID", "");
	case FRAME_REF:
		return read_frame_ref(r);
	case FRAME_KERNEL:
		return read_kernel_frame(r);
	case GC:
		return push_special(r, "GC", "");
	case IDLE:
		r->sample.idle = true;
		return PYPROF_OK;
	case METRIC_TIME:
		r->sample.has_time = true;
		return read_number(r, &r->sample.time);
	case METRIC_MEMORY:
		return read_memory(r);
	case STRING:
		return read_string(r);
	case STRING_REF:
	case TASK_RUNNING:
		return pass_numbers(r, 1);
	case STACK_REPEAT:
		return repeat_stack(r);
	case TASK_STACK:
		return read_task_stack(r);
	case TASK_WAITER:
		return pass_numbers(r, 2);
	}
	return fail(r, "an unknown event");
}

static enum pyprof_status read_header(struct reader *r)
{
	enum pyprof_status status;

	r->event = r->p;
	if ((size_t)(r->end - r->p) < strlen(MAGIC) || memcmp(r->p, MAGIC, strlen(MAGIC)) != 0)
		return fail(r, "it does not begin with \"MOJ\"");
	r->p += strlen(MAGIC);
	status = read_number(r, &r->version);
	if (!status && (!r->version || r->version > LAST_VERSION))
		return error_set(r->err, PYPROF_ERR_CORRUPT,
				 "MOJO, byte 3: version %" PRIu64 " is not known, 1 to %d are",
				 r->version, LAST_VERSION);
	return status;
}

static void table_deinit(struct table *table)
{
	free(table->entries);
	map_deinit(&table->map);
}

enum pyprof_status mojo_read(struct profile **out, const char *bytes, size_t len,
			     struct pyprof_error *err)
{
	struct reader r = { .start = bytes, .p = bytes, .end = bytes + len, .err = err };
	enum pyprof_status status = austin_begin(&r.build, err);

	*out = NULL;
	if (status)
		return status;
	status = read_header(&r);
	while (!status && r.p < r.end)
		status = read_event(&r);
	if (!status)
		status = end_stack(&r);
	table_deinit(&r.strings);
	table_deinit(&r.frames);
	free(r.last);
	map_deinit(&r.last_map);
	free(r.stack);
	return austin_end(&r.build, status, out);
}

static bool mojo_detect(const char *bytes, size_t len)
{
	return len >= strlen(MAGIC) && memcmp(bytes, MAGIC, strlen(MAGIC)) == 0;
}

static const char *const endings[] = { ".mojo", NULL };

const struct format format_mojo = {
	.name = "mojo",
	.description = "what Austin records, in binary",
	.endings = endings,
	.read = mojo_read,
	.detect = mojo_detect,
};
