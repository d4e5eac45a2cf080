/* SPDX-License-Identifier: MIT */
#include "profile/estimate_flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

typedef unsigned __int128 wide;

/* ---- shares ------------------------------------------------------------------ */

struct remainder {
	wide rest;
	size_t index;
};

static int compare_remainders(const void *a, const void *b)
{
	const struct remainder *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest < y->rest ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

bool apportion(struct apportioning *a, uint64_t *shares, const uint64_t *left, size_t n,
	       uint64_t budget)
{
	wide sum = 0;
	size_t n_rests = 0;
	uint64_t rest = budget;

	for (size_t i = 0; i < n; i++)
		sum += left[i];
	if (sum <= budget) {
		if (n)
			memcpy(shares, left, n * sizeof(*shares));
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		wide product = (wide)budget * left[i];

		shares[i] = (uint64_t)(product / sum);
		rest -= shares[i];
		if (product % sum == 0)
			continue;
		if (!array_grow(a->remainders, n_rests, a->cap))
			return false;
		a->remainders[n_rests++] = (struct remainder){product % sum, i};
	}
	/* There are at least as many remainders as units to give; who has one has not all
	 * yet. */
	if (rest && rest < n_rests)
		qsort(a->remainders, n_rests, sizeof(*a->remainders), compare_remainders);
	for (size_t i = 0; i < rest; i++)
		shares[a->remainders[i].index]++;
	return true;
}

/* ---- lists ------------------------------------------------------------------- */

/*
 * Lists of the ids below n by their key (below n_keys; PROFILE_NONE: in no list), in
 * order.
 */
static bool make_lists(struct id_lists *lists, const uint32_t *keys, size_t n,
		       size_t n_keys)
{
	lists->first = calloc(n_keys + 2, sizeof(*lists->first));
	lists->ids = malloc((n + 1) * sizeof(*lists->ids));
	if (!lists->first || !lists->ids)
		return false;
	for (size_t i = 0; i < n; i++)
		if (keys[i] != PROFILE_NONE)
			lists->first[keys[i] + 2]++;
	for (size_t k = 2; k < n_keys + 2; k++)
		lists->first[k] += lists->first[k - 1];
	/* first[k + 1] is where the next of k goes, and ends where k + 1 begins. */
	for (uint32_t i = 0; i < n; i++)
		if (keys[i] != PROFILE_NONE)
			lists->ids[lists->first[keys[i] + 1]++] = i;
	return true;
}

static void free_lists(struct id_lists *lists)
{
	free(lists->first);
	free(lists->ids);
}

/* A call counts where it costs something, and is not of the function itself. */
static bool call_counts(const struct estimate *e, size_t call)
{
	if (e->calls[call].caller == e->calls[call].callee)
		return false;
	for (size_t k = 0; k < e->m; k++)
		if (e->call_values[call * e->m + k])
			return true;
	return false;
}

static bool list_calls_and_selves(struct flow *f)
{
	const struct estimate *e = f->e;
	size_t n = e->n_calls > e->n_selves ? e->n_calls : e->n_selves;
	uint32_t *keys = malloc((n + 1) * sizeof(*keys));
	bool ok = keys != NULL;

	for (size_t i = 0; ok && i < e->n_calls; i++)
		keys[i] = call_counts(e, i) ? e->calls[i].caller : PROFILE_NONE;
	ok = ok && make_lists(&f->calls, keys, e->n_calls, e->n_nodes);
	for (size_t i = 0; ok && i < e->n_selves; i++)
		keys[i] = e->selves[i].node;
	ok = ok && make_lists(&f->selves, keys, e->n_selves, e->n_nodes);
	free(keys);
	return ok;
}

/* ---- groups: strongly connected components, by Tarjan's algorithm ------------ */

struct visit {
	uint32_t node, next; /* the next of its calls, in flow->calls.ids */
};

struct search {
	struct flow *f;
	uint32_t *number, *low; /* of each node; number 0: not met yet */
	uint32_t *stack;	/* nodes that are in no group yet */
	struct visit *path;
	size_t n_stack, n_path;
	uint32_t numbers;
};

static void enter(struct search *s, uint32_t node)
{
	s->number[node] = s->low[node] = ++s->numbers;
	s->stack[s->n_stack++] = node;
	s->path[s->n_path++] = (struct visit){node, s->f->calls.first[node]};
}

/* All calls of the path's last node are seen. */
static void leave(struct search *s)
{
	uint32_t node = s->path[--s->n_path].node, member;

	if (s->n_path) {
		uint32_t caller = s->path[s->n_path - 1].node;

		if (s->low[node] < s->low[caller])
			s->low[caller] = s->low[node];
	}
	if (s->low[node] != s->number[node])
		return;
	do {
		member = s->stack[--s->n_stack];
		s->f->group[member] = (uint32_t)s->f->n_groups;
	} while (member != node);
	s->f->n_groups++;
}

static void search_from(struct search *s, uint32_t node)
{
	const struct flow *f = s->f;

	enter(s, node);
	while (s->n_path) {
		struct visit *at = &s->path[s->n_path - 1];
		uint32_t callee;

		if (at->next == f->calls.first[at->node + 1]) {
			leave(s);
			continue;
		}
		callee = f->e->calls[f->calls.ids[at->next++]].callee;
		if (!s->number[callee])
			enter(s, callee);
		else if (f->group[callee] == PROFILE_NONE &&
			 s->number[callee] < s->low[at->node])
			s->low[at->node] = s->number[callee];
	}
}

static bool find_groups(struct flow *f)
{
	size_t n = f->e->n_nodes;
	struct search s = {.f = f};
	bool ok;

	f->group = malloc((n + 1) * sizeof(*f->group));
	s.number = calloc(n + 1, sizeof(*s.number));
	s.low = calloc(n + 1, sizeof(*s.low));
	s.stack = malloc((n + 1) * sizeof(*s.stack));
	s.path = malloc((n + 1) * sizeof(*s.path));
	ok = f->group && s.number && s.low && s.stack && s.path;
	if (ok) {
		memset(f->group, 0xff, (n + 1) * sizeof(*f->group));
		for (uint32_t i = 0; i < n; i++)
			if (!s.number[i])
				search_from(&s, i);
		ok = make_lists(&f->members, f->group, n, f->n_groups);
	}
	free(s.number);
	free(s.low);
	free(s.stack);
	free(s.path);
	return ok;
}

/* ---- what is conserved ------------------------------------------------------- */

/* What is needed while the flow is made. */
struct balance {
	struct flow *f;
	struct id_lists
		entries; /* of each group: the calls that lead to it from outside */
	struct apportioning apportioning;
	uint64_t *left, *shares;
};

static bool leaves_group(const struct flow *f, uint32_t call)
{
	return f->group[f->e->calls[call].callee] != f->group[f->e->calls[call].caller];
}

static bool list_entries(struct balance *b)
{
	const struct flow *f = b->f;
	size_t n = f->e->n_calls;
	uint32_t *keys = malloc((n + 1) * sizeof(*keys));
	bool ok = keys != NULL;

	for (uint32_t i = 0; ok && i < n; i++)
		keys[i] = call_counts(f->e, i) && leaves_group(f, i)
				  ? f->group[f->e->calls[i].callee]
				  : PROFILE_NONE;
	ok = ok && make_lists(&b->entries, keys, n, f->n_groups);
	free(keys);
	return ok;
}

/*
 * What stays in a group and goes on from it. The calls that leave it are no more than
 * their callees have, and each unit comes to one function only: it cannot be beyond the
 * selves' 64 bits.
 */
static uint64_t group_total(const struct flow *f, size_t group, size_t k)
{
	uint64_t total = 0;

	for (uint32_t i = f->members.first[group]; i < f->members.first[group + 1]; i++) {
		uint32_t node = f->members.ids[i];

		for (uint32_t s = f->selves.first[node]; s < f->selves.first[node + 1];
		     s++)
			total += f->self_left[f->selves.ids[s] * f->m + k];
		for (uint32_t c = f->calls.first[node]; c < f->calls.first[node + 1]; c++)
			if (leaves_group(f, f->calls.ids[c]))
				total += f->call_left[f->calls.ids[c] * f->m + k];
	}
	return total;
}

/* The calls that lead to the group: no more than it has; what is left is a root's. */
static bool balance_group(struct balance *b, size_t group, size_t k)
{
	struct flow *f = b->f;
	const uint32_t *calls = b->entries.ids + b->entries.first[group];
	size_t n = b->entries.first[group + 1] - b->entries.first[group];
	uint64_t total = group_total(f, group, k), rest = total;

	for (size_t i = 0; i < n; i++)
		b->left[i] = f->call_left[calls[i] * f->m + k];
	if (!apportion(&b->apportioning, b->shares, b->left, n, total))
		return false;
	for (size_t i = 0; i < n; i++) {
		f->call_left[calls[i] * f->m + k] = b->shares[i];
		rest -= b->shares[i];
	}
	f->roots[group * f->m + k] = rest;
	return true;
}

static bool balance(struct flow *f)
{
	struct balance b = {.f = f};
	bool ok = list_entries(&b);

	b.left = malloc((f->e->n_calls + 1) * sizeof(*b.left));
	b.shares = malloc((f->e->n_calls + 1) * sizeof(*b.shares));
	ok = ok && b.left && b.shares;
	/* Callees first: a caller's calls are as they will be when it is its turn. */
	for (size_t group = 0; ok && group < f->n_groups; group++)
		for (size_t k = 0; ok && k < f->m; k++)
			ok = balance_group(&b, group, k);
	free_lists(&b.entries);
	free(b.apportioning.remainders);
	free(b.left);
	free(b.shares);
	return ok;
}

/* ---- where stacks begin ------------------------------------------------------ */

/*
 * Of a cycle, the function that costs most beyond what its calls from within and outside
 * do. The values of calls within are as the file has them.
 */
static bool find_roots(struct flow *f)
{
	const struct estimate *e = f->e;
	__int128 *beyond = calloc(e->n_nodes * f->m + 1, sizeof(*beyond));

	if (!beyond)
		return false;
	for (size_t i = 0; i < e->n_selves * f->m; i++)
		beyond[e->selves[i / f->m].node * f->m + i % f->m] += f->self_left[i];
	for (size_t i = 0; i < e->n_calls * f->m; i++) {
		const struct estimate_call *call = &e->calls[i / f->m];

		beyond[call->caller * f->m + i % f->m] += f->call_left[i];
		beyond[call->callee * f->m + i % f->m] -= f->call_left[i];
	}
	for (size_t group = 0; group < f->n_groups; group++) {
		const uint32_t *nodes = f->members.ids + f->members.first[group];
		size_t n = f->members.first[group + 1] - f->members.first[group], k = 0;

		while (k + 1 < f->m && !f->roots[group * f->m + k])
			k++;
		f->root_nodes[group] = nodes[0];
		for (size_t i = 1; i < n; i++)
			if (beyond[nodes[i] * f->m + k] >
			    beyond[f->root_nodes[group] * f->m + k])
				f->root_nodes[group] = nodes[i];
	}
	free(beyond);
	return true;
}

/* A copy, never NULL but where there is no memory. */
static uint64_t *copy_values(const uint64_t *values, size_t n)
{
	uint64_t *copy = malloc((n + 1) * sizeof(*copy));

	if (copy && n)
		memcpy(copy, values, n * sizeof(*copy));
	return copy;
}

bool flow_init(struct flow *f, const struct estimate *e)
{
	*f = (struct flow){.e = e, .m = e->m};
	f->self_left = copy_values(e->self_values, e->n_selves * e->m);
	f->call_left = copy_values(e->call_values, e->n_calls * e->m);
	if (!f->self_left || !f->call_left || !list_calls_and_selves(f) ||
	    !find_groups(f))
		return false;
	f->roots = calloc(f->n_groups * f->m + 1, sizeof(*f->roots));
	f->root_nodes = calloc(f->n_groups + 1, sizeof(*f->root_nodes));
	return f->roots && f->root_nodes && balance(f) && find_roots(f);
}

void flow_deinit(struct flow *f)
{
	free_lists(&f->calls);
	free_lists(&f->selves);
	free_lists(&f->members);
	free(f->group);
	free(f->self_left);
	free(f->call_left);
	free(f->roots);
	free(f->root_nodes);
}
