/* SPDX-License-Identifier: MIT */
#include "tui/keys.h"

#include <curses.h>

#include "base/cleanup.h"

#define CTRL_KEY(c) ((c) & 0x1f)

const struct key_row key_rows[] = {
	{ COMMAND_UP, "Up k", "the row above; in the flame view, the caller", { KEY_UP, 'k' } },
	{ COMMAND_DOWN, "Down j", "the row below; in the flame view, a callee", { KEY_DOWN, 'j' } },
	{ COMMAND_LEFT, "Left", "in the flame view, the box to the left", { KEY_LEFT } },
	{ COMMAND_RIGHT, "Right", "in the flame view, the box to the right", { KEY_RIGHT } },
	{ COMMAND_PAGE_UP, "PgUp", "a page up", { KEY_PPAGE, CTRL_KEY('b') } },
	{ COMMAND_PAGE_DOWN, "PgDn", "a page down", { KEY_NPAGE, CTRL_KEY('f') } },
	{ COMMAND_HOME, "Home g", "to the first row", { KEY_HOME, 'g', KEY_A1 } },
	{ COMMAND_END, "End G", "to the last row", { KEY_END, 'G', KEY_C1 } },
	{ COMMAND_ENTER, "Enter", "zoom in: callers and callees, a thread's rows, a box",
	  { '\n', '\r', KEY_ENTER } },
	{ COMMAND_BACK, "Backspace", "zoom out, back to where you were",
	  { KEY_BACKSPACE, 0x7f, CTRL_KEY('h') } },
	{ COMMAND_ESCAPE, "Esc", "the same; then drops the filter and the thread", { 0x1b } },
	{ COMMAND_SORT_1, "1", "sort by self%: the function's own, in the last second", { '1' } },
	{ COMMAND_SORT_2, "2", "sort by total%: with what it called", { '2' } },
	{ COMMAND_SORT_3, "3", "sort by self time since the start", { '3' } },
	{ COMMAND_SORT_4, "4", "sort by total time since the start", { '4' } },
	{ COMMAND_SORT_5, "5 n", "sort by name", { '5', 'n' } },
	{ COMMAND_SORT_LEFT, "<", "sort by the column to the left", { '<', ',' } },
	{ COMMAND_SORT_RIGHT, ">", "sort by the column to the right", { '>', '.' } },
	{ COMMAND_REVERSE, "I", "reverse the order", { 'I', '!' } },
	{ COMMAND_LINES, "l", "rows are lines, or functions", { 'l', 'L' } },
	{ COMMAND_METRIC, "m", "what is shown: wall time, CPU, GIL, samples…", { 'm', 'M' } },
	{ COMMAND_SHARE, "%", "percent of the time (100%: one thread), or of what was seen",
	  { '%' } },
	{ COMMAND_SPAN, "a", "percents and flames of the last second, or since the start",
	  { 'a', 'A' } },
	{ COMMAND_FILTER, "/", "only rows with this text in their name or file",
	  { '/', KEY_F(3), KEY_F(4) } },
	{ COMMAND_IDLE, "i", "threads that wait are shown too, from now on, or not", { 'i' } },
	{ COMMAND_FREEZE, "Space", "freeze what is shown; the recording goes on", { ' ' } },
	{ COMMAND_THREADS, "t", "threads; Enter shows one alone", { 't', 'T', 'H' } },
	{ COMMAND_PROCESSES, "p", "processes; Enter shows one alone", { 'p', 'P' } },
	{ COMMAND_FLAME, "f", "the flame view", { 'f', 'F' } },
	{ COMMAND_NEXT_PANE, "Tab", "the next of functions, threads, processes, flame view",
	  { '\t' } },
	{ COMMAND_SAVE, "s", "save what was seen so far; the file's ending says the format",
	  { 's', 'S' } },
	{ COMMAND_RESET, "r", "count from now on", { 'r', 'R' } },
	{ COMMAND_SLOWER, "+", "update less often", { '+', '=' } },
	{ COMMAND_FASTER, "-", "update more often", { '-' } },
	{ COMMAND_REDRAW, "Ctrl-L", "draw the screen anew", { CTRL_KEY('l') } },
	{ COMMAND_HELP, "?", "this help", { '?', 'h', KEY_F(1) } },
	{ COMMAND_QUIT, "q Ctrl-C", "end", { 'q', 'Q', KEY_F(10) } },
};
const size_t n_key_rows = ARRAY_SIZE(key_rows);

enum command keys_command(int code)
{
	for (size_t i = 0; code && i < n_key_rows; i++)
		for (int k = 0; k < KEY_CODES; k++)
			if (key_rows[i].codes[k] == code)
				return key_rows[i].command;
	return COMMAND_NONE;
}
