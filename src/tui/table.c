/* SPDX-License-Identifier: MIT */
#include "tui/table.h"

#include <string.h>

#include "tui/keys.h"
#include "tui/terminal.h"

#define WHEEL_ROWS 3

/* Of the column behind the last the width is 0: the caller knows it by that. */
static int width_of(const struct area *area, const struct column *column)
{
	return column->least <= area->columns ? column->width : -1;
}

bool table_place(const struct area *area, const struct column *columns, size_t which, int *x,
		 int *width)
{
	*x = area->x;
	*width = width_of(area, &columns[which]);
	if (*width < 0)
		return false;
	for (size_t i = 0; i < which; i++) {
		int before = width_of(area, &columns[i]);

		if (before > 0)
			*x += before;
	}
	if (columns[which].width == 0) {
		*x += 2;
		*width = area->x + area->columns - *x;
	}
	return *width > 0;
}

void table_head(const struct area *area, const struct column *columns, int sorted, bool reverse)
{
	put_blank(area->y, area->x, area->columns, STYLE_HEADS);
	for (size_t i = 0;; i++) {
		bool is_sorted = columns[i].sort && columns[i].sort == sorted;
		enum style style = is_sorted ? STYLE_SORTED : STYLE_HEADS;
		char title[48] = "";
		int x, width;

		strncat(title, columns[i].title, sizeof(title) - 8);
		if (is_sorted)
			strcat(title, reverse == (columns[i].width == 0) ?
					      (terminal_is_utf8() ? "▾" : "v") :
					      (terminal_is_utf8() ? "▴" : "^"));
		if (table_place(area, columns, i, &x, &width)) {
			if (columns[i].width == 0)
				put(area->y, x, width, style, title);
			else
				put_right(area->y, x, width, style, title);
		}
		if (columns[i].width == 0)
			return;
	}
}

const struct column *table_column_at(const struct area *area, const struct column *columns,
				     int at)
{
	for (size_t i = 0;; i++) {
		int x, width;

		if (table_place(area, columns, i, &x, &width) && at >= x && at < x + width)
			return &columns[i];
		if (columns[i].width == 0)
			return NULL;
	}
}

/* ---- a cursor -------------------------------------------------------------------------- */

static void down(struct cursor *cursor, size_t by, size_t n)
{
	size_t last = n ? n - 1 : 0;

	cursor->at = cursor->at > last || last - cursor->at < by ? last : cursor->at + by;
}

static void up(struct cursor *cursor, size_t by)
{
	cursor->at = cursor->at < by ? 0 : cursor->at - by;
}

bool cursor_move(struct cursor *cursor, enum command command, size_t n, int lines)
{
	size_t page = lines > 1 ? (size_t)lines - 1 : 1;

	switch (command) {
	case COMMAND_UP:
		up(cursor, 1);
		break;
	case COMMAND_DOWN:
		down(cursor, 1, n);
		break;
	case COMMAND_WHEEL_UP:
		up(cursor, WHEEL_ROWS);
		break;
	case COMMAND_WHEEL_DOWN:
		down(cursor, WHEEL_ROWS, n);
		break;
	case COMMAND_PAGE_UP:
		up(cursor, page);
		break;
	case COMMAND_PAGE_DOWN:
		down(cursor, page, n);
		break;
	case COMMAND_HOME:
		cursor->at = 0;
		break;
	case COMMAND_END:
		cursor->at = n ? n - 1 : 0;
		break;
	default:
		return false;
	}
	cursor->moved = true;
	return true;
}

void cursor_fit(struct cursor *cursor, size_t n, int lines)
{
	size_t in_sight = lines > 0 ? (size_t)lines : 1;

	if (cursor->at >= n)
		cursor->at = n ? n - 1 : 0;
	if (cursor->top > cursor->at)
		cursor->top = cursor->at;
	if (cursor->at - cursor->top >= in_sight)
		cursor->top = cursor->at - in_sight + 1;
	if (cursor->top > 0 && cursor->top + in_sight > n)
		cursor->top = n > in_sight ? n - in_sight : 0;
}
