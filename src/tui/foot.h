/* SPDX-License-Identifier: MIT */
/* The line above the pane, which says what is shown, and the foot: a message, a prompt, or keys. */
#ifndef PYPROF_TUI_FOOT_H
#define PYPROF_TUI_FOOT_H

#include "tui/state.h"

void foot_draw_title(const struct tui *tui, int y, int columns);
void foot_draw(const struct tui *tui, int y, int columns);

#endif
