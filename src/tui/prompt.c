/* SPDX-License-Identifier: MIT */
#include "tui/prompt.h"

#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "tui/put.h"

void prompt_begin(struct prompt *prompt, enum prompt_kind kind, const char *text)
{
	prompt->kind = kind;
	snprintf(prompt->text, sizeof(prompt->text), "%s", text);
	prompt->len = strlen(prompt->text);
}

static void cut_character(struct prompt *prompt)
{
	while (prompt->len > 0 && ((unsigned char)prompt->text[--prompt->len] & 0xc0) == 0x80)
		;
	prompt->text[prompt->len] = '\0';
}

static void cut_word(struct prompt *prompt)
{
	do
		cut_character(prompt);
	while (prompt->len > 0 && !strchr(" /.-", prompt->text[prompt->len - 1]));
}

static bool add_character(struct prompt *prompt, int code)
{
	char bytes[MB_LEN_MAX];
	mbstate_t state = { 0 };
	size_t n = wcrtomb(bytes, (wchar_t)code, &state);

	if (n == (size_t)-1 || prompt->len + n >= sizeof(prompt->text))
		return false;
	memcpy(prompt->text + prompt->len, bytes, n);
	prompt->len += n;
	prompt->text[prompt->len] = '\0';
	return true;
}

enum prompt_result prompt_key(struct prompt *prompt, int code, bool is_function)
{
	if (prompt->kind == PROMPT_OVERWRITE)
		return !is_function && (code == 'y' || code == 'Y') ? PROMPT_DONE :
								       PROMPT_CANCELLED;
	if (code == KEY_ENTER && is_function)
		return PROMPT_DONE;
	if ((is_function && code == KEY_BACKSPACE) ||
	    (!is_function && (code == 0x7f || code == '\b'))) {
		if (prompt->len == 0)
			return PROMPT_CANCELLED;
		cut_character(prompt);
		return PROMPT_CHANGED;
	}
	if (is_function)
		return PROMPT_GOES_ON;
	switch (code) {
	case '\n':
	case '\r':
		return PROMPT_DONE;
	case 0x1b:
		return PROMPT_CANCELLED;
	case 'U' & 0x1f:
		prompt->len = 0;
		prompt->text[0] = '\0';
		return PROMPT_CHANGED;
	case 'W' & 0x1f:
		cut_word(prompt);
		return PROMPT_CHANGED;
	default:
		return code >= ' ' && add_character(prompt, code) ? PROMPT_CHANGED :
								     PROMPT_GOES_ON;
	}
}

void prompt_draw(const struct prompt *prompt, int y, int columns)
{
	static const char *const questions[] = {
		[PROMPT_FILTER] = "filter: ",
		[PROMPT_SAVE] = "save to: ",
		[PROMPT_OVERWRITE] = "exists; overwrite? (y/n) ",
	};
	int x;

	put_blank(y, 0, columns, STYLE_PLAIN);
	x = put(y, 0, columns, STYLE_KEY, questions[prompt->kind]);
	/* The end of what is typed stays in sight. */
	x += put_cut(y, x, columns - x - 1, STYLE_PLAIN, prompt->text, LABEL_CUT_START);
	put_blank(y, x, x < columns ? 1 : 0, STYLE_SELECTED); /* the place of the next one */
}
