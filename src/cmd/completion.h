/* SPDX-License-Identifier: MIT */
/* Completion scripts, from the rows of commands and options: one file a shell. */
#ifndef PYPROF_CMD_COMPLETION_H
#define PYPROF_CMD_COMPLETION_H

#include <stdio.h>

#include "cmd/command.h"

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

/* `text` as it may stand in single quotes, '\'' for each quote of its own. */
void completion_quote(FILE *out, const char *text);

#endif
