/* SPDX-License-Identifier: MIT */
#include "render/branches.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/module.h"
#include "render/palette.h"

/* The text that all runs below one branch are looked up by; no view has so many. */
#define RUN PROFILE_NONE

struct key {
	uint32_t parent, text;
};

static bool equal(const void *entries, uint32_t index, const void *key)
{
	const struct branch *b = (const struct branch *)entries + index;
	const struct key *k = key;

	return b->parent == k->parent &&
	       (k->text == RUN ? b->library : b->text == k->text);
}

static uint64_t hash_of(uint32_t parent, uint32_t text)
{
	return hash_pair(parent, text);
}

/* The branch of this text, or the run (RUN), below `parent`; new ones stand for `first`. */
static uint32_t child(struct branches *b, uint32_t parent, uint32_t text, uint32_t first,
		      bool library)
{
	const struct key key = { parent, text };
	uint64_t hash = hash_of(parent, text);
	uint32_t found = map_find(&b->map, hash, equal, b->all, &key);

	if (found != MAP_NONE)
		return found;
	if (b->n >= PROFILE_NONE - 1 || !array_grow(b->all, b->n, b->cap) ||
	    !map_insert(&b->map, hash, (uint32_t)b->n))
		return PROFILE_NONE;
	b->all[b->n] = (struct branch){ .parent = parent,
					.first_child = PROFILE_NONE,
					.next_sibling = PROFILE_NONE,
					.text = first,
					.library = library };
	return (uint32_t)b->n++;
}

/* Which texts are library frames: 1, and own code: 0. NULL: no memory. */
static uint8_t *find_library(const struct view *view, const struct profile *p, bool *any_own)
{
	size_t n = view_text_count(view);
	uint8_t *library = calloc(n + 1, 1);

	for (uint32_t i = 0; library && i < n; i++) {
		struct view_text text = view_text_parts(view, i);
		const struct profile_function *fn;

		if (text.kind != VIEW_FUNCTION || text.function == PROFILE_NONE)
			continue;
		fn = &p->functions[text.function];
		library[i] = palette_kind(profile_str(p, fn->file), profile_str(p, fn->name)) !=
			     PALETTE_KIND_OWN;
		*any_own |= !library[i];
	}
	return library;
}

/* Puts node `i` of the view where it belongs; its parent is there. */
static bool place(struct branches *b, const struct view_node *nodes, uint32_t i,
		  const uint8_t *library, bool runs)
{
	uint32_t parent = b->of_node[nodes[i].parent], at;
	bool is_library = library[nodes[i].text];
	struct branch *branch;

	if (runs && is_library && parent && b->all[parent].library)
		at = parent;
	else
		at = child(b, parent, runs && is_library ? RUN : nodes[i].text, nodes[i].text,
			   is_library);
	if (at == PROFILE_NONE)
		return false;
	b->of_node[i] = at;
	branch = &b->all[at];
	branch->frames++;
	branch->run |= branch->text != nodes[i].text;
	branch->self = profile_add_saturating(branch->self, nodes[i].self);
	if (at != parent)
		branch->total = profile_add_saturating(branch->total, nodes[i].total);
	return true;
}

static int by_parent_and_total(const void *a, const void *b, void *arg)
{
	const struct branch *all = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (all[x].parent != all[y].parent)
		return all[x].parent < all[y].parent ? -1 : 1;
	if (all[x].total != all[y].total)
		return all[x].total < all[y].total ? 1 : -1;
	return x < y ? -1 : x > y;
}

/* Hangs children on their parents, the heaviest first. */
static bool link_children(struct branches *b)
{
	uint32_t *order = calloc(b->n + 1, sizeof(*order));

	if (!order)
		return false;
	for (uint32_t i = 1; i < b->n; i++)
		order[i - 1] = i;
	qsort_r(order, b->n - 1, sizeof(*order), by_parent_and_total, b->all);
	for (size_t i = b->n - 1; i-- > 0;) {
		struct branch *parent = &b->all[b->all[order[i]].parent];

		b->all[order[i]].next_sibling = parent->first_child;
		parent->first_child = order[i];
	}
	free(order);
	return true;
}

enum pyprof_status branches_init(struct branches *b, const struct view *view,
				 const struct profile *profile, bool every_frame,
				 struct pyprof_error *err)
{
	size_t n;
	const struct view_node *nodes = view_nodes(view, &n);
	uint8_t *library;
	bool ok;

	*b = (struct branches){ .view = view };
	library = find_library(view, profile, &b->any_own);
	b->of_node = calloc(n, sizeof(*b->of_node));
	ok = library && b->of_node && array_grow(b->all, b->n, b->cap);
	if (ok)
		b->all[b->n++] = (struct branch){ .parent = PROFILE_NONE,
						  .first_child = PROFILE_NONE,
						  .next_sibling = PROFILE_NONE,
						  .self = nodes[0].self,
						  .total = nodes[0].total };
	for (uint32_t i = 1; ok && i < n; i++)
		ok = place(b, nodes, i, library, !every_frame && b->any_own);
	ok = ok && link_children(b);
	free(library);
	return ok ? PYPROF_OK : error_nomem(err);
}

void branches_deinit(struct branches *b)
{
	free(b->all);
	free(b->of_node);
	map_deinit(&b->map);
}

/* ---- modules of a run -------------------------------------------------------------- */

struct module_key {
	const struct branch_modules *modules;
	uint32_t branch;
	const char *name;
	size_t len;
};

static bool module_equal(const void *entries, uint32_t index, const void *key)
{
	const struct branch_module *m = (const struct branch_module *)entries + index;
	const struct module_key *k = key;

	return m->branch == k->branch && m->len == k->len &&
	       (!k->len || !memcmp(str_cstr(&k->modules->names) + m->offset, k->name, k->len));
}

/* The module's place in all; MAP_NONE: no memory. */
static uint32_t module_index(struct branch_modules *m, uint32_t branch, const struct str *name)
{
	const struct module_key key = { m, branch, str_cstr(name), name->len };
	uint64_t hash = hash_pair(hash_bytes(key.name, key.len), branch);
	uint32_t found = map_find(&m->map, hash, module_equal, m->all, &key);

	if (found != MAP_NONE || name->failed)
		return name->failed ? MAP_NONE : found;
	if (m->n >= MAP_NONE || !array_grow(m->all, m->n, m->cap) ||
	    !map_insert(&m->map, hash, (uint32_t)m->n))
		return MAP_NONE;
	m->all[m->n] = (struct branch_module){ branch, m->names.len, name->len, 0 };
	str_add(&m->names, key.name, key.len);
	return m->names.failed ? MAP_NONE : (uint32_t)m->n++;
}

/* The module of a node of the view; MAP_NONE: no memory. */
static uint32_t module_of(struct branch_modules *m, const struct branches *b,
			  const struct profile *p, uint32_t node, struct str *scratch)
{
	uint32_t function = view_node_function(b->view, node);

	str_clear(scratch);
	if (function != PROFILE_NONE)
		module_of_file(scratch, profile_str(p, p->functions[function].file),
			       p->info.cwd);
	return module_index(m, b->of_node[node], scratch);
}

static int by_branch_and_weight(const void *a, const void *b)
{
	const struct branch_module *x = a, *y = b;

	if (x->branch != y->branch)
		return x->branch < y->branch ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

enum pyprof_status branch_modules_init(struct branch_modules *m, const struct branches *b,
				       const struct profile *profile, const bool *wanted,
				       struct pyprof_error *err)
{
	struct str scratch = STR_INIT;
	size_t n;
	const struct view_node *nodes = view_nodes(b->view, &n);
	bool ok = true;

	*m = (struct branch_modules){ 0 };
	for (uint32_t i = 1; ok && i < n; i++) {
		uint32_t branch = b->of_node[i], at, caller;

		if (!wanted[branch] || !b->all[branch].run)
			continue;
		at = module_of(m, b, profile, i, &scratch);
		ok = at != MAP_NONE;
		if (!ok)
			break;
		m->all[at].weight = profile_add_saturating(m->all[at].weight, nodes[i].total);
		if (b->of_node[nodes[i].parent] != branch)
			continue;
		/* What went on within the run was not last seen in the caller. */
		caller = module_of(m, b, profile, nodes[i].parent, &scratch);
		ok = caller != MAP_NONE;
		if (ok)
			m->all[caller].weight -= nodes[i].total;
	}
	str_deinit(&scratch);
	if (ok && m->n)
		qsort(m->all, m->n, sizeof(*m->all), by_branch_and_weight);
	return ok ? PYPROF_OK : error_nomem(err);
}

void branch_modules_deinit(struct branch_modules *m)
{
	str_deinit(&m->names);
	free(m->all);
	map_deinit(&m->map);
}

const struct branch_module *branch_modules_of(const struct branch_modules *m, uint32_t branch,
					      size_t *n)
{
	size_t first = array_bound(m->n, i, m->all[i].branch < branch);

	*n = 0;
	while (first + *n < m->n && m->all[first + *n].branch == branch)
		++*n;
	return m->all + first;
}
