/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/changes.h"
#include "dump/text.h"
#include "dump/words.h"
#include "profile/module.h"

/* "f (views.py:40)", "f (views.py:40-44)". */
static void add_call(struct str *out, const struct changes_frame *frame, const char *cwd,
		     bool full_path)
{
	words_add(out, *frame->function ? frame->function : "?");
	str_add_cstr(out, " (");
	words_code_place(out, frame->file, frame->line, cwd, full_path);
	if (frame->last_line > frame->line)
		str_printf(out, "-%" PRId32, frame->last_line);
	str_add_char(out, ')');
}

static void add_cpu(struct str *out, const struct changes_thread *thread, uint64_t since)
{
	if (!thread->cpu_known)
		return;
	if (thread->cpu_last == since) {
		str_add_cstr(out, ", no CPU used");
		return;
	}
	str_add_cstr(out, ", ");
	words_time(out, thread->cpu_last - since);
	str_add_cstr(out, " of CPU used");
}

/* That it waited more than once where it always is, its switches tell. */
static void add_woken(struct str *out, const struct changes_thread *thread, uint64_t n)
{
	if (thread->woken_known && n)
		str_printf(out, ", woken %" PRIu64 " time%s", n, n == 1 ? "" : "s");
}

static void add_looks(struct str *out, size_t looks, const struct changes *changes)
{
	if (looks == changes->looks && looks == 2)
		str_add_cstr(out, "both looks");
	else if (looks == changes->looks)
		str_printf(out, "all %zu looks", looks);
	else
		str_printf(out, "%zu of %zu looks", looks, changes->looks);
}

void text_changes(struct str *out, const struct changes *changes,
		  const struct changes_thread *thread, const char *cwd, bool full_path)
{
	if (thread->looks == 1) {
		str_add_cstr(out, "new: not in the look before");
		return;
	}
	if (!thread->same) {
		str_add_cstr(out, "no whole stack to compare");
		add_cpu(out, thread, thread->cpu_before);
		return;
	}
	if (thread->same > 1) {
		str_add_cstr(out, "same stack in ");
		if (thread->same < changes->looks)
			str_add_cstr(out, "the last ");
		add_looks(out, thread->same, changes);
		str_add_cstr(out, ", for ");
		words_time(out, thread->last_ns - thread->since_ns);
		add_cpu(out, thread, thread->cpu_since);
		if (thread->verdict != CHANGES_BUSY)
			add_woken(out, thread, thread->woken_same);
		return;
	}
	str_add_cstr(out, thread->verdict == CHANGES_SLOW ? "same calls, another line"
							  : "another stack than before");
	add_cpu(out, thread, thread->cpu_before);
	if (thread->n_common) {
		str_add_cstr(out, "; always inside ");
		add_call(out, &thread->common[thread->n_common - 1], cwd, full_path);
	}
}

/* ---- the end: what it all comes to ----------------------------------------------- */

/* Sections, in their order. */
static const struct {
	enum changes_verdict verdict;
	enum ink ink;
	const char *heading;
} sections[] = {
	{ CHANGES_STUCK, INK_HOT,
	  "Stuck, or waiting: the same stack in every look, not run in between" },
	{ CHANGES_WAITING, INK_WARM,
	  "Waiting again and again: the same stack in every look, woken in between" },
	{ CHANGES_BUSY, INK_WARM,
	  "Busy in one place: the same stack in every look, CPU used" },
	{ CHANGES_SLOW, INK_WARM,
	  "Busy in one call: the same calls in every look, other lines" },
	{ CHANGES_MOVING, INK_MILD, "Moving: other stacks" },
	{ CHANGES_UNKNOWN, INK_NONE, "Not known: no whole stack in some look" },
	{ CHANGES_NEW, INK_NONE, "Seen in one look only" },
};

/* One thread in the summary; those of equal words become one. */
struct entry {
	size_t thread;
	struct str words;
};

static int by_words(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(str_cstr(&x->words), str_cstr(&y->words));

	if (order)
		return order;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static bool is_own(const struct changes_frame *frame)
{
	return module_kind(frame->file, "") == MODULE_OWN;
}

/* Where it is; of library code also the innermost frame of the program's own. */
static void add_where(struct str *out, const struct changes_thread *thread,
		      const char *cwd, bool full_path)
{
	size_t leaf = thread->n_common - 1, own = leaf;

	if (!thread->n_common)
		return;
	str_add_cstr(out, thread->verdict == CHANGES_MOVING ? "always inside " : "in ");
	add_call(out, &thread->common[leaf], cwd, full_path);
	while (own && !is_own(&thread->common[own]))
		own--;
	if (own < leaf && is_own(&thread->common[own])) {
		str_add_cstr(out, ", from ");
		add_call(out, &thread->common[own], cwd, full_path);
	}
}

static void describe(struct str *out, const struct changes *changes,
		     const struct changes_thread *thread, const char *cwd, bool full_path)
{
	add_where(out, thread, cwd, full_path);
	if (thread->looks < changes->looks) {
		str_printf(out, "%sin ", out->len ? "; " : "");
		add_looks(out, thread->looks, changes);
	}
	if (thread->verdict != CHANGES_STUCK && thread->verdict != CHANGES_NEW &&
	    thread->cpu_known)
		add_cpu(out, thread, thread->cpu_first);
	if (thread->verdict == CHANGES_WAITING)
		add_woken(out, thread, thread->woken);
	if (thread->last_seen < changes->looks)
		str_printf(out, "%sgone after look %zu", out->len ? "; " : "",
			   thread->last_seen);
}

/* A section of a process: `entries` of one verdict. */
static void add_section(struct text *text, size_t section, struct entry *entries,
			size_t n)
{
	_cleanup_free_ size_t *threads = calloc(n + 1, sizeof(*threads));

	if (!threads) {
		text->s.failed = true;
		return;
	}
	qsort(entries, n, sizeof(*entries), by_words);
	text_ink(text, sections[section].ink);
	str_add_cstr(&text->s, sections[section].heading);
	text_plain(text, sections[section].ink);
	str_add_cstr(&text->s, ":\n");
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && !strcmp(str_cstr(&entries[end].words),
						 str_cstr(&entries[i].words));
		     end++)
			threads[end - i] = entries[end].thread;
		text_list(text, threads, end - i);
		if (entries[i].words.len)
			str_printf(&text->s, "      %s\n", str_cstr(&entries[i].words));
	}
	text_flush(text);
}

static bool add_process_summary(struct text *text, const struct changes *changes,
				const struct changes_process *process)
{
	_cleanup_free_ struct entry *entries = calloc(changes->n + 1, sizeof(*entries));

	if (!entries)
		return false;
	text_ink(text, INK_BOLD);
	str_printf(&text->s, "\nProcess %d: ", (int)process->pid);
	words_add(&text->s, process->command);
	text_plain(text, INK_BOLD);
	if (process->last_seen < changes->looks)
		str_printf(&text->s, " (gone after look %zu)", process->last_seen);
	str_add_char(&text->s, '\n');
	for (size_t section = 0; section < ARRAY_SIZE(sections); section++) {
		size_t n = 0;

		for (size_t i = 0; i < changes->n; i++) {
			const struct changes_thread *thread = &changes->threads[i];

			if (thread->pid != process->pid ||
			    thread->verdict != sections[section].verdict)
				continue;
			entries[n] = (struct entry){ .thread = i };
			describe(&entries[n].words, changes, thread, process->cwd,
				 text->show->full_path);
			text->s.failed |= entries[n].words.failed;
			n++;
		}
		if (n)
			add_section(text, section, entries, n);
		for (size_t i = 0; i < n; i++)
			str_deinit(&entries[i].words);
	}
	return !text->s.failed;
}

enum pyprof_status changes_text(const struct changes *changes,
				const struct snapshot_show *show, FILE *out,
				struct pyprof_error *err)
{
	_cleanup_free_ struct snapshot_thread *threads =
		calloc(changes->n + 1, sizeof(*threads));
	struct snapshot names = { .threads = threads, .n_threads = changes->n };
	struct text text = { .snapshot = &names, .show = show, .out = out };
	bool ok = threads != NULL;

	for (size_t i = 0; ok && i < changes->n; i++)
		threads[i] = (struct snapshot_thread){ .tid = changes->threads[i].tid,
						       .ident = changes->threads[i].ident,
						       .name = changes->threads[i].name };
	str_printf(&text.s, "%zu look%s in ", changes->looks,
		   changes->looks == 1 ? "" : "s");
	words_time(&text.s, changes->last_ns - changes->first_ns);
	str_add_char(&text.s, '\n');
	for (size_t i = 0; ok && i < changes->n_processes; i++)
		ok = add_process_summary(&text, changes, &changes->processes[i]);
	text_flush(&text);
	ok = ok && !text.s.failed;
	str_deinit(&text.s);
	return ok ? PYPROF_OK : error_nomem(err);
}
