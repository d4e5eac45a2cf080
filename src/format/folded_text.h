/* SPDX-License-Identifier: MIT */
/*
 * The text of one frame in a folded file: written with escapes, taken apart again. The rules
 * are in folded.h; of use to folded.c and folded_read.c alone.
 */
#ifndef PYPROF_FORMAT_FOLDED_TEXT_H
#define PYPROF_FORMAT_FOLDED_TEXT_H

#include "base/str.h"
#include "profile/view.h"

#define FOLDED_TRUNCATED "[truncated]"
#define FOLDED_EMPTY	 "\\e"

/* Appends the frame; `first`: it starts a line, `leaf`: the count follows it. */
void folded_escape(struct str *out, const struct view_text *text, bool first, bool leaf);

/* Is it written otherwise as the leaf than elsewhere? Rare. */
bool folded_leaf_differs(const struct view_text *text);

/* A frame as it lies in the file, its parts still escaped. */
struct folded_frame {
	const char *name, *file; /* file: NULL where there is none */
	size_t name_len, file_len;
	int32_t line; /* 0: none */
};
struct folded_frame folded_split(const char *frame, size_t len);

/* Appends the text that `len` escaped bytes stand for: UTF-8 and lone surrogates. */
void folded_unescape(struct str *out, const char *bytes, size_t len);

#endif
