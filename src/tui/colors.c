/* SPDX-License-Identifier: MIT */
#include "tui/colors.h"

#include <curses.h>
#include <stdlib.h>

#define SHADES 4

/* A colour of -1 is the terminal's own. */
struct look {
	short fg256, bg256;
	short fg8, bg8;
	attr_t attrs;	   /* with colours */
	attr_t mono_attrs; /* without */
};

static const struct look looks[N_STYLES] = {
	[STYLE_PLAIN] = { -1, -1, -1, -1, A_NORMAL, A_NORMAL },
	[STYLE_DIM] = { 245, -1, COLOR_CYAN, -1, A_NORMAL, A_NORMAL },
	[STYLE_STRONG] = { -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_HEADS] = { 16, 114, COLOR_BLACK, COLOR_GREEN, A_NORMAL, A_REVERSE },
	[STYLE_SORTED] = { 16, 80, COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE | A_BOLD },
	[STYLE_SELECTED] = { 231, 24, COLOR_WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE },
	[STYLE_TITLE] = { 80, -1, COLOR_CYAN, -1, A_NORMAL, A_BOLD },
	[STYLE_GOOD] = { 114, -1, COLOR_GREEN, -1, A_NORMAL, A_NORMAL },
	[STYLE_WARNING] = { 221, -1, COLOR_YELLOW, -1, A_NORMAL, A_BOLD },
	[STYLE_BAD] = { 203, -1, COLOR_RED, -1, A_BOLD, A_REVERSE },
	[STYLE_GRAPH] = { 114, -1, COLOR_GREEN, -1, A_NORMAL, A_NORMAL },
	[STYLE_HOT] = { 209, -1, COLOR_RED, -1, A_BOLD, A_BOLD },
	[STYLE_KEY] = { 114, -1, COLOR_GREEN, -1, A_BOLD, A_BOLD },
	[STYLE_MESSAGE] = { 16, 221, COLOR_BLACK, COLOR_YELLOW, A_NORMAL, A_REVERSE },
};

/* Backgrounds of boxes; what is written on them is black, or white where they are dark. */
struct shades {
	short bg256[SHADES], bg8[SHADES];
};

static const struct shades families[N_FAMILIES] = {
	[FAMILY_ROOT] = { { 250, 250, 250, 250 },
			  { COLOR_WHITE, COLOR_WHITE, COLOR_WHITE, COLOR_WHITE } },
	[FAMILY_OWN] = { { 215, 209, 221, 216 },
			 { COLOR_YELLOW, COLOR_RED, COLOR_YELLOW, COLOR_RED } },
	[FAMILY_LIBRARY] = { { 114, 150, 79, 108 },
			     { COLOR_GREEN, COLOR_GREEN, COLOR_GREEN, COLOR_GREEN } },
	[FAMILY_STANDARD] = { { 111, 147, 117, 110 },
			      { COLOR_CYAN, COLOR_CYAN, COLOR_CYAN, COLOR_CYAN } },
	[FAMILY_NONE] = { { 246, 248, 244, 247 },
			  { COLOR_WHITE, COLOR_WHITE, COLOR_WHITE, COLOR_WHITE } },
};

static bool colored;

#define BOX_PAIR(family, shade) ((short)(N_STYLES + (int)(family) * SHADES + (int)(shade)))
#define SELECTED_BOX_PAIR	BOX_PAIR(N_FAMILIES, 0)

static bool wants_colors(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && no[0]);
}

void colors_init(void)
{
	bool many;

	colored = wants_colors() && has_colors() && start_color() == OK &&
		  COLOR_PAIRS > SELECTED_BOX_PAIR;
	if (!colored)
		return;
	use_default_colors();
	many = COLORS >= 256;
	for (int i = 0; i < N_STYLES; i++)
		init_pair((short)(i + 1), many ? looks[i].fg256 : looks[i].fg8,
			  many ? looks[i].bg256 : looks[i].bg8);
	for (int i = 0; i < N_FAMILIES; i++)
		for (int k = 0; k < SHADES; k++)
			init_pair((short)(BOX_PAIR(i, k) + 1), many ? 16 : COLOR_BLACK,
				  many ? families[i].bg256[k] : families[i].bg8[k]);
	init_pair(SELECTED_BOX_PAIR + 1, many ? 231 : COLOR_WHITE, many ? 24 : COLOR_BLUE);
}

void colors_set(enum style style)
{
	if (colored)
		attr_set(looks[style].attrs, (short)(style + 1), NULL);
	else
		attr_set(looks[style].mono_attrs, 0, NULL);
}

void colors_set_box(enum family family, unsigned shade, int selected)
{
	if (!colored)
		attr_set(selected ? A_REVERSE | A_BOLD :
			 shade % 2 ? A_UNDERLINE :
				     A_NORMAL,
			 0, NULL);
	else if (selected)
		attr_set(A_BOLD, SELECTED_BOX_PAIR + 1, NULL);
	else
		attr_set(A_NORMAL, (short)(BOX_PAIR(family, shade % SHADES) + 1), NULL);
}
