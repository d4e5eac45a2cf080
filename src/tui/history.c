/* SPDX-License-Identifier: MIT */
#include "tui/history.h"

#define STEPS 8

static const char *const blocks[STEPS + 1] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const shades[STEPS + 1] = { " ", ".", ".", ":", "-", "=", "+", "*", "#" };
static const char *const widths[STEPS + 1] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };

void history_add(struct history *graph, double value)
{
	graph->values[graph->n++ % HISTORY_KEPT] = value > 0 && value < 1e30 ? (float)value : 0;
}

/* The one that `column` of `columns` shows; below 0: none. */
static double value_at(const struct history *graph, int columns, int column)
{
	size_t back = (size_t)(columns - column); /* 1: the newest */

	if (back > graph->n || back > HISTORY_KEPT)
		return -1;
	return (double)graph->values[(graph->n - back) % HISTORY_KEPT];
}

/* What is no share between 0 and 1 is one of the two. */
static int in_steps(double share, int cells)
{
	if (!(share > 0))
		return 0;
	return (int)((share < 1 ? share : 1) * cells * STEPS + 0.5);
}

double history_highest(const struct history *graph, int columns)
{
	double highest = 0;

	for (int i = 0; i < columns; i++)
		if (value_at(graph, columns, i) > highest)
			highest = value_at(graph, columns, i);
	return highest;
}

void history_line(struct str *out, const struct history *graph, int columns, int lines, int line,
		double full, bool utf8)
{
	const char *const *steps = utf8 ? blocks : shades;

	for (int i = 0; i < columns; i++) {
		double value = value_at(graph, columns, i);
		int height = 0;

		if (value > 0 && full > 0) {
			height = in_steps(value / full, lines);
			if (height == 0)
				height = 1;
		} else if (value == 0 && utf8 && line == lines - 1) {
			height = 1; /* known to be nothing */
		}
		height -= (lines - 1 - line) * STEPS;
		str_add_cstr(out, steps[height < 0 ? 0 : height > STEPS ? STEPS : height]);
	}
}

void history_bar(struct str *out, double share, int columns, bool utf8)
{
	int eighths;

	eighths = in_steps(share, columns);
	for (int i = 0; i < columns; i++, eighths -= STEPS) {
		int step = eighths < 0 ? 0 : eighths > STEPS ? STEPS : eighths;

		if (utf8)
			str_add_cstr(out, widths[step]);
		else
			str_add_char(out, step >= STEPS / 2 ? '|' : ' ');
	}
}
