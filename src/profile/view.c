/* SPDX-License-Identifier: MIT */
#include "profile/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/view_texts.h"

struct view {
	struct view_texts texts;
	struct view_opts opts;
	struct view_node *nodes;
	size_t n_nodes, cap_nodes;
	uint32_t *leaves; /* by sample */
};

/* Ids of the texts that every view has, in the order of adding. */
enum { TEXT_ROOT, TEXT_TRUNCATED };

/* What is needed while the tree is built, and only then. */
struct build {
	struct view *view;
	const struct profile *profile;
	struct map children; /* (parent, text) to view node, of those with many siblings */
	uint32_t *text_of;   /* text of each location; PROFILE_NONE: not made yet */
	/*
	 * View node of each profile node, where it was found for the current group: the samples
	 * that share a thread frame.
	 */
	uint32_t *shown;
	uint32_t *path; /* profile nodes from a leaf up */
	size_t n_path, cap_path;
};

static void build_deinit(struct build *b)
{
	map_deinit(&b->children);
	free(b->text_of);
	free(b->shown);
	free(b->path);
}

static bool build_init(struct build *b)
{
	const struct profile *p = b->profile;

	b->text_of = malloc((p->n_locations + 1) * sizeof(*b->text_of));
	b->shown = malloc(p->n_nodes * sizeof(*b->shown));
	b->view->leaves = malloc((p->n_samples + 1) * sizeof(*b->view->leaves));
	if (!b->text_of || !b->shown || !b->view->leaves)
		return false;
	memset(b->view->leaves, 0xff, p->n_samples * sizeof(*b->view->leaves));
	memset(b->text_of, 0xff, p->n_locations * sizeof(*b->text_of));
	memset(b->shown, 0xff, p->n_nodes * sizeof(*b->shown));
	return true;
}

/* ---- nodes ---------------------------------------------------------------------- */

static uint32_t add_node(struct view *view, uint32_t parent, uint32_t text)
{
	if (view->n_nodes == PROFILE_NONE ||
	    !array_grow(view->nodes, view->n_nodes, view->cap_nodes))
		return PROFILE_NONE;
	view->nodes[view->n_nodes] = (struct view_node){ .parent = parent,
							 .text = text,
							 .first_child = PROFILE_NONE,
							 .next_sibling = PROFILE_NONE };
	return (uint32_t)view->n_nodes++;
}

static bool node_equal(const void *entries, uint32_t index, const void *key)
{
	const struct view_node *node = (const struct view_node *)entries + index;
	const struct view_node *k = key;

	return node->parent == k->parent && node->text == k->text;
}

/*
 * Most nodes have one child or a few, and these are looked for in its list. Only those that come
 * after so many are put into the map, which would be larger than all the nodes.
 */
#define LISTED 16

/* Where a search in the list of children ended: behind `before` (NONE: in front). */
struct place {
	uint32_t before, found; /* node ids; PROFILE_NONE: none */
	bool listed;		/* the list ended there, or what was looked for is in it */
};

static struct place search_list(const struct view_node *nodes, uint32_t parent, uint32_t text)
{
	struct place place = { PROFILE_NONE, nodes[parent].first_child, true };

	for (size_t i = 0; i < LISTED; i++) {
		if (place.found == PROFILE_NONE || nodes[place.found].text == text)
			return place;
		place.before = place.found;
		place.found = nodes[place.found].next_sibling;
	}
	place.listed = false;
	return place;
}

/* A new node, at the end of its parent's list, or behind those that are looked for there. */
static uint32_t add_child(struct build *b, uint32_t parent, uint32_t text, uint32_t before)
{
	uint32_t node = add_node(b->view, parent, text);
	struct view_node *nodes = b->view->nodes;
	uint32_t *link;

	if (node == PROFILE_NONE)
		return PROFILE_NONE;
	link = before == PROFILE_NONE ? &nodes[parent].first_child : &nodes[before].next_sibling;
	nodes[node].next_sibling = *link;
	*link = node;
	return node;
}

/* The node of this text under `parent`; PROFILE_NONE where memory ran out or came in. */
static uint32_t child(struct build *b, uint32_t parent, uint32_t text)
{
	struct view_node key = { .parent = parent, .text = text };
	struct place place;
	uint64_t hash;
	uint32_t node;

	if (parent == PROFILE_NONE || text == PROFILE_NONE)
		return PROFILE_NONE;
	place = search_list(b->view->nodes, parent, text);
	if (place.listed)
		return place.found != PROFILE_NONE ? place.found :
						     add_child(b, parent, text, place.before);
	hash = hash_u64((uint64_t)parent << 32 | text);
	node = map_find(&b->children, hash, node_equal, b->view->nodes, &key);
	if (node != MAP_NONE)
		return node;
	node = add_child(b, parent, text, place.before);
	if (node == PROFILE_NONE || !map_insert(&b->children, hash, node))
		return PROFILE_NONE;
	return node;
}

static uint32_t location_text(struct build *b, uint32_t location)
{
	uint32_t *text = &b->text_of[location];

	if (*text == PROFILE_NONE)
		*text = view_texts_location(&b->view->texts, b->profile, location, &b->view->opts);
	return *text;
}

/*
 * The view node of a profile node, below `base`. Goes up only to what this group has been
 * through before, and then down again, without recursion: stacks may be a million deep.
 */
static uint32_t show(struct build *b, uint32_t node, uint32_t base)
{
	const struct profile_node *nodes = b->profile->nodes;
	uint32_t at;

	b->n_path = 0;
	for (; node != PROFILE_ROOT && b->shown[node] == PROFILE_NONE; node = nodes[node].parent) {
		if (!array_grow(b->path, b->n_path, b->cap_path))
			return PROFILE_NONE;
		b->path[b->n_path++] = node;
	}
	at = node == PROFILE_ROOT ? base : b->shown[node];
	while (b->n_path && at != PROFILE_NONE) {
		node = b->path[--b->n_path];
		at = child(b, at, location_text(b, nodes[node].location));
		b->shown[node] = at;
	}
	return at;
}

/* A group is done: what was found for its sample holds for no other group. */
static void forget_shown(struct build *b, size_t sample)
{
	uint32_t node = b->profile->samples[sample].node;

	for (; node != PROFILE_ROOT && b->shown[node] != PROFILE_NONE;
	     node = b->profile->nodes[node].parent)
		b->shown[node] = PROFILE_NONE;
}

/* ---- samples ---------------------------------------------------------------------- */

static uint64_t sample_value(const struct build *b, size_t sample)
{
	return b->profile->values[sample * b->profile->n_metrics + b->view->opts.metric];
}

static bool add_sample(struct build *b, size_t sample, uint32_t base)
{
	const struct profile_sample *s = &b->profile->samples[sample];
	uint32_t leaf = show(b, s->node, base);
	uint64_t *self;

	if (s->marks & PROFILE_MARK_TRUNCATED)
		leaf = child(b, leaf, TEXT_TRUNCATED);
	if (leaf == PROFILE_NONE)
		return false;
	b->view->leaves[sample] = leaf;
	self = &b->view->nodes[leaf].self;
	*self = profile_add_saturating(*self, sample_value(b, sample));
	return true;
}

/* Is the sample shown at all? */
static bool counts(const struct build *b, size_t sample)
{
	const struct profile *p = b->profile;

	if (!b->view->opts.all_metrics)
		return sample_value(b, sample) != 0;
	for (size_t i = 0; i < p->n_metrics; i++)
		if (p->values[sample * p->n_metrics + i])
			return true;
	return false;
}

/* The node that the thread's stacks are shown below. */
static uint32_t thread_base(struct build *b, uint32_t thread)
{
	const struct profile *p = b->profile;
	uint32_t base = PROFILE_ROOT;

	if (thread == PROFILE_NONE)
		return base;
	if (b->view->opts.by_process)
		base = child(b, base,
			     view_texts_process(&b->view->texts, p, p->threads[thread].process));
	if (b->view->opts.by_thread)
		base = child(b, base, view_texts_thread(&b->view->texts, p, thread));
	return base;
}

/*
 * That of each thread that has a sample which counts, at thread + 1; at 0 that of PROFILE_NONE.
 * The caller frees it; NULL: no memory.
 */
static uint32_t *thread_bases(struct build *b)
{
	const struct profile *p = b->profile;
	uint32_t *bases = malloc((p->n_threads + 1) * sizeof(*bases));

	if (!bases)
		return NULL;
	memset(bases, 0xff, (p->n_threads + 1) * sizeof(*bases));
	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t *base = &bases[p->samples[i].thread + 1u];

		if (*base != PROFILE_NONE || !counts(b, i))
			continue;
		*base = thread_base(b, p->samples[i].thread);
		if (*base == PROFILE_NONE) {
			free(bases);
			return NULL;
		}
	}
	return bases;
}

/* Sorts the samples that count by the node they are shown below. *order is the caller's to free. */
static bool group_samples(const struct build *b, const uint32_t *bases, uint32_t **order,
			  size_t *n)
{
	const struct profile *p = b->profile;
	size_t n_groups = b->view->n_nodes;
	size_t *start = calloc(n_groups + 1, sizeof(*start));

	*order = calloc(p->n_samples + 1, sizeof(**order));
	*n = 0;
	if (start && *order) {
		for (size_t i = 0; i < p->n_samples; i++) {
			if (counts(b, i)) {
				start[bases[p->samples[i].thread + 1u] + 1]++;
				(*n)++;
			}
		}
		for (size_t i = 0; i < n_groups; i++)
			start[i + 1] += start[i];
		for (size_t i = 0; i < p->n_samples; i++) {
			if (counts(b, i))
				(*order)[start[bases[p->samples[i].thread + 1u]]++] = (uint32_t)i;
		}
	}
	free(start);
	return start && *order;
}

static bool add_samples(struct build *b)
{
	uint32_t *bases = thread_bases(b);
	uint32_t *order = NULL;
	size_t n = 0;
	bool ok = bases && group_samples(b, bases, &order, &n);
	size_t first = 0; /* of the group */
	uint32_t last = PROFILE_NONE;

	for (size_t i = 0; ok && i < n; i++) {
		uint32_t base = bases[b->profile->samples[order[i]].thread + 1u];

		if (base != last)
			for (; first < i; first++)
				forget_shown(b, order[first]);
		last = base;
		ok = add_sample(b, order[i], base);
	}
	free(order);
	free(bases);
	return ok;
}

/* ---- totals and order ---------------------------------------------------------------- */

static void add_totals(struct view *view)
{
	struct view_node *nodes = view->nodes;

	for (size_t i = view->n_nodes; i-- > 0;) {
		nodes[i].total = profile_add_saturating(nodes[i].total, nodes[i].self);
		if (i != PROFILE_ROOT)
			nodes[nodes[i].parent].total = profile_add_saturating(
				nodes[nodes[i].parent].total, nodes[i].total);
	}
}

/*
 * Links every node to its siblings in the order of their texts: all nodes are sorted by the
 * rank of their text once, by counting, and then put in front of their parent's list from
 * the last to the first.
 */
static bool link_children(struct view *view)
{
	struct view_node *nodes = view->nodes;
	size_t *start = calloc(view->texts.n + 1, sizeof(*start));
	uint32_t *order = calloc(view->n_nodes, sizeof(*order));
	uint32_t *ranks = NULL;
	bool ok = start && order && view_texts_rank(&view->texts, &ranks);

	if (ok) {
		for (size_t i = 0; i < view->n_nodes; i++)
			start[ranks[nodes[i].text] + 1]++;
		for (size_t i = 0; i < view->texts.n; i++)
			start[i + 1] += start[i];
		for (size_t i = 0; i < view->n_nodes; i++)
			order[start[ranks[nodes[i].text]]++] = (uint32_t)i;
		for (size_t i = 0; i < view->n_nodes; i++)
			nodes[i].first_child = PROFILE_NONE;
		for (size_t i = view->n_nodes; i-- > 0;) {
			struct view_node *node = &nodes[order[i]];

			if (order[i] == PROFILE_ROOT)
				continue;
			node->next_sibling = nodes[node->parent].first_child;
			nodes[node->parent].first_child = order[i];
		}
	}
	free(ranks);
	free(order);
	free(start);
	return ok;
}

/* ---- the view ------------------------------------------------------------------------- */

static bool build_tree(struct build *b)
{
	struct view *view = b->view;

	return build_init(b) &&
	       view_texts_mark(&view->texts, VIEW_ROOT, "") == TEXT_ROOT &&
	       view_texts_mark(&view->texts, VIEW_TRUNCATED, "[truncated]") ==
		       TEXT_TRUNCATED &&
	       add_node(view, PROFILE_NONE, TEXT_ROOT) == PROFILE_ROOT && add_samples(b);
}

enum pyprof_status view_create(struct view **out, const struct profile *profile,
			       const struct view_opts *opts, struct pyprof_error *err)
{
	struct build b = { .profile = profile };
	bool ok;

	*out = NULL;
	if (opts && opts->metric >= profile->n_metrics)
		return error_set(err, PYPROF_ERR_USAGE, "the profile has no metric %zu",
				 opts->metric);
	b.view = calloc(1, sizeof(*b.view));
	if (!b.view)
		return error_nomem(err);
	if (opts)
		b.view->opts = *opts;
	ok = build_tree(&b);
	build_deinit(&b);
	if (ok) {
		add_totals(b.view);
		ok = link_children(b.view);
	}
	if (!ok) {
		view_destroy(b.view);
		return error_nomem(err);
	}
	*out = b.view;
	return PYPROF_OK;
}

void view_destroy(struct view *view)
{
	if (!view)
		return;
	view_texts_deinit(&view->texts);
	free(view->nodes);
	free(view->leaves);
	free(view);
}

const struct view_node *view_nodes(const struct view *view, size_t *n)
{
	*n = view->n_nodes;
	return view->nodes;
}

const uint32_t *view_leaves(const struct view *view)
{
	return view->leaves;
}

const struct view_opts *view_opts(const struct view *view)
{
	return &view->opts;
}

size_t view_text_count(const struct view *view)
{
	return view->texts.n;
}

struct view_text view_text_parts(const struct view *view, uint32_t text)
{
	const struct view_texts_entry *e = &view->texts.entries[text];

	return (struct view_text){
		.bytes = view->texts.bytes.data + e->offset,
		.len = e->len,
		.name_len = e->name_len,
		.file_len = e->file_len,
		.line = e->line,
		.kind = e->kind,
		.has_file = e->has_file,
		.function = e->function,
		.location = e->location,
	};
}

const char *view_text(const struct view *view, uint32_t text, size_t *len)
{
	const struct view_texts_entry *e = &view->texts.entries[text];

	if (len)
		*len = e->len;
	return view->texts.bytes.data + e->offset;
}

uint32_t view_node_function(const struct view *view, uint32_t node)
{
	return view->texts.entries[view->nodes[node].text].function;
}
