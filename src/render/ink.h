/* SPDX-License-Identifier: MIT */
/*
 * Colours of a terminal: only the eight that every terminal's own theme defines, and none where
 * none are wanted, so that what is written to a file or pipe is plain text.
 */
#ifndef PYPROF_RENDER_INK_H
#define PYPROF_RENDER_INK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum ink {
	INK_NONE = 0,
	INK_DIM,  /* less important than what is beside it */
	INK_BOLD, /* headings */
	INK_MILD, /* a share worth a look… */
	INK_WARM, /* …a large one… */
	INK_HOT,  /* …most of it */
	INK_LESS, /* it became less; what became more is warm or hot */
	INKS,
};

/* Appends the escape that switches to `ink`, and that which switches back. */
void ink_on(struct str *out, enum ink ink);
void ink_off(struct str *out, enum ink ink);

/* By how much of the whole something is: from a half on hot, a fifth warm, a twentieth mild. */
enum ink ink_of_share(uint64_t part, uint64_t whole);

#endif
