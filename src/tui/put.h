/* SPDX-License-Identifier: MIT */
/*
 * Writing on the screen. Every text is made harmless and cut to the columns that are given
 * (tui/label.h); nothing wraps, and what lies beyond the screen is not written.
 */
#ifndef PYPROF_TUI_PUT_H
#define PYPROF_TUI_PUT_H

#include "tui/colors.h"
#include "tui/label.h"

/* A part of the screen. */
struct area {
	int y, x, lines, columns;
};

/* Each returns the columns taken. */
int put(int y, int x, int columns, enum style style, const char *text);
int put_cut(int y, int x, int columns, enum style style, const char *text, enum label_cut cut);
int put_right(int y, int x, int columns, enum style style, const char *text); /* at the right end */
int putf(int y, int x, int columns, enum style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Text that is clean and fits, such as a graph's. */
void put_raw(int y, int x, const char *text);

void put_blank(int y, int x, int columns, enum style style);

#endif
