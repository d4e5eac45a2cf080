/* SPDX-License-Identifier: MIT */
/* pyprof doctor -p PID */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/message.h"

struct doctor_values {
	struct common_values common;
	pid_t pid;
};

static int run(const void *values, int argc, char **argv)
{
	const struct doctor_values *doctor = values;
	struct pyprof_error err;

	(void)argc;
	(void)argv;
	if (doctor->pid == 0) {
		error_set(&err, PYPROF_ERR_USAGE, "which process? Give -p PID");
		return message_error(&err);
	}
	if (!pyprof_doctor(doctor->pid, stdout, &err))
		return EXIT_SUCCESS;
	message_flush(); /* before the last word on it */
	return message_error(&err);
}

static const struct option_row options[] = {
	{ .short_name = 'p',
	  .name = "pid",
	  .type = OPTION_PID,
	  .argument = "PID",
	  .help = "the process to look at",
	  .offset = offsetof(struct doctor_values, pid) },
	OPTIONS_END,
};

static const struct doctor_values defaults;

const struct command doctor_command = {
	.name = "doctor",
	.summary = "show step by step what can be found out about a process",
	.synopsis = "-p PID",
	.description =
		"Shows what pyprof finds out about a process: who it is, its "
		"namespaces, whether it may be read, its Python modules, where the "
		"interpreter's runtime is and how it was found, version, layout and how "
		"it was proven, threads. Goes on as far as it can and fails with the "
		"first step that failed. Made for bug reports: it shows the command "
		"line, so look before you send it.",
	.options = options,
	.operands = OPERANDS_NONE,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
