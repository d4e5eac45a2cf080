/* SPDX-License-Identifier: MIT */
/* The help screen, made from the table of keys. */
#ifndef PYPROF_TUI_HELP_H
#define PYPROF_TUI_HELP_H

#include "tui/state.h"

enum command;

void help_draw(const struct tui *tui, const struct area *area);

/* Moves through it; false: the key is not for that, and leaves the help. */
bool help_move(struct tui *tui, enum command command, const struct area *area);

#endif
