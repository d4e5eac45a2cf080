/* SPDX-License-Identifier: MIT */
/*
 * From the roots down: a budget is shared out over what a group costs itself and the
 * calls that leave it, in proportion to what no stack has yet. As the flow is conserved,
 * nothing is left then.
 *
 * That makes more and thinner branches. When there are enough, they go on undivided, each
 * to where most is left; one that is too thick for that takes all of it, so there are no
 * more of these than calls and selves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/estimate_flow.h"

/* Looks at calls and selves: a second or so each. */
#define SHARING_MAX ((uint64_t)1 << 24)
#define WORK_MAX    ((uint64_t)1 << 27)

/*
 * A branch that is still to be followed: `budget` of the stacks that enter `node` from
 * `parent`.
 */
struct branch {
	double weight; /* the largest of its shares of the metrics' totals */
	uint64_t order;
	uint32_t node, parent; /* parent: in the profile's tree */
	uint32_t slot;	       /* in budgets, m each */
};

/* Where a part of the budget can go: a self, or a call that leaves the group. */
struct sink {
	uint32_t node, id;
	bool is_call;
};

/* What is left of a sink, to be sorted by it. */
struct rest {
	uint64_t left;
	size_t sink;
};

struct walk {
	struct flow *f;
	struct profile *profile;
	size_t m, first_nodes, max_nodes;
	uint64_t work, orders;
	struct branch *heap;
	size_t n_heap, cap_heap;
	uint64_t *budgets;
	uint32_t *free_slots;
	size_t n_slots, cap_budgets, n_free, cap_free;
	/* Of the group that is entered just now: */
	uint32_t *reached; /* its nodes, the nearest first */
	uint32_t *via;	   /* by node: the call that leads to it */
	uint32_t *path;	   /* by node: in the profile's tree, what calls it; PROFILE_NONE:
			      not yet */
	uint32_t *seen;	   /* by node: `turn` where it was reached */
	uint32_t turn;
	uint32_t *steps; /* nodes without a path yet */
	struct sink *sinks;
	size_t n_reached, n_sinks, cap_sinks;
	uint64_t *left, *shares; /* by sink, and m times by sink */
	size_t cap_left, cap_shares;
	struct rest *rests; /* by sink */
	size_t cap_rests;
	struct apportioning apportioning;
};

/* ---- branches, the heaviest first -------------------------------------------- */

static bool before(const struct branch *a, const struct branch *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	return a->order < b->order;
}

static void heap_push(struct branch *heap, size_t *n, struct branch branch)
{
	size_t i = (*n)++;

	for (; i && before(&branch, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = branch;
}

static struct branch heap_pop(struct branch *heap, size_t *n)
{
	struct branch first = heap[0], last = heap[--*n];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= *n)
			break;
		if (child + 1 < *n && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return first;
}

static bool new_slot(struct walk *w, uint32_t *slot)
{
	if (w->n_free) {
		*slot = w->free_slots[--w->n_free];
		return true;
	}
	if (w->n_slots >= PROFILE_NONE ||
	    !array_grow(w->free_slots, w->n_slots, w->cap_free) ||
	    !array_reserve((void **)&w->budgets, &w->cap_budgets, (w->n_slots + 1) * w->m,
			   sizeof(*w->budgets)))
		return false;
	*slot = (uint32_t)w->n_slots++;
	return true;
}

/* The budget: of metric k at values[k * stride]. Nothing where all are 0. */
static bool push(struct walk *w, uint32_t node, uint32_t parent, const uint64_t *values,
		 size_t stride)
{
	struct branch branch = {.node = node, .parent = parent, .order = w->orders++};

	for (size_t k = 0; k < w->m; k++) {
		double weight = values[k * stride] ? (double)values[k * stride] /
							     (double)w->f->e->totals[k]
						   : 0;

		if (weight > branch.weight)
			branch.weight = weight;
	}
	if (branch.weight <= 0)
		return true;
	if (!array_grow(w->heap, w->n_heap, w->cap_heap) || !new_slot(w, &branch.slot))
		return false;
	for (size_t k = 0; k < w->m; k++)
		w->budgets[branch.slot * w->m + k] = values[k * stride];
	heap_push(w->heap, &w->n_heap, branch);
	return true;
}

/* ---- a group ----------------------------------------------------------------- */

static bool add_sink(struct walk *w, uint32_t node, uint32_t id, bool is_call)
{
	if (!array_grow(w->sinks, w->n_sinks, w->cap_sinks))
		return false;
	w->sinks[w->n_sinks++] = (struct sink){node, id, is_call};
	return true;
}

static void reach(struct walk *w, uint32_t node, uint32_t call)
{
	w->seen[node] = w->turn;
	w->via[node] = call;
	w->path[node] = PROFILE_NONE;
	w->reached[w->n_reached++] = node;
}

/*
 * All nodes of the group that `node` is in, by the fewest calls from there, and its
 * sinks.
 */
static bool reach_group(struct walk *w, uint32_t node)
{
	const struct flow *f = w->f;

	w->n_reached = w->n_sinks = 0;
	w->turn++;
	reach(w, node, PROFILE_NONE);
	for (size_t i = 0; i < w->n_reached; i++) {
		uint32_t at = w->reached[i];

		for (uint32_t s = f->selves.first[at]; s < f->selves.first[at + 1]; s++)
			if (!add_sink(w, at, f->selves.ids[s], false))
				return false;
		for (uint32_t c = f->calls.first[at]; c < f->calls.first[at + 1]; c++) {
			uint32_t call = f->calls.ids[c],
				 callee = f->e->calls[call].callee;

			if (f->group[callee] != f->group[node]) {
				if (!add_sink(w, at, call, true))
					return false;
			} else if (w->seen[callee] != w->turn) {
				reach(w, callee, call);
			}
			w->work++;
		}
	}
	w->work += w->n_reached + w->n_sinks * w->m;
	return true;
}

static uint64_t *left_of(struct walk *w, const struct sink *sink, size_t k)
{
	return (sink->is_call ? w->f->call_left : w->f->self_left) + sink->id * w->m + k;
}

static int by_left(const void *a, const void *b)
{
	const struct rest *x = a, *y = b;

	if (x->left != y->left)
		return x->left < y->left ? 1 : -1;
	return x->sink < y->sink ? -1 : x->sink > y->sink;
}

/*
 * To where most is left, of equal ones to the first, and what that cannot take to the
 * next. Sorting, which is seldom needed, is work of its own. False: no memory.
 */
static bool fill_up(struct walk *w, uint64_t *shares, size_t n, uint64_t budget)
{
	uint64_t sum = 0;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		sum = profile_add_saturating(sum, w->left[i]);
		if (w->left[i] > w->left[best])
			best = i;
	}
	if (n && w->left[best] >= budget) {
		shares[best] = budget;
		return true;
	}
	if (sum <= budget && sum < UINT64_MAX) {
		memcpy(shares, w->left, n * sizeof(*shares));
		return true;
	}
	if (!array_reserve((void **)&w->rests, &w->cap_rests, n, sizeof(*w->rests)))
		return false;
	for (size_t i = 0; i < n; i++)
		w->rests[i] = (struct rest){w->left[i], i};
	qsort(w->rests, n, sizeof(*w->rests), by_left);
	for (const struct rest *rest = w->rests; budget && rest < w->rests + n; rest++) {
		shares[rest->sink] = rest->left < budget ? rest->left : budget;
		budget -= shares[rest->sink];
	}
	for (size_t halves = n; halves; halves /= 2)
		w->work += n;
	return true;
}

static bool share_out(struct walk *w, const uint64_t *budget, bool in_proportion)
{
	size_t n = w->n_sinks;

	if (!array_reserve((void **)&w->left, &w->cap_left, n + 1, sizeof(*w->left)) ||
	    !array_reserve((void **)&w->shares, &w->cap_shares, n * w->m + 1,
			   sizeof(*w->shares)))
		return false;
	memset(w->shares, 0, n * w->m * sizeof(*w->shares));
	for (size_t k = 0; k < w->m; k++) {
		uint64_t *shares = w->shares + k * n;

		if (!budget[k])
			continue;
		for (size_t i = 0; i < n; i++)
			w->left[i] = *left_of(w, &w->sinks[i], k);
		if (!(in_proportion ? apportion(&w->apportioning, shares, w->left, n,
						budget[k])
				    : fill_up(w, shares, n, budget[k])))
			return false;
		for (size_t i = 0; i < n; i++)
			*left_of(w, &w->sinks[i], k) -= shares[i];
	}
	return true;
}

/*
 * The profile's node of a line of `node`, as the stacks have it that enter the group
 * here.
 */
static uint32_t tree_node(struct walk *w, uint32_t parent, uint32_t node, int32_t line)
{
	uint32_t function = w->f->e->nodes[node].function;

	return profile_node(w->profile, parent,
			    profile_location(w->profile, function, line, 0));
}

/* The profile's node that calls `node`; PROFILE_NONE: no memory. */
static uint32_t path_to(struct walk *w, uint32_t node)
{
	size_t n = 0;

	for (; w->path[node] == PROFILE_NONE; node = w->f->e->calls[w->via[node]].caller)
		w->steps[n++] = node;
	while (n) {
		const struct estimate_call *call =
			&w->f->e->calls[w->via[w->steps[n - 1]]];
		uint32_t path = tree_node(w, w->path[node], call->caller, call->line);

		if (path == PROFILE_NONE)
			return PROFILE_NONE;
		node = w->steps[--n];
		w->path[node] = path;
	}
	return w->path[node];
}

static bool end_stack(struct walk *w, uint32_t node, uint32_t marks, size_t sink)
{
	uint64_t values[PROFILE_MAX_METRICS];

	for (size_t k = 0; k < w->m; k++)
		values[k] = w->shares[k * w->n_sinks + sink];
	return profile_add(w->profile, node, PROFILE_NONE, marks, values);
}

/* What goes to one sink: a stack that ends there, or a branch. */
static bool fill_sink(struct walk *w, size_t i)
{
	const struct sink *sink = &w->sinks[i];
	const struct estimate *e = w->f->e;
	int32_t line = sink->is_call ? e->calls[sink->id].line : e->selves[sink->id].line;
	uint32_t parent, node;

	for (size_t k = 0; !w->shares[k * w->n_sinks + i];)
		if (++k == w->m)
			return true;
	parent = path_to(w, sink->node);
	if (parent == PROFILE_NONE)
		return false;
	if (e->nodes[sink->node].function == PROFILE_NONE)
		return end_stack(w, parent, PROFILE_MARK_TRUNCATED, i);
	node = tree_node(w, parent, sink->node, line);
	if (node == PROFILE_NONE)
		return false;
	if (!sink->is_call)
		return end_stack(w, node, 0, i);
	return push(w, e->calls[sink->id].callee, node, w->shares + i, w->n_sinks);
}

static bool follow(struct walk *w, const struct branch *branch, bool in_proportion)
{
	if (!reach_group(w, branch->node) ||
	    !share_out(w, w->budgets + branch->slot * w->m, in_proportion))
		return false;
	w->path[branch->node] = branch->parent;
	w->free_slots[w->n_free++] = branch->slot;
	for (size_t i = 0; i < w->n_sinks; i++)
		if (!fill_sink(w, i))
			return false;
	return true;
}

/* ---- the whole --------------------------------------------------------------- */

/* Then branches are not divided any more. A tree has no more nodes than calls and selves. */
static bool enough(const struct walk *w)
{
	size_t n = w->max_nodes + w->f->e->n_calls + w->f->e->n_selves;

	return w->profile->n_nodes - w->first_nodes >= n || w->n_heap >= n ||
	       w->work >= SHARING_MAX;
}

/* More is no use to anybody. */
static bool too_much(const struct walk *w)
{
	size_t n = w->max_nodes + w->f->e->n_calls + w->f->e->n_selves;

	return (w->profile->n_nodes - w->first_nodes) / ESTIMATE_UNDIVIDED >= n ||
	       w->work >= WORK_MAX;
}

static bool push_roots(struct walk *w)
{
	/* Callers first, as a reader would have them. */
	for (size_t group = w->f->n_groups; group-- > 0;)
		if (!push(w, w->f->root_nodes[group], PROFILE_ROOT,
			  w->f->roots + group * w->m, 1))
			return false;
	return true;
}

static bool walk(struct walk *w, size_t *truncated)
{
	if (!push_roots(w))
		return false;
	while (w->n_heap && !too_much(w)) {
		struct branch branch = heap_pop(w->heap, &w->n_heap);

		if (!follow(w, &branch, !enough(w)))
			return false;
	}
	*truncated = w->n_heap;
	for (size_t i = 0; i < w->n_heap; i++)
		if (!profile_add(w->profile, w->heap[i].parent, PROFILE_NONE,
				 PROFILE_MARK_TRUNCATED,
				 w->budgets + w->heap[i].slot * w->m))
			return false;
	return true;
}

bool flow_walk(struct flow *f, size_t max_nodes, size_t *truncated)
{
	size_t n = f->e->n_nodes;
	struct walk w = {.f = f,
			 .profile = f->e->profile,
			 .m = f->m,
			 .first_nodes = f->e->profile->n_nodes,
			 .max_nodes = max_nodes};
	bool ok;

	w.reached = malloc((n + 1) * sizeof(*w.reached));
	w.via = malloc((n + 1) * sizeof(*w.via));
	w.path = malloc((n + 1) * sizeof(*w.path));
	w.steps = malloc((n + 1) * sizeof(*w.steps));
	w.seen = calloc(n + 1, sizeof(*w.seen));
	ok = w.reached && w.via && w.path && w.steps && w.seen && walk(&w, truncated);
	free(w.reached);
	free(w.via);
	free(w.path);
	free(w.steps);
	free(w.seen);
	free(w.heap);
	free(w.budgets);
	free(w.free_slots);
	free(w.sinks);
	free(w.left);
	free(w.shares);
	free(w.rests);
	free(w.apportioning.remainders);
	return ok;
}
