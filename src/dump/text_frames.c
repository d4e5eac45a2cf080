/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "dump/text.h"
#include "dump/words.h"
#include "render/text.h"

#define FRAME_INDENT  4u
#define LEAST_FIT     20u /* columns below which nothing is cut any more */
#define REPEATS_SHOWN 3u  /* of a recursion */

/* As much of the text as fits behind `used` columns; all of it where nothing is cut. */
static void add_fit(struct text *text, const char *raw, size_t used)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT;
	unsigned width = text->show->width;

	words_add(&visible, raw);
	text->s.failed |= visible.failed;
	if (!width)
		str_add(&text->s, visible.data, visible.len);
	else
		text_fit(&text->s, str_cstr(&visible), visible.len,
			 width > used + LEAST_FIT ? width - used : LEAST_FIT);
}

/* "    function (file.py:12)"; of what is too long the path loses its beginning first. */
static void add_frame(struct text *text, const struct snapshot_frame *frame)
{
	_cleanup_(str_deinit) struct str name = STR_INIT;
	_cleanup_(str_deinit) struct str place = STR_INIT;
	unsigned width = text->show->width;
	size_t used;

	words_add(&name, *frame->function ? frame->function : "?");
	words_code_place(&place, frame->file, frame->line, text->snapshot->cwd,
		    text->show->full_path);
	text->s.failed |= name.failed | place.failed;
	used = text->indent + FRAME_INDENT + text_columns(str_cstr(&name), name.len) + 3;
	str_printf(&text->s, "%*s", (int)FRAME_INDENT, "");
	text_ink(text, INK_BOLD);
	str_add(&text->s, name.data, name.len);
	text_plain(text, INK_BOLD);
	str_add_cstr(&text->s, " (");
	if (!width || used + text_columns(str_cstr(&place), place.len) <= width)
		str_add(&text->s, place.data, place.len);
	else
		text_fit_end(&text->s, str_cstr(&place), place.len,
			     width > used + LEAST_FIT ? width - used : LEAST_FIT);
	str_add_cstr(&text->s, ")\n");
	if (frame->source && *frame->source) {
		str_add_cstr(&text->s, "        ");
		text_ink(text, INK_DIM);
		add_fit(text, frame->source, text->indent + FRAME_INDENT + 4);
		text_plain(text, INK_DIM);
		str_add_char(&text->s, '\n');
	}
}

/* ---- stacks ---------------------------------------------------------------------- */

static bool same_place(const struct snapshot_frame *a, const struct snapshot_frame *b)
{
	return a->line == b->line && !strcmp(a->function, b->function) &&
	       !strcmp(a->file, b->file);
}

/* How many frames from `i` down are the same place? Their values may differ. */
static size_t repeats(const struct snapshot_thread *thread, size_t i)
{
	const struct snapshot_frame *frame = &thread->frames[i];
	size_t n = 1;

	while (n <= i && same_place(frame, frame - n))
		n++;
	return n;
}

static void add_why(struct text *text, const char *what,
		    const struct snapshot_thread *thread)
{
	str_printf(&text->s, "    [%s: %s", what, words_cause(thread->cause));
	if (thread->problem && *thread->problem) {
		str_add_cstr(&text->s, "; ");
		words_add(&text->s, thread->problem);
	}
	str_add_cstr(&text->s, "]\n");
}

void text_frames(struct text *text, const struct snapshot_thread *thread)
{
	_cleanup_(text_seen_deinit) struct text_seen seen = { .n = 0 };

	if (thread->failed) {
		add_why(text, "its stack could not be read", thread);
		return;
	}
	if (thread->truncated)
		add_why(text, "the innermost frames are missing", thread);
	else if (!thread->n_frames)
		str_add_cstr(&text->s, "    [it runs no Python code]\n");
	for (size_t i = thread->n_frames; i-- > 0;) {
		size_t n = text->show->full ? 1 : repeats(thread, i);

		add_frame(text, &thread->frames[i]);
		text_values(text, thread, i, &seen);
		if (n > REPEATS_SHOWN) {
			str_printf(&text->s, "    [the same frame %zu more times%s]\n",
				   n - 1,
				   thread->frames[i].values_asked
					   ? ", with values of its own: --full shows them"
					   : "");
			i -= n - 1;
		}
		if (text->s.len > 65536)
			text_flush(text);
	}
	if (thread->rootless)
		add_why(text, "the outermost frames are missing", thread);
}

bool text_is_plain(const struct snapshot *snapshot, size_t i)
{
	const struct snapshot_thread *thread = &snapshot->threads[i];

	if (thread->holds_gil || thread->truncated || thread->rootless ||
	    thread->failed || thread->unproven || thread->problem || thread->state == SNAPSHOT_CRASHED)
		return false;
	for (size_t j = 0; j < snapshot->n_cycles; j++)
		for (size_t k = 0; k < snapshot->cycles[j].n; k++)
			if (snapshot->cycles[j].threads[k] == i)
				return false;
	return true;
}

bool text_same_stack(const struct snapshot *snapshot, const struct snapshot_thread *a,
		     const struct snapshot_thread *b)
{
	if (a->n_frames != b->n_frames)
		return false;
	for (size_t i = a->n_frames; i-- > 0;)
		if (!same_place(&a->frames[i], &b->frames[i]) ||
		    !text_same_values(snapshot, &a->frames[i], &b->frames[i]))
			return false;
	return true;
}
