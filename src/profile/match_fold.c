/* SPDX-License-Identifier: MIT */
#include "profile/match_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"

/* A file or a module; texts are among `made`. */
struct item {
	struct profile_part part;
	const char *path[SIDES]; /* as match_function has them; "" of a module */
	const char *module;	 /* of a file; one of `modules` */
};

struct match_fold {
	struct item *items;
	size_t n, cap;
	struct map map;
	char **made, **modules;
	size_t n_made, cap_made, n_modules, cap_modules;
	struct profile_part **parts[SIDES];
	size_t n_profiles[SIDES];
};

/* ---- what there is ------------------------------------------------------------------ */

static bool item_equal(const void *entries, uint32_t index, const void *key)
{
	const struct item *item = (const struct item *)entries + index;
	const struct profile_part *k = key;

	return item->part.len == k->len && !memcmp(item->part.text, k->text, k->len);
}

/* NULL: no memory. */
static const char *copy(struct match_fold *fold, const char *text, size_t len)
{
	char *made = array_grow(fold->made, fold->n_made, fold->cap_made) ? malloc(len + 1) : NULL;

	if (!made)
		return NULL;
	memcpy(made, text, len);
	made[len] = '\0';
	fold->made[fold->n_made++] = made;
	return made;
}

static bool add_paths(struct match_fold *fold, struct item *item, const struct match_function *f)
{
	item->path[SIDE_HEAD] = copy(fold, f->path, strlen(f->path));
	item->path[SIDE_BASE] = copy(fold, f->base_path, strlen(f->base_path));
	item->module = f->module;
	return item->path[SIDE_HEAD] && item->path[SIDE_BASE];
}

/* PROFILE_NONE: no memory. */
static uint32_t add_item(struct match_fold *fold, const struct match_function *f, bool files)
{
	struct profile_part key = { files ? f->file : f->module,
				    files ? f->file_len : strlen(f->module) };
	uint64_t hash = hash_bytes(key.text, key.len);
	uint32_t id = map_find(&fold->map, hash, item_equal, fold->items, &key);
	struct item item = { .path = { "", "" } };

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)fold->n;
	item.part = (struct profile_part){ copy(fold, key.text, key.len), key.len };
	if (!item.part.text || (files && !add_paths(fold, &item, f)) ||
	    !array_grow(fold->items, fold->n, fold->cap) || !map_insert(&fold->map, hash, id))
		return PROFILE_NONE;
	fold->items[fold->n++] = item;
	return id;
}

/* By function of the match; PROFILE_NONE: it has no file. */
static bool add_items(struct match_fold *fold, const struct match *match, bool files, uint32_t *of)
{
	for (size_t i = 0; i < match->n; i++) {
		if (!match->functions[i].file_len)
			continue;
		of[i] = add_item(fold, &match->functions[i], files);
		if (of[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

static bool add_parts(struct match_fold *fold, const struct match *match,
		      const struct match_side *s, enum side side, const uint32_t *item_of)
{
	fold->parts[side] = calloc(s->n + 1, sizeof(*fold->parts[side]));
	if (!fold->parts[side])
		return false;
	fold->n_profiles[side] = s->n;
	for (size_t i = 0; i < s->n; i++) {
		size_t n = s->profiles[i]->n_functions;
		struct profile_part *parts = calloc(n + 1, sizeof(*parts));

		fold->parts[side][i] = parts;
		for (size_t f = 0; parts && f < n; f++) {
			uint32_t item = item_of[match->of[side][i][f]];

			if (item < fold->n) /* else it has no file */
				parts[f] = fold->items[item].part;
		}
		if (!parts)
			return false;
	}
	return true;
}

enum pyprof_status match_fold_create(struct match_fold **out, struct match *match,
				     const struct match_side sides[SIDES], bool files,
				     struct pyprof_error *err)
{
	struct match_fold *fold = calloc(1, sizeof(*fold));
	uint32_t *item_of = profile_id_table(match->n);
	bool ok = fold && item_of && add_items(fold, match, files, item_of);

	for (int side = 0; ok && side < SIDES; side++)
		ok = add_parts(fold, match, &sides[side], (enum side)side, item_of);
	free(item_of);
	*out = ok ? fold : NULL;
	if (!ok) {
		match_fold_destroy(fold);
		return error_nomem(err);
	}
	fold->modules = match->modules;
	fold->n_modules = match->n_modules;
	fold->cap_modules = match->cap_modules;
	match->modules = NULL;
	match->n_modules = match->cap_modules = 0;
	return PYPROF_OK;
}

void match_fold_destroy(struct match_fold *fold)
{
	if (!fold)
		return;
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < fold->n_profiles[side]; i++)
			free(fold->parts[side][i]);
		free(fold->parts[side]);
	}
	for (size_t i = 0; i < fold->n_made; i++)
		free(fold->made[i]);
	for (size_t i = 0; i < fold->n_modules; i++)
		free(fold->modules[i]);
	free(fold->made);
	free(fold->modules);
	free(fold->items);
	map_deinit(&fold->map);
	free(fold);
}

const struct profile_part *match_fold_parts(const struct match_fold *fold, enum side side,
					    size_t profile)
{
	return fold->parts[side][profile];
}

/* ---- their match ------------------------------------------------------------------------ */

static bool function_equal(const void *entries, uint32_t index, const void *key)
{
	const struct match_function *f = (const struct match_function *)entries + index;
	const struct match_function *k = key;

	return f->name_len == k->name_len && f->file_len == k->file_len &&
	       !memcmp(f->name, k->name, k->name_len) && !memcmp(f->file, k->file, k->file_len);
}

/* As the part has it; a row that is a file has it for its name as well. */
static struct match_function function_of(const struct match_fold *fold, const struct profile *p,
					 const struct profile_function *fn)
{
	struct match_function f = { .name = p->strings[fn->name],
				    .name_len = p->string_lengths[fn->name],
				    .file = p->strings[fn->file],
				    .file_len = p->string_lengths[fn->file],
				    .path = p->strings[fn->file],
				    .base_path = p->strings[fn->file],
				    .module = "" };
	struct profile_part key = { f.name, f.name_len };
	uint32_t id = MAP_NONE;

	if (fn->name == fn->file)
		id = map_find(&fold->map, hash_bytes(key.text, key.len), item_equal, fold->items,
			      &key);
	if (id != MAP_NONE && fold->items[id].module) {
		f.path = fold->items[id].path[SIDE_HEAD];
		f.base_path = fold->items[id].path[SIDE_BASE];
		f.module = fold->items[id].module;
	}
	return f;
}

/* PROFILE_NONE: no memory. */
static uint32_t add_function(struct match *match, size_t *cap, struct map *map,
			     const struct match_function *f)
{
	uint64_t hash = hash_pair(hash_bytes(f->name, f->name_len), f->file_len);
	uint32_t id = map_find(map, hash, function_equal, match->functions, f);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)match->n;
	if (match->n >= PROFILE_NONE || !array_grow(match->functions, match->n, *cap) ||
	    !map_insert(map, hash, id))
		return PROFILE_NONE;
	match->functions[match->n++] = *f;
	return id;
}

static bool add_side(struct match *match, const struct match_fold *fold,
		     const struct match_side *s, enum side side, size_t *cap, struct map *map)
{
	match->of[side] = calloc(s->n + 1, sizeof(*match->of[side]));
	if (!match->of[side])
		return false;
	match->n_profiles[side] = s->n;
	for (size_t i = 0; i < s->n; i++) {
		const struct profile *p = s->profiles[i];
		uint32_t *of = match->of[side][i] = profile_id_table(p->n_functions);

		for (size_t k = 0; of && k < p->n_functions; k++) {
			const struct match_function f = function_of(fold, p, &p->functions[k]);

			of[k] = add_function(match, cap, map, &f);
			if (of[k] >= match->n)
				return false;
			match->functions[of[k]].in[side] = true;
		}
		if (!of)
			return false;
	}
	return true;
}

enum pyprof_status match_folded(struct match **out, struct match_fold *fold,
				const struct match_side sides[SIDES], struct pyprof_error *err)
{
	struct match *match = calloc(1, sizeof(*match));
	struct map map = MAP_INIT;
	size_t cap = 0;
	bool ok = match != NULL;

	/* The head first: its order and its texts are those that are kept. */
	for (unsigned side = SIDES; ok && side-- > 0;)
		ok = add_side(match, fold, &sides[side], (enum side)side, &cap, &map);
	map_deinit(&map);
	*out = ok ? match : NULL;
	if (!ok) {
		match_destroy(match);
		return error_nomem(err);
	}
	match->modules = fold->modules;
	match->n_modules = fold->n_modules;
	match->cap_modules = fold->cap_modules;
	match->paths = fold->made;
	match->n_paths = fold->n_made;
	fold->modules = NULL;
	fold->made = NULL;
	fold->n_modules = fold->cap_modules = fold->n_made = fold->cap_made = 0;
	map_clear(&fold->map);
	return PYPROF_OK;
}
