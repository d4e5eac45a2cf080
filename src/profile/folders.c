/* SPDX-License-Identifier: MIT */
#include "profile/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/module.h"

/* Two folders that files of the two sides would lie in: the starts of their names. */
struct guess {
	const char *folder[SIDES];
	size_t len[SIDES];
	size_t votes;
};

struct search {
	struct folders *folders;
	uint32_t *order; /* of files that one side alone has: by last name, then side */
	size_t n;
	struct guess *guesses;
	size_t n_guesses, cap_guesses;
	struct map map;
};

/* ---- files ----------------------------------------------------------------------------- */

static bool file_equal(const void *entries, uint32_t index, const void *key)
{
	return !strcmp(((const struct folders_file *)entries)[index].shown, key);
}

bool folders_add(struct folders *folders, enum side side, const char *path, const char *shown)
{
	uint64_t hash;
	uint32_t id;

	if (!*shown || *shown == '<' || module_after_library(path) || module_after_stdlib(path))
		return true;
	hash = hash_bytes(shown, strlen(shown));
	id = map_find(&folders->map, hash, file_equal, folders->files, shown);
	if (id == MAP_NONE) {
		id = (uint32_t)folders->n;
		if (folders->n >= MAP_NONE ||
		    !array_grow(folders->files, folders->n, folders->cap) ||
		    !map_insert(&folders->map, hash, id))
			return false;
		folders->files[folders->n++] = (struct folders_file){ .shown = shown };
	}
	folders->files[id].in[side] = true;
	return true;
}

static bool in_one(const struct folders_file *file)
{
	return file->in[SIDE_BASE] != file->in[SIDE_HEAD];
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int compare_files(const void *a, const void *b, void *arg)
{
	const struct folders_file *files = arg;
	const struct folders_file *x = &files[*(const uint32_t *)a];
	const struct folders_file *y = &files[*(const uint32_t *)b];
	int order = strcmp(last_name(x->shown), last_name(y->shown));

	return order ? order : (int)y->in[SIDE_BASE] - (int)x->in[SIDE_BASE];
}

/* How many bytes the two have in common at their ends, in whole parts of the path. */
static size_t common_end(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), common = 0, i = 0;

	for (; i < n && i < m && a[n - 1 - i] == b[m - 1 - i]; i++)
		if (i && a[n - 1 - i] == '/')
			common = i;
	/* One of them may be all of what the other ends in. */
	if ((i == n && (i == m || b[m - 1 - i] == '/')) || (i == m && a[n - 1 - i] == '/'))
		common = i;
	return common;
}

/* ---- guesses ----------------------------------------------------------------------------- */

static bool guess_equal(const void *entries, uint32_t index, const void *key)
{
	const struct guess *guess = (const struct guess *)entries + index;
	const struct guess *k = key;

	for (size_t side = 0; side < SIDES; side++)
		if (guess->len[side] != k->len[side] ||
		    memcmp(guess->folder[side], k->folder[side], k->len[side]) != 0)
			return false;
	return true;
}

static bool vote(struct search *s, const char *base, const char *head, size_t common)
{
	struct guess key = { .folder = { base, head },
			     .len = { strlen(base) - common, strlen(head) - common } };
	uint64_t hash = hash_pair(hash_bytes(base, key.len[SIDE_BASE]),
				  hash_bytes(head, key.len[SIDE_HEAD]));
	uint32_t id = map_find(&s->map, hash, guess_equal, s->guesses, &key);

	if (id == MAP_NONE) {
		id = (uint32_t)s->n_guesses;
		if (!array_grow(s->guesses, s->n_guesses, s->cap_guesses) ||
		    !map_insert(&s->map, hash, id))
			return false;
		s->guesses[s->n_guesses++] = key;
	}
	s->guesses[id].votes++;
	return true;
}

static const char *ordered(const struct search *s, size_t i)
{
	return s->folders->files[s->order[i]].shown;
}

/* Of [from, to) the one that has most in common with `path`; SIZE_MAX: none, or several. */
static size_t closest(const struct search *s, const char *path, size_t from, size_t to)
{
	size_t best = SIZE_MAX, most = 0;

	for (size_t i = from; i < to; i++) {
		size_t common = common_end(path, ordered(s, i));

		if (common > most) {
			most = common;
			best = i;
		} else if (common == most) {
			best = SIZE_MAX;
		}
	}
	return best;
}

/* Files of one name: the base's are [from, middle), the head's [middle, to). */
static bool vote_namesakes(struct search *s, size_t from, size_t middle, size_t to)
{
	if (to - from > FOLDERS_MAX_NAMESAKES)
		return true;
	for (size_t i = from; i < middle; i++) {
		size_t k = closest(s, ordered(s, i), middle, to);

		if (k == SIZE_MAX || closest(s, ordered(s, k), from, middle) != i)
			continue;
		if (!vote(s, ordered(s, i), ordered(s, k),
			  common_end(ordered(s, i), ordered(s, k))))
			return false;
	}
	return true;
}

static bool vote_all(struct search *s)
{
	const struct folders_file *files = s->folders->files;

	for (size_t from = 0, to; from < s->n; from = to) {
		size_t middle = from;

		for (to = from; to < s->n && !strcmp(last_name(ordered(s, from)),
						     last_name(ordered(s, to)));
		     to++)
			middle += files[s->order[to]].in[SIDE_BASE];
		if (!vote_namesakes(s, from, middle, to))
			return false;
	}
	return true;
}

/* ---- which one, if any --------------------------------------------------------------------- */

static bool is_below(const char *path, const char *folder, size_t len)
{
	return !strncmp(path, folder, len);
}

/* Does the side have files of its own whose names are below its folder already? */
static bool has_relative(const struct folders *folders, enum side side)
{
	for (size_t i = 0; i < folders->n; i++)
		if (folders->files[i].in[side] && folders->files[i].shown[0] != '/')
			return true;
	return false;
}

/* What both folders lie in, its last slash included: how many bytes of the one. */
static size_t common_folder(const struct guess *guess)
{
	size_t common = 0;

	for (size_t i = 0; i < guess->len[SIDE_BASE] && i < guess->len[SIDE_HEAD] &&
			   guess->folder[SIDE_BASE][i] == guess->folder[SIDE_HEAD][i];
	     i++)
		if (guess->folder[SIDE_BASE][i] == '/')
			common = i + 1;
	return common;
}

static bool is_possible(const struct folders *folders, const struct guess *guess)
{
	size_t above = common_folder(guess);

	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		enum side other = side == SIDE_BASE ? SIDE_HEAD : SIDE_BASE;

		if (guess->len[side] && guess->folder[side][0] != '/')
			return false;
		if (!guess->len[side] && (!guess->len[other] || has_relative(folders, other)))
			return false;
	}
	for (size_t i = 0; i < folders->n; i++) {
		const char *shown = folders->files[i].shown;

		if (in_one(&folders->files[i]))
			continue;
		if (above > 1 && is_below(shown, guess->folder[SIDE_BASE], above))
			return false;
		for (size_t side = 0; side < SIDES; side++)
			if (guess->len[side] &&
			    is_below(shown, guess->folder[side], guess->len[side]))
				return false;
	}
	return true;
}

/* Does no file of a side get the name that another one of it has? */
static bool keeps_apart(const struct folders *folders, const struct guess *guess)
{
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		for (size_t i = 0; guess->len[side] && i < folders->n; i++) {
			const char *shown = folders->files[i].shown;
			uint32_t id;

			if (!folders->files[i].in[side] ||
			    !is_below(shown, guess->folder[side], guess->len[side]))
				continue;
			shown += guess->len[side];
			id = map_find(&folders->map, hash_bytes(shown, strlen(shown)), file_equal,
				      folders->files, shown);
			if (id != MAP_NONE && folders->files[id].in[side])
				return false;
		}
	}
	return true;
}

static int compare_parts(const char *a, size_t n, const char *b, size_t m)
{
	int order = memcmp(a, b, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

/* Of as many votes, the one whose first folder by name comes first: whichever side has it. */
static bool is_better(const struct guess *a, const struct guess *b)
{
	const struct guess *both[2] = { a, b };
	int first[2], order;

	if (a->votes != b->votes)
		return a->votes > b->votes;
	for (int i = 0; i < 2; i++)
		first[i] = compare_parts(both[i]->folder[0], both[i]->len[0],
					 both[i]->folder[1], both[i]->len[1]) > 0;
	order = compare_parts(a->folder[first[0]], a->len[first[0]], b->folder[first[1]],
			      b->len[first[1]]);
	if (!order)
		order = compare_parts(a->folder[!first[0]], a->len[!first[0]],
				      b->folder[!first[1]], b->len[!first[1]]);
	return order < 0;
}

static void choose(struct search *s)
{
	const struct guess *best = NULL;

	for (size_t i = 0; i < s->n_guesses; i++)
		if (!best || is_better(&s->guesses[i], best))
			best = &s->guesses[i];
	if (!best || !is_possible(s->folders, best) || !keeps_apart(s->folders, best))
		return;
	for (size_t side = 0; side < SIDES; side++) {
		s->folders->folder[side] = best->folder[side];
		s->folders->len[side] = best->len[side];
	}
}

bool folders_find(struct folders *folders)
{
	struct search s = { .folders = folders, .order = profile_id_table(folders->n) };
	bool ok = s.order != NULL;

	for (size_t i = 0; ok && i < folders->n; i++)
		if (in_one(&folders->files[i]))
			s.order[s.n++] = (uint32_t)i;
	if (s.n)
		qsort_r(s.order, s.n, sizeof(*s.order), compare_files, folders->files);
	ok = ok && vote_all(&s);
	if (ok)
		choose(&s);
	free(s.order);
	free(s.guesses);
	map_deinit(&s.map);
	return ok;
}

const char *folders_cut(const struct folders *folders, enum side side, const char *shown)
{
	size_t len = folders->len[side];

	return len && is_below(shown, folders->folder[side], len) ? shown + len : shown;
}

void folders_deinit(struct folders *folders)
{
	free(folders->files);
	map_deinit(&folders->map);
	*folders = (struct folders){ 0 };
}
