/* SPDX-License-Identifier: MIT */
/*
 * Text of strangers, made fit to be shown: names come from the target's memory and may
 * hold anything.
 *
 * The visible form of a text is valid UTF-8 in which every character has a glyph and none
 * has a power over its neighbours: control and format characters (the right-to-left marks
 * among them), lone surrogates and noncharacters appear escaped as Python's repr() does,
 * `\n`, `\x1b`, `\u202e`, `\U000e0001`; so does what heaps more than four marks on one
 * letter. A byte that is not UTF-8 counts as the lone
 * surrogate U+DC80 + (byte - 0x80), as in Python's "surrogateescape", so it reads `\udc80`.
 * flame-text.js makes the same form of the same text. Nothing is owned here; a failed
 * allocation shows in the `struct str`.
 */
#ifndef PYPROF_RENDER_TEXT_H
#define PYPROF_RENDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Appends the visible form of the text. */
void text_visible(struct str *out, const char *bytes, size_t len);

/* Columns that a visible text takes in a monospace font; wide characters take 2. */
size_t text_columns(const char *visible, size_t len);

/*
 * Appends as much of a visible text as fits in `columns`, its cut marked with an ellipsis;
 * returns the columns taken. Appends nothing where not even one character and the ellipsis
 * fit.
 */
size_t text_fit(struct str *out, const char *visible, size_t len, size_t columns);

/* The same, cut at its start: of a path the end says more. */
size_t text_fit_end(struct str *out, const char *visible, size_t len, size_t columns);

#endif
