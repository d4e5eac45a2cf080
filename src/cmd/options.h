/* SPDX-License-Identifier: MIT */
/*
 * Options are rows: what parsing, --help, completion and the check of the man page need to
 * know of one is in its row and nowhere else.
 *
 * A row says where in the command's own struct of values its value goes. Text values point
 * into argv.
 */
#ifndef PYPROF_CMD_OPTIONS_H
#define PYPROF_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* In brackets: the type of the value. */
enum option_type {
	OPTION_FLAG = 1, /* no argument (bool, set to true) */
	OPTION_COUNT,	 /* no argument (int, one more each time) */
	OPTION_FILE,	 /* a file name, "-" for a standard stream (const char *) */
	OPTION_CHOICE,	 /* one of a list (const char *: the choice's name, or see there) */
	OPTION_PID,	 /* a process id (pid_t) */
	OPTION_PIDS,	 /* one or more, "1,2,3", also by giving it again (struct pid_list) */
	OPTION_TEXT,	 /* anything but nothing (const char *) */
	OPTION_TEXTS,	 /* the same, one more each time it is given (struct text_list) */
	OPTION_FILES,	 /* the same, of file names, "WORD=FILE" too (struct text_list) */
	OPTION_RATE,	 /* number_rate() (double, Hz) */
	OPTION_SHARE,	 /* number_share() (double, 0 to 1) */
	OPTION_DURATION, /* number_duration() (uint64_t, ns) */
	OPTION_NUMBER,	 /* number_whole() (uint64_t) */
};

#define PID_LIST_MAX 1024

struct pid_list {
	pid_t pids[PID_LIST_MAX];
	size_t n;
};

#define TEXT_LIST_MAX 256

struct text_list {
	const char *texts[TEXT_LIST_MAX + 1]; /* the last is followed by NULL */
	size_t n;
};

/* Of one whose name ends in "=" any text may follow: the value is all of it then. */
struct option_choice {
	const char *name;
	const char *also; /* accepted as well, for the habits of others; NULL: nothing */
	const char *help;
};

struct option_row {
	char short_name; /* 0: none */
	const char *name;
	const char *also; /* another long name for the same; NULL: none */
	enum option_type type;
	const char *argument; /* its name in help: "HZ"; NULL for those without */
	const struct option_choice *choices; /* OPTION_CHOICE; the last one has no name */
	const char *default_text; /* for help; NULL: none */
	const char *help;
	size_t offset; /* of the value */
};

#define OPTIONS_MAX 64 /* rows of one command, common ones included */

/* Tables end with a row that has no name. */
#define OPTIONS_END { .name = NULL }

/* What every command knows. A command's struct of values begins with this. */
struct common_values {
	bool help;
	bool version;
	int verbose;
	const char *given; /* the whole command line, for reports: command_line_text() */
	int divider; /* so many operands stood before the "--" that ended the options; -1: none did */
};

extern const struct option_row common_options[];

/*
 * Parses argv[1] to argv[argc - 1] by `rows` and common_options into *values, which holds
 * the defaults. With `stop_early` the first word that is no option ends the options; else
 * options may follow operands, and argv is reordered. "--" ends them always; where it stood is told
 * in common_values. *first gets the index of the first operand. Errors: USAGE, NOMEM.
 */
enum pyprof_status options_parse(const struct option_row *rows, bool stop_early, int argc,
				 char **argv, void *values, int *first,
				 struct pyprof_error *err);

/* The row with this long name (or other name), or NULL. */
const struct option_row *options_find(const struct option_row *rows, const char *name);

bool option_takes_argument(const struct option_row *row);

#endif
