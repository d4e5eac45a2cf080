/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>

#include "format/callgrind.h"
#include "format/callgrind_reader.h"

enum pyprof_status callgrind_fail(struct callgrind_reader *r, enum pyprof_status status,
				  const char *at, const char *what)
{
	return error_set(r->err, status, "callgrind, line %zu, byte %zu: %s",
			 r->line_number, (size_t)(at - r->bytes), what);
}

/* A number up to a space or the end, decimal or "0x…". */
static enum pyprof_status take_number(struct callgrind_reader *r, struct text *t,
				      uint64_t *number)
{
	const char *start = t->p;
	int base = take(t, "0x") ? 16 : 10;
	const char *digits = t->p;

	*number = 0;
	for (; t->p < t->end && digit(*t->p) < base; t->p++)
		if (__builtin_mul_overflow(*number, (uint64_t)base, number) ||
		    __builtin_add_overflow(*number, (uint64_t)digit(*t->p), number))
			return callgrind_fail(r, PYPROF_ERR_LIMIT, start,
					      "a number is above 2^64 - 1");
	if (t->p == digits || (t->p < t->end && *t->p != ' ' && *t->p != '\t'))
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t->p, "no whole number");
	skip_spaces(t);
	return PYPROF_OK;
}

/* ---- functions --------------------------------------------------------------- */

static const struct callgrind_place nowhere = {NAME_NONE, NAME_NONE, NAME_NONE,
					       PROFILE_NONE};

/* "fn=", "cfi=" and so on: `t` is behind the '='. */
static enum pyprof_status take_position(struct callgrind_reader *r, struct text word,
					struct text t)
{
	enum pyprof_status status;
	uint32_t ignored;

	if (word_is(word, "ob")) {
		return callgrind_take_name(r, OBJECT, t, &r->at.object);
	} else if (word_is(word, "fl") || word_is(word, "fi") || word_is(word, "fe")) {
		return callgrind_take_name(r, FILE_NAME, t, &r->line_file);
	} else if (word_is(word, "fn")) {
		status = callgrind_take_name(r, FUNCTION, t, &r->at.function);
		r->at.file = r->line_file;
		r->at.node = PROFILE_NONE;
		return status;
	} else if (word_is(word, "cob")) {
		return callgrind_take_name(r, OBJECT, t, &r->called.object);
	} else if (word_is(word, "cfl") || word_is(word, "cfi")) {
		return callgrind_take_name(r, FILE_NAME, t, &r->called.file);
	} else if (word_is(word, "cfn")) {
		return callgrind_take_name(r, FUNCTION, t, &r->called.function);
	} else if (word_is(word, "jfi")) {
		return callgrind_take_name(r, FILE_NAME, t, &ignored);
	} else if (word_is(word, "jfn")) {
		return callgrind_take_name(r, FUNCTION, t, &ignored);
	}
	return callgrind_fail(r, PYPROF_ERR_CORRUPT, word.p, "what is this?");
}

/* Sets the node of a place with a function; not that of the root, which has none. */
static bool look_up(struct callgrind_reader *r, struct callgrind_place *place)
{
	uint32_t file = place->file == NAME_NONE || place->file == 0 ? place->object
								     : place->file;
	uint32_t function = PROFILE_NONE;

	if (place->node != PROFILE_NONE || place->function == NAME_ROOT)
		return true;
	if (place->function != NAME_TRUNCATED) {
		function = profile_function(r->profile, place->function,
					    file == NAME_NONE ? 0 : file, 0);
		if (function == PROFILE_NONE)
			return false;
	}
	place->node = estimate_node(&r->estimate, function);
	return place->node != PROFILE_NONE;
}

/* ---- costs ------------------------------------------------------------------- */

/* A position: a number, "+3", "-2", or "*", which is the last one. */
static enum pyprof_status take_subposition(struct callgrind_reader *r, struct text *t,
					   uint64_t *position)
{
	uint64_t number;
	char sign = t->p < t->end ? *t->p : '\0';
	enum pyprof_status status;

	if (sign == '*' || sign == '+' || sign == '-')
		t->p++;
	if (sign == '*') {
		skip_spaces(t);
		return PYPROF_OK;
	}
	status = take_number(r, t, &number);
	if (sign == '+')
		*position += number;
	else if (sign == '-')
		*position -= number;
	else
		*position = number;
	return status;
}

static enum pyprof_status take_values(struct callgrind_reader *r, struct text *t,
				      uint64_t *values)
{
	enum pyprof_status status = PYPROF_OK;

	memset(values, 0, PROFILE_MAX_METRICS * sizeof(*values));
	for (size_t i = 0; !status && t->p < t->end; i++) {
		uint64_t value, *into;

		if (i == r->n_columns)
			return callgrind_fail(r, PYPROF_ERR_CORRUPT, t->p,
					      "more costs than events");
		status = take_number(r, t, &value);
		into = &values[r->columns[i]];
		if (!status && __builtin_add_overflow(*into, value, into))
			return callgrind_fail(r, PYPROF_ERR_LIMIT, t->p,
					      "costs are above 2^64 - 1");
	}
	return status;
}

/* The line in the function's own file; 0: unknown. */
static int32_t line_of(const struct callgrind_reader *r)
{
	if (!r->has_line || r->line > INT32_MAX || r->line_file != r->at.file)
		return 0;
	return (int32_t)r->line;
}

static enum pyprof_status add_call_costs(struct callgrind_reader *r,
					 const uint64_t *values)
{
	bool ok;

	if (r->called.object == NAME_NONE)
		r->called.object = r->at.object;
	if (r->called.file == NAME_NONE)
		r->called.file = r->line_file;
	ok = look_up(r, &r->called) && look_up(r, &r->at);
	/* What the root calls is a root: the estimate finds that out. */
	if (ok && r->at.function != NAME_ROOT)
		ok = estimate_add_call(&r->estimate, r->at.node, line_of(r),
				       r->called.node, values);
	r->called = nowhere;
	r->in_call = false;
	return ok ? PYPROF_OK : error_nomem(r->err);
}

static enum pyprof_status add_costs(struct callgrind_reader *r, const struct text *line,
				    const uint64_t *values)
{
	bool ok;

	for (size_t k = 0; k < r->n_events; k++)
		if (__builtin_add_overflow(r->sums[k], values[k], &r->sums[k]))
			return callgrind_fail(r, PYPROF_ERR_LIMIT, line->p,
					      "the costs add up to more than 2^64 - 1");
	if (r->at.function == NAME_ROOT)
		ok = profile_add(r->profile, PROFILE_ROOT, PROFILE_NONE, 0, values);
	else
		ok = look_up(r, &r->at) &&
		     estimate_add_self(&r->estimate, r->at.node, line_of(r), values);
	return ok ? PYPROF_OK : error_nomem(r->err);
}

static enum pyprof_status read_costs(struct callgrind_reader *r, struct text t)
{
	const struct text line = t;
	uint64_t values[PROFILE_MAX_METRICS], instr = 0;
	enum pyprof_status status = PYPROF_OK;

	if (!r->n_columns)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
				      "costs before the line \"events:\"");
	if (r->at.function == NAME_NONE)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
				      "costs before the line \"fn=\"");
	r->costs_seen = true;
	/* Addresses are of no use: what is relative to them need not be known. */
	if (r->has_instr)
		status = take_subposition(r, &t, &instr);
	if (!status && r->has_line)
		status = take_subposition(r, &t, &r->line);
	if (!status)
		status = take_values(r, &t, values);
	if (status)
		return status;
	return r->in_call ? add_call_costs(r, values) : add_costs(r, &line, values);
}

/*
 * "calls=3 17": how often, which the profile has no place for, and where the callee
 * begins.
 */
static enum pyprof_status read_calls(struct callgrind_reader *r, struct text t)
{
	uint64_t count;
	enum pyprof_status status;

	if (r->called.function == NAME_NONE)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
				      "calls before the line \"cfn=\"");
	if (r->called.function == NAME_ROOT || r->at.function == NAME_TRUNCATED)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
				      "a call that cannot be");
	skip_spaces(&t);
	status = take_number(r, &t, &count);
	r->in_call = true;
	return status;
}

/* ---- the head of a part ------------------------------------------------------ */

static enum pyprof_status end_part(struct callgrind_reader *r, const char *at)
{
	if (r->in_call)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, at,
				      "it ends before what the last call cost");
	if (r->has_totals && !r->totals_seen)
		return callgrind_fail(
			r, PYPROF_ERR_CORRUPT, at,
			"it ends without the line \"totals:\": it has been cut off");
	return PYPROF_OK;
}

static void begin_part(struct callgrind_reader *r)
{
	r->costs_seen = r->totals_seen = false;
	memset(r->sums, 0, sizeof(r->sums));
	r->at = r->called = nowhere;
	r->line_file = NAME_NONE;
	r->line = 0;
}

static enum pyprof_status read_events(struct callgrind_reader *r, struct text t)
{
	r->n_columns = 0;
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return PYPROF_OK;
		if (r->n_columns == PROFILE_MAX_METRICS)
			return callgrind_fail(r, PYPROF_ERR_LIMIT, word.p,
					      "more than 40 events");
		/* They are all known: find_events() was here. */
		r->columns[r->n_columns++] = callgrind_find_event(r, word);
	}
}

static void read_positions(struct callgrind_reader *r, struct text t)
{
	r->has_instr = r->has_line = false;
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return;
		r->has_instr =
			r->has_instr || word_is(word, "instr") || word_is(word, "addr");
		r->has_line = r->has_line || word_is(word, "line");
	}
}

static enum pyprof_status read_totals(struct callgrind_reader *r, struct text t)
{
	uint64_t values[PROFILE_MAX_METRICS];
	const char *start = t.p;
	enum pyprof_status status = take_values(r, &t, values);

	r->totals_seen = true;
	if (status || !r->has_totals)
		return status;
	for (size_t k = 0; k < r->n_events; k++)
		if (values[k] != r->sums[k])
			return callgrind_fail(r, PYPROF_ERR_CORRUPT, start,
					      "the costs do not add up to these totals");
	return PYPROF_OK;
}

static enum pyprof_status read_command(struct callgrind_reader *r, struct text t)
{
	if (r->profile->info.command)
		return PYPROF_OK;
	str_clear(&r->scratch);
	callgrind_clean(r, &r->scratch, t);
	r->profile->info.command = r->scratch.len ? strdup(str_cstr(&r->scratch)) : NULL;
	if (r->scratch.failed || (r->scratch.len && !r->profile->info.command))
		return error_nomem(r->err);
	return PYPROF_OK;
}

/* "events: Ir": `t` is behind the ':'. */
static enum pyprof_status read_head(struct callgrind_reader *r, struct text word,
				    struct text t)
{
	enum pyprof_status status;
	uint64_t number;

	skip_spaces(&t);
	if (word_is(word, "totals"))
		return read_totals(r, t);
	if (word_is(word, "summary"))
		return PYPROF_OK;
	if (r->costs_seen || r->totals_seen) {
		status = end_part(r, word.p);
		if (status)
			return status;
		begin_part(r);
	}
	if (word_is(word, "events"))
		return read_events(r, t);
	if (word_is(word, "positions"))
		read_positions(r, t);
	if (word_is(word, "cmd"))
		return read_command(r, t);
	if (word_is(word, "version")) {
		status = take_number(r, &t, &number);
		if (!status && number > 1)
			return callgrind_fail(r, PYPROF_ERR_CORRUPT, word.p,
					      "not version 1 of the format");
		return status;
	}
	if (word_is(word, "pid") && t.p < t.end && digit(*t.p) < 10)
		return take_number(r, &t, &r->profile->info.pid);
	return PYPROF_OK;
}

/* ---- lines ------------------------------------------------------------------- */

static bool is_cost_line(const struct text *t)
{
	return digit(*t->p) < 10 || *t->p == '+' || *t->p == '-' || *t->p == '*';
}

static enum pyprof_status read_line(struct callgrind_reader *r, struct text t)
{
	struct text word = t;

	skip_spaces(&t);
	if (t.p == t.end || *t.p == '#')
		return PYPROF_OK;
	if (is_cost_line(&t))
		return read_costs(r, t);
	if (r->in_call)
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
				      "what the call cost should stand here");
	word.p = t.p;
	while (t.p < t.end && *t.p >= 'a' && *t.p <= 'z')
		t.p++;
	word.end = t.p;
	if (take(&t, ":"))
		return read_head(r, word, t);
	if (!take(&t, "="))
		return callgrind_fail(r, PYPROF_ERR_CORRUPT, word.p,
				      "neither costs nor what they are of");
	if (word_is(word, "calls"))
		return read_calls(r, t);
	if (word_is(word, "jump") || word_is(word, "jcnd"))
		return PYPROF_OK;
	return take_position(r, word, t);
}

/* ---- the whole --------------------------------------------------------------- */

static enum pyprof_status read_all(struct callgrind_reader *r, struct text all)
{
	struct text rest = all, t;
	enum pyprof_status status = callgrind_begin(r, all);

	if (status)
		return status;
	estimate_init(&r->estimate, r->profile);
	begin_part(r);
	r->has_line = true;
	while (!status && next_line(&rest, &t)) {
		r->line_number++;
		status = read_line(r, t);
	}
	if (!status)
		status = end_part(r, rest.end);
	return status ? status : estimate_add(&r->estimate, 0, NULL, r->err);
}

enum pyprof_status callgrind_read(struct profile **out, const char *bytes, size_t len,
				  struct pyprof_error *err)
{
	struct callgrind_reader r = {.bytes = bytes, .err = err};
	enum pyprof_status status = read_all(&r, (struct text){bytes, bytes + len});

	*out = NULL;
	estimate_deinit(&r.estimate);
	str_deinit(&r.scratch);
	for (size_t i = 0; i < KINDS; i++)
		callgrind_names_deinit(&r.names[i]);
	if (status)
		profile_destroy(r.profile);
	else
		*out = r.profile;
	return status;
}

/* Only lines of a head, up to the events. */
bool callgrind_detect(const char *bytes, size_t len)
{
	struct text rest = {bytes, bytes + len}, t;

	if (take(&(struct text){bytes, bytes + len}, "# callgrind format"))
		return true;
	while (next_line(&rest, &t)) {
		if (take(&t, "events:"))
			return true;
		if (t.p == t.end || *t.p == '#')
			continue;
		while (t.p < t.end && *t.p >= 'a' && *t.p <= 'z')
			t.p++;
		if (t.p == t.end || *t.p != ':')
			return false;
	}
	return false;
}
