/* SPDX-License-Identifier: MIT */
/* Help texts, from the rows. */
#ifndef PYPROF_CMD_USAGE_H
#define PYPROF_CMD_USAGE_H

#include <stdio.h>

#include "cmd/command.h"

void usage_overview(FILE *out);				   /* all commands */
void usage_command(const struct command *command, FILE *out); /* one, with its options */

#endif
