/* SPDX-License-Identifier: MIT */
/*
 * In steps: it is found out which files are the same (match_places.h, folders.h); files and names
 * of all profiles get ids of their own, so that equal ones are equal numbers; functions of equal name and file are a group, whose start lines on either side
 * are its variants; and in each group the variants of the one side are held against the other's.
 */
#include "profile/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "base/str.h"
#include "profile/folders.h"
#include "profile/match_entry.h"
#include "profile/match_kinds.h"
#include "profile/match_lines.h"
#include "profile/match_places.h"
#include "profile/module.h"
#include "profile/view.h"

struct text {
	const char *bytes;
	uint32_t len;
};

struct texts {
	struct text *items;
	size_t n, cap;
	struct map map;
};

/* A file of one side or of both, by how it is shown. */
struct file {
	uint32_t place;		 /* the head's where it has it */
	const char *path[SIDES]; /* as recorded; NULL: the side does not have it */
	const char *module;	 /* NULL: not asked for yet */
};

struct group {
	uint32_t name, file;
};

struct build {
	struct match *match;
	const struct match_side *sides;
	struct texts names, shown, modules;
	struct file *files; /* by id in `shown` */
	size_t cap_files;
	struct group *groups;
	size_t n_groups, cap_groups;
	struct match_variant *variants;
	size_t n_variants, cap_variants;
	struct map group_map, variant_map;
	struct match_places places;
	struct folders folders;
	struct match_kinds kinds;
};

static void texts_deinit(struct texts *texts)
{
	free(texts->items);
	map_deinit(&texts->map);
}

static void build_deinit(struct build *b)
{
	texts_deinit(&b->names);
	texts_deinit(&b->shown);
	texts_deinit(&b->modules);
	free(b->files);
	free(b->groups);
	free(b->variants);
	map_deinit(&b->group_map);
	map_deinit(&b->variant_map);
	b->match->paths = b->places.made;
	b->match->n_paths = b->places.n_made;
	match_places_deinit(&b->places);
	folders_deinit(&b->folders);
	match_kinds_deinit(&b->kinds);
}

/* ---- names and files ------------------------------------------------------------ */

static bool text_equal(const void *entries, uint32_t index, const void *key)
{
	const struct text *text = (const struct text *)entries + index;
	const struct text *k = key;

	return text->len == k->len && memcmp(text->bytes, k->bytes, k->len) == 0;
}

/* PROFILE_NONE: no memory. */
static uint32_t intern(struct texts *texts, const char *bytes, size_t len)
{
	struct text key = { bytes, (uint32_t)len };
	uint64_t hash = hash_bytes(bytes, len);
	uint32_t id = map_find(&texts->map, hash, text_equal, texts->items, &key);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)texts->n;
	if (texts->n >= PROFILE_NONE || !array_grow(texts->items, texts->n, texts->cap) ||
	    !map_insert(&texts->map, hash, id))
		return PROFILE_NONE;
	texts->items[texts->n++] = key;
	return id;
}

/* match->of is of places until add_profiles(). The head first: its places are the ones to keep. */
static bool find_places(struct build *b)
{
	for (size_t side = SIDES; side-- > 0;) {
		const struct match_side *s = &b->sides[side];

		b->match->of[side] = calloc(s->n + 1, sizeof(*b->match->of[side]));
		if (!b->match->of[side])
			return false;
		b->match->n_profiles[side] = s->n;
		for (size_t i = 0; i < s->n; i++) {
			const struct profile *p = s->profiles[i];

			b->match->of[side][i] = profile_id_table(p->n_functions);
			if (!b->match->of[side][i] ||
			    !match_places_add(&b->places, p, b->match->of[side][i]))
				return false;
		}
	}
	return true;
}

static bool add_to_folders(void *arg, enum side side, const struct match_place *place, bool entry)
{
	struct build *b = arg;

	return folders_add(&b->folders, side, place->path, place->shown, entry);
}

/* What goes on behind a NUL is no path. */
static bool is_path(const struct match_place *place)
{
	return strlen(place->path) == place->len;
}

static bool add_to_kinds(void *arg, enum side side, const struct match_place *place, bool entry)
{
	struct build *b = arg;

	(void)entry;
	return !is_path(place) ||
	       match_kinds_add(&b->kinds, side, place->path,
			       folders_cut(&b->folders, side, place->shown));
}

static bool find_folders(struct build *b)
{
	return match_places_each(&b->places, b->sides, b->match->of, add_to_folders, b) &&
	       folders_find(&b->folders) &&
	       match_places_each(&b->places, b->sides, b->match->of, add_to_kinds, b);
}

/* The file's id in `shown`; PROFILE_NONE: no memory. */
static uint32_t add_file(struct build *b, enum side side, uint32_t place, const char *path)
{
	const struct match_place *at = &b->places.items[place];
	const char *shown = at->shown;
	size_t len = at->len - (size_t)(shown - at->path), n = b->shown.n;
	uint32_t id;

	if (is_path(at)) {
		shown = match_kinds_shown(&b->kinds, at->path,
					  folders_cut(&b->folders, side, shown));
		len = strlen(shown);
	}
	id = intern(&b->shown, shown, len);
	if (id == PROFILE_NONE)
		return id;
	if (b->shown.n > n) {
		if (!array_grow(b->files, id, b->cap_files))
			return PROFILE_NONE;
		b->files[id] = (struct file){ .place = place };
	}
	if (!b->files[id].path[side])
		b->files[id].path[side] = path;
	return id;
}

/* ---- groups and variants ---------------------------------------------------------- */

static bool group_equal(const void *entries, uint32_t index, const void *key)
{
	const struct group *group = (const struct group *)entries + index;
	const struct group *k = key;

	return group->name == k->name && group->file == k->file;
}

static uint32_t add_group(struct build *b, uint32_t name, uint32_t file)
{
	struct group key = { name, file };
	uint64_t hash = hash_u64((uint64_t)name << 32 | file);
	uint32_t id = map_find(&b->group_map, hash, group_equal, b->groups, &key);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)b->n_groups;
	if (!array_grow(b->groups, b->n_groups, b->cap_groups) ||
	    !map_insert(&b->group_map, hash, id))
		return PROFILE_NONE;
	b->groups[b->n_groups++] = key;
	return id;
}

static bool variant_equal(const void *entries, uint32_t index, const void *key)
{
	const struct match_variant *variant = (const struct match_variant *)entries + index;
	const struct match_variant *k = key;

	return variant->group == k->group && variant->side == k->side &&
	       variant->line == k->line;
}

static uint32_t add_variant(struct build *b, enum side side, uint32_t group, int32_t line)
{
	struct match_variant key = { .group = group,
				     .file = b->groups[group].file,
				     .side = side,
				     .line = line < 0 ? 0 : line };
	uint64_t hash = hash_pair((uint64_t)group << 1 | side, (uint32_t)key.line);
	uint32_t id = map_find(&b->variant_map, hash, variant_equal, b->variants, &key);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)b->n_variants;
	/* Names in angle brackets, <lambda> and its like, are no name. */
	key.named = b->names.items[b->groups[group].name].bytes[0] != '<';
	if (b->n_variants >= PROFILE_NONE ||
	    !array_grow(b->variants, b->n_variants, b->cap_variants) ||
	    !map_insert(&b->variant_map, hash, id))
		return PROFILE_NONE;
	b->variants[b->n_variants++] = key;
	return id;
}

/* For each function of the profile, instead of its place, the id of its variant. */
static bool add_profile(struct build *b, enum side side, const struct profile *p, uint32_t *of)
{
	uint32_t *names = profile_id_table(p->n_strings);
	uint32_t *files = profile_id_table(p->n_strings);
	bool ok = names && files;

	for (size_t i = 0; ok && i < p->n_functions; i++) {
		const struct profile_function *f = &p->functions[i];
		uint32_t group = PROFILE_NONE;

		if (names[f->name] == PROFILE_NONE)
			names[f->name] = intern(&b->names, p->strings[f->name],
						p->string_lengths[f->name]);
		if (files[f->file] == PROFILE_NONE)
			files[f->file] = add_file(b, side, of[i], p->strings[f->file]);
		ok = names[f->name] != PROFILE_NONE && files[f->file] != PROFILE_NONE;
		if (ok)
			group = add_group(b, names[f->name], files[f->file]);
		ok = ok && group != PROFILE_NONE;
		if (ok)
			of[i] = add_variant(b, side, group, f->start_line);
		ok = ok && of[i] != PROFILE_NONE;
	}
	free(files);
	free(names);
	return ok;
}

static bool add_profiles(struct build *b)
{
	for (size_t side = SIDES; side-- > 0;)
		for (size_t i = 0; i < b->sides[side].n; i++)
			if (!add_profile(b, (enum side)side, b->sides[side].profiles[i],
					 b->match->of[side][i]))
				return false;
	return true;
}

/* ---- the file that the program began in ----------------------------------------------- */

/* entry[side][file]: its own code is at the root of that side's stacks. */
static bool find_entries(const struct build *b, bool *entry[SIDES])
{
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < b->sides[side].n; i++) {
			const struct profile *p = b->sides[side].profiles[i];
			bool *functions = calloc(p->n_functions + 1, sizeof(*functions));
			bool ok = functions && match_entries(p, functions);

			for (size_t f = 0; ok && f < p->n_functions; f++)
				if (functions[f])
					entry[side][b->variants[b->match->of[side][i][f]].file] =
						true;
			free(functions);
			if (!ok)
				return false;
		}
	}
	return true;
}

/* The only one of these files that the other side has nothing of; PROFILE_NONE: none, or several. */
static uint32_t only_entry(const struct build *b, const bool *entry, const bool *others)
{
	uint32_t found = PROFILE_NONE;

	for (size_t i = 0; i < b->shown.n; i++) {
		if (!entry[i] || others[i])
			continue;
		if (found != PROFILE_NONE)
			return PROFILE_NONE;
		found = (uint32_t)i;
	}
	return found;
}

/* What is in `from` is in `to` from now on; no side has both. */
static bool move_file(struct build *b, uint32_t from, uint32_t to)
{
	uint32_t *group = profile_id_table(b->n_groups);

	if (!group)
		return false;
	b->files[to].path[SIDE_BASE] = b->files[from].path[SIDE_BASE];
	for (size_t i = 0; i < b->n_groups; i++) {
		struct group key = { b->groups[i].name, to };

		if (b->groups[i].file != from)
			continue;
		group[i] = map_find(&b->group_map, hash_u64((uint64_t)key.name << 32 | key.file),
				    group_equal, b->groups, &key);
		/* The map does not know it by that name; nobody asks it for one of `from` again. */
		if (group[i] == MAP_NONE)
			b->groups[group[i] = (uint32_t)i].file = to;
	}
	for (size_t i = 0; i < b->n_variants; i++) {
		struct match_variant *v = &b->variants[i];

		if (v->file != from)
			continue;
		v->group = group[v->group];
		v->file = to;
	}
	free(group);
	return true;
}

/* `python t.py` against `python t2.py`: the script is the same, by another name. */
static bool join_entries(struct build *b)
{
	bool *entry[SIDES] = { 0 }, *in[SIDES] = { 0 }, ok = true;
	uint32_t base = PROFILE_NONE, head = PROFILE_NONE;

	for (size_t side = 0; side < SIDES; side++) {
		entry[side] = calloc(b->shown.n + 1, sizeof(**entry));
		in[side] = calloc(b->shown.n + 1, sizeof(**in));
		ok = ok && entry[side] && in[side];
	}
	ok = ok && find_entries(b, entry);
	if (ok) {
		for (size_t i = 0; i < b->n_variants; i++)
			in[b->variants[i].side][b->variants[i].file] = true;
		base = only_entry(b, entry[SIDE_BASE], in[SIDE_HEAD]);
		head = only_entry(b, entry[SIDE_HEAD], in[SIDE_BASE]);
	}
	if (base != PROFILE_NONE && head != PROFILE_NONE)
		ok = move_file(b, base, head);
	for (size_t side = 0; side < SIDES; side++) {
		free(entry[side]);
		free(in[side]);
	}
	return ok;
}

/* ---- the functions ---------------------------------------------------------------- */

static const char *intern_module(struct build *b, struct str *module)
{
	struct match *match = b->match;
	size_t n = b->modules.n;
	uint32_t id = intern(&b->modules, str_cstr(module), module->len);
	char *copy;

	if (module->failed || id == PROFILE_NONE)
		return NULL;
	if (b->modules.n > n) {
		copy = array_grow(match->modules, match->n_modules, match->cap_modules) ?
			       strdup(str_cstr(module)) :
			       NULL;
		b->modules.items[id].bytes = copy;
		if (!copy)
			return NULL;
		match->modules[match->n_modules++] = copy;
	}
	return match->modules[id];
}

/* NULL: no memory. */
static const char *module_of(struct build *b, uint32_t id)
{
	struct file *file = &b->files[id];
	const struct match_place *place = &b->places.items[file->place];
	struct str module = STR_INIT;

	if (!file->module) {
		const char *shown = b->shown.items[id].bytes;
		bool cut = b->shown.items[id].len < strlen(place->shown);

		/* Where a folder was found out, it is the one to count the module's steps from. */
		if (*place->path)
			module_of_file(&module, cut ? shown : place->path, place->cwd);
		file->module = intern_module(b, &module);
	}
	str_deinit(&module);
	return file->module;
}

/* The side's own path, or else the other one's. */
static const char *path_of(const struct file *file, enum side side)
{
	enum side other = side == SIDE_BASE ? SIDE_HEAD : SIDE_BASE;

	return file->path[side] ? file->path[side] : file->path[other];
}

static bool fill_functions(struct build *b, size_t n)
{
	struct match *match = b->match;

	match->functions = calloc(n + 1, sizeof(*match->functions));
	if (!match->functions)
		return false;
	match->n = n;
	for (size_t i = 0; i < b->n_variants; i++) {
		const struct match_variant *v = &b->variants[i];
		const struct group *group = &b->groups[v->group];
		struct match_function *f = &match->functions[v->to];
		const struct text *name = &b->names.items[group->name];
		const struct text *shown = &b->shown.items[group->file];
		const struct file *file = &b->files[group->file];

		if (!f->name) {
			f->name = name->bytes;
			f->name_len = name->len;
			f->file = shown->bytes;
			f->file_len = shown->len;
			f->path = path_of(file, SIDE_HEAD);
			f->base_path = path_of(file, SIDE_BASE);
			f->module = module_of(b, group->file);
			if (!f->module)
				return false;
		}
		if (!f->in[v->side] || v->line < f->line[v->side])
			f->line[v->side] = v->line;
		f->in[v->side] = true;
	}
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < match->n_profiles[side]; i++)
			for (size_t f = 0; f < b->sides[side].profiles[i]->n_functions; f++)
				match->of[side][i][f] =
					b->variants[match->of[side][i][f]].to;
	return true;
}

enum pyprof_status match_create(struct match **out, const struct match_side sides[SIDES],
				struct pyprof_error *err)
{
	struct build b = { .match = calloc(1, sizeof(*b.match)), .sides = sides };
	size_t n = 0;
	bool ok;

	*out = NULL;
	ok = b.match && find_places(&b) && find_folders(&b) && add_profiles(&b) && join_entries(&b) &&
	     match_lines(b.variants, b.n_variants, &n) && fill_functions(&b, n);
	if (b.match)
		build_deinit(&b);
	if (!ok) {
		match_destroy(b.match);
		return error_nomem(err);
	}
	*out = b.match;
	return PYPROF_OK;
}

void match_destroy(struct match *match)
{
	if (!match)
		return;
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; match->of[side] && i < match->n_profiles[side]; i++)
			free(match->of[side][i]);
		free(match->of[side]);
	}
	for (size_t i = 0; i < match->n_modules; i++)
		free(match->modules[i]);
	for (size_t i = 0; i < match->n_paths; i++)
		free(match->paths[i]);
	free(match->paths);
	free(match->modules);
	free(match->functions);
	free(match);
}

bool match_all_have(const struct match_side sides[SIDES], const char *name, const char *unit)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < sides[side].n; i++)
			if (profile_find_metric(sides[side].profiles[i], name, unit) == SIZE_MAX)
				return false;
	return true;
}

const struct profile_metric *match_metric(const struct match_side sides[SIDES],
					  const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_metrics; i++) {
		const struct profile_metric *metric = &profile->metrics[i];

		if ((!name || !strcmp(metric->name, name)) &&
		    match_all_have(sides, metric->name, metric->unit))
			return metric;
	}
	return NULL;
}
