/* SPDX-License-Identifier: MIT */
#include "profile/view_texts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void view_texts_deinit(struct view_texts *texts)
{
	str_deinit(&texts->bytes);
	str_deinit(&texts->scratch);
	free(texts->entries);
	map_deinit(&texts->map);
	*texts = (struct view_texts){ 0 };
}

/* Functions, threads and processes may join, so that the user never sees two boxes of one text. */
static enum view_kind family(enum view_kind kind)
{
	return kind == VIEW_THREAD || kind == VIEW_PROCESS ? VIEW_FUNCTION : kind;
}

struct text_key {
	const char *bytes;
	size_t len;
	enum view_kind family;
};

static bool text_equal(const void *entries, uint32_t index, const void *key)
{
	const struct view_texts *texts = entries;
	const struct view_texts_entry *e = &texts->entries[index];
	const struct text_key *k = key;

	return e->len == k->len && family(e->kind) == k->family &&
	       memcmp(texts->bytes.data + e->offset, k->bytes, k->len) == 0;
}

/* Interns the scratch text, of which `entry` tells the parts. */
static uint32_t intern(struct view_texts *texts, struct view_texts_entry *entry)
{
	struct text_key key = { str_cstr(&texts->scratch), texts->scratch.len,
				family(entry->kind) };
	uint64_t hash = hash_bytes(key.bytes, key.len) ^ key.family;
	uint32_t id = map_find(&texts->map, hash, text_equal, texts, &key);

	if (texts->scratch.failed)
		return PROFILE_NONE;
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)texts->n;
	entry->offset = texts->bytes.len;
	entry->len = key.len;
	str_add(&texts->bytes, key.bytes, key.len + 1);
	if (texts->bytes.failed || texts->n == PROFILE_NONE ||
	    !array_grow(texts->entries, texts->n, texts->cap) ||
	    !map_insert(&texts->map, hash, id))
		return PROFILE_NONE;
	texts->entries[texts->n++] = *entry;
	return id;
}

uint32_t view_texts_mark(struct view_texts *texts, enum view_kind kind, const char *text)
{
	struct view_texts_entry entry = { .kind = kind,
					  .name_len = strlen(text),
					  .function = PROFILE_NONE,
					  .location = PROFILE_NONE };

	str_clear(&texts->scratch);
	str_add_cstr(&texts->scratch, text);
	return intern(texts, &entry);
}

/* "WHAT ID (NAME)"; "WHAT ?" where the id is 0. */
static uint32_t intern_numbered(struct view_texts *texts, enum view_kind kind, const char *what,
				uint64_t id, const struct profile *profile, uint32_t name)
{
	struct view_texts_entry entry = { .kind = kind,
					  .function = PROFILE_NONE,
					  .location = PROFILE_NONE };
	struct str *s = &texts->scratch;

	str_clear(s);
	str_add_cstr(s, what);
	if (id)
		str_printf(s, " %" PRIu64, id);
	else
		str_add_cstr(s, " ?");
	entry.name_len = s->len;
	entry.file_len = profile->string_lengths[name];
	entry.has_file = entry.file_len > 0;
	if (entry.has_file) {
		str_add_cstr(s, " (");
		str_add(s, profile->strings[name], entry.file_len);
		str_add_char(s, ')');
	}
	return intern(texts, &entry);
}

uint32_t view_texts_process(struct view_texts *texts, const struct profile *profile,
			    uint32_t process)
{
	const struct profile_process *p = &profile->processes[process];

	return intern_numbered(texts, VIEW_PROCESS, "process", p->pid, profile, p->command);
}

uint32_t view_texts_thread(struct view_texts *texts, const struct profile *profile,
			   uint32_t thread)
{
	const struct profile_thread *t = &profile->threads[thread];

	return intern_numbered(texts, VIEW_THREAD, "thread", t->tid, profile, t->name);
}

static void add_path(struct str *s, const struct profile *profile, uint32_t file,
		     bool full_path)
{
	const char *path = profile->strings[file];
	size_t len = profile->string_lengths[file];

	/* A path that holds a NUL is none: nothing in it is cut. */
	if (full_path || strlen(path) != len)
		str_add(s, path, len);
	else
		view_short_path(s, path, profile->info.cwd);
}

uint32_t view_texts_location(struct view_texts *texts, const struct profile *profile,
			     uint32_t location, const struct view_opts *opts)
{
	const struct profile_location *l = &profile->locations[location];
	const struct profile_function *f = &profile->functions[l->function];
	struct view_texts_entry entry = { .kind = VIEW_FUNCTION,
					  .function = l->function,
					  .location = PROFILE_NONE };
	struct str *s = &texts->scratch;

	if (!opts->by_function && l->line > 0) {
		entry.line = l->line;
		entry.location = location;
	}
	str_clear(s);
	entry.name_len = profile->string_lengths[f->name];
	str_add(s, profile->strings[f->name], entry.name_len);
	entry.has_file = f->file != 0 || entry.line;
	if (entry.has_file) {
		str_add_cstr(s, " (");
		entry.file_len = s->len;
		add_path(s, profile, f->file, opts->full_path);
		entry.file_len = s->len - entry.file_len;
		if (entry.line)
			str_printf(s, ":%" PRId32, entry.line);
		str_add_char(s, ')');
	}
	return intern(texts, &entry);
}

/* ---- their order ------------------------------------------------------------- */

static int compare(const void *a, const void *b, void *arg)
{
	const struct view_texts *texts = arg;
	const struct view_texts_entry *x = &texts->entries[*(const uint32_t *)a];
	const struct view_texts_entry *y = &texts->entries[*(const uint32_t *)b];
	size_t shorter = x->len < y->len ? x->len : y->len;
	int order = memcmp(texts->bytes.data + x->offset, texts->bytes.data + y->offset,
			   shorter);

	if (order)
		return order;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

bool view_texts_rank(const struct view_texts *texts, uint32_t **ranks)
{
	uint32_t *order = malloc((texts->n + 1) * sizeof(*order));
	uint32_t *rank = malloc((texts->n + 1) * sizeof(*rank));

	if (order && rank) {
		for (size_t i = 0; i < texts->n; i++)
			order[i] = (uint32_t)i;
		qsort_r(order, texts->n, sizeof(*order), compare, (void *)texts);
		for (size_t i = 0; i < texts->n; i++)
			rank[order[i]] = (uint32_t)i;
	} else {
		free(rank);
		rank = NULL;
	}
	free(order);
	*ranks = rank;
	return rank != NULL;
}
