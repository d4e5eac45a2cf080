/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "format/marshal.h"
#include "format/pstats.h"
#include "profile/estimate.h"

#define NODE_ROOT (PROFILE_NONE - 1) /* what our writer calls "[root]": no function */

struct reader {
	struct marshal m;
	const struct marshal_value *values;
	struct profile *profile;
	struct estimate estimate;
	struct pyprof_error *err;
	const char *bytes;
	size_t len, n_calls;
	bool seconds;	   /* times are floats, else whole numbers */
	uint32_t *node_of; /* by the first value of a function's tuple: its node, or
			      PROFILE_NONE */
	struct str scratch;
};

static enum pyprof_status fail(const struct reader *r, const struct marshal_value *v,
			       const char *what)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "pstats, byte %zu: %s", v->offset,
			 what);
}

/* ---- functions --------------------------------------------------------------- */

static uint32_t intern(struct reader *r, const char *text, size_t len)
{
	str_clear(&r->scratch);
	utf8_add_clean(&r->scratch, text, len); /* Python 2 has bytes */
	if (r->scratch.failed)
		return PROFILE_NONE;
	return profile_string(r->profile, r->scratch.data, r->scratch.len);
}

static bool text_is(const struct reader *r, const struct marshal_value *v,
		    const char *text)
{
	return v->u.text.len == strlen(text) &&
	       !memcmp(r->bytes + v->u.text.start, text, v->u.text.len);
}

static uint32_t intern_file(struct reader *r, const struct marshal_value *file,
			    int32_t line)
{
	const char *text = r->bytes + file->u.text.start;
	size_t len = file->u.text.len, tildes = 0;

	while (tildes < len && text[tildes] == '~')
		tildes++;
	if (len && tildes == len && (len > 1 || !line))
		len--;
	return intern(r, text, len);
}

/*
 * What profile ran is a code object where it has a name: pstats shows it so, with its
 * address.
 */
static uint32_t intern_code(struct reader *r, const struct marshal_value *code)
{
	static const char begin[] = "<code object ";
	const struct marshal_value *name =
		&r->values[marshal_code_name(&r->m, (uint32_t)(code - r->values))];
	struct str text = STR_INIT;
	uint32_t id = PROFILE_NONE;

	str_add_cstr(&text, begin);
	if (name->kind == MARSHAL_TEXT)
		str_add(&text, r->bytes + name->u.text.start, name->u.text.len);
	str_add_char(&text, '>');
	if (!text.failed)
		id = intern(r, text.data, text.len);
	str_deinit(&text);
	return id;
}

static uint32_t intern_name(struct reader *r, const struct marshal_value *name)
{
	if (name->kind == MARSHAL_CODE)
		return intern_code(r, name);
	return intern(r, r->bytes + name->u.text.start, name->u.text.len);
}

static uint32_t make_node(struct reader *r, const struct marshal_value *file,
			  int32_t line, const struct marshal_value *name)
{
	bool special = text_is(r, file, "~") && !line && name->kind == MARSHAL_TEXT;
	uint32_t function;

	if (special && text_is(r, name, PSTATS_ROOT))
		return NODE_ROOT;
	if (special && text_is(r, name, PSTATS_TRUNCATED))
		return estimate_node(&r->estimate, PROFILE_NONE);
	function = profile_function(r->profile, intern_name(r, name),
				    intern_file(r, file, line), line);
	return function == PROFILE_NONE ? PROFILE_NONE
					: estimate_node(&r->estimate, function);
}

/* (file, line, name) */
static enum pyprof_status read_function(struct reader *r, const struct marshal_value *v,
					uint32_t *node)
{
	const struct marshal_value *file, *line, *name;

	if (v->kind != MARSHAL_TUPLE || v->n != 3)
		return fail(r, v, "no function");
	file = &r->values[v->first_child];
	line = &r->values[file->next];
	name = &r->values[line->next];
	if (file->kind != MARSHAL_TEXT || line->kind != MARSHAL_INT ||
	    (name->kind != MARSHAL_TEXT && name->kind != MARSHAL_CODE))
		return fail(r, v, "no function");
	*node = r->node_of[v->first_child];
	if (*node != PROFILE_NONE)
		return PYPROF_OK;
	*node = make_node(r, file,
			  line->negative || line->u.number > INT32_MAX
				  ? 0
				  : (int32_t)line->u.number,
			  name);
	r->node_of[v->first_child] = *node;
	return *node == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

/* ---- numbers ----------------------------------------------------------------- */

static enum pyprof_status read_time(struct reader *r, const struct marshal_value *v,
				    uint64_t *time)
{
	double ns;

	*time = 0;
	if (v->kind != MARSHAL_INT && v->kind != MARSHAL_FLOAT)
		return fail(r, v, "no time");
	if (v->kind == MARSHAL_INT && (v->negative || !r->seconds)) {
		*time = v->negative ? 0 : v->u.number;
		return PYPROF_OK;
	}
	ns = v->kind == MARSHAL_INT ? (double)v->u.number * 1e9 : v->u.real * 1e9;
	if (isnan(ns))
		return fail(r, v, "no time");
	if (ns >= 0x1p64)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "pstats, byte %zu: a time beyond 64 bits of nanoseconds",
				 v->offset);
	/* Below 2^52 ns, 52 days, that is what it was before it became a float. */
	*time = ns <= 0 ? 0 : ns < 0x1p52 ? (uint64_t)(ns + 0.5) : (uint64_t)ns;
	return PYPROF_OK;
}

static enum pyprof_status read_count(struct reader *r, const struct marshal_value *v,
				     uint64_t *count)
{
	*count = v->u.number;
	if (v->kind != MARSHAL_INT || v->negative)
		return fail(r, v, "no number of calls");
	return PYPROF_OK;
}

/* ---- callers ----------------------------------------------------------------- */

/*
 * What profile knows: how often each called. The time is parted in proportion, to the
 * last unit.
 */
struct counts {
	uint64_t time;
	unsigned __int128 all, before;
};

/* (nc, cc, tt, ct), and again where several files were added by some pstats */
static enum pyprof_status read_call_tuple(struct reader *r, const struct marshal_value *v,
					  uint64_t *time)
{
	uint32_t child = v->first_child;
	enum pyprof_status status = PYPROF_OK;

	*time = 0;
	if (!v->n || v->n % 4)
		return fail(r, v, "no call");
	for (uint32_t i = 0; !status && i < v->n; i++, child = r->values[child].next) {
		uint64_t more = 0;

		if (i % 4 != 3)
			continue;
		status = read_time(r, &r->values[child], &more);
		*time = profile_add_saturating(*time, more);
	}
	return status;
}

static enum pyprof_status read_call(struct reader *r, const struct marshal_value *v,
				    uint64_t *time, struct counts *counts, bool recursion)
{
	uint64_t count;
	enum pyprof_status status;

	if (v->kind == MARSHAL_TUPLE)
		return read_call_tuple(r, v, time);
	status = read_count(r, v, &count);
	*time = 0;
	if (status || recursion || !counts->all)
		return status;
	*time = (uint64_t)((counts->before + count) * counts->time / counts->all -
			   counts->before * counts->time / counts->all);
	counts->before += count;
	return PYPROF_OK;
}

/* How often others called it. */
static enum pyprof_status count_calls(struct reader *r,
				      const struct marshal_value *callers,
				      uint32_t callee, struct counts *counts)
{
	enum pyprof_status status = PYPROF_OK;
	uint32_t key = callers->first_child;

	while (!status && key != MARSHAL_NONE) {
		const struct marshal_value *v = &r->values[r->values[key].next];
		uint64_t count = 0;
		uint32_t caller = PROFILE_NONE;

		status = read_function(r, &r->values[key], &caller);
		if (!status && v->kind == MARSHAL_INT && caller != callee) {
			status = read_count(r, v, &count);
			counts->all += count;
		}
		key = v->next;
	}
	/* The product with a time has to be within 128 bits. */
	if (!status && counts->all > UINT64_MAX)
		return fail(r, callers, "calls beyond 64 bits");
	return status;
}

static enum pyprof_status read_callers(struct reader *r,
				       const struct marshal_value *callers,
				       uint32_t callee, uint64_t total)
{
	struct counts counts = {.time = total};
	enum pyprof_status status;
	uint32_t key = callers->first_child;

	if (callers->kind != MARSHAL_DICT)
		return fail(r, callers, "no callers");
	/* Dicts that are referred to again and again: no file has them, but could go on
	 * for days. */
	r->n_calls += callers->n / 2;
	if (r->n_calls > r->len)
		return fail(r, callers, "callers of more than one function");
	status = count_calls(r, callers, callee, &counts);
	while (!status && key != MARSHAL_NONE) {
		const struct marshal_value *v = &r->values[r->values[key].next];
		uint64_t time = 0;
		uint32_t caller = PROFILE_NONE;

		status = read_function(r, &r->values[key], &caller);
		if (!status && (caller == NODE_ROOT ||
				r->estimate.nodes[caller].function == PROFILE_NONE))
			status = fail(r, v, "a call that cannot be");
		if (!status)
			status = read_call(r, v, &time, &counts, caller == callee);
		if (!status && !estimate_add_call(&r->estimate, caller, 0, callee, &time))
			status = error_nomem(r->err);
		key = v->next;
	}
	return status;
}

/* ---- entries ----------------------------------------------------------------- */

/* The values of (cc, nc, tt, ct, callers). */
struct entry {
	const struct marshal_value *nc, *tt, *ct, *callers;
};

static enum pyprof_status take_entry(const struct reader *r,
				     const struct marshal_value *v, struct entry *e)
{
	if (v->kind != MARSHAL_TUPLE || v->n != 5)
		return fail(r, v, "not what is known of a function");
	e->nc = &r->values[r->values[v->first_child].next];
	e->tt = &r->values[e->nc->next];
	e->ct = &r->values[e->tt->next];
	e->callers = &r->values[e->ct->next];
	return PYPROF_OK;
}

static enum pyprof_status read_entry(struct reader *r, const struct marshal_value *key)
{
	struct entry e = {0};
	uint64_t self = 0, total = 0;
	uint32_t node = PROFILE_NONE;
	enum pyprof_status status = read_function(r, key, &node);
	bool ok;

	if (!status)
		status = take_entry(r, &r->values[key->next], &e);
	if (!status)
		status = read_time(r, e.tt, &self);
	if (!status)
		status = read_time(r, e.ct, &total);
	if (status)
		return status;
	if (node == NODE_ROOT) {
		ok = !__builtin_add_overflow(r->estimate.totals[0], self,
					     &r->estimate.totals[0]);
		if (!ok)
			r->estimate.overflow = true;
		ok = profile_add(r->profile, PROFILE_ROOT, PROFILE_NONE, 0, &self);
		return ok ? PYPROF_OK : error_nomem(r->err);
	}
	if (!estimate_add_self(&r->estimate, node, 0, &self))
		return error_nomem(r->err);
	return read_callers(r, e.callers, node, total);
}

/* What the times are: seconds where one of them is a float. */
static enum pyprof_status find_metric(struct reader *r, struct profile_metric *metric)
{
	bool any = false, as_calls = true;
	enum pyprof_status status = PYPROF_OK;
	uint32_t key = r->values[0].first_child;

	while (!status && key != MARSHAL_NONE) {
		struct entry e = {0};

		status = take_entry(r, &r->values[r->values[key].next], &e);
		if (status)
			break;
		r->seconds = r->seconds || e.tt->kind == MARSHAL_FLOAT ||
			     e.ct->kind == MARSHAL_FLOAT;
		any = any || (e.ct->kind == MARSHAL_INT && e.ct->u.number);
		as_calls = as_calls && e.ct->kind == MARSHAL_INT &&
			   e.nc->kind == MARSHAL_INT && e.nc->u.number == e.ct->u.number;
		key = r->values[r->values[key].next].next;
	}
	r->seconds = r->seconds || !any;
	if (r->seconds)
		*metric = (struct profile_metric){"time", "nanoseconds"};
	else
		*metric =
			(struct profile_metric){as_calls ? "samples" : "value", "count"};
	return status;
}

static enum pyprof_status read_entries(struct reader *r)
{
	struct profile_metric metric;
	enum pyprof_status status;
	uint32_t key;

	r->values = r->m.values;
	if (r->values[0].kind != MARSHAL_DICT)
		return fail(r, &r->values[0], "no dict of functions");
	status = find_metric(r, &metric);
	if (!status)
		status = profile_create(&r->profile, &metric, 1, r->err);
	if (status)
		return status;
	estimate_init(&r->estimate, r->profile);
	r->node_of = malloc(r->m.n_values * sizeof(*r->node_of));
	if (!r->node_of)
		return error_nomem(r->err);
	memset(r->node_of, 0xff, r->m.n_values * sizeof(*r->node_of));
	for (key = r->values[0].first_child; !status && key != MARSHAL_NONE;
	     key = r->values[r->values[key].next].next)
		status = read_entry(r, &r->values[key]);
	return status ? status : estimate_add(&r->estimate, 0, NULL, r->err);
}

enum pyprof_status pstats_read(struct profile **out, const char *bytes, size_t len,
			       struct pyprof_error *err)
{
	struct reader r = {.err = err, .bytes = bytes, .len = len};
	enum pyprof_status status = marshal_read(&r.m, bytes, len, err);

	*out = NULL;
	if (!status)
		status = read_entries(&r);
	marshal_deinit(&r.m);
	estimate_deinit(&r.estimate);
	str_deinit(&r.scratch);
	free(r.node_of);
	if (status)
		profile_destroy(r.profile);
	else
		*out = r.profile;
	return status;
}

/* A dict, and its first key a tuple of three; or an empty one. */
bool pstats_detect(const char *bytes, size_t len)
{
	if (!len || (bytes[0] & 0x7f) != '{')
		return false;
	if (len == 2 && bytes[1] == '0')
		return true;
	if (len >= 3 && (bytes[1] & 0x7f) == ')')
		return bytes[2] == 3;
	return len >= 6 && (bytes[1] & 0x7f) == '(' && !memcmp(bytes + 2, "\3\0\0\0", 4);
}
