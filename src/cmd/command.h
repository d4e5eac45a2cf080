/* SPDX-License-Identifier: MIT */
/*
 * Commands are rows: one file a verb, which defines its const struct command.
 *
 * To add one: write cmd/VERB.c, declare its row below, put it into commands[] in main.c,
 * describe it in man/pyprof.1. Dispatch, help and completion come from the row.
 */
#ifndef PYPROF_CMD_COMMAND_H
#define PYPROF_CMD_COMMAND_H

#include "cmd/options.h"

/* What may follow the options. */
enum operands {
	OPERANDS_NONE = 1,
	OPERANDS_PROGRAM, /* a program and its arguments: options end at its name */
	OPERANDS_CHOICE,  /* one of the command's operand_choices */
	OPERANDS_VERB,	  /* the name of a command */
	OPERANDS_FILES,	  /* any number of files */
	OPERANDS_PAIR,	  /* two at most, which are no files */
};

struct command {
	const char *name;
	const char *summary; /* half a sentence, for lists */
	const char *synopsis; /* what follows the name, one form a line */
	const char *description; /* a paragraph for --help */
	const struct option_row *options;
	enum operands operands;
	const struct option_choice *operand_choices; /* OPERANDS_CHOICE; ends with no name */
	const void *defaults; /* values to begin with; first a struct common_values */
	size_t values_size;
	bool judges; /* its exit status 1 is an answer: what fails is EXIT_USAGE */
	/* Runs it with what was parsed. `argv` are the operands. Returns the exit status. */
	int (*run)(const void *values, int argc, char **argv);
};

extern const struct command record_command;
extern const struct command top_command;
extern const struct command convert_command;
extern const struct command report_command;
extern const struct command annotate_command;
extern const struct command dump_command;
extern const struct command diff_command;
extern const struct command compare_command;
extern const struct command doctor_command;
extern const struct command completion_command;
extern const struct command help_command;
extern const struct command version_command;

/* All rows, NULL-terminated, in the order of help. */
extern const struct command *const commands[];

/* By name; NULL and *err (USAGE, with a suggestion) where there is none. */
const struct command *command_find(const char *name, struct pyprof_error *err);

/* Options of commands that have none of their own. */
extern const struct option_row no_options[];

#endif
