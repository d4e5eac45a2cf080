/* SPDX-License-Identifier: MIT */
/*
 * The options that say which part of a profile is wanted, the same for every command that shows
 * one. A command's struct of values has a struct filter_values, and its table FILTER_OPTIONS().
 */
#ifndef PYPROF_CMD_FILTER_OPTIONS_H
#define PYPROF_CMD_FILTER_OPTIONS_H

#include "cmd/options.h"

struct filter_values {
	struct pyprof_filter filter;
	bool lines, functions, files, modules;
};

/* What a command's defaults have for it. */
#define FILTER_VALUES_INIT { .filter = PYPROF_FILTER_INIT }

/*
 * Makes values->filter whole: which granularity was asked for. Errors: USAGE, where several were, or
 * an expression is none.
 */
enum pyprof_status filter_values_finish(struct filter_values *values,
					struct pyprof_error *err);

/* Does it ask for anything but another granularity? */
bool filter_values_any(const struct filter_values *values);

/* Rows; `base` is the offset of the struct filter_values, -F of the command's own is not in them. */
#define FILTER_TEXT(base, member, option, argument_name, text)                           \
	{ .name = option,                                                                \
	  .type = OPTION_TEXT,                                                           \
	  .argument = argument_name,                                                     \
	  .help = text,                                                                  \
	  .offset = (base) + offsetof(struct filter_values, filter.member) }
#define FILTER_FLAG(base, member, option, text)                                          \
	{ .name = option,                                                                \
	  .type = OPTION_FLAG,                                                           \
	  .help = text,                                                                  \
	  .offset = (base) + offsetof(struct filter_values, member) }
#define FILTER_OPTIONS(base)                                                             \
	FILTER_TEXT(base, focus, "focus", "REGEX",                                       \
		    "only stacks with a frame whose function or file matches"),          \
	FILTER_TEXT(base, ignore, "ignore", "REGEX",                                     \
		    "no stacks with a frame whose function or file matches"),            \
	FILTER_TEXT(base, hide, "hide", "REGEX", "leave frames out that match"),         \
	FILTER_TEXT(base, prune_from, "prune-from", "REGEX",                             \
		    "leave out what is below a frame whose function matches"),           \
	FILTER_TEXT(base, thread, "thread", "REGEX",                                     \
		    "only threads of this id, or whose name matches"),                   \
	FILTER_TEXT(base, process, "process", "REGEX",                                   \
		    "only processes of this id, or whose command matches"),              \
	FILTER_TEXT(base, root, "root", "LABEL",                                         \
		    "a frame at the root for the label's value: thread, process, …"),    \
	FILTER_TEXT(base, leaf, "leaf", "LABEL", "the same at the leaf")

/* The rows of those that write a profile: how fine its frames are. */
#define GRANULARITY_OPTIONS(base)                                                        \
	FILTER_FLAG(base, lines, "lines", "a frame a line (the default)"),               \
	{ .short_name = 'F',                                                             \
	  .name = "functions",                                                           \
	  .also = "function",                                                            \
	  .type = OPTION_FLAG,                                                           \
	  .help = "a frame a function: no line numbers",                                 \
	  .offset = (base) + offsetof(struct filter_values, functions) },                \
	FILTER_FLAG(base, files, "files", "a frame a file"),                             \
	FILTER_FLAG(base, modules, "modules", "a frame a module or package")

/* Other rows that several commands share, each at the offset of its value. */
#define OPTION_ROW_METRIC(at)                                                            \
	{ .name = "metric",                                                              \
	  .type = OPTION_TEXT,                                                           \
	  .argument = "NAME",                                                            \
	  .default_text = "the file's own",                                              \
	  .help = "show this one, where one is shown: samples, wall, cpu, gil…",         \
	  .offset = at }
#define OPTION_ROW_FORMAT(at)                                                            \
	{ .short_name = 'f',                                                             \
	  .name = "format",                                                              \
	  .type = OPTION_CHOICE,                                                         \
	  .argument = "FORMAT",                                                          \
	  .choices = formats_to_write,                                                   \
	  .default_text = "by FILE's ending; folded for -",                              \
	  .help = "write in this format",                                                \
	  .offset = at }
#define OPTION_ROW_THREADS(at)                                                           \
	{ .short_name = 't',                                                             \
	  .name = "threads",                                                             \
	  .type = OPTION_FLAG,                                                           \
	  .help = "show each thread apart: a frame for it at the root",                  \
	  .offset = at }
#define OPTION_ROW_PROCESSES(at)                                                         \
	{ .name = "processes",                                                           \
	  .type = OPTION_FLAG,                                                           \
	  .help = "show each process apart: a frame for it at the root",                 \
	  .offset = at }
#define OPTION_ROW_FROM(at)                                                              \
	{ .name = "from",                                                                \
	  .type = OPTION_CHOICE,                                                         \
	  .argument = "FORMAT",                                                          \
	  .choices = formats_to_read,                                                    \
	  .default_text = "found out from each file",                                    \
	  .help = "what is read is in this format",                                      \
	  .offset = at }
#define OPTION_ROW_FULL_PATH(at)                                                         \
	{ .name = "full-path",                                                           \
	  .also = "full-filenames",                                                      \
	  .type = OPTION_FLAG,                                                           \
	  .help = "show whole file names, not only what is below the library or working " \
		  "folder",                                                              \
	  .offset = at }
#define OPTION_ROW_RELATIVE(at)                                                          \
	{ .name = "relative",                                                            \
	  .also = "relative_percentages",                                                \
	  .type = OPTION_FLAG,                                                           \
	  .help = "shares of the part that is shown, not of the whole recording",        \
	  .offset = at }
#define OPTION_ROW_NO_PAGER(at)                                                          \
	{ .name = "no-pager",                                                            \
	  .type = OPTION_FLAG,                                                           \
	  .help = "do not send it through $PAGER or less",                               \
	  .offset = at }

#endif
