/* SPDX-License-Identifier: MIT */
/* pyprof version */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"

static int run(const void *values, int argc, char **argv)
{
	(void)values;
	(void)argc;
	(void)argv;
	printf("pyprof %s\n", pyprof_version());
	return EXIT_SUCCESS;
}

static const struct common_values defaults;

const struct command version_command = {
	.name = "version",
	.summary = "show the version",
	.synopsis = "",
	.description = "Shows the version of pyprof.",
	.options = no_options,
	.operands = OPERANDS_NONE,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
