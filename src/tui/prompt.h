/* SPDX-License-Identifier: MIT */
/* A line of text that is asked for at the foot of the screen, while everything else goes on. */
#ifndef PYPROF_TUI_PROMPT_H
#define PYPROF_TUI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_MAX 512 /* bytes, with the NUL */

enum prompt_kind { PROMPT_NONE = 0, PROMPT_FILTER, PROMPT_SAVE, PROMPT_OVERWRITE };

enum prompt_result { PROMPT_GOES_ON = 0, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

struct prompt {
	enum prompt_kind kind; /* NONE: there is none */
	char text[PROMPT_MAX];
	size_t len;
};

void prompt_begin(struct prompt *prompt, enum prompt_kind kind, const char *text);

/* A key: `code` of curses', or (not is_function) a character. */
enum prompt_result prompt_key(struct prompt *prompt, int code, bool is_function);

void prompt_draw(const struct prompt *prompt, int y, int columns);

#endif
