/* SPDX-License-Identifier: MIT */
/* pyprof help [COMMAND] */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/message.h"
#include "cmd/usage.h"

static int run(const void *values, int argc, char **argv)
{
	const struct command *command;
	struct pyprof_error err;

	(void)values;
	if (argc == 0) {
		usage_overview(stdout);
		return EXIT_SUCCESS;
	}
	command = command_find(argv[0], &err);
	if (!command)
		return message_error(&err);
	usage_command(command, stdout);
	return EXIT_SUCCESS;
}

static const struct common_values defaults;

const struct command help_command = {
	.name = "help",
	.summary = "show the options of a command",
	.synopsis = "[COMMAND]",
	.description = "Shows what a command does and its options; without one, all commands.",
	.options = no_options,
	.operands = OPERANDS_VERB,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
