/* SPDX-License-Identifier: MIT */
#include "profile/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* What is needed while the graph is built, and only then. */
struct build {
	struct graph *graph;
	const struct profile *profile;
	size_t m; /* metrics */
	size_t cap_nodes, cap_edges;
	struct map node_map, edge_map;
	uint32_t *first_child, *next_sibling; /* of the tree's nodes; PROFILE_NONE: none */
	uint64_t *sums;	    /* of each tree node with all below it, m each */
	uint32_t *node_of;  /* graph node of each location; PROFILE_NONE: none yet */
	uint32_t *edge_of;  /* graph edge that leads to each tree node on the path */
	uint32_t *on_path;  /* how often the path has each graph node… */
	uint32_t *edges_on_path; /* …and edge */
	size_t cap_on_path, cap_edges_on_path;
	uint32_t mark; /* graph node of the truncation mark; PROFILE_NONE: none yet */
};

static void build_deinit(struct build *b)
{
	map_deinit(&b->node_map);
	map_deinit(&b->edge_map);
	free(b->first_child);
	free(b->next_sibling);
	free(b->sums);
	free(b->node_of);
	free(b->edge_of);
	free(b->on_path);
	free(b->edges_on_path);
}

static bool build_init(struct build *b)
{
	const struct profile *p = b->profile;

	b->mark = PROFILE_NONE;
	b->first_child = profile_id_table(p->n_nodes);
	b->next_sibling = profile_id_table(p->n_nodes);
	b->sums = calloc(p->n_nodes * b->m, sizeof(*b->sums));
	b->node_of = profile_id_table(p->n_locations);
	b->edge_of = profile_id_table(p->n_nodes);
	return b->first_child && b->next_sibling && b->sums && b->node_of && b->edge_of;
}

static void add(uint64_t *into, const uint64_t *values, size_t m)
{
	for (size_t i = 0; i < m; i++)
		into[i] = profile_add_saturating(into[i], values[i]);
}

/* ---- nodes and edges ----------------------------------------------------------- */

static bool node_equal(const void *entries, uint32_t index, const void *key)
{
	const struct graph_node *node = (const struct graph_node *)entries + index;
	const struct graph_node *k = key;

	return node->function == k->function && node->line == k->line;
}

/* The values of a new node or edge: `n` of them, all 0. */
static uint64_t *new_values(size_t n)
{
	return calloc(n, sizeof(uint64_t));
}

static uint32_t add_node(struct build *b, const struct graph_node *key, uint64_t hash)
{
	struct graph *g = b->graph;
	uint64_t *values = new_values(2 * b->m);

	if (!values || g->n_nodes >= PROFILE_NONE ||
	    !array_grow(g->nodes, g->n_nodes, b->cap_nodes) ||
	    !array_grow(b->on_path, g->n_nodes, b->cap_on_path) ||
	    !map_insert(&b->node_map, hash, (uint32_t)g->n_nodes)) {
		free(values);
		return PROFILE_NONE;
	}
	b->on_path[g->n_nodes] = 0;
	g->nodes[g->n_nodes] = *key;
	g->nodes[g->n_nodes].self = values;
	g->nodes[g->n_nodes].total = values + b->m;
	return (uint32_t)g->n_nodes++;
}

/* The graph's node of a function and line; PROFILE_NONE: no memory. */
static uint32_t node(struct build *b, uint32_t function, int32_t line)
{
	struct graph_node key = { .function = function,
				  .line = b->graph->opts.by_line ? line : 0 };
	uint64_t hash = hash_u64((uint64_t)function << 32 | (uint32_t)key.line);
	uint32_t found = map_find(&b->node_map, hash, node_equal, b->graph->nodes, &key);

	return found != MAP_NONE ? found : add_node(b, &key, hash);
}

static uint32_t node_of_location(struct build *b, uint32_t location)
{
	const struct profile_location *l = &b->profile->locations[location];

	if (b->node_of[location] == PROFILE_NONE)
		b->node_of[location] = node(b, l->function, l->line);
	return b->node_of[location];
}

static bool edge_equal(const void *entries, uint32_t index, const void *key)
{
	const struct graph_edge *edge = (const struct graph_edge *)entries + index;
	const struct graph_edge *k = key;

	return edge->caller == k->caller && edge->callee == k->callee && edge->line == k->line;
}

static uint32_t add_edge(struct build *b, const struct graph_edge *key, uint64_t hash)
{
	struct graph *g = b->graph;
	uint64_t *values = new_values(3 * b->m);

	if (!values || g->n_edges >= PROFILE_NONE ||
	    !array_grow(g->edges, g->n_edges, b->cap_edges) ||
	    !array_grow(b->edges_on_path, g->n_edges, b->cap_edges_on_path) ||
	    !map_insert(&b->edge_map, hash, (uint32_t)g->n_edges)) {
		free(values);
		return PROFILE_NONE;
	}
	b->edges_on_path[g->n_edges] = 0;
	g->edges[g->n_edges] = *key;
	g->edges[g->n_edges].total = values;
	g->edges[g->n_edges].entered = values + b->m;
	g->edges[g->n_edges].self = values + 2 * b->m;
	return (uint32_t)g->n_edges++;
}

/* The edge to `callee` from the caller that runs `location`; PROFILE_NONE: no memory. */
static uint32_t edge(struct build *b, uint32_t location, uint32_t callee)
{
	struct graph_edge key = { .caller = node_of_location(b, location), .callee = callee };
	uint64_t hash;
	uint32_t found;

	if (key.caller == PROFILE_NONE || callee == PROFILE_NONE)
		return PROFILE_NONE;
	if (b->graph->opts.sites)
		key.line = b->profile->locations[location].line;
	hash = hash_pair((uint64_t)key.caller << 32 | callee, (uint32_t)key.line);
	found = map_find(&b->edge_map, hash, edge_equal, b->graph->edges, &key);
	return found != MAP_NONE ? found : add_edge(b, &key, hash);
}

/* ---- the tree ------------------------------------------------------------------ */

/* Children in the order of their ids; each node's sum with what is below it. */
static void link_tree(struct build *b)
{
	const struct profile *p = b->profile;

	for (size_t i = 0; i < p->n_samples; i++)
		add(b->sums + p->samples[i].node * b->m, p->values + i * b->m, b->m);
	for (uint32_t i = (uint32_t)p->n_nodes; --i > PROFILE_ROOT;) {
		uint32_t parent = p->nodes[i].parent;

		b->next_sibling[i] = b->first_child[parent];
		b->first_child[parent] = i;
		add(b->sums + parent * b->m, b->sums + i * b->m, b->m);
	}
}

/* The path goes on to tree node `at`. */
static bool enter(struct build *b, uint32_t at)
{
	const struct profile_node *n = &b->profile->nodes[at];
	uint32_t callee = node_of_location(b, n->location), e;
	struct graph *g = b->graph;
	bool outermost;

	if (callee == PROFILE_NONE || !b->on_path)
		return false;
	outermost = !b->on_path[callee]++;
	if (outermost)
		add(g->nodes[callee].total, b->sums + at * b->m, b->m);
	if (n->parent == PROFILE_ROOT)
		return true;
	e = edge(b, b->profile->nodes[n->parent].location, callee);
	if (e == PROFILE_NONE)
		return false;
	b->edge_of[at] = e;
	if (!b->edges_on_path[e]++)
		add(g->edges[e].total, b->sums + at * b->m, b->m);
	if (outermost)
		add(g->edges[e].entered, b->sums + at * b->m, b->m);
	return true;
}

static void leave(struct build *b, uint32_t at)
{
	b->on_path[b->node_of[b->profile->nodes[at].location]]--;
	if (b->edge_of[at] != PROFILE_NONE)
		b->edges_on_path[b->edge_of[at]]--;
}

/* Depth first, without recursion: stacks may be deeper than ours. */
static bool walk(struct build *b)
{
	uint32_t at = b->first_child[PROFILE_ROOT];

	while (at != PROFILE_NONE) {
		if (!enter(b, at))
			return false;
		if (b->first_child[at] != PROFILE_NONE) {
			at = b->first_child[at];
			continue;
		}
		for (;;) {
			leave(b, at);
			if (b->next_sibling[at] != PROFILE_NONE)
				break;
			at = b->profile->nodes[at].parent;
			if (at == PROFILE_ROOT)
				return true;
		}
		at = b->next_sibling[at];
	}
	return true;
}

/* A stack that ends in the mark. */
static bool add_truncated(struct build *b, uint32_t location, const uint64_t *values)
{
	struct graph *g = b->graph;
	uint32_t e;

	if (b->mark == PROFILE_NONE)
		b->mark = node(b, PROFILE_NONE, 0);
	if (b->mark == PROFILE_NONE)
		return false;
	add(g->nodes[b->mark].self, values, b->m);
	add(g->nodes[b->mark].total, values, b->m);
	if (location == PROFILE_NONE)
		return true;
	e = edge(b, location, b->mark);
	if (e == PROFILE_NONE)
		return false;
	add(g->edges[e].total, values, b->m);
	add(g->edges[e].entered, values, b->m);
	add(g->edges[e].self, values, b->m);
	return true;
}

static bool add_selves(struct build *b)
{
	const struct profile *p = b->profile;

	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t leaf = p->samples[i].node, location = p->nodes[leaf].location;
		const uint64_t *values = p->values + i * b->m;

		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED) {
			if (!add_truncated(b, location, values))
				return false;
		} else if (location != PROFILE_NONE) {
			add(b->graph->nodes[b->node_of[location]].self, values, b->m);
			if (b->edge_of[leaf] != PROFILE_NONE)
				add(b->graph->edges[b->edge_of[leaf]].self, values, b->m);
		}
	}
	return true;
}

enum pyprof_status graph_create(struct graph **out, const struct profile *profile,
				const struct graph_opts *opts, struct pyprof_error *err)
{
	struct build b = { .profile = profile, .m = profile->n_metrics };
	bool ok;

	*out = NULL;
	b.graph = calloc(1, sizeof(*b.graph));
	if (!b.graph)
		return error_nomem(err);
	b.graph->profile = profile;
	if (opts)
		b.graph->opts = *opts;
	ok = build_init(&b);
	if (ok) {
		link_tree(&b);
		ok = walk(&b) && add_selves(&b);
	}
	build_deinit(&b);
	if (!ok) {
		graph_destroy(b.graph);
		return error_nomem(err);
	}
	*out = b.graph;
	return PYPROF_OK;
}

void graph_destroy(struct graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->n_nodes; i++)
		free(graph->nodes[i].self); /* and total, which lies behind it */
	for (size_t i = 0; i < graph->n_edges; i++)
		free(graph->edges[i].total); /* and the others */
	free(graph->nodes);
	free(graph->edges);
	free(graph);
}
