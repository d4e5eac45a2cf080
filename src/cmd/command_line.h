/* SPDX-License-Identifier: MIT */
/*
 * A command in one argument, as a shell would read it, taken apart without one: a shell in between
 * would be run, and its time counted, with each run.
 *
 * Words are those of POSIX (Shell Command Language, 2.2 Quoting), and settings before the first one
 * are environment. What a shell would do more, such as $NAME, *.py, pipes and comments, is not done,
 * and nothing is taken for it: where such a character stands unquoted, that is an error.
 */
#ifndef PYPROF_CMD_COMMAND_LINE_H
#define PYPROF_CMD_COMMAND_LINE_H

#include "base/error.h"
#include "base/str.h"

struct command_line {
	char **argv; /* ends with NULL; one word at least */
	const char **env; /* "NAME=VALUE", …, NULL */
	char *words; /* what both point into */
};

/*
 * command_line_deinit() it, also after a failure. Errors: USAGE (the character and its place are
 * named, from 1; a quote that does not end; no command), NOMEM.
 */
enum pyprof_status command_line_parse(struct command_line *line, const char *text,
				      struct pyprof_error *err);
void command_line_deinit(struct command_line *line);

#define COMMAND_LINE_TEXT_MAX 4096 /* bytes */

/*
 * Appends the words to an empty string as a shell takes them to be the same again: quoted where
 * they need it, and what has control characters as $'a\nb', which bash, zsh and POSIX of 2024 know.
 * It has none itself; bytes that are no UTF-8 stay as they are. What is longer ends in "...".
 */
void command_line_text(struct str *out, int argc, char *const *argv);

#endif
