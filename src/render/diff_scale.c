/* SPDX-License-Identifier: MIT */
#include "render/diff_scale.h"

#include <stdbool.h>

#include "render/amount.h"

/*
 * A tenth of a percent is a pixel of the static picture; what changed by more than the last step in
 * one place nobody overlooks. A cost is spread over many places: a function of 17% that takes a
 * fifth longer is 3.4%, in some twenty boxes.
 */
const unsigned diff_steps[DIFF_HALF] = { 10, 25, 50, 100, 250 };

/*
 * Made in OKLCH: both arms leave one grey and lose lightness and win strength step by step, so that
 * a step is told by its lightness too; blue and orange differ for all eyes.
 *		light: lightness, chroma, hue		dark
 *   middle	.925 .004 260				.79 .006 260
 *   blue	to .68 .145 250				to .675 .13 250
 *   orange	to .745 .165 55				to .71 .165 54
 */
static const struct {
	char light[8], dark[8];
} colors[DIFF_STEPS] = {
	{ "#499dee", "#529be3" },
	{ "#68aaee", "#67a2dd" },
	{ "#85b8ed", "#7aa8d6" },
	{ "#a2c6ec", "#8eadcf" },
	{ "#c0d4ea", "#a2b3c6" },
	{ "#e5e6e9", "#b8bbbe" },
	{ "#eed1be", "#caae9b" },
	{ "#f3bf9c", "#d6a282" },
	{ "#f6ae7c", "#df9768" },
	{ "#f89d5b", "#e78c4b" },
	{ "#fa8c31", "#ee8025" },
};

unsigned diff_step(uint64_t base, uint64_t head, uint64_t whole)
{
	uint64_t change = head > base ? head - base : base - head;
	/* Of a millionth, so that no rounding lifts a change over a step that it does not reach. */
	uint64_t part = amount_scale(change, 1000000, whole);
	unsigned step = 0;

	while (step < DIFF_HALF && part >= (uint64_t)diff_steps[step] * 100)
		step++;
	return head > base ? DIFF_HALF + step : DIFF_HALF - step;
}

const char *diff_light(unsigned step)
{
	return colors[step].light;
}

const char *diff_dark(unsigned step)
{
	return colors[step].dark;
}

static void put_steps(FILE *out, bool dark)
{
	for (unsigned i = 0; i < DIFF_STEPS; i++) {
		const char *color = dark ? colors[i].dark : colors[i].light;

		fprintf(out, ".d%u{fill:%s;background-color:%s}\n", i, color, color);
	}
}

/* Lines and paper of a ghost; what is drawn with them is flame.css's. */
void diff_css(FILE *out)
{
	put_steps(out, false);
	fputs(":root{--ghost:" DIFF_GHOST_PAPER ";--ghost-line:" DIFF_GHOST_LINE
	      ";--ghost-edge:" DIFF_GHOST_EDGE ";--new:" DIFF_NEW "}\n",
	      out);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	put_steps(out, true);
	fputs(":root{--ghost:" DIFF_GHOST_PAPER_DARK ";--ghost-line:" DIFF_GHOST_LINE_DARK
	      ";--ghost-edge:" DIFF_GHOST_EDGE_DARK ";--new:" DIFF_NEW_DARK "}\n}\n",
	      out);
	fputs("rect.ghost{fill:url(\"#ghosts\");stroke:var(--ghost-edge)}\n"
	      ".ghost-paper{fill:var(--ghost)}\n.ghost-line{fill:var(--ghost-line)}\n"
	      "rect.new{fill:var(--new)}\n",
	      out);
}
