/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "format/callgrind.h"
#include "format/folded_text.h"
#include "profile/estimate.h"

/* A line, or what is left of it. */
struct text {
	const char *p, *end;
};

enum kind { OBJECT, FILE_NAME, FUNCTION, KINDS };

/* Names by their number, "(3) main": string ids of the profile, or what is below. */
struct names {
	struct map map;
	uint64_t *numbers;
	uint32_t *strings;
	size_t n, cap_numbers, cap_strings;
};

/* Instead of a string id: nothing was told, and the words of our own writer for functions. */
#define NAME_NONE      PROFILE_NONE
#define NAME_ROOT      (PROFILE_NONE - 1)
#define NAME_TRUNCATED (PROFILE_NONE - 2)

/* A function, and its node, PROFILE_NONE: not looked up yet. */
struct place {
	uint32_t object, file, function, node;
};

struct reader {
	struct profile *profile;
	struct estimate estimate;
	struct pyprof_error *err;
	struct str scratch;
	const char *bytes;
	size_t line_number;
	bool from_us, has_totals; /* has_totals: its creator always tells them */
	struct text event_names[PROFILE_MAX_METRICS]; /* by metric, where they are in the file */
	size_t n_events;
	struct names names[KINDS];
	/* Of the part: */
	bool has_instr, has_line, costs_seen, totals_seen;
	size_t columns[PROFILE_MAX_METRICS]; /* the metric of each event */
	size_t n_columns;
	uint64_t sums[PROFILE_MAX_METRICS]; /* by metric: what functions cost themselves */
	/* Where we are: */
	struct place at, called;
	uint32_t line_file; /* that the lines are of: another one's, where they were inlined */
	uint64_t line;
	bool in_call; /* the next line is what the call cost */
};

static enum pyprof_status fail(struct reader *r, enum pyprof_status status, const char *at,
			       const char *what)
{
	return error_set(r->err, status, "callgrind, line %zu, byte %zu: %s", r->line_number,
			 (size_t)(at - r->bytes), what);
}

/* ---- words --------------------------------------------------------------------------- */

static void skip_spaces(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static bool take(struct text *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->p) < len || memcmp(t->p, word, len) != 0)
		return false;
	t->p += len;
	return true;
}

/* The next word; empty at the end. */
static struct text next_word(struct text *t)
{
	struct text word;

	skip_spaces(t);
	word.p = t->p;
	while (t->p < t->end && *t->p != ' ' && *t->p != '\t')
		t->p++;
	word.end = t->p;
	return word;
}

static bool word_is(struct text word, const char *text)
{
	return take(&word, text) && word.p == word.end;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* A number up to a space or the end, decimal or "0x…". */
static enum pyprof_status take_number(struct reader *r, struct text *t, uint64_t *number)
{
	const char *start = t->p;
	int base = take(t, "0x") ? 16 : 10;
	const char *digits = t->p;

	*number = 0;
	for (; t->p < t->end && digit(*t->p) < base; t->p++)
		if (__builtin_mul_overflow(*number, (uint64_t)base, number) ||
		    __builtin_add_overflow(*number, (uint64_t)digit(*t->p), number))
			return fail(r, PYPROF_ERR_LIMIT, start, "a number is above 2^64 - 1");
	if (t->p == digits || (t->p < t->end && *t->p != ' ' && *t->p != '\t'))
		return fail(r, PYPROF_ERR_CORRUPT, t->p, "no whole number");
	skip_spaces(t);
	return PYPROF_OK;
}

/* ---- names --------------------------------------------------------------------------- */

static bool number_equal(const void *entries, uint32_t index, const void *key)
{
	return ((const uint64_t *)entries)[index] == *(const uint64_t *)key;
}

static void names_deinit(struct names *names)
{
	map_deinit(&names->map);
	free(names->numbers);
	free(names->strings);
}

static uint32_t find_name(const struct names *names, uint64_t number)
{
	return map_find(&names->map, hash_u64(number), number_equal, names->numbers, &number);
}

/* Told again, in another part, it is the new one. */
static bool remember(struct names *names, uint64_t number, uint32_t string)
{
	uint32_t i = find_name(names, number);

	if (i == MAP_NONE) {
		if (names->n >= PROFILE_NONE ||
		    !array_grow(names->numbers, names->n, names->cap_numbers) ||
		    !array_grow(names->strings, names->n, names->cap_strings) ||
		    !map_insert(&names->map, hash_u64(number), (uint32_t)names->n))
			return false;
		i = (uint32_t)names->n++;
		names->numbers[i] = number;
	}
	names->strings[i] = string;
	return true;
}

/*
 * A text of the file as the profile has it: escapes are our own writer's, and bytes that are not
 * UTF-8 become lone surrogates.
 */
static void clean(const struct reader *r, struct str *out, struct text t)
{
	if (r->from_us) {
		folded_unescape(out, t.p, (size_t)(t.end - t.p));
		return;
	}
	while (t.p < t.end) {
		const char *stop = memchr(t.p, '\\', (size_t)(t.end - t.p));

		folded_unescape(out, t.p, (size_t)((stop ? stop : t.end) - t.p));
		if (stop)
			str_add_char(out, '\\');
		t.p = stop ? stop + 1 : t.end;
	}
}

static enum pyprof_status intern(struct reader *r, enum kind kind, struct text t,
				 uint32_t *string)
{
	*string = 0;
	if (kind != FUNCTION && word_is(t, CALLGRIND_UNKNOWN))
		return PYPROF_OK;
	if (kind == FUNCTION && r->from_us && word_is(t, CALLGRIND_ROOT)) {
		*string = NAME_ROOT;
		return PYPROF_OK;
	}
	if (kind == FUNCTION && r->from_us && word_is(t, CALLGRIND_TRUNCATED)) {
		*string = NAME_TRUNCATED;
		return PYPROF_OK;
	}
	str_clear(&r->scratch);
	clean(r, &r->scratch, t);
	if (!r->scratch.failed)
		*string = profile_string(r->profile, r->scratch.data, r->scratch.len);
	return r->scratch.failed || *string == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

/* "(3) ": a number in parentheses; false, and nothing taken, where there is none. */
static bool take_name_number(struct text *t, uint64_t *number)
{
	struct text rest = *t;

	*number = 0;
	if (!take(&rest, "(") || rest.p == rest.end || digit(*rest.p) >= 10)
		return false;
	for (; rest.p < rest.end && digit(*rest.p) < 10; rest.p++)
		if (__builtin_mul_overflow(*number, (uint64_t)10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)digit(*rest.p), number))
			return false;
	if (!take(&rest, ")"))
		return false;
	skip_spaces(&rest);
	*t = rest;
	return true;
}

/* "(3) name", which tells what 3 is, "(3)" or "name". */
static enum pyprof_status take_name(struct reader *r, enum kind kind, struct text t,
				    uint32_t *string)
{
	struct names *names = &r->names[kind];
	enum pyprof_status status;
	uint64_t number;
	uint32_t i;

	skip_spaces(&t);
	if (!take_name_number(&t, &number))
		return intern(r, kind, t, string);
	if (t.p == t.end) {
		i = find_name(names, number);
		if (i == MAP_NONE)
			return fail(r, PYPROF_ERR_CORRUPT, t.p,
				    "the name of that number was not told");
		*string = names->strings[i];
		return PYPROF_OK;
	}
	status = intern(r, kind, t, string);
	if (!status && !remember(names, number, *string))
		status = error_nomem(r->err);
	return status;
}

/* ---- functions ----------------------------------------------------------------------- */

static const struct place nowhere = { NAME_NONE, NAME_NONE, NAME_NONE, PROFILE_NONE };

/* "fn=", "cfi=" and so on: `t` is behind the '='. */
static enum pyprof_status take_position(struct reader *r, struct text word, struct text t)
{
	enum pyprof_status status;
	uint32_t ignored;

	if (word_is(word, "ob")) {
		return take_name(r, OBJECT, t, &r->at.object);
	} else if (word_is(word, "fl") || word_is(word, "fi") || word_is(word, "fe")) {
		return take_name(r, FILE_NAME, t, &r->line_file);
	} else if (word_is(word, "fn")) {
		status = take_name(r, FUNCTION, t, &r->at.function);
		r->at.file = r->line_file;
		r->at.node = PROFILE_NONE;
		return status;
	} else if (word_is(word, "cob")) {
		return take_name(r, OBJECT, t, &r->called.object);
	} else if (word_is(word, "cfl") || word_is(word, "cfi")) {
		return take_name(r, FILE_NAME, t, &r->called.file);
	} else if (word_is(word, "cfn")) {
		return take_name(r, FUNCTION, t, &r->called.function);
	} else if (word_is(word, "jfi")) {
		return take_name(r, FILE_NAME, t, &ignored);
	} else if (word_is(word, "jfn")) {
		return take_name(r, FUNCTION, t, &ignored);
	}
	return fail(r, PYPROF_ERR_CORRUPT, word.p, "what is this?");
}

/* Sets the node of a place with a function; not that of the root, which has none. */
static bool look_up(struct reader *r, struct place *place)
{
	uint32_t file = place->file == NAME_NONE || place->file == 0 ? place->object : place->file;
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

/* ---- costs --------------------------------------------------------------------------- */

/* A position: a number, "+3", "-2", or "*", which is the last one. */
static enum pyprof_status take_subposition(struct reader *r, struct text *t, uint64_t *position)
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

static enum pyprof_status take_values(struct reader *r, struct text *t, uint64_t *values)
{
	enum pyprof_status status = PYPROF_OK;

	memset(values, 0, PROFILE_MAX_METRICS * sizeof(*values));
	for (size_t i = 0; !status && t->p < t->end; i++) {
		uint64_t value, *into;

		if (i == r->n_columns)
			return fail(r, PYPROF_ERR_CORRUPT, t->p, "more costs than events");
		status = take_number(r, t, &value);
		into = &values[r->columns[i]];
		if (!status && __builtin_add_overflow(*into, value, into))
			return fail(r, PYPROF_ERR_LIMIT, t->p, "costs are above 2^64 - 1");
	}
	return status;
}

/* The line in the function's own file; 0: unknown. */
static int32_t line_of(const struct reader *r)
{
	if (!r->has_line || r->line > INT32_MAX || r->line_file != r->at.file)
		return 0;
	return (int32_t)r->line;
}

static enum pyprof_status add_call_costs(struct reader *r, const uint64_t *values)
{
	bool ok;

	if (r->called.object == NAME_NONE)
		r->called.object = r->at.object;
	if (r->called.file == NAME_NONE)
		r->called.file = r->line_file;
	ok = look_up(r, &r->called) && look_up(r, &r->at);
	/* What the root calls is a root: the estimate finds that out. */
	if (ok && r->at.function != NAME_ROOT)
		ok = estimate_add_call(&r->estimate, r->at.node, line_of(r), r->called.node, values);
	r->called = nowhere;
	r->in_call = false;
	return ok ? PYPROF_OK : error_nomem(r->err);
}

static enum pyprof_status add_costs(struct reader *r, const struct text *line,
				    const uint64_t *values)
{
	bool ok;

	for (size_t k = 0; k < r->n_events; k++)
		if (__builtin_add_overflow(r->sums[k], values[k], &r->sums[k]))
			return fail(r, PYPROF_ERR_LIMIT, line->p,
				    "the costs add up to more than 2^64 - 1");
	if (r->at.function == NAME_ROOT)
		ok = profile_add(r->profile, PROFILE_ROOT, PROFILE_NONE, 0, values);
	else
		ok = look_up(r, &r->at) &&
		     estimate_add_self(&r->estimate, r->at.node, line_of(r), values);
	return ok ? PYPROF_OK : error_nomem(r->err);
}

static enum pyprof_status read_costs(struct reader *r, struct text t)
{
	const struct text line = t;
	uint64_t values[PROFILE_MAX_METRICS], instr = 0;
	enum pyprof_status status = PYPROF_OK;

	if (!r->n_columns)
		return fail(r, PYPROF_ERR_CORRUPT, t.p, "costs before the line \"events:\"");
	if (r->at.function == NAME_NONE)
		return fail(r, PYPROF_ERR_CORRUPT, t.p, "costs before the line \"fn=\"");
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

/* "calls=3 17": how often, which the profile has no place for, and where the callee begins. */
static enum pyprof_status read_calls(struct reader *r, struct text t)
{
	uint64_t count;
	enum pyprof_status status;

	if (r->called.function == NAME_NONE)
		return fail(r, PYPROF_ERR_CORRUPT, t.p, "calls before the line \"cfn=\"");
	if (r->called.function == NAME_ROOT || r->at.function == NAME_TRUNCATED)
		return fail(r, PYPROF_ERR_CORRUPT, t.p, "a call that cannot be");
	skip_spaces(&t);
	status = take_number(r, &t, &count);
	r->in_call = true;
	return status;
}

/* ---- the head of a part ----------------------------------------------------------------- */

static enum pyprof_status end_part(struct reader *r, const char *at)
{
	if (r->in_call)
		return fail(r, PYPROF_ERR_CORRUPT, at, "it ends before what the last call cost");
	if (r->has_totals && !r->totals_seen)
		return fail(r, PYPROF_ERR_CORRUPT, at,
			    "it ends without the line \"totals:\": it has been cut off");
	return PYPROF_OK;
}

static void begin_part(struct reader *r)
{
	r->costs_seen = r->totals_seen = false;
	memset(r->sums, 0, sizeof(r->sums));
	r->at = r->called = nowhere;
	r->line_file = NAME_NONE;
	r->line = 0;
}

/* Its metric; r->n_events: none is called so. */
static size_t find_event(const struct reader *r, struct text word)
{
	size_t k = 0, len = (size_t)(word.end - word.p);

	while (k < r->n_events && ((size_t)(r->event_names[k].end - r->event_names[k].p) != len ||
				   memcmp(word.p, r->event_names[k].p, len) != 0))
		k++;
	return k;
}

static enum pyprof_status read_events(struct reader *r, struct text t)
{
	r->n_columns = 0;
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return PYPROF_OK;
		if (r->n_columns == PROFILE_MAX_METRICS)
			return fail(r, PYPROF_ERR_LIMIT, word.p, "more than 20 events");
		/* They are all known: find_events() was here. */
		r->columns[r->n_columns++] = find_event(r, word);
	}
}

static void read_positions(struct reader *r, struct text t)
{
	r->has_instr = r->has_line = false;
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return;
		r->has_instr = r->has_instr || word_is(word, "instr") || word_is(word, "addr");
		r->has_line = r->has_line || word_is(word, "line");
	}
}

static enum pyprof_status read_totals(struct reader *r, struct text t)
{
	uint64_t values[PROFILE_MAX_METRICS];
	const char *start = t.p;
	enum pyprof_status status = take_values(r, &t, values);

	r->totals_seen = true;
	if (status || !r->has_totals)
		return status;
	for (size_t k = 0; k < r->n_events; k++)
		if (values[k] != r->sums[k])
			return fail(r, PYPROF_ERR_CORRUPT, start,
				    "the costs do not add up to these totals");
	return PYPROF_OK;
}

static enum pyprof_status read_command(struct reader *r, struct text t)
{
	if (r->profile->info.command)
		return PYPROF_OK;
	str_clear(&r->scratch);
	clean(r, &r->scratch, t);
	r->profile->info.command = r->scratch.len ? strdup(str_cstr(&r->scratch)) : NULL;
	if (r->scratch.failed || (r->scratch.len && !r->profile->info.command))
		return error_nomem(r->err);
	return PYPROF_OK;
}

/* "events: Ir": `t` is behind the ':'. */
static enum pyprof_status read_head(struct reader *r, struct text word, struct text t)
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
			return fail(r, PYPROF_ERR_CORRUPT, word.p, "not version 1 of the format");
		return status;
	}
	if (word_is(word, "pid") && t.p < t.end && digit(*t.p) < 10)
		return take_number(r, &t, &r->profile->info.pid);
	return PYPROF_OK;
}

/* ---- lines --------------------------------------------------------------------------- */

static bool is_cost_line(const struct text *t)
{
	return digit(*t->p) < 10 || *t->p == '+' || *t->p == '-' || *t->p == '*';
}

static enum pyprof_status read_line(struct reader *r, struct text t)
{
	struct text word = t;

	skip_spaces(&t);
	if (t.p == t.end || *t.p == '#')
		return PYPROF_OK;
	if (is_cost_line(&t))
		return read_costs(r, t);
	if (r->in_call)
		return fail(r, PYPROF_ERR_CORRUPT, t.p, "what the call cost should stand here");
	word.p = t.p;
	while (t.p < t.end && *t.p >= 'a' && *t.p <= 'z')
		t.p++;
	word.end = t.p;
	if (take(&t, ":"))
		return read_head(r, word, t);
	if (!take(&t, "="))
		return fail(r, PYPROF_ERR_CORRUPT, word.p, "neither costs nor what they are of");
	if (word_is(word, "calls"))
		return read_calls(r, t);
	if (word_is(word, "jump") || word_is(word, "jcnd"))
		return PYPROF_OK;
	return take_position(r, word, t);
}

/* The next line, without its end; false where there is none. */
static bool next_line(struct text *rest, struct text *line)
{
	const char *newline;

	if (rest->p == rest->end)
		return false;
	newline = memchr(rest->p, '\n', (size_t)(rest->end - rest->p));
	*line = (struct text){ rest->p, newline ? newline : rest->end };
	rest->p = newline ? newline + 1 : rest->end;
	if (line->end > line->p && line->end[-1] == '\r')
		line->end--;
	return true;
}

/* ---- events: which there are has to be known before the first cost -------------------------- */

static enum pyprof_status add_events(struct reader *r, struct text t)
{
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return PYPROF_OK;
		if (find_event(r, word) < r->n_events)
			continue;
		if (r->n_events == PROFILE_MAX_METRICS)
			return fail(r, PYPROF_ERR_LIMIT, word.p, "more than 20 events");
		r->event_names[r->n_events++] = word;
	}
}

static enum pyprof_status find_events(struct reader *r, struct text rest)
{
	enum pyprof_status status = PYPROF_OK;
	struct text t;

	while (!status && next_line(&rest, &t)) {
		r->line_number++;
		skip_spaces(&t);
		if (take(&t, "events:")) {
			status = add_events(r, t);
		} else if (take(&t, "creator:")) {
			skip_spaces(&t);
			r->from_us = r->from_us || word_is(t, CALLGRIND_CREATOR);
			r->has_totals = r->has_totals || r->from_us || take(&t, "callgrind");
		}
	}
	if (!status && !r->n_events)
		status = fail(r, PYPROF_ERR_CORRUPT, rest.end,
			      "it ends without the line \"events:\"");
	r->line_number = 0;
	return status;
}

/* Where our writer told how a metric is called: "event: wall : wall/nanoseconds". */
static bool told_name(struct text rest, struct text event, struct text *name, struct text *unit)
{
	struct text t;

	while (next_line(&rest, &t)) {
		struct text word;
		const char *slash;

		if (!take(&t, "event:"))
			continue;
		word = next_word(&t);
		skip_spaces(&t);
		if (word.end - word.p != event.end - event.p ||
		    memcmp(word.p, event.p, (size_t)(event.end - event.p)) != 0 || !take(&t, ":"))
			continue;
		skip_spaces(&t);
		slash = memrchr(t.p, '/', (size_t)(t.end - t.p));
		if (!slash)
			continue;
		*name = (struct text){ t.p, slash };
		*unit = (struct text){ slash + 1, t.end };
		return true;
	}
	return false;
}

static enum pyprof_status make_profile(struct reader *r, struct text all)
{
	struct profile_metric metrics[PROFILE_MAX_METRICS];
	struct str names[PROFILE_MAX_METRICS] = { 0 }, units[PROFILE_MAX_METRICS] = { 0 };
	enum pyprof_status status = PYPROF_OK;

	for (size_t k = 0; k < r->n_events; k++) {
		struct text name = r->event_names[k], unit = { NULL, NULL };

		if (!r->from_us || !told_name(all, r->event_names[k], &name, &unit))
			str_add_cstr(&units[k], "count");
		clean(r, &names[k], name);
		if (unit.p)
			clean(r, &units[k], unit);
		metrics[k] = (struct profile_metric){ str_cstr(&names[k]), str_cstr(&units[k]) };
		if (names[k].failed || units[k].failed)
			status = error_nomem(r->err);
	}
	if (!status)
		status = profile_create(&r->profile, metrics, r->n_events, r->err);
	for (size_t k = 0; k < r->n_events; k++) {
		str_deinit(&names[k]);
		str_deinit(&units[k]);
	}
	return status;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static enum pyprof_status read_all(struct reader *r, struct text all)
{
	struct text rest = all, t;
	enum pyprof_status status = find_events(r, all);

	if (!status)
		status = make_profile(r, all);
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
	struct reader r = { .bytes = bytes, .err = err };
	enum pyprof_status status = read_all(&r, (struct text){ bytes, bytes + len });

	*out = NULL;
	estimate_deinit(&r.estimate);
	str_deinit(&r.scratch);
	for (size_t i = 0; i < KINDS; i++)
		names_deinit(&r.names[i]);
	if (status)
		profile_destroy(r.profile);
	else
		*out = r.profile;
	return status;
}

/* Only lines of a head, up to the events. */
bool callgrind_detect(const char *bytes, size_t len)
{
	struct text rest = { bytes, bytes + len }, t;

	if (take(&(struct text){ bytes, bytes + len }, "# callgrind format"))
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
