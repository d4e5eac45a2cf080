/* SPDX-License-Identifier: MIT */
#include "tui/put.h"

#include <curses.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "tui/terminal.h"

void put_raw(int y, int x, const char *text)
{
	if (y >= 0 && y < LINES && x >= 0 && x < COLS)
		mvaddstr(y, x, text);
}

int put_cut(int y, int x, int columns, enum style style, const char *text, enum label_cut cut)
{
	_cleanup_(str_deinit) struct str out = STR_INIT;
	int taken;

	if (x + columns > COLS)
		columns = COLS - x;
	taken = label_add(&out, text, columns, cut, terminal_is_utf8());
	if (taken > 0) {
		colors_set(style);
		put_raw(y, x, str_cstr(&out));
	}
	return taken;
}

int put(int y, int x, int columns, enum style style, const char *text)
{
	return put_cut(y, x, columns, style, text, LABEL_CUT_END);
}

int put_right(int y, int x, int columns, enum style style, const char *text)
{
	int width = label_width(text, terminal_is_utf8());

	if (width < columns)
		x += columns - width;
	put(y, x, width < columns ? width : columns, style, text);
	return columns;
}

int putf(int y, int x, int columns, enum style style, const char *format, ...)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	return put(y, x, columns, style, str_cstr(&text));
}

void put_blank(int y, int x, int columns, enum style style)
{
	if (y < 0 || y >= LINES || x < 0)
		return;
	colors_set(style);
	for (int i = 0; i < columns && x + i < COLS; i++)
		mvaddch(y, x + i, ' ');
}
