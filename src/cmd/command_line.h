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

#endif
