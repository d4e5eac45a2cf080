/* SPDX-License-Identifier: MIT */
#include "tui/help.h"

#include "tui/keys.h"

#define KEYS_COLUMNS 13
#define TWO_FROM     150 /* columns from which on there are two rows side by side */

/* What no key is for: the mouse, and columns whose names are short. */
static const char *const more_rows[][2] = {
	{ "click", "select a row or box; again: zoom in" },
	{ "click", "on a column's head: sort by it; again: reversed" },
	{ "wheel", "up and down" },
	{ "self%", "of functions: while it ran itself; total%: with what it called" },
	{ "seen%", "of threads: samples that met it; CPU%: it was on a CPU" },
	{ "GIL%", "of threads: it held the GIL (global interpreter lock)" },
	{ "state", "of threads: what it did in the last second" },
	{ "waits%", "of threads: it could run, but waited for the GIL" },
};
#define N_MORE (sizeof(more_rows) / sizeof(more_rows[0]))

static size_t rows_side_by_side(const struct area *area)
{
	return area->columns >= TWO_FROM ? 2 : 1;
}

static size_t n_lines(const struct area *area)
{
	size_t beside = rows_side_by_side(area);

	return (n_key_rows + N_MORE + beside - 1) / beside;
}

static size_t last_top(const struct area *area)
{
	size_t n = n_lines(area), lines = area->lines > 1 ? (size_t)area->lines - 1 : 1;

	return n > lines ? n - lines : 0;
}

static void draw_row(size_t i, int y, int x, int columns)
{
	const char *keys, *what;

	if (i < n_key_rows) {
		keys = key_rows[i].keys;
		what = key_rows[i].what;
	} else if (i < n_key_rows + N_MORE) {
		keys = more_rows[i - n_key_rows][0];
		what = more_rows[i - n_key_rows][1];
	} else {
		return;
	}
	put_right(y, x, KEYS_COLUMNS - 2, STYLE_KEY, keys);
	put(y, x + KEYS_COLUMNS, columns - KEYS_COLUMNS, STYLE_PLAIN, what);
}

void help_draw(const struct tui *tui, const struct area *area)
{
	size_t beside = rows_side_by_side(area), n = n_lines(area);
	size_t top = tui->help_top < last_top(area) ? tui->help_top : last_top(area);
	int width = area->columns / (int)beside;

	put_blank(area->y, area->x, area->columns, STYLE_HEADS);
	put(area->y, area->x + 1, area->columns - 1, STYLE_HEADS,
	    n > (size_t)area->lines - 1 ? "keys (Up and Down show more, any other key leaves)" :
					  "keys (any key leaves)");
	for (int line = 0; line < area->lines - 1; line++)
		for (size_t k = 0; k < beside; k++)
			if (top + (size_t)line < n)
				draw_row(top + (size_t)line + k * n, area->y + 1 + line,
					 area->x + (int)k * width, width - 1);
}

bool help_move(struct tui *tui, enum command command, const struct area *area)
{
	struct cursor cursor = { .at = tui->help_top };

	if (!cursor_move(&cursor, command, last_top(area) + 1, area->lines - 1))
		return false;
	tui->help_top = cursor.at;
	return true;
}
