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
	const struct folders_table *table;
	uint32_t *order; /* of files that one side alone has: by last name, then side */
	size_t n;
	struct guess *guesses;
	size_t n_guesses, cap_guesses;
	struct map map;
};

/* ---- files ----------------------------------------------------------------------------- */

static bool file_equal(const void *entries, uint32_t index, const void *key)
{
	return !strcmp(((const struct folders_file *)entries)[index].name, key);
}

static uint32_t find_file(const struct folders_table *table, const char *name)
{
	return map_find(&table->map, hash_bytes(name, strlen(name)), file_equal, table->files,
			name);
}

/* MAP_NONE: no memory. */
static uint32_t intern_file(struct folders_table *table, const char *name)
{
	uint32_t id = find_file(table, name);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)table->n;
	if (table->n >= MAP_NONE || !array_grow(table->files, table->n, table->cap) ||
	    !map_insert(&table->map, hash_bytes(name, strlen(name)), id))
		return MAP_NONE;
	table->files[table->n++] = (struct folders_file){ .name = name };
	return id;
}

bool folders_add(struct folders *folders, enum side side, const char *path, const char *shown,
		 bool entry)
{
	struct folders_file *file;
	uint32_t id;

	if (!*shown || *shown == '<' || module_after_library(path) || module_after_stdlib(path))
		return true;
	id = intern_file(&folders->tables[0], shown);
	if (id == MAP_NONE)
		return false;
	file = &folders->tables[0].files[id];
	file->in[side] = true;
	file->entry[side] |= entry;
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
	int order = strcmp(last_name(x->name), last_name(y->name));

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
	return s->table->files[s->order[i]].name;
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
	const struct folders_file *files = s->table->files;

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
static bool has_relative(const struct folders_table *table, enum side side)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->files[i].in[side] && table->files[i].name[0] != '/')
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

/* Has one of the two folders, or what both lie in, a file that both sides have? */
static bool is_one_tree(const struct folders_table *table, const struct guess *guess, size_t above)
{
	for (size_t i = 0; i < table->n; i++) {
		const char *name = table->files[i].name;

		if (in_one(&table->files[i]))
			continue;
		if (above > 1 && is_below(name, guess->folder[SIDE_BASE], above))
			return true;
		for (size_t side = 0; side < SIDES; side++)
			if (guess->len[side] &&
			    is_below(name, guess->folder[side], guess->len[side]))
				return true;
	}
	return false;
}

/* Is what both sides have only what they began in? */
static bool only_entries_stay(const struct folders_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct folders_file *file = &table->files[i];

		if (!in_one(file) && !(file->entry[SIDE_BASE] && file->entry[SIDE_HEAD]))
			return false;
	}
	return true;
}

/* Is one folder of a tree exchanged for another, and nothing else moved in it? */
static bool is_exchange(const struct search *s, const struct guess *guess)
{
	if (is_one_tree(s->table, guess, 0))
		return false;
	for (size_t i = 0; i < s->n_guesses; i++) {
		const struct guess *other = &s->guesses[i];

		for (size_t side = 0; side < SIDES; side++)
			if (other->len[side] < guess->len[side] ||
			    !is_below(other->folder[side], guess->folder[side], guess->len[side]))
				return false;
	}
	return guess->votes > 1 || only_entries_stay(s->table);
}

static bool is_possible(const struct search *s, const struct guess *guess)
{
	bool absolute[SIDES];

	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		enum side other = side == SIDE_BASE ? SIDE_HEAD : SIDE_BASE;

		absolute[side] = guess->len[side] && guess->folder[side][0] == '/';
		if (!guess->len[side] && (!guess->len[other] || guess->folder[other][0] != '/' ||
					  has_relative(s->table, other)))
			return false;
	}
	if (!guess->len[SIDE_BASE] || !guess->len[SIDE_HEAD])
		return !is_one_tree(s->table, guess, 0);
	if (absolute[SIDE_BASE] != absolute[SIDE_HEAD])
		return false;
	return (absolute[SIDE_BASE] && !is_one_tree(s->table, guess, common_folder(guess))) ||
	       is_exchange(s, guess);
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

/* ---- names without it ------------------------------------------------------------------------ */

/* The side's name for a file; what both have under one name stays. *cut: it is below the folder. */
static const char *cut_name(const struct folders_file *file, const struct guess *guess,
			    enum side side, bool *cut)
{
	*cut = in_one(file) && is_below(file->name, guess->folder[side], guess->len[side]);
	return *cut ? file->name + guess->len[side] : file->name;
}

/*
 * *apart: no file of a side has the name that another one of it has, nor does what is below the
 * folder of one side have that of what is not below the other's. False: no memory.
 */
static bool cut_all(struct folders_table *from, struct folders_table *to,
		    const struct guess *guess, bool *apart)
{
	*apart = true;
	for (size_t i = 0; i < from->n; i++) {
		for (enum side side = SIDE_BASE; side < SIDES; side++) {
			struct folders_file *file = &from->files[i], *now;
			const char *name;
			uint32_t id;
			bool cut;

			if (!file->in[side])
				continue;
			name = cut_name(file, guess, side, &cut);
			id = intern_file(to, name);
			if (id == MAP_NONE)
				return false;
			now = &to->files[id];
			*apart &= !now->in[side] && *name;
			now->in[side] = true;
			now->entry[side] = file->entry[side];
			now->cut[side] = cut;
			file->next[side] = id;
		}
	}
	for (size_t i = 0; i < to->n; i++)
		if (!in_one(&to->files[i]))
			*apart &= to->files[i].cut[SIDE_BASE] == to->files[i].cut[SIDE_HEAD];
	return true;
}

static void table_deinit(struct folders_table *table)
{
	free(table->files);
	map_deinit(&table->map);
	*table = (struct folders_table){ 0 };
}

/* If nothing speaks against it. False: no memory. */
static bool take(struct folders *folders, const struct guess *guess)
{
	struct folders_table *from = &folders->tables[folders->n_steps];
	struct folders_table *to = from + 1;
	bool apart, ok = cut_all(from, to, guess, &apart);

	if (ok && apart)
		folders->n_steps++;
	else
		table_deinit(to);
	return ok;
}

/* ---- where they began ------------------------------------------------------------------------ */

/* The only file that this side alone has and began in; NULL: none, or several. */
static const char *only_entry(const struct folders_table *table, enum side side)
{
	const char *found = NULL;

	for (size_t i = 0; i < table->n; i++) {
		if (!table->files[i].entry[side] || !in_one(&table->files[i]))
			continue;
		if (found)
			return NULL;
		found = table->files[i].name;
	}
	return found;
}

/* False: no memory. */
static bool take_entries(struct folders *folders)
{
	const struct folders_table *table = &folders->tables[folders->n_steps];
	struct guess guess = { 0 };
	size_t common;

	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		guess.folder[side] = only_entry(table, side);
		if (!guess.folder[side])
			return true;
	}
	common = common_end(guess.folder[SIDE_BASE], guess.folder[SIDE_HEAD]);
	for (size_t side = 0; side < SIDES; side++) {
		const char *path = guess.folder[side];

		guess.len[side] = common ? strlen(path) - common :
					   (size_t)(last_name(path) - path);
		/* In "/" is everything. */
		if (guess.len[side] == 1 && *path == '/')
			return true;
	}
	return (!guess.len[SIDE_BASE] && !guess.len[SIDE_HEAD]) || take(folders, &guess);
}

/* False: no memory. */
static bool take_voted(struct folders *folders)
{
	const struct folders_table *table = &folders->tables[folders->n_steps];
	struct search s = { .table = table, .order = profile_id_table(table->n) };
	const struct guess *best = NULL;
	bool ok = s.order != NULL;

	for (size_t i = 0; ok && i < table->n; i++)
		if (in_one(&table->files[i]))
			s.order[s.n++] = (uint32_t)i;
	if (s.n)
		qsort_r(s.order, s.n, sizeof(*s.order), compare_files, table->files);
	ok = ok && vote_all(&s);
	for (size_t i = 0; ok && i < s.n_guesses; i++)
		if (!best || is_better(&s.guesses[i], best))
			best = &s.guesses[i];
	if (best && is_possible(&s, best))
		ok = take(folders, best);
	free(s.order);
	free(s.guesses);
	map_deinit(&s.map);
	return ok;
}

bool folders_find(struct folders *folders)
{
	return take_entries(folders) && take_voted(folders);
}

const char *folders_cut(const struct folders *folders, enum side side, const char *shown)
{
	uint32_t id = find_file(&folders->tables[0], shown);

	if (id == MAP_NONE || !folders->tables[0].files[id].in[side])
		return shown;
	for (size_t i = 0; i < folders->n_steps; i++)
		id = folders->tables[i].files[id].next[side];
	return folders->tables[folders->n_steps].files[id].name;
}

void folders_deinit(struct folders *folders)
{
	for (size_t i = 0; i <= FOLDERS_STEPS; i++)
		table_deinit(&folders->tables[i]);
	*folders = (struct folders){ 0 };
}
