/* SPDX-License-Identifier: MIT */
/* The head of the screen: what is recorded, how it goes, and what the target takes of the machine. */
#ifndef PYPROF_TUI_HEAD_H
#define PYPROF_TUI_HEAD_H

#include "tui/state.h"

#define HEAD_EVERY_NS 1000000000u /* between two samples of the graphs */

/* Asks the recorder; adds to the graphs where a second is over. */
void head_sample(struct tui *tui, uint64_t now);

/* How many lines it takes of a screen, and draws it there. */
int head_lines(int lines, int columns);
void head_draw(const struct tui *tui, int lines, int columns);

#endif
