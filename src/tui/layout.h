/* SPDX-License-Identifier: MIT */
/* Where things are on a screen of a size: the head, a line that says what is shown, the pane, the foot. */
#ifndef PYPROF_TUI_LAYOUT_H
#define PYPROF_TUI_LAYOUT_H

#include <stdbool.h>

#include "tui/put.h"

#define LAYOUT_LEAST_LINES   6
#define LAYOUT_LEAST_COLUMNS 30

struct layout {
	bool too_small;
	int title_y;
	struct area pane;
	struct area below; /* of a high screen, for the flame view; its head is above; 0 lines: none */
	int foot_y;
};

/* `whole`: the pane takes all that there is. */
struct layout layout_of(int lines, int columns, bool whole);

#endif
