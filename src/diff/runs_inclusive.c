/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "diff/runs_source.h"

/* Which nodes have one of the functions at them or above: parents come before their children. */
static void mark_nodes(const struct profile *p, const uint32_t *of, const bool *wanted,
		       bool *marked)
{
	marked[PROFILE_ROOT] = false;
	for (size_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		const struct profile_node *node = &p->nodes[i];

		marked[i] = marked[node->parent] ||
			    wanted[of[p->locations[node->location].function]];
	}
}

/* Python's own start is below nobody. */
static bool add_run(const struct runs *runs, enum side side, size_t run, const bool *wanted,
		    const bool *without, double *cost)
{
	const struct runs_source *s = runs->source;
	const uint32_t *of = s->match->of[side][run];
	const struct profile *p = s->sides[side].profiles[run];
	bool *marked = malloc(p->n_nodes * sizeof(*marked));

	*cost = 0;
	if (!marked)
		return false;
	mark_nodes(p, of, wanted, marked);
	for (size_t i = 0; i < p->n_samples; i++) {
		const struct runs_item *item =
			&runs->items[runs_item_of_sample(runs, side, run, i)];

		if (marked[p->samples[i].node] && item->kind != ITEM_START &&
		    !(without && item->kind == ITEM_FUNCTION && without[item->function]))
			*cost += (double)p->values[i * p->n_metrics + s->metric[side][run]];
	}
	*cost *= s->scale[side][run];
	free(marked);
	return true;
}

enum pyprof_status runs_inclusive_without(const struct runs *runs, const uint32_t *functions,
					  size_t n, const bool *without,
					  double *const cost[SIDES], struct pyprof_error *err)
{
	const struct runs_source *s = runs->source;
	bool *wanted, ok;

	if (!s)
		return error_set(err, PYPROF_ERR_USAGE,
				 "what the runs were made from is not known");
	wanted = calloc(s->match->n + 1, sizeof(*wanted));
	ok = wanted != NULL;
	for (size_t i = 0; ok && i < n; i++)
		if (functions[i] < s->match->n)
			wanted[functions[i]] = true;
	for (size_t side = 0; ok && side < SIDES; side++)
		for (size_t i = 0; ok && i < runs->n_runs[side]; i++)
			ok = add_run(runs, (enum side)side, i, wanted, without, &cost[side][i]);
	free(wanted);
	return ok ? PYPROF_OK : error_nomem(err);
}

enum pyprof_status runs_inclusive(const struct runs *runs, const uint32_t *functions, size_t n,
				  double *const cost[SIDES], struct pyprof_error *err)
{
	return runs_inclusive_without(runs, functions, n, NULL, cost, err);
}
