/* SPDX-License-Identifier: MIT */
#include "dump/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/changes.h"
#include "dump/deadlock.h"
#include "dump/text_blocks.h"
#include "dump/words.h"

#define INDENT_STEP 4u
#define INDENT_MAX  16u
#define CHANGED_SHOWN 5u /* files */

/* ---- the process ----------------------------------------------------------------- */

static void add_time(struct str *out, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	char stamp[64] = "", zone[16] = "";
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return;
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	str_printf(out, "%s.%03d %s", stamp, (int)(realtime_ns / 1000000 % 1000), zone);
}

/* What the text says of when its stacks stood. */
static void add_moment(struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;
	size_t unproven = 0;

	for (size_t i = 0; i < snapshot->n_threads; i++)
		unproven += snapshot->threads[i].unproven;
	if (snapshot->core)
		return;
	if (snapshot->one_moment)
		str_add_cstr(&text->s, "All stacks are of one moment");
	else if (unproven)
		str_printf(&text->s,
			   unproven == 1 ? "%zu of %zu threads ran while it was looked "
					   "at: its stack "
					   "may be of another moment"
					 : "%zu of %zu threads ran while they were "
					   "looked at: their "
					   "stacks may be of other moments",
			   unproven, snapshot->n_threads);
	else
		str_add_cstr(&text->s,
			     "It is not proven that all stacks are of one moment");
	if (snapshot->n_paused) {
		str_printf(&text->s, "; paused %zu thread%s for ", snapshot->n_paused,
			   snapshot->n_paused == 1 ? "" : "s");
		words_time(&text->s, snapshot->paused_ns);
		str_add_cstr(&text->s, snapshot->n_paused == 1 ? ".\n" : " at most.\n");
	} else {
		str_add_cstr(&text->s, "; nothing was paused.\n");
	}
}

static void add_gil(struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;
	size_t holders = 0, waiters = 0;

	for (size_t i = 0; i < snapshot->n_threads; i++)
		waiters += snapshot->threads[i].waits_gil ||
			   snapshot->threads[i].state == SNAPSHOT_GIL;
	if (snapshot->free_threaded) {
		str_add_cstr(&text->s, "Free-threaded: there is no GIL.\n");
		return;
	}
	if (!snapshot->gil_known) {
		str_add_cstr(&text->s, "Who holds the GIL is not known.\n");
		return;
	}
	for (size_t i = 0; i < snapshot->n_threads; i++) {
		if (!snapshot->threads[i].holds_gil)
			continue;
		str_add_cstr(&text->s, holders++ ? ", " : "The GIL is held by ");
		words_thread(&text->s, &snapshot->threads[i]);
	}
	if (!holders)
		str_add_cstr(&text->s, "Nobody holds the GIL");
	if (waiters)
		str_printf(&text->s, "; %zu thread%s for it", waiters,
			   waiters == 1 ? " waits" : "s wait");
	str_add_cstr(&text->s, ".\n");
}

static void add_deadlocks(struct text *text)
{
	for (size_t i = 0; i < text->snapshot->n_cycles; i++) {
		_cleanup_(str_deinit) struct str sentence = STR_INIT;

		deadlock_sentence(text->snapshot, i, &sentence);
		text->s.failed |= sentence.failed;
		if (sentence.len)
			sentence.data[0] = (char)toupper((unsigned char)sentence.data[0]);
		text_ink(text, INK_HOT);
		words_add(&text->s, str_cstr(&sentence));
		text_plain(text, INK_HOT);
		str_add_char(&text->s, '\n');
	}
}

/* Threads of the look before that are no more. */
static void add_gone(struct text *text)
{
	const struct changes *changes = text->show->changes;
	bool any = false;

	for (size_t i = 0; changes && i < changes->n; i++) {
		const struct changes_thread *known = &changes->threads[i];
		const struct snapshot_thread thread = { .tid = known->tid,
							.ident = known->ident,
							.name = known->name };

		if (known->pid != text->snapshot->pid ||
		    known->last_seen + 1 != changes->looks)
			continue;
		str_add_cstr(&text->s, any ? ", " : "Gone since the look before: ");
		any = true;
		words_thread(&text->s, &thread);
	}
	if (any)
		str_add_char(&text->s, '\n');
}

/* Why lines of source are not there. */
static void add_changed(struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;
	size_t n = snapshot->n_changed, shown = n > CHANGED_SHOWN + 1 ? CHANGED_SHOWN : n;

	for (size_t i = 0; i < shown; i++) {
		str_add_cstr(&text->s, !i ? "" : i + 1 == n ? " and " : ", ");
		words_code_place(&text->s, snapshot->changed[i], 0, snapshot->cwd,
			    text->show->full_path);
	}
	if (shown < n)
		str_printf(&text->s, " and %zu more files", n - shown);
	if (n)
		str_printf(&text->s, " %s changed since the %s: without lines of source.\n",
			   n == 1 ? "was" : "were",
			   snapshot->core ? "core file was written" : "process began");
}

static void add_head(struct text *text)
{
	const struct snapshot *snapshot = text->snapshot;

	text_ink(text, INK_BOLD);
	if (snapshot->pid > 0)
		str_printf(&text->s, "Process %d: ", (int)snapshot->pid);
	else
		str_add_cstr(&text->s, "Process: ");
	words_add(&text->s, snapshot->command && *snapshot->command
				    ? snapshot->command
				    : "(command unknown)");
	text_plain(text, INK_BOLD);
	str_add_cstr(&text->s, "\nPython ");
	words_add(&text->s,
		  snapshot->version && *snapshot->version ? snapshot->version : "?");
	if (snapshot->exe && *snapshot->exe) {
		str_add_cstr(&text->s, " (");
		words_add(&text->s, snapshot->exe);
		str_add_char(&text->s, ')');
	}
	str_printf(&text->s, ", %zu thread%s", snapshot->n_threads,
		   snapshot->n_threads == 1 ? "" : "s");
	if (snapshot->taken_realtime_ns) {
		str_add_cstr(&text->s, ", at ");
		add_time(&text->s, snapshot->taken_realtime_ns);
	}
	str_add_char(&text->s, '\n');
	if (snapshot->core) {
		str_add_cstr(&text->s, "From the core file ");
		words_add(&text->s, snapshot->core);
		str_add_cstr(&text->s,
			     snapshot->signal ? "; ended by " : "; taken while it lived");
		if (snapshot->signal)
			words_signal(&text->s, snapshot->signal);
		if (snapshot->core_written_ns) {
			str_add_cstr(&text->s, "; the file was written ");
			add_time(&text->s, snapshot->core_written_ns);
		}
		str_add_cstr(&text->s, ".\n");
	}
	add_moment(text);
	add_gil(text);
	if (snapshot->collecting_known && snapshot->collecting)
		str_add_cstr(&text->s, "A garbage collection is going on.\n");
	for (size_t i = 0; i < snapshot->n_missing; i++) {
		str_add_cstr(&text->s, "Missing: ");
		words_add(&text->s, snapshot->missing[i]);
		str_add_char(&text->s, '\n');
	}
	add_changed(text);
	add_gone(text);
	add_deadlocks(text);
}

/* ---- threads --------------------------------------------------------------------- */

/* "Thread 12346 'worker-2'", and what other numbers it has. */
static void add_title(struct text *text, const struct snapshot_thread *thread)
{
	text_ink(text, INK_BOLD);
	str_add_cstr(&text->s, "Thread ");
	if (thread->tid > 0)
		str_printf(&text->s, "%d", (int)thread->tid);
	else
		str_printf(&text->s, "ident 0x%" PRIx64, thread->ident);
	if (thread->name && *thread->name) {
		str_add_cstr(&text->s, " '");
		words_add(&text->s, thread->name);
		str_add_char(&text->s, '\'');
	}
	text_plain(text, INK_BOLD);
	if (thread->ns_tid > 0 && thread->tid > 0 && thread->ns_tid != thread->tid)
		str_printf(&text->s, ", %d in its namespace", (int)thread->ns_tid);
	if (thread->interpreter > 0)
		str_printf(&text->s, ", interpreter %" PRId64, thread->interpreter);
}

static enum ink ink_of_state(const struct snapshot_thread *thread)
{
	switch (thread->state) {
	case SNAPSHOT_RUNNING:
		return INK_MILD;
	case SNAPSHOT_LOCK:
	case SNAPSHOT_GIL:
		return INK_WARM;
	case SNAPSHOT_CRASHED:
		return INK_HOT;
	default:
		return thread->holds_gil ? INK_MILD : INK_NONE;
	}
}

/* Its state, which is the first line of the note, in the state's ink; then the rest. */
static void add_note(struct text *text, const struct snapshot_thread *thread,
		     const struct str *note)
{
	const char *words = str_cstr(note);
	size_t line = strcspn(words, "\n");
	enum ink ink = ink_of_state(thread);

	str_add_cstr(&text->s, ": ");
	text_ink(text, ink);
	str_add(&text->s, words, line);
	text_plain(text, ink);
	str_add(&text->s, words + line, note->len - line);
}

static void add_block(struct text *text, const struct blocks *blocks, size_t first)
{
	const struct snapshot_thread *thread = &text->snapshot->threads[first];
	size_t n = blocks->size[first];

	str_add_char(&text->s, '\n');
	if (n > 1) {
		text_ink(text, INK_BOLD);
		str_printf(&text->s, "%zu threads with the same stack", n);
		text_plain(text, INK_BOLD);
	} else {
		add_title(text, thread);
	}
	add_note(text, thread, &blocks->notes[first]);
	if (n > 1)
		text_list(text, blocks->order + blocks->at[first], n);
	if (thread->unproven) {
		bool why = thread->problem && *thread->problem && !thread->failed;

		str_add_cstr(&text->s, "  ");
		words_add(&text->s, why ? thread->problem : "it ran while it was looked at");
		str_add_cstr(&text->s,
			     ": its stack may be of another moment than the others\n");
	}
	if (thread->exception) {
		str_add_cstr(&text->s, "  handling ");
		words_add(&text->s, thread->exception);
		str_add_char(&text->s, '\n');
	}
	if (!blocks->unchanged[first])
		text_frames(text, thread);
	text_flush(text);
}

static enum pyprof_status add_process(struct text *text, struct pyprof_error *err)
{
	struct blocks blocks;
	bool ok;

	add_head(text);
	ok = blocks_init(&blocks, text);
	for (size_t i = 0; ok && i < blocks.n; i++)
		if (blocks.size[i])
			add_block(text, &blocks, i);
	text_flush(text);
	blocks_deinit(&blocks);
	return ok && !text->s.failed ? PYPROF_OK : error_nomem(err);
}

/* ---- all of them ----------------------------------------------------------------- */

/* Where the one that `snapshot` came from stands; SNAPSHOT_NONE: not among them. */
static size_t parent_of(const struct snapshots *snapshots, size_t i)
{
	pid_t parent = snapshots->processes[i]->parent;

	for (size_t j = 0; parent && j < snapshots->n; j++)
		if (j != i && snapshots->processes[j]->pid == parent)
			return j;
	return SNAPSHOT_NONE;
}

/* Steps from the top, and no more than there are processes: who knows what was read. */
static size_t depth_of(const struct snapshots *snapshots, const size_t *parents, size_t i)
{
	size_t depth = 0;

	while (parents[i] != SNAPSHOT_NONE && depth < snapshots->n) {
		i = parents[i];
		depth++;
	}
	return depth;
}

/*
 * Parents first, children behind theirs, as they came: each is put behind the last one
 * that is below its parent. A circle of parents, which no kernel tells of, has no first
 * one.
 */
static size_t sort_processes(const struct snapshots *snapshots, size_t *parents,
			     size_t *order)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshots->n; i++)
		parents[i] = parent_of(snapshots, i);
	for (size_t i = 0; i < snapshots->n; i++)
		if (depth_of(snapshots, parents, i) >= snapshots->n)
			parents[i] = SNAPSHOT_NONE;
	for (size_t depth = 0; n < snapshots->n && depth <= snapshots->n; depth++) {
		for (size_t i = 0; i < snapshots->n; i++) {
			size_t at = 0;

			if (depth_of(snapshots, parents, i) != depth)
				continue;
			while (depth && order[at] != parents[i])
				at++;
			at = depth ? at + 1 : n;
			while (depth && at < n && parents[order[at]] == parents[i])
				at++;
			memmove(order + at + 1, order + at, (n - at) * sizeof(*order));
			order[at] = i;
			n++;
		}
	}
	return n;
}

enum pyprof_status snapshots_text(const struct snapshots *snapshots,
				  const struct snapshot_show *show, FILE *out,
				  struct pyprof_error *err)
{
	_cleanup_free_ size_t *parents = calloc(snapshots->n + 1, sizeof(*parents));
	_cleanup_free_ size_t *order = calloc(snapshots->n + 1, sizeof(*order));
	enum pyprof_status status = PYPROF_OK;
	size_t n;

	if (!parents || !order)
		return error_nomem(err);
	n = sort_processes(snapshots, parents, order);
	for (size_t i = 0; i < n && !status; i++) {
		struct text text = { .snapshot = snapshots->processes[order[i]],
				     .show = show,
				     .out = out };
		size_t depth = depth_of(snapshots, parents, order[i]) * INDENT_STEP;

		text.indent = (unsigned)(depth < INDENT_MAX ? depth : INDENT_MAX);
		if (i)
			putc('\n', out);
		status = add_process(&text, err);
		str_deinit(&text.s);
	}
	return status;
}
