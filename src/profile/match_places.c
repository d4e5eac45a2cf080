/* SPDX-License-Identifier: MIT */
#include "profile/match_places.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "base/str.h"
#include "profile/match_entry.h"
#include "profile/view.h"

struct key {
	const char *path;
	size_t len;
};

static bool place_equal(const void *entries, uint32_t index, const void *key)
{
	const struct match_place *place = (const struct match_place *)entries + index;
	const struct key *k = key;

	return place->len == k->len && !memcmp(place->path, k->path, k->len);
}

/* ---- absolute paths ----------------------------------------------------------------------- */

static bool is_plain(const char *path)
{
	return path[0] == '/' && !strstr(path, "//") && !strstr(path, "/./") &&
	       !strstr(path, "/../");
}

/* Is what was written so far the folder `cwd` itself, or one that it is in? */
static bool is_of_cwd(const struct str *out, const char *cwd)
{
	return cwd && out->len && !strncmp(cwd, str_cstr(out), out->len) &&
	       (cwd[out->len] == '/' || !cwd[out->len]);
}

/*
 * The parts of `path`, each behind a slash. ".." leads back in `cwd`, which is a path without
 * links; elsewhere it may lead anywhere, and is kept.
 */
static void add_parts(struct str *out, const char *path, const char *cwd)
{
	for (size_t len; *path; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len || (len == 1 && *path == '.'))
			continue;
		if (len == 2 && !memcmp(path, "..", 2) && is_of_cwd(out, cwd)) {
			while (out->len && out->data[--out->len] != '/')
				;
			out->data[out->len] = '\0';
			continue;
		}
		str_add_char(out, '/');
		str_add(out, path, len);
	}
}

/* *path: as it is, or one of `made`. False: no memory. */
static bool make_absolute(struct match_places *places, const char **path, const char *cwd)
{
	struct str out = STR_INIT;
	char *copy;

	if (!**path || **path == '<' || is_plain(*path) ||
	    (**path != '/' && (!cwd || *cwd != '/')))
		return true;
	if (**path != '/')
		add_parts(&out, cwd, NULL);
	add_parts(&out, *path, cwd);
	copy = !out.failed && array_grow(places->made, places->n_made, places->cap_made) ?
		       strdup(str_cstr(&out)) :
		       NULL;
	str_deinit(&out);
	if (!copy)
		return false;
	places->made[places->n_made++] = copy;
	*path = copy;
	return true;
}

/* ---- places --------------------------------------------------------------------------------- */

/* Its shown end is not known yet where it is new. PROFILE_NONE: no memory. */
static uint32_t add_place(struct match_places *places, const struct profile *p, uint32_t string)
{
	struct key key = { p->strings[string], p->string_lengths[string] };
	uint64_t hash;
	uint32_t id;

	/* A path that holds a NUL is none: nothing in it is cut. */
	if (strlen(key.path) == key.len) {
		if (!make_absolute(places, &key.path, p->info.cwd))
			return PROFILE_NONE;
		key.len = strlen(key.path);
	}
	hash = hash_bytes(key.path, key.len);
	id = map_find(&places->map, hash, place_equal, places->items, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)places->n;
	if (places->n >= PROFILE_NONE || !array_grow(places->items, places->n, places->cap) ||
	    !map_insert(&places->map, hash, id))
		return PROFILE_NONE;
	places->items[places->n++] =
		(struct match_place){ .path = key.path, .len = (uint32_t)key.len };
	return id;
}

static const char *shown_from(const struct match_place *place, const char *cwd)
{
	return strlen(place->path) == place->len ? view_short_path_of(place->path, cwd) :
						   place->path;
}

/* The profile's own folder, or that of another one from which a file of this one is shown. */
static const char *common_cwd(const struct match_places *places, const struct profile *p,
			      const uint32_t *by_string)
{
	for (size_t i = 0; i < p->n_strings; i++) {
		const struct match_place *place;

		if (by_string[i] == PROFILE_NONE)
			continue;
		place = &places->items[by_string[i]];
		if (place->shown && place->shown != shown_from(place, p->info.cwd))
			return place->cwd;
	}
	return p->info.cwd;
}

bool match_places_add(struct match_places *places, const struct profile *p, uint32_t *of)
{
	uint32_t *by_string = profile_id_table(p->n_strings);
	size_t before = places->n;
	const char *cwd;
	bool ok = by_string != NULL;

	for (size_t i = 0; ok && i < p->n_functions; i++) {
		uint32_t file = p->functions[i].file;

		if (by_string[file] == PROFILE_NONE)
			by_string[file] = add_place(places, p, file);
		of[i] = by_string[file];
		ok = of[i] != PROFILE_NONE;
	}
	if (ok) {
		cwd = common_cwd(places, p, by_string);
		for (size_t i = before; i < places->n; i++) {
			places->items[i].cwd = cwd;
			places->items[i].shown = shown_from(&places->items[i], cwd);
		}
	}
	free(by_string);
	return ok;
}

/* By place, of what a profile has: PLACE_HERE, and PLACE_ENTRY where a program began in it. */
enum { PLACE_HERE = 1, PLACE_ENTRY = 2 };

/* The caller frees it; NULL: no memory. */
static uint8_t *places_of(const struct match_places *places, const struct profile *p,
			  const uint32_t *of)
{
	bool *entry = calloc(p->n_functions + 1, sizeof(*entry));
	uint8_t *here = calloc(places->n + 1, sizeof(*here));
	bool ok = entry && here && match_entries(p, entry);

	for (size_t i = 0; ok && i < p->n_functions; i++)
		here[of[i]] |= entry[i] ? PLACE_HERE | PLACE_ENTRY : PLACE_HERE;
	free(entry);
	if (ok)
		return here;
	free(here);
	return NULL;
}

bool match_places_each(const struct match_places *places, const struct match_side sides[SIDES],
		       uint32_t **const of[SIDES], match_place_fn *call, void *arg)
{
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++) {
			uint8_t *here = places_of(places, sides[side].profiles[i], of[side][i]);
			bool ok = here != NULL;

			for (size_t k = 0; ok && k < places->n; k++)
				if (here[k])
					ok = call(arg, (enum side)side, &places->items[k],
						  here[k] & PLACE_ENTRY);
			free(here);
			if (!ok)
				return false;
		}
	}
	return true;
}

void match_places_deinit(struct match_places *places)
{
	free(places->items);
	map_deinit(&places->map);
	*places = (struct match_places){ 0 };
}
