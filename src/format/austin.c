/* SPDX-License-Identifier: MIT */
#include "format/austin.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/austin_build.h"
#include "format/folded_text.h"

/* A frame that was read before: a file repeats few of them often. */
struct frame {
	struct austin_text text;
	uint32_t location;
};

struct reader {
	struct austin_build build;
	const char *start;
	size_t line;
	bool told; /* there was metadata: it is no file of version 2 */
	struct frame *frames;
	size_t n_frames, cap_frames;
	struct map frame_map;
	struct pyprof_error *err;
};

static enum pyprof_status fail(const struct reader *r, const char *at, const char *what)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "Austin's text, line %zu, byte %zu: %s",
			 r->line, (size_t)(at - r->start), what);
}

static struct austin_text between(const char *p, const char *end)
{
	return (struct austin_text){ p, (size_t)(end - p) };
}

/* The first `c`, or the end. */
static const char *find(const char *p, const char *end, char c)
{
	const char *found = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;

	return found ? found : end;
}

/* ---- frames ----------------------------------------------------------------------------- */

/* Is it "L12"? */
static bool is_line_token(const char *p, const char *end, int32_t *line)
{
	uint64_t number;

	if (p == end || *p != 'L' || !austin_number(between(p + 1, end), 10, &number) ||
	    number > INT32_MAX)
		return false;
	*line = (int32_t)number;
	return true;
}

/* file:name:line, the line perhaps empty. */
static bool split_colons(const char *p, const char *end, struct austin_text *file,
			 struct austin_text *name, int32_t *line)
{
	const char *last = memrchr(p, ':', (size_t)(end - p));
	const char *first = last ? memrchr(p, ':', (size_t)(last - p)) : NULL;
	uint64_t number = 0;

	if (!first || (last + 1 < end && (!austin_number(between(last + 1, end), 10, &number) ||
					  number > INT32_MAX)))
		return false;
	*file = between(p, first);
	*name = between(first + 1, last);
	*line = (int32_t)number;
	return true;
}

/* A frame without its line, as both alternative formats have it. */
static void split_plain(const char *p, const char *end, struct austin_text *file,
			struct austin_text *name, int32_t *line)
{
	const struct folded_frame split = folded_split(p, (size_t)(end - p));
	const char *colon = memrchr(p, ':', (size_t)(end - p));

	if (split.file) {
		*file = (struct austin_text){ split.file, split.file_len };
		*name = (struct austin_text){ split.name, split.name_len };
		*line = *line ? *line : split.line;
	} else if (*line && colon) {
		*file = between(p, colon);
		*name = between(colon + 1, end);
	} else {
		*file = between(p, p);
		*name = between(p, end);
	}
}

static bool frame_equal(const void *entries, uint32_t index, const void *key)
{
	const struct frame *a = (const struct frame *)entries + index;
	const struct austin_text *k = key;

	return a->text.len == k->len && memcmp(a->text.bytes, k->bytes, k->len) == 0;
}

/* The frame [p, end), whose line may stand in a token of its own. PROFILE_NONE: no memory. */
static uint32_t find_location(struct reader *r, const char *p, const char *end,
			      const char *name_end, int32_t line)
{
	const struct austin_text text = between(p, end);
	uint64_t hash = hash_bytes(text.bytes, text.len);
	uint32_t i = map_find(&r->frame_map, hash, frame_equal, r->frames, &text);
	struct austin_text file, name;
	uint32_t location;

	if (i != MAP_NONE)
		return r->frames[i].location;
	if (name_end != end || !split_colons(p, end, &file, &name, &line))
		split_plain(p, name_end, &file, &name, &line);
	location = austin_location(&r->build, name, file, line, 0);
	if (location == PROFILE_NONE || !array_grow(r->frames, r->n_frames, r->cap_frames) ||
	    !map_insert(&r->frame_map, hash, (uint32_t)r->n_frames))
		return PROFILE_NONE;
	r->frames[r->n_frames++] = (struct frame){ text, location };
	return location;
}

/* The frames of [p, end), each with a ';' before it. */
static enum pyprof_status read_frames(struct reader *r, const char *p, const char *end,
				      uint32_t *node)
{
	*node = PROFILE_ROOT;
	while (p < end) {
		const char *name_end = find(++p, end, ';');
		const char *after = name_end;
		int32_t line = 0;

		if (name_end < end) {
			after = find(name_end + 1, end, ';');
			if (!is_line_token(name_end + 1, after, &line))
				after = name_end;
		}
		*node = profile_node(r->build.profile, *node,
				     find_location(r, p, after, name_end, line));
		if (*node == PROFILE_NONE)
			return error_nomem(r->err);
		p = after;
	}
	return PYPROF_OK;
}

/* ---- metrics ------------------------------------------------------------------------------ */

static enum pyprof_status read_time(struct reader *r, struct austin_sample *sample,
				    struct austin_text text)
{
	if (!austin_number(text, 10, &sample->time))
		return fail(r, text.bytes, "its time is no whole number");
	sample->has_time = true;
	return PYPROF_OK;
}

static enum pyprof_status read_memory(struct reader *r, struct austin_sample *sample,
				      struct austin_text text)
{
	bool negative = text.len && *text.bytes == '-';
	uint64_t *sum = negative ? &sample->shrunk : &sample->grown, bytes;

	if (!austin_number(between(text.bytes + negative, text.bytes + text.len), 10, &bytes))
		return fail(r, text.bytes, "its memory is no whole number");
	*sum = profile_add_saturating(*sum, bytes);
	sample->has_memory = true;
	return PYPROF_OK;
}

/* time,idle,memory */
static enum pyprof_status read_full(struct reader *r, struct austin_sample *sample,
				    const char *p, const char *comma, const char *end)
{
	const char *second = find(comma + 1, end, ',');
	enum pyprof_status status = read_time(r, sample, between(p, comma));

	if (status)
		return status;
	if (second != comma + 2 || second == end || (comma[1] != '0' && comma[1] != '1'))
		return fail(r, comma + 1, "not \"time,idle,memory\" with an idle of 0 or 1");
	sample->idle = comma[1] == '1';
	return read_memory(r, sample, between(second + 1, end));
}

static bool is_integer(const char *p, const char *end)
{
	uint64_t number;

	return austin_number(between(p < end && *p == '-' ? p + 1 : p, end), 10, &number);
}

/* Where the token that ends at `end` begins, behind its space; NULL: there is no space. */
static const char *token_before(const char *p, const char *end)
{
	const char *space = memrchr(p, ' ', (size_t)(end - p));

	return space ? space + 1 : NULL;
}

/* Reads the metrics at the end of [p, *end) and moves *end before them. */
static enum pyprof_status read_metrics(struct reader *r, struct austin_sample *sample,
				       const char *p, const char **end)
{
	const char *last = token_before(p, *end), *comma;
	const char *middle = last ? token_before(p, last - 1) : NULL;
	const char *first = middle ? token_before(p, middle - 1) : NULL;
	const char *line_end = *end;

	if (!last)
		return fail(r, p, "no metric behind the stack");
	if (first && is_integer(last, line_end) && is_integer(middle, last - 1) &&
	    is_integer(first, middle - 1)) {
		*end = first - 1;
		if (read_time(r, sample, between(first, middle - 1)) ||
		    read_memory(r, sample, between(middle, last - 1)))
			return PYPROF_ERR_CORRUPT;
		return read_memory(r, sample, between(last, line_end));
	}
	*end = last - 1;
	comma = find(last, line_end, ',');
	if (comma < line_end)
		return read_full(r, sample, last, comma, line_end);
	return strcmp(r->build.mode, "memory") == 0 ?
		       read_memory(r, sample, between(last, line_end)) :
		       read_time(r, sample, between(last, line_end));
}

/* ---- lines ---------------------------------------------------------------------------------- */

static bool has_letter(struct austin_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return true;
	return false;
}

/* "T" [interpreter ":"] thread */
static enum pyprof_status read_thread(struct reader *r, struct austin_sample *sample,
				      const char *p, const char *end)
{
	const char *colon = find(p, end, ':');
	uint64_t interpreter;

	if (p == end || *p != 'T')
		return fail(r, p, "no thread behind the process");
	sample->thread = between(p + 1, end);
	if (colon < end) {
		bool negative = p[1] == '-';
		struct austin_text id = between(p + 1 + negative, colon);

		if (!austin_number(id, has_letter(id) ? 16 : 10, &interpreter) ||
		    interpreter > INT64_MAX)
			return fail(r, p, "the interpreter's id is no whole number");
		sample->interpreter = negative ? -(int64_t)interpreter : (int64_t)interpreter;
		sample->thread = between(colon + 1, end);
	}
	sample->hexadecimal = !r->told || has_letter(sample->thread);
	return PYPROF_OK;
}

static enum pyprof_status read_sample(struct reader *r, const char *p, const char *end)
{
	struct austin_sample sample = { 0 };
	const char *line = p, *next;
	enum pyprof_status status = read_metrics(r, &sample, p, &end);

	if (status)
		return status;
	next = find(p, end, ';');
	if (*p != 'P' || !austin_number(between(p + 1, next), 10, &sample.pid))
		return fail(r, line, "a sample begins with P and the process's id");
	p = next < end ? next + 1 : end;
	next = find(p, end, ';');
	status = read_thread(r, &sample, p, next);
	if (!status)
		status = read_frames(r, next, end, &sample.node);
	return status ? status : austin_add(&r->build, &sample);
}

static enum pyprof_status read_line(struct reader *r, const char *p, const char *end,
				    bool is_cut)
{
	const char *line_end = end, *colon;

	if (end > p && end[-1] == '\r')
		end--;
	if (p == end)
		return PYPROF_OK;
	if (*p != '#' && is_cut)
		return fail(r, line_end, "the file ends in a sample");
	if (*p != '#')
		return read_sample(r, p, end);
	r->told = true;
	p += end - p > 1 && p[1] == ' ' ? 2 : 1;
	colon = memmem(p, (size_t)(end - p), ": ", 2);
	if (!colon)
		return PYPROF_OK;
	return austin_metadata(&r->build, between(p, colon), between(colon + 2, end));
}

enum pyprof_status austin_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err)
{
	struct reader r = { .start = bytes, .err = err };
	const char *p = bytes, *end = bytes + len;
	enum pyprof_status status = austin_begin(&r.build, err);

	*out = NULL;
	if (status)
		return status;
	while (!status && p < end) {
		const char *newline = find(p, end, '\n');

		r.line++;
		status = read_line(&r, p, newline, newline == end);
		p = newline < end ? newline + 1 : end;
	}
	free(r.frames);
	map_deinit(&r.frame_map);
	return austin_end(&r.build, status, out);
}

/* ---- what it looks like ----------------------------------------------------------------- */

/* Does the line begin with "P12;T"? */
static bool is_sample(const char *p, const char *end)
{
	const char *semicolon = find(p, end, ';');
	uint64_t pid;

	return p < end && *p == 'P' && end - semicolon > 1 && semicolon[1] == 'T' &&
	       austin_number(between(p + 1, semicolon), 10, &pid);
}

static bool austin_detect(const char *bytes, size_t len)
{
	static const char header[] = "# austin: ";
	const char *p = bytes, *end = bytes + len;

	while (p < end && (*p == '#' || *p == '\r' || *p == '\n')) {
		const char *newline = find(p, end, '\n');

		if ((size_t)(end - p) >= strlen(header) && !memcmp(p, header, strlen(header)))
			return true;
		p = newline < end ? newline + 1 : end;
	}
	return is_sample(p, find(p, end, '\n'));
}

static const char *const endings[] = { ".austin", NULL };

const struct format format_austin = {
	.name = "austin",
	.description = "what Austin records, as text",
	.endings = endings,
	.read = austin_read,
	.detect = austin_detect,
};
