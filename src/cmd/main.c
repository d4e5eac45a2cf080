/* SPDX-License-Identifier: MIT */
/* The command line: finds the command's row, parses by its option rows, runs it. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/formats.h"
#include "cmd/message.h"
#include "cmd/suggest.h"
#include "cmd/usage.h"

const struct command *const commands[] = {
	&record_command,   &top_command,       &dump_command, &report_command,
	&annotate_command, &convert_command,   &diff_command, &compare_command,
	&doctor_command,   &completion_command, &help_command, &version_command,
	NULL,
};

const struct option_row no_options[] = { OPTIONS_END };

const struct command *command_find(const char *name, struct pyprof_error *err)
{
	struct suggestion suggestion = SUGGESTION_INIT(name);

	for (const struct command *const *command = commands; *command; command++) {
		if (!strcmp((*command)->name, name))
			return *command;
		suggest_offer(&suggestion, (*command)->name);
	}
	error_set(err, PYPROF_ERR_USAGE, "there is no command '%.60s'", name);
	if (suggestion.best)
		error_hint(err, "did you mean 'pyprof %s'?", suggestion.best);
	else
		error_hint(err, "'pyprof help' lists the commands; to profile a program: "
				"pyprof record %.60s",
			   name);
	return NULL;
}

/* As many operands as the command takes? */
static enum pyprof_status check_operands(const struct command *command, int argc, char **argv,
					 struct pyprof_error *err)
{
	int most = 0;

	switch (command->operands) {
	case OPERANDS_PROGRAM:
	case OPERANDS_FILES:
		return PYPROF_OK;
	case OPERANDS_CHOICE:
	case OPERANDS_VERB:
		most = 1;
		break;
	case OPERANDS_PAIR:
		most = 2;
		break;
	case OPERANDS_NONE:
		break;
	}
	if (argc <= most)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE, "%s: '%.60s' is one argument too many", command->name,
		  argv[most]);
	if (options_find(command->options, "pid") &&
	    argv[most][strspn(argv[most], "0123456789")] == '\0')
		error_hint(err, "to name a process: pyprof %s -p %.60s", command->name,
			   argv[most]);
	else
		error_hint(err, "see 'pyprof %s --help'", command->name);
	return PYPROF_ERR_USAGE;
}

/* What could not be written is a failure, but no better known than an earlier one. */
static int finish(int exit_status)
{
	int flushed = message_flush();

	return exit_status ? exit_status : flushed;
}

/* What fails in a command that judges is no verdict. */
static int failed(const struct command *command, int exit_status)
{
	return command->judges && exit_status == EXIT_FAILURE ? EXIT_USAGE : exit_status;
}

/* The same of what a command has written: a verdict that nobody could read is none, either. */
static int finish_command(const struct command *command, int exit_status)
{
	int flushed = message_flush();

	if (flushed && command->judges)
		return EXIT_USAGE;
	return exit_status ? exit_status : flushed;
}

/* `before`: what stood before the command. */
static int run_command(const struct command *command, const struct common_values *before,
		       int argc, char **argv)
{
	_cleanup_free_ void *values = malloc(command->values_size);
	struct common_values *common = values;
	struct pyprof_error err;
	int first;

	if (!values) {
		error_nomem(&err);
		return failed(command, message_error(&err));
	}
	memcpy(values, command->defaults, command->values_size);
	common->verbose = before->verbose;
	common->given = before->given;
	if (options_parse(command->options, command->operands == OPERANDS_PROGRAM, argc, argv,
			  values, &first, &err)) {
		if (!err.hint[0])
			error_hint(&err, "see 'pyprof %s --help'", command->name);
		return failed(command, message_error(&err));
	}
	if (common->help) {
		usage_command(command, stdout);
		return finish_command(command, EXIT_SUCCESS);
	}
	if (common->version)
		return finish_command(command, version_command.run(values, 0, NULL));
	if (check_operands(command, argc - first, argv + first, &err))
		return message_error(&err);
	log_set_level(common->verbose);
	return finish_command(command, command->run(values, argc - first, argv + first));
}

/* Options before the command: only the common ones make sense there. */
static int parse_leading(int argc, char **argv, struct common_values *common, int *first)
{
	struct pyprof_error err;

	if (!options_parse(no_options, true, argc, argv, common, first, &err))
		return EXIT_SUCCESS;
	if (!err.hint[0])
		error_hint(&err, "options follow a command: pyprof record %.60s …",
			   argv[1]);
	return message_error(&err);
}

/*
 * Where we are started without one of the standard streams, the next file that is opened would
 * take its place, and messages would go into that. What stands there instead cannot be used
 * the way the stream would be, so that using it is an error still.
 */
static void keep_standard_streams(void)
{
	static const int useless[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < (int)ARRAY_SIZE(useless); fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", useless[fd]) != fd)
			exit(EXIT_FAILURE); /* and nowhere to say why */
}

/*
 * Arrays that grow to many megabytes are to be moved by the kernel, which leaves no holes. By
 * default the C library stops asking it for that once one of them has been freed: 80 MiB instead
 * of 60 with 100,000 stacks.
 */
#define MAPPED_FROM (1 << 20)

int main(int argc, char **argv)
{
	const struct command *command;
	_cleanup_(str_deinit) struct str given = STR_INIT;
	struct common_values common = { 0 };
	struct pyprof_error err;
	int first;

	mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	formats_init();
	keep_standard_streams();
	if (parse_leading(argc, argv, &common, &first))
		return EXIT_USAGE;
	if (common.version)
		return finish(version_command.run(&common, 0, NULL));
	if (common.help) {
		usage_overview(stdout);
		return finish(EXIT_SUCCESS);
	}
	if (first >= argc) {
		usage_overview(stderr);
		return EXIT_USAGE;
	}
	command = command_find(argv[first], &err);
	if (!command)
		return message_error(&err);
	command_line_text(&given, argc, argv); /* options_parse() changes their order */
	common.given = given.failed ? NULL : str_cstr(&given);
	return run_command(command, &common, argc - first, argv + first);
}
