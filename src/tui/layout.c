/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#include "tui/head.h"

/* Screens so high have room for two panes. */
#define HIGH 50

struct layout layout_of(int lines, int columns, bool whole)
{
	struct layout layout = { .too_small = lines < LAYOUT_LEAST_LINES ||
					      columns < LAYOUT_LEAST_COLUMNS };
	int head = head_lines(lines, columns);

	layout.title_y = head;
	layout.foot_y = lines - 1;
	layout.pane = (struct area){ head + 1, 0, lines - head - 2, columns };
	if (lines >= HIGH && !whole) {
		int half = layout.pane.lines / 2;

		layout.below = (struct area){ layout.pane.y + half + 1, 0,
					      layout.pane.lines - half - 1, columns };
		layout.pane.lines = half;
	}
	return layout;
}
