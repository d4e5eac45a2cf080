/* SPDX-License-Identifier: MIT */
/* What keys and the mouse do, wherever the screen is. */
#ifndef PYPROF_TUI_COMMANDS_H
#define PYPROF_TUI_COMMANDS_H

#include "tui/state.h"

/* Reads all keys that wait, and does what they say. */
void commands_read(struct tui *tui);

#endif
