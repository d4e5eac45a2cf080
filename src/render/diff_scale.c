/* SPDX-License-Identifier: MIT */
#include "render/diff_scale.h"

#include "render/palette.h"

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
 *   middle	.93 .004 260				.80 .006 260
 *   blue	to .68 .145 258				to .675 .13 258
 *   orange	to .735 .165 58				to .695 .165 57
 */
static const struct {
	char light[8], dark[8];
} colors[DIFF_STEPS] = {
	{ "#5d98f0", "#6297e6" },
	{ "#79a9f0", "#75a0df" },
	{ "#95b9ef", "#88a8d7" },
	{ "#b0c9ee", "#9ab0cf" },
	{ "#ccd9eb", "#acb7c7" },
	{ "#e6e8ea", "#bbbec2" },
	{ "#edd6c6", "#c8b2a3" },
	{ "#f0c4a4", "#d1a688" },
	{ "#f3b281", "#da9a6b" },
	{ "#f49f5a", "#e18c49" },
	{ "#f48b24", "#e77d0e" },
};

/* `whole` is at most 2^114. */
static unsigned step_of(unsigned __int128 part, unsigned __int128 whole, bool more)
{
	unsigned step = 0;

	while (part && step < DIFF_HALF && part * 10000 >= whole * diff_steps[step])
		step++;
	return more ? DIFF_HALF + step : DIFF_HALF - step;
}

unsigned diff_step(uint64_t base, uint64_t head, uint64_t whole)
{
	return step_of(head > base ? head - base : base - head, whole, head > base);
}

struct diff_fraction diff_of_shares(const uint64_t sum[SIDES], uint64_t base, uint64_t head)
{
	uint64_t b = sum[SIDE_BASE], h = sum[SIDE_HEAD];
	unsigned __int128 was, is;

	for (; b >> 48; b >>= 1)
		base >>= 1;
	for (; h >> 48; h >>= 1)
		head >>= 1;
	/* The share of an empty side is nothing. */
	b += !b;
	h += !h;
	was = (unsigned __int128)base * h;
	is = (unsigned __int128)head * b;
	return (struct diff_fraction){ .part = is > was ? is - was : was - is,
				       .whole = (unsigned __int128)b * h,
				       .more = is > was };
}

unsigned diff_step_of_shares(const uint64_t sum[SIDES], uint64_t base, uint64_t head)
{
	struct diff_fraction change = diff_of_shares(sum, base, head);

	return step_of(change.part, change.whole, change.more);
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

/* What a ghost and a bar are drawn with are properties, of use to the page's style too. */
void diff_css(FILE *out)
{
	put_steps(out, false);
	fputs(":root{--ghost:" DIFF_GHOST_PAPER ";--ghost-line:" DIFF_GHOST_LINE
	      ";--ghost-edge:" DIFF_GHOST_EDGE ";--ghost-ink:" PALETTE_TEXT
	      ";--new:" DIFF_NEW "}\n",
	      out);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	put_steps(out, true);
	fputs(":root{--ghost:" DIFF_GHOST_PAPER_DARK ";--ghost-line:" DIFF_GHOST_LINE_DARK
	      ";--ghost-edge:" DIFF_GHOST_EDGE_DARK ";--ghost-ink:" DIFF_GHOST_INK_DARK
	      ";--new:" DIFF_NEW_DARK "}\n}\n",
	      out);
	fputs("rect.ghost{fill:url(\"#ghosts\");stroke:var(--ghost-edge)}\n"
	      "#frames rect.ghost+text{fill:var(--ghost-ink)}\n"
	      ".ghost-paper{fill:var(--ghost)}\n.ghost-line{fill:var(--ghost-line)}\n"
	      "rect.new{fill:var(--new)}\n",
	      out);
}
