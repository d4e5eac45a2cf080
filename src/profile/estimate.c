/* SPDX-License-Identifier: MIT */
#include "profile/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "profile/estimate_flow.h"

void estimate_init(struct estimate *e, struct profile *profile)
{
	*e = (struct estimate){.profile = profile, .m = profile->n_metrics};
}

void estimate_deinit(struct estimate *e)
{
	free(e->nodes);
	free(e->selves);
	free(e->calls);
	free(e->self_values);
	free(e->call_values);
	map_deinit(&e->node_map);
	map_deinit(&e->self_map);
	map_deinit(&e->call_map);
	*e = (struct estimate){0};
}

/* ---- the graph --------------------------------------------------------------- */

static bool node_equal(const void *entries, uint32_t index, const void *key)
{
	return ((const struct estimate_node *)entries)[index].function ==
	       *(const uint32_t *)key;
}

uint32_t estimate_node(struct estimate *e, uint32_t function)
{
	uint64_t hash = hash_u64(function);
	uint32_t found = map_find(&e->node_map, hash, node_equal, e->nodes, &function);

	if (found != MAP_NONE)
		return found;
	if (e->n_nodes >= PROFILE_NONE ||
	    !array_grow(e->nodes, e->n_nodes, e->cap_nodes) ||
	    !map_insert(&e->node_map, hash, (uint32_t)e->n_nodes))
		return PROFILE_NONE;
	e->nodes[e->n_nodes].function = function;
	return (uint32_t)e->n_nodes++;
}

/* m zeros more. */
static bool add_values(struct estimate *e, uint64_t **values, size_t *cap, size_t n)
{
	if (!array_reserve((void **)values, cap, (n + 1) * e->m, sizeof(**values)))
		return false;
	memset(*values + n * e->m, 0, e->m * sizeof(**values));
	return true;
}

static bool self_equal(const void *entries, uint32_t index, const void *key)
{
	const struct estimate_self *self = (const struct estimate_self *)entries + index;
	const struct estimate_self *k = key;

	return self->node == k->node && self->line == k->line;
}

static uint32_t self_of(struct estimate *e, const struct estimate_self *key)
{
	uint64_t hash = hash_u64((uint64_t)key->node << 32 | (uint32_t)key->line);
	uint32_t found = map_find(&e->self_map, hash, self_equal, e->selves, key);

	if (found != MAP_NONE)
		return found;
	if (e->n_selves >= PROFILE_NONE ||
	    !array_grow(e->selves, e->n_selves, e->cap_selves) ||
	    !add_values(e, &e->self_values, &e->cap_self_values, e->n_selves) ||
	    !map_insert(&e->self_map, hash, (uint32_t)e->n_selves))
		return PROFILE_NONE;
	e->selves[e->n_selves] = *key;
	return (uint32_t)e->n_selves++;
}

bool estimate_add_self(struct estimate *e, uint32_t node, int32_t line,
		       const uint64_t *values)
{
	uint32_t self = self_of(e, &(struct estimate_self){node, line});

	if (self == PROFILE_NONE)
		return false;
	for (size_t k = 0; k < e->m; k++) {
		uint64_t *value = &e->self_values[self * e->m + k];

		*value = profile_add_saturating(*value, values[k]);
		if (__builtin_add_overflow(e->totals[k], values[k], &e->totals[k]))
			e->overflow = true;
	}
	return true;
}

static bool call_equal(const void *entries, uint32_t index, const void *key)
{
	const struct estimate_call *call = (const struct estimate_call *)entries + index;
	const struct estimate_call *k = key;

	return call->caller == k->caller && call->callee == k->callee &&
	       call->line == k->line;
}

static uint32_t call_of(struct estimate *e, const struct estimate_call *key)
{
	uint64_t hash =
		hash_pair((uint64_t)key->caller << 32 | key->callee, (uint32_t)key->line);
	uint32_t found = map_find(&e->call_map, hash, call_equal, e->calls, key);

	if (found != MAP_NONE)
		return found;
	if (e->n_calls >= PROFILE_NONE ||
	    !array_grow(e->calls, e->n_calls, e->cap_calls) ||
	    !add_values(e, &e->call_values, &e->cap_call_values, e->n_calls) ||
	    !map_insert(&e->call_map, hash, (uint32_t)e->n_calls))
		return PROFILE_NONE;
	e->calls[e->n_calls] = *key;
	return (uint32_t)e->n_calls++;
}

bool estimate_add_call(struct estimate *e, uint32_t caller, int32_t line, uint32_t callee,
		       const uint64_t *values)
{
	uint32_t call = call_of(e, &(struct estimate_call){caller, callee, line});

	if (call == PROFILE_NONE)
		return false;
	for (size_t k = 0; k < e->m; k++) {
		uint64_t *value = &e->call_values[call * e->m + k];

		*value = profile_add_saturating(*value, values[k]);
	}
	return true;
}

/* ---- the stacks -------------------------------------------------------------- */

static bool add_comment(struct profile *profile, size_t truncated)
{
	struct str text = STR_INIT;
	char *comments;

	if (profile->info.comments)
		str_printf(&text, "%s\n", profile->info.comments);
	str_add_cstr(
		&text,
		"the stacks are an estimate: the file knows who called whom, not what "
		"had called the caller");
	if (truncated)
		str_printf(&text, "\n%zu thin branches of it were cut off", truncated);
	comments = str_take(&text);
	if (!comments)
		return false;
	free(profile->info.comments);
	profile->info.comments = comments;
	return true;
}

enum pyprof_status estimate_add(struct estimate *e, size_t max_nodes, size_t *truncated,
				struct pyprof_error *err)
{
	struct flow flow;
	size_t cut_off = 0;
	bool ok;

	if (e->overflow)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "what functions cost adds up to more than 2^64 - 1");
	ok = flow_init(&flow, e) &&
	     flow_walk(&flow, max_nodes ? max_nodes : ESTIMATE_MAX_NODES, &cut_off) &&
	     add_comment(e->profile, cut_off);
	flow_deinit(&flow);
	if (truncated)
		*truncated = cut_off;
	return ok ? PYPROF_OK : error_nomem(err);
}
