/* SPDX-License-Identifier: MIT */
#include "format/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "format/folded_text.h"

/* A frame of the stack read last: where it ends, counted from the start of its line. */
struct step {
	size_t end;
	uint32_t node;
};

struct reader {
	struct profile *profile;
	struct str scratch;
	/* Sorted files repeat most of a line in the next one, which is not read again. */
	const char *last;
	size_t last_len;
	struct step *steps;
	size_t n_steps, cap_steps;
	uint64_t total; /* of all counts so far */
	const char *bytes;  /* what is there of the file… */
	uint64_t offset;    /* …from this byte on */
	size_t line_number; /* from 1 */
	struct pyprof_error *err;
};

static enum pyprof_status fail(struct reader *r, enum pyprof_status status, const char *at,
			       const char *what)
{
	return error_set(r->err, status, "folded stacks, line %zu, byte %" PRIu64 ": %s",
			 r->line_number, r->offset + (uint64_t)(at - r->bytes), what);
}

static uint32_t intern(struct reader *r, const char *escaped, size_t len)
{
	str_clear(&r->scratch);
	folded_unescape(&r->scratch, escaped, len);
	if (r->scratch.failed)
		return PROFILE_NONE;
	return profile_string(r->profile, r->scratch.data, r->scratch.len);
}

static uint32_t add_frame(struct reader *r, uint32_t parent, const char *frame, size_t len)
{
	struct folded_frame split = folded_split(frame, len);
	uint32_t name = intern(r, split.name, split.name_len);
	uint32_t file = split.file ? intern(r, split.file, split.file_len) : 0;
	uint32_t function = profile_function(r->profile, name, file, 0);

	return profile_node(r->profile, parent,
			    profile_location(r->profile, function, split.line, 0));
}

/* How many bytes a and b have in common at their start; a word at a time: stacks are long. */
static size_t common_length(const char *a, const char *b, size_t limit)
{
	size_t n = 0;

	for (uint64_t x, y; n + sizeof(x) <= limit; n += sizeof(x)) {
		memcpy(&x, a + n, sizeof(x));
		memcpy(&y, b + n, sizeof(y));
		if (x != y)
			break;
	}
	while (n < limit && a[n] == b[n])
		n++;
	return n;
}

/* Keeps those steps that the stack [p, p + len) begins with too. */
static void keep_common_steps(struct reader *r, const char *p, size_t len)
{
	size_t limit = len < r->last_len ? len : r->last_len;
	size_t common = limit ? common_length(p, r->last, limit) : 0;

	/* The ';' behind a frame must be common, else it may go on: "ab" is no "a". */
	while (r->n_steps && r->steps[r->n_steps - 1].end >= common)
		r->n_steps--;
	r->last = p;
	r->last_len = len;
}

/* Adds `count` to the stack [p, p + len). */
static enum pyprof_status read_stack(struct reader *r, const char *p, size_t len,
				     uint64_t count)
{
	uint32_t node = PROFILE_ROOT, marks = 0;
	bool more = len > 0;
	size_t start = 0;

	keep_common_steps(r, p, len);
	if (r->n_steps) {
		node = r->steps[r->n_steps - 1].node;
		start = r->steps[r->n_steps - 1].end + 1;
	}
	while (more) {
		const char *stop = memchr(p + start, ';', len - start);
		size_t end = stop ? (size_t)(stop - p) : len;

		more = stop != NULL;
		if (!more && end - start == strlen(FOLDED_TRUNCATED) &&
		    memcmp(p + start, FOLDED_TRUNCATED, end - start) == 0) {
			marks = PROFILE_MARK_TRUNCATED;
			break;
		}
		node = add_frame(r, node, p + start, end - start);
		if (node == PROFILE_NONE ||
		    !array_grow(r->steps, r->n_steps, r->cap_steps))
			return error_nomem(r->err);
		r->steps[r->n_steps++] = (struct step){ end, node };
		start = end + 1;
	}
	if (!profile_add(r->profile, node, PROFILE_NONE, marks, &count))
		return error_nomem(r->err);
	return PYPROF_OK;
}

static enum pyprof_status read_count(struct reader *r, const char *p, const char *end,
				     uint64_t *count)
{
	*count = 0;
	if (p == end)
		return fail(r, PYPROF_ERR_CORRUPT, p, "no count behind the stack");
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return fail(r, PYPROF_ERR_CORRUPT, p,
				    "the count behind the stack is no whole number");
		if (__builtin_mul_overflow(*count, (uint64_t)10, count) ||
		    __builtin_add_overflow(*count, (uint64_t)(*p - '0'), count))
			return fail(r, PYPROF_ERR_LIMIT, p, "the count is above 2^64 - 1");
	}
	return PYPROF_OK;
}

/* The last space or tab of the line; NULL where there is none. */
static const char *last_space(const char *p, const char *end)
{
	while (end > p) {
		end--;
		if (*end == ' ' || *end == '\t')
			return end;
	}
	return NULL;
}

static enum pyprof_status read_line(struct reader *r, const char *p, const char *end)
{
	const char *space;
	uint64_t count;
	enum pyprof_status status;

	if (end > p && end[-1] == '\r')
		end--;
	if (p == end || (*p == '#' && (p + 1 == end || p[1] == ' ')))
		return PYPROF_OK;
	space = last_space(p, end);
	if (!space)
		return fail(r, PYPROF_ERR_CORRUPT, p, "no count behind the stack");
	status = read_count(r, space + 1, end, &count);
	if (status)
		return status;
	if (__builtin_add_overflow(r->total, count, &r->total))
		return fail(r, PYPROF_ERR_LIMIT, space + 1,
			    "the counts add up to more than 2^64 - 1");
	return count ? read_stack(r, p, (size_t)(space - p), count) : PYPROF_OK;
}

/* Passes over a byte order mark. */
static const char *behind_mark(const char *p, const char *end)
{
	static const char mark[] = "\xef\xbb\xbf";
	bool marked = (size_t)(end - p) >= strlen(mark) && memcmp(p, mark, strlen(mark)) == 0;

	return marked ? p + strlen(mark) : p;
}

/* Reads the lines of [*p, end) and moves *p behind them; one without an end only if `all`. */
static enum pyprof_status read_lines(struct reader *r, const char **p, const char *end, bool all)
{
	enum pyprof_status status = PYPROF_OK;

	if (r->line_number == 0)
		*p = behind_mark(*p, end);
	while (!status && *p < end) {
		const char *newline = memchr(*p, '\n', (size_t)(end - *p));

		if (!newline && !all)
			break;
		r->line_number++;
		status = read_line(r, *p, newline ? newline : end);
		*p = newline ? newline + 1 : end;
	}
	return status;
}

static enum pyprof_status reader_init(struct reader *r, struct pyprof_error *err)
{
	static const struct profile_metric samples = { "samples", "count" };

	*r = (struct reader){ .err = err };
	return profile_create(&r->profile, &samples, 1, err);
}

/* Hands the profile over, where all went well. */
static enum pyprof_status reader_end(struct reader *r, enum pyprof_status status,
				     struct profile **out)
{
	str_deinit(&r->scratch);
	free(r->steps);
	if (status)
		profile_destroy(r->profile);
	else
		*out = r->profile;
	return status;
}

enum pyprof_status folded_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err)
{
	struct reader r;
	enum pyprof_status status = reader_init(&r, err);

	*out = NULL;
	if (status)
		return status;
	r.bytes = bytes;
	if (len)
		status = read_lines(&r, &bytes, bytes + len, true);
	return reader_end(&r, status, out);
}

/* ---- from a file ------------------------------------------------------------------ */

/* What is there of the file: the line read last, from which the next one is told, and more. */
struct window {
	char *bytes;
	size_t len, size;
	bool ended;
};

#define BLOCK ((size_t)1 << 20)

static enum pyprof_status fill(struct window *w, int fd, struct pyprof_error *err)
{
	ssize_t got;

	if (w->size - w->len < BLOCK) {
		char *larger = realloc(w->bytes, w->size * 2 + 2 * BLOCK);

		if (!larger)
			return error_nomem(err);
		w->bytes = larger;
		w->size = w->size * 2 + 2 * BLOCK;
	}
	do
		got = read(fd, w->bytes + w->len, w->size - w->len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read folded stacks");
	w->len += (size_t)got;
	w->ended = got == 0;
	return PYPROF_OK;
}

/* Drops what no line needs any more: all before the line read last. `next`: where to go on. */
static size_t drop_read(struct window *w, struct reader *r, size_t next)
{
	size_t keep = r->last ? (size_t)(r->last - w->bytes) : next;

	/* Far behind: there were nothing but comments since. */
	if (next - keep > 4 * BLOCK + r->last_len) {
		r->last = NULL;
		r->last_len = r->n_steps = 0;
		keep = next;
	}
	memmove(w->bytes, w->bytes + keep, w->len - keep);
	w->len -= keep;
	r->offset += keep;
	if (r->last)
		r->last = w->bytes;
	return next - keep;
}

static enum pyprof_status read_windows(struct window *w, struct reader *r, int fd)
{
	enum pyprof_status status = PYPROF_OK;
	size_t next = 0;

	while (!status && !w->ended) {
		size_t last = r->last ? (size_t)(r->last - w->bytes) : 0;
		const char *p;

		status = fill(w, fd, r->err);
		if (status)
			break;
		/* It may have moved. */
		if (r->last)
			r->last = w->bytes + last;
		r->bytes = p = w->bytes;
		p += next;
		status = read_lines(r, &p, w->bytes + w->len, w->ended);
		next = drop_read(w, r, (size_t)(p - w->bytes));
	}
	return status;
}

enum pyprof_status folded_read_file(struct profile **out, int fd, struct pyprof_error *err)
{
	struct window w = { 0 };
	struct reader r;
	enum pyprof_status status = reader_init(&r, err);

	*out = NULL;
	if (status)
		return status;
	status = read_windows(&w, &r, fd);
	free(w.bytes);
	return reader_end(&r, status, out);
}
