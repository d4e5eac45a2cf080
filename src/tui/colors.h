/* SPDX-License-Identifier: MIT */
/*
 * What things look like, in 256, 16 and 8 colours, and in none (NO_COLOR, or a terminal without):
 * what a colour says is then said by bold, reverse or underlined, or by the text beside it.
 */
#ifndef PYPROF_TUI_COLORS_H
#define PYPROF_TUI_COLORS_H

enum style {
	STYLE_PLAIN = 0,
	STYLE_DIM,	/* what matters less: paths, units */
	STYLE_STRONG,	/* names, numbers */
	STYLE_HEADS,	/* heads of columns */
	STYLE_SORTED,	/* …of the one that rows are sorted by */
	STYLE_SELECTED, /* the row of the cursor */
	STYLE_TITLE,	/* what a pane is, and of what */
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_BAD,
	STYLE_GRAPH,
	STYLE_HOT, /* large shares */
	STYLE_KEY,
	STYLE_MESSAGE,
	N_STYLES,
};

/* Whose code a box of the flame view is. */
enum family { FAMILY_ROOT = 0, FAMILY_OWN, FAMILY_LIBRARY, FAMILY_STANDARD, FAMILY_NONE, N_FAMILIES };

void colors_init(void); /* once the terminal is open */
void colors_set(enum style style); /* for what is written from now on */

/* The same for a box: files of one family have `shade` to tell them apart. */
void colors_set_box(enum family family, unsigned shade, int selected);

#endif
