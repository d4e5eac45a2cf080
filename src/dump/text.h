/* SPDX-License-Identifier: MIT */
/* The parts of a snapshot in words: what text*.c share. */
#ifndef PYPROF_DUMP_TEXT_H
#define PYPROF_DUMP_TEXT_H

#include "base/map.h"
#include "base/str.h"
#include "dump/changes.h"
#include "dump/show.h"
#include "render/ink.h"

/* One process on its way to a file. */
struct text {
	struct str s; /* what is not written yet: whole lines */
	const struct snapshot *snapshot;
	const struct snapshot_show *show;
	FILE *out;
	unsigned indent; /* columns before each line */
};

/* Writes what there is, each line behind the indent. */
void text_flush(struct text *text);

/* From here on in this ink, and back; nothing without colours. */
void text_ink(struct text *text, enum ink ink);
void text_plain(struct text *text, enum ink ink);

/* The frames of a thread, with their values, leaf first; and what is missing. */
void text_frames(struct text *text, const struct snapshot_thread *thread);

/* Does the thread stand in the very place of the other, with nothing of its own to say?
 */
bool text_is_plain(const struct snapshot *snapshot, size_t thread);
bool text_same_stack(const struct snapshot *snapshot, const struct snapshot_thread *a,
		     const struct snapshot_thread *b);

/* ---- text_values.c: variables of frames ------------------------------------------------ */

struct seen_value {
	const struct snapshot_value *value;
	const struct snapshot_frame *frame;
};

/* Objects of a long text that were shown in a thread: shown once. All zero at first. */
struct text_seen {
	struct map map;
	struct seen_value *values;
	size_t n, cap;
};
void text_seen_deinit(struct text_seen *seen);

/* Those of frame `i`, under their headings. */
void text_values(struct text *text, const struct snapshot_thread *thread, size_t i,
		 struct text_seen *seen);

/*
 * Are the values that are shown of both the same, but for addresses in them and for the
 * standard library's; a hash of that.
 */
bool text_same_values(const struct snapshot *snapshot, const struct snapshot_frame *a,
		      const struct snapshot_frame *b);
uint64_t text_values_hash(const struct snapshot *snapshot, const struct snapshot_frame *frame);

/*
 * "'pool_0' (12), 'pool_1' (13)", broken into lines behind two blanks: those of
 * `threads`. Long runs of names and ids that count up are shortened: "'pool_0' (12) to
 * 'pool_999' (1011)".
 */
void text_list(struct text *text, const size_t *threads, size_t n);

/* "same stack in 3 of 5 looks…": what changed in a thread. */
void text_changes(struct str *out, const struct changes *changes,
		  const struct changes_thread *thread, const char *cwd, bool full_path);

#endif
