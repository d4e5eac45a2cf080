/* SPDX-License-Identifier: MIT */
/*
 * The colours of a change: blue where the head has less, orange where it has more, by steps.
 *
 * A step is an index, and class "d<index>" in the markup: 0 is the most that vanished, DIFF_HALF
 * the middle, no change worth a colour, 2 * DIFF_HALF the most that came. Steps are of the larger
 * side's total, never of the largest change of the picture: two runs of the same program look as
 * alike as they are, pictures can be compared with each other, and base and head swapped give the
 * mirrored colours. What chance alone may have changed (render/diff_chance.h) has the middle's. Text
 * on them keeps what render/palette.h says of contrast.
 *
 * Class "ghost" is of what is not there, hatched; class "new" a bar on the upper edge of what was
 * not there before: neither is told by its colour alone.
 */
#ifndef PYPROF_RENDER_DIFF_SCALE_H
#define PYPROF_RENDER_DIFF_SCALE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/match.h"

#define DIFF_HALF  5u
#define DIFF_STEPS (2 * DIFF_HALF + 1)

/* From which change on a step is another one, in hundredths of a percent of the total. */
extern const unsigned diff_steps[DIFF_HALF];

/* The step of a change from `base` to `head` of values of which `whole` is all. */
unsigned diff_step(uint64_t base, uint64_t head, uint64_t whole);

/* By how much a share changed, exactly: `part` of `whole`, which is at most 2^96. */
struct diff_fraction {
	unsigned __int128 part, whole;
	bool more; /* in the head */
};

/*
 * head / its sum - base / its sum; the share of a side that has nothing is nothing. Sums of more
 * than 48 bits lose their lowest ones: the product of two has to fit.
 */
struct diff_fraction diff_of_shares(const uint64_t sum[SIDES], uint64_t base, uint64_t head);

/* The step of such a change: of percentage points. */
unsigned diff_step_of_shares(const uint64_t sum[SIDES], uint64_t base, uint64_t head);

/* "#rrggbb" of a step in the light theme, and in the dark one. */
const char *diff_light(unsigned step);
const char *diff_dark(unsigned step);

/*
 * Of the ghosts' hatch (paper, lines), edge and text, and of the bar. A ghost is nearly the
 * picture's own paper, in the dark theme too, where its text is then light.
 */
#define DIFF_GHOST_PAPER      "#f4f7fb"
#define DIFF_GHOST_LINE	      "#b9cbe4"
#define DIFF_GHOST_EDGE	      "#3f6fb0"
#define DIFF_NEW	      "#8a3d00"
#define DIFF_GHOST_PAPER_DARK "#222a37"
#define DIFF_GHOST_LINE_DARK  "#384a66"
#define DIFF_GHOST_EDGE_DARK  "#7ba3dd"
#define DIFF_GHOST_INK_DARK   "#f4f4f4"
#define DIFF_NEW_DARK	      "#fff0dc"

/* Style rules for the classes, both themes. */
void diff_css(FILE *out);

#endif
