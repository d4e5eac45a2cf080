/* SPDX-License-Identifier: MIT */
#include "diff/places.h"

#include <stdlib.h>

#include "base/array.h"
#include "diff/runs_source.h"

/* The two nearest functions at a node or above it that both sides have, and that differ. */
struct near {
	uint32_t first, second;
};

static bool in_both(const struct match_function *f)
{
	return f->in[SIDE_BASE] && f->in[SIDE_HEAD];
}

/* By node, the node's own function included; parents come before their children. */
static struct near *find_near(const struct match *match, const struct profile *p,
			      const uint32_t *of)
{
	struct near *near = calloc(p->n_nodes, sizeof(*near));

	if (!near)
		return NULL;
	near[PROFILE_ROOT] = (struct near){ PROFILE_NONE, PROFILE_NONE };
	for (size_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		uint32_t function = of[p->locations[p->nodes[i].location].function];
		struct near above = near[p->nodes[i].parent];

		near[i] = above;
		if (in_both(&match->functions[function]) && function != above.first)
			near[i] = (struct near){ function, above.first };
	}
	return near;
}

static bool place_equal(const void *entries, uint32_t index, const void *key)
{
	const struct place *place = (const struct place *)entries + index;
	const struct place *k = key;

	return place->function == k->function && place->caller == k->caller;
}

/* MAP_NONE: no memory. */
static uint32_t add_place(struct places *places, uint32_t function, uint32_t caller)
{
	struct place key = { function, caller };
	uint64_t hash = hash_u64((uint64_t)function << 32 | caller);
	uint32_t id = map_find(&places->map, hash, place_equal, places->items, &key);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)places->n;
	if (places->n >= MAP_NONE || !array_grow(places->items, places->n, places->cap) ||
	    !map_insert(&places->map, hash, id))
		return MAP_NONE;
	places->items[places->n++] = key;
	return id;
}

/* By sample, the id of its place; PROFILE_NONE: nobody's cost. NULL: no memory. */
static uint32_t *find_places(struct places *places, const struct runs *runs, enum side side,
			     size_t run)
{
	const struct runs_source *s = runs->source;
	const struct profile *p = s->sides[side].profiles[run];
	const uint32_t *of = s->match->of[side][run];
	struct near *near = find_near(s->match, p, of);
	uint32_t *ids = profile_id_table(p->n_samples);
	bool ok = near && ids;

	for (size_t i = 0; ok && i < p->n_samples; i++) {
		uint32_t function = runs->items[runs_item_of_sample(runs, side, run, i)].function;
		struct near above;

		if (function == PROFILE_NONE || !p->values[i * p->n_metrics + s->metric[side][run]])
			continue;
		above = near[p->nodes[p->samples[i].node].parent];
		ids[i] = add_place(places, function,
				   above.first != function ? above.first : above.second);
		ok = ids[i] != MAP_NONE;
	}
	free(near);
	if (ok)
		return ids;
	free(ids);
	return NULL;
}

static void add_costs(struct places *places, const struct runs_source *s, enum side side,
		      size_t run, const uint32_t *ids)
{
	const struct profile *p = s->sides[side].profiles[run];
	size_t n_runs = places->n_runs[side];

	for (size_t i = 0; i < p->n_samples; i++)
		if (ids[i] != PROFILE_NONE)
			places->cost[side][ids[i] * n_runs + run] +=
				(double)p->values[i * p->n_metrics + s->metric[side][run]];
	for (size_t i = 0; i < places->n; i++)
		places->cost[side][i * n_runs + run] *= s->scale[side][run];
}

bool places_init(struct places *places, const struct runs *runs)
{
	const struct runs_source *s = runs->source;
	uint32_t **ids[SIDES] = { 0 };
	bool ok = true;

	*places = (struct places){ .n_runs = { runs->n_runs[SIDE_BASE], runs->n_runs[SIDE_HEAD] } };
	for (size_t side = 0; ok && side < SIDES; side++) {
		ids[side] = calloc(runs->n_runs[side] + 1, sizeof(*ids[side]));
		ok = ids[side] != NULL;
		for (size_t i = 0; ok && i < runs->n_runs[side]; i++) {
			ids[side][i] = find_places(places, runs, (enum side)side, i);
			ok = ids[side][i] != NULL;
		}
	}
	for (size_t side = 0; ok && side < SIDES; side++) {
		places->cost[side] = calloc(places->n * runs->n_runs[side] + 1,
					    sizeof(*places->cost[side]));
		ok = places->cost[side] != NULL;
		for (size_t i = 0; ok && i < runs->n_runs[side]; i++)
			add_costs(places, s, (enum side)side, i, ids[side][i]);
	}
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; ids[side] && i < runs->n_runs[side]; i++)
			free(ids[side][i]);
		free(ids[side]);
	}
	return ok;
}

void places_deinit(struct places *places)
{
	free(places->items);
	map_deinit(&places->map);
	free(places->cost[SIDE_BASE]);
	free(places->cost[SIDE_HEAD]);
	*places = (struct places){ 0 };
}

double places_change(const struct places *places, size_t place)
{
	double mean[SIDES] = { 0 };

	for (size_t side = 0; side < SIDES; side++) {
		size_t n = places->n_runs[side];

		for (size_t i = 0; i < n; i++)
			mean[side] += places->cost[side][place * n + i] / (double)n;
	}
	return mean[SIDE_HEAD] - mean[SIDE_BASE];
}
