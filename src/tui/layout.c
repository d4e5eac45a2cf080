/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#include "tui/head.h"

struct layout layout_of(int lines, int columns)
{
	struct layout layout = { .too_small = lines < LAYOUT_LEAST_LINES ||
					      columns < LAYOUT_LEAST_COLUMNS };
	int head = head_lines(lines, columns);

	layout.title_y = head;
	layout.foot_y = lines - 1;
	layout.pane = (struct area){ head + 1, 0, lines - head - 2, columns };
	return layout;
}
