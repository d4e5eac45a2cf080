/* SPDX-License-Identifier: MIT */
/* The variables of a frame in words. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "dump/text.h"
#include "dump/words.h"
#include "profile/module.h"

/* Bytes of a text that is shown once: what is not longer costs no more than saying where it was. */
#define SHORT_BYTES 60u
/* What -ll asks for. */
#define LONG_VALUES 2u

void text_seen_deinit(struct text_seen *seen)
{
	map_deinit(&seen->map);
	free(seen->values);
}

static bool is_value(const void *entries, uint32_t index, const void *key)
{
	const struct snapshot_value *a = ((const struct seen_value *)entries)[index].value;
	const struct snapshot_value *b = key;

	return a->object == b->object && !strcmp(a->text, b->text);
}

/* Where the object was shown before; NULL: nowhere, and now it is noted. */
static const struct seen_value *find_seen(struct text *text, struct text_seen *seen,
					  const struct snapshot_frame *frame,
					  const struct snapshot_value *value)
{
	size_t len = strlen(value->text);
	uint64_t hash = hash_pair(hash_bytes(value->text, len), value->object);
	uint32_t at;

	if (text->show->full || !value->object || len <= SHORT_BYTES)
		return NULL;
	at = map_find(&seen->map, hash, is_value, seen->values, value);
	if (at != MAP_NONE)
		return &seen->values[at];
	if (seen->n >= MAP_NONE || !array_grow(seen->values, seen->n, seen->cap) ||
	    !map_insert(&seen->map, hash, (uint32_t)seen->n))
		text->s.failed = true;
	else
		seen->values[seen->n++] = (struct seen_value){ value, frame };
	return NULL;
}

/*
 * Calls that threading makes for each thread before the program's own begin: their variables say
 * nothing that the thread's name does not.
 */
static bool is_bootstrap(const struct snapshot_frame *frame)
{
	static const char *const names[] = { "run", "_bootstrap", "_bootstrap_inner", "__bootstrap",
					     "__bootstrap_inner" };
	const char *file = module_after_stdlib(frame->file), *name = frame->function;

	if (!file || strcmp(file, "threading.py") != 0)
		return false;
	/* Qualified, from 3.11 on. */
	if (!strncmp(name, "Thread.", strlen("Thread.")))
		name += strlen("Thread.");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool are_shown(const struct snapshot *snapshot, bool full,
		      const struct snapshot_frame *frame)
{
	return frame->values_asked &&
	       (full || snapshot->locals >= LONG_VALUES || !is_bootstrap(frame));
}

static const char *heading(enum snapshot_value_kind kind)
{
	switch (kind) {
	case SNAPSHOT_ARGUMENT:
		return "Arguments";
	case SNAPSHOT_FREE:
		return "Of the enclosing function";
	case SNAPSHOT_NAME:
		return "Names";
	case SNAPSHOT_VARIABLE:
		break;
	}
	return "Locals";
}

/* Each kind once, at its first value. */
static void add_heading(struct text *text, const struct snapshot_frame *frame,
			enum snapshot_value_kind kind, bool *headed)
{
	if (*headed)
		return;
	*headed = true;
	str_printf(&text->s, "        %s%s:\n", heading(kind),
		   frame->values_late ? " (read a moment later than the stack: "
					"may have changed)"
				      : "");
}

/* Variables that have no value now, in one line: there may be many, and their names are
 * all to tell. */
static void add_unbound(struct text *text, const struct snapshot_frame *frame,
			enum snapshot_value_kind kind, bool *headed)
{
	bool any = false;

	if (!text->show->full && text->snapshot->locals < LONG_VALUES)
		return;
	for (size_t i = 0; i < frame->n_values; i++) {
		const struct snapshot_value *value = &frame->values[i];

		if (value->kind != kind || value->bound)
			continue;
		add_heading(text, frame, kind, headed);
		str_add_cstr(&text->s, any ? ", " : "            (not bound: ");
		words_add(&text->s, value->name);
		any = true;
	}
	if (any)
		str_add_cstr(&text->s, ")\n");
}

/* The arguments, or the variables, under their heading. */
static void add_values_of(struct text *text, const struct snapshot_frame *frame,
			  enum snapshot_value_kind kind, struct text_seen *seen)
{
	bool headed = false;

	for (size_t i = 0; i < frame->n_values; i++) {
		const struct snapshot_value *value = &frame->values[i];
		const struct seen_value *before;

		if (value->kind != kind || !value->bound)
			continue;
		add_heading(text, frame, kind, &headed);
		str_add_cstr(&text->s, "            ");
		words_add(&text->s, value->name);
		str_add_cstr(&text->s, ": ");
		before = find_seen(text, seen, frame, value);
		if (before) {
			str_add_cstr(&text->s, "see ");
			words_add(&text->s, before->value->name);
			str_add_cstr(&text->s, " in ");
			words_add(&text->s, before->frame->function);
			str_add_cstr(&text->s, " above");
		} else {
			words_add(&text->s, value->text);
		}
		str_add_char(&text->s, '\n');
	}
	add_unbound(text, frame, kind, &headed);
}

void text_values(struct text *text, const struct snapshot_thread *thread, size_t i,
		 struct text_seen *seen)
{
	static const enum snapshot_value_kind kinds[] = { SNAPSHOT_ARGUMENT,
							  SNAPSHOT_VARIABLE,
							  SNAPSHOT_FREE, SNAPSHOT_NAME };
	const struct snapshot_frame *frame = &thread->frames[i];

	if (!are_shown(text->snapshot, text->show->full, frame))
		return;
	if (!frame->values_read) {
		str_add_cstr(&text->s, "        Locals: they could not be read\n");
		return;
	}
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		add_values_of(text, frame, kinds[k], seen);
}

/* ---- equal ones -------------------------------------------------------------------- */

/* The length of what stands before the next address, "0x7f12ab"; *next is what follows that. */
static size_t until_address(const char *text, const char **next)
{
	const char *at = strstr(text, "0x");

	if (!at) {
		*next = NULL;
		return strlen(text);
	}
	*next = at + 2 + strspn(at + 2, "0123456789abcdef");
	return (size_t)(at - text);
}

/* Each of a pool's threads waits by a lock of its own, which is told by its address alone. */
static bool same_text(const char *a, const char *b)
{
	while (a && b) {
		const char *next_a, *next_b;
		size_t n = until_address(a, &next_a);

		if (until_address(b, &next_b) != n || memcmp(a, b, n) != 0)
			return false;
		a = next_a;
		b = next_b;
	}
	return !a && !b;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	while (text) {
		const char *next;
		size_t n = until_address(text, &next);

		hash = hash_pair(hash, hash_bytes(text, n));
		text = next;
	}
	return hash;
}

/*
 * Do its values keep threads apart? Those of the standard library's calls do not: Condition.wait()
 * alone has a lock and a thread's ident that no other waiter has.
 */
static bool matters(const struct snapshot *snapshot, const struct snapshot_frame *frame)
{
	return are_shown(snapshot, false, frame) &&
	       module_kind(frame->file, frame->function) != MODULE_STANDARD;
}

bool text_same_values(const struct snapshot *snapshot, const struct snapshot_frame *a,
		      const struct snapshot_frame *b)
{
	if (a->values_asked != b->values_asked || a->values_read != b->values_read)
		return false;
	if (!matters(snapshot, a))
		return true;
	if (a->n_values != b->n_values || a->values_late != b->values_late)
		return false;
	for (size_t i = 0; i < a->n_values; i++) {
		const struct snapshot_value *x = &a->values[i], *y = &b->values[i];

		if (x->kind != y->kind || x->bound != y->bound || strcmp(x->name, y->name) != 0 ||
		    !same_text(x->text, y->text))
			return false;
	}
	return true;
}

uint64_t text_values_hash(const struct snapshot *snapshot, const struct snapshot_frame *frame)
{
	uint64_t hash = frame->values_read;

	if (!matters(snapshot, frame))
		return 0;
	for (size_t i = 0; i < frame->n_values; i++)
		hash = hash_text(hash, frame->values[i].text);
	return hash;
}
