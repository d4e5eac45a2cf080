/* SPDX-License-Identifier: MIT */
/*
 * The distinct texts of a view, interned; of use to view.c alone.
 *
 * Ids are indexes from 0 in the order of adding. A text of one kind may equal one of another
 * only where the two must stay apart: the root, the truncation mark, and the rest.
 */
#ifndef PYPROF_PROFILE_VIEW_TEXTS_H
#define PYPROF_PROFILE_VIEW_TEXTS_H

#include "profile/view.h"

struct view_texts_entry {
	size_t offset; /* into bytes; the text is followed by a NUL */
	size_t len, name_len, file_len;
	int32_t line;
	uint32_t function, location;
	enum view_kind kind;
	bool has_file;
};

struct view_texts {
	struct str bytes;   /* all texts, one behind the other */
	struct str scratch; /* the text being made */
	struct view_texts_entry *entries;
	size_t n, cap;
	struct map map;
};

void view_texts_deinit(struct view_texts *texts);

/* Each gives the text's id, PROFILE_NONE where memory ran out. */
uint32_t view_texts_mark(struct view_texts *texts, enum view_kind kind, const char *text);
uint32_t view_texts_process(struct view_texts *texts, const struct profile *profile,
			    uint32_t process);
uint32_t view_texts_thread(struct view_texts *texts, const struct profile *profile,
			   uint32_t thread);
uint32_t view_texts_location(struct view_texts *texts, const struct profile *profile,
			     uint32_t location, const struct view_opts *opts);

/* *ranks, to be freed by the caller: the place of each text among all, sorted by bytes. */
bool view_texts_rank(const struct view_texts *texts, uint32_t **ranks);

#endif
