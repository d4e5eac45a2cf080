/* SPDX-License-Identifier: MIT */
#include "dump/text_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "dump/changes.h"
#include "dump/words.h"

#define ALIKE_LEAST 3 /* equal threads that become one block */

void blocks_deinit(struct blocks *blocks)
{
	for (size_t i = 0; blocks->notes && i < blocks->n; i++)
		str_deinit(&blocks->notes[i]);
	free(blocks->notes);
	free(blocks->unchanged);
	free(blocks->order);
	free(blocks->size);
	free(blocks->at);
}

static bool blocks_make_notes(struct blocks *blocks, const struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;
	const struct changes *changes = text->show->changes;
	bool failed = false;
	size_t hint = 0;

	for (size_t i = 0; i < snapshot->n_threads; i++) {
		const struct changes_thread *known =
			changes ? changes_of(changes, snapshot->pid,
					     &snapshot->threads[i], &hint)
				: NULL;

		words_state(&blocks->notes[i], snapshot, i, text->show->full_path);
		str_add_char(&blocks->notes[i], '\n');
		if (known && changes->looks > 1) {
			str_add_cstr(&blocks->notes[i], "  ");
			text_changes(&blocks->notes[i], changes, known, snapshot->cwd,
				     text->show->full_path);
			str_add_char(&blocks->notes[i], '\n');
			blocks->unchanged[i] = known->same > 1 && !text->show->full;
		}
		failed |= blocks->notes[i].failed;
	}
	return !failed;
}

struct sorted {
	uint64_t hash;
	size_t thread;
};

static int by_hash(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->thread < y->thread ? -1 : 1;
}

/* Equal of those that may share a block; others have one of their own. */
static uint64_t hash_thread(const struct snapshot *snapshot, size_t i,
			    const struct str *note)
{
	const struct snapshot_thread *thread = &snapshot->threads[i];
	uint64_t hash = hash_bytes(str_cstr(note), note->len);

	if (!text_is_plain(snapshot, i))
		return hash_pair(hash, i);
	hash = hash_pair(hash, (uint64_t)thread->interpreter);
	if (thread->exception)
		hash = hash_pair(
			hash, hash_bytes(thread->exception, strlen(thread->exception)));
	for (size_t j = 0; j < thread->n_frames; j++) {
		hash = hash_pair(hash, thread->frames[j].code);
		hash = hash_pair(hash, (uint32_t)thread->frames[j].line);
		hash = hash_pair(hash, text_values_hash(snapshot, &thread->frames[j]));
	}
	return hash;
}

static bool same_extras(const struct snapshot_thread *a, const struct snapshot_thread *b)
{
	return a->interpreter == b->interpreter && !a->exception == !b->exception &&
	       (!a->exception || !strcmp(a->exception, b->exception));
}

/* Are the two in one block? */
static bool alike(const struct blocks *blocks, const struct snapshot *snapshot, size_t a,
		  size_t b)
{
	const struct str *x = &blocks->notes[a], *y = &blocks->notes[b];

	return x->len == y->len && !memcmp(str_cstr(x), str_cstr(y), x->len) &&
	       same_extras(&snapshot->threads[a], &snapshot->threads[b]) &&
	       text_same_stack(snapshot, &snapshot->threads[a], &snapshot->threads[b]) &&
	       text_is_plain(snapshot, a) && text_is_plain(snapshot, b);
}

/* Sorts threads into blocks: equal ones into that of the first of them. */
static bool blocks_sort(struct blocks *blocks, const struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;
	size_t n = snapshot->n_threads;
	_cleanup_free_ struct sorted *sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		return false;
	for (size_t i = 0; i < n; i++)
		sorted[i] =
			(struct sorted){ hash_thread(snapshot, i, &blocks->notes[i]), i };
	qsort(sorted, n, sizeof(*sorted), by_hash);
	for (size_t i = 0; i < n; i++)
		blocks->order[i] = sorted[i].thread;
	for (size_t i = 0, end; i < n; i = end) {
		size_t first = sorted[i].thread;

		end = i + 1;
		while (!text->show->full && end < n &&
		       sorted[end].hash == sorted[i].hash &&
		       alike(blocks, snapshot, first, sorted[end].thread))
			end++;
		if (end - i < ALIKE_LEAST)
			end = i + 1;
		blocks->size[first] = end - i;
		blocks->at[first] = i;
	}
	return true;
}

bool blocks_init(struct blocks *blocks, const struct text *text)
{
	size_t n = text->snapshot->n_threads;

	*blocks = (struct blocks){ .n = n };
	blocks->notes = calloc(n + 1, sizeof(*blocks->notes));
	blocks->unchanged = calloc(n + 1, sizeof(*blocks->unchanged));
	blocks->order = calloc(n + 1, sizeof(*blocks->order));
	blocks->size = calloc(n + 1, sizeof(*blocks->size));
	blocks->at = calloc(n + 1, sizeof(*blocks->at));
	return blocks->notes && blocks->unchanged && blocks->order && blocks->size &&
	       blocks->at && blocks_make_notes(blocks, text) && blocks_sort(blocks, text);
}
