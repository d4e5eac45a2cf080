/* SPDX-License-Identifier: MIT */
/*
 * The options of those commands that judge: what is to fail, and where the verdict is written. A
 * command's struct of values has a struct check_values, and its table CHECK_OPTIONS().
 *
 * Exit statuses are the verdict's: 0 pass or improvement, 1 regression, 3 inconclusive. Whatever
 * else goes wrong is 2, so that no failure is taken for a regression.
 */
#ifndef PYPROF_CMD_CHECK_OPTIONS_H
#define PYPROF_CMD_CHECK_OPTIONS_H

#include "cmd/options.h"
#include "cmd/pager.h"
#include "libpyprof.h"

struct check_values {
	const char *fail_on;
	struct text_list fail_on_function, allow;
	const char *budget;
	double sensitivity, min_share, confidence; /* CHECK_SHARE_OPEN: not given */
	struct text_list reports; /* "markdown=FILE", "FILE.md" */
	const char *picture;	  /* a link */
	const char *repository;
};

#define CHECK_SHARE_OPEN (-1.0)
/* What a command's defaults have for it. */
#define CHECK_VALUES_INIT                                                                \
	{ .sensitivity = CHECK_SHARE_OPEN, .min_share = CHECK_SHARE_OPEN,                \
	  .confidence = CHECK_SHARE_OPEN }

/* What a verdict can be written as, for --format; ends with one without a name. */
extern const struct option_choice check_formats[];

/*
 * Said before anything is run: can each --report be written, and in which format? Leaves nothing
 * behind. Errors: USAGE (no such format; shares that make no sense), IO.
 */
enum pyprof_status check_values_finish(const struct check_values *values,
				       struct pyprof_error *err);

/* Was any of them given? For a command that judges only when asked to. */
bool check_values_any(const struct check_values *values);

/* Points into *values. */
struct pyprof_check_opts check_opts(const struct check_values *values);

/* `format` NULL: text. `common` is where the command line is. */
struct pyprof_verdict_write_opts check_write_opts(const struct check_values *values,
						  const struct common_values *common,
						  const char *format, const struct screen *screen);

/* Writes all that --report asks for, and stops at the first that fails. Errors: those of
 * pyprof_verdict_write(). */
enum pyprof_status check_write_reports(const struct check_values *values,
				       const struct common_values *common,
				       const struct pyprof_verdict *verdict,
				       struct pyprof_error *err);

int check_exit_status(enum pyprof_outcome outcome);

/* Says it as message_error() does; 2, whatever it is. */
int check_failed(const struct pyprof_error *err);

/* Rows; `base` is the offset of the struct check_values. */
#define CHECK_ROW(base, member, option, kind, argument_name, text)                       \
	{ .name = option, .type = kind, .argument = argument_name, .help = text,         \
	  .offset = (base) + offsetof(struct check_values, member) }
#define CHECK_ROW_USUAL(base, member, option, kind, argument_name, usual, text)          \
	{ .name = option, .type = kind, .argument = argument_name,                       \
	  .default_text = usual, .help = text,                                           \
	  .offset = (base) + offsetof(struct check_values, member) }
#define CHECK_OPTIONS(base)                                                              \
	CHECK_ROW(base, fail_on, "fail-on", OPTION_TEXT, "PERCENT",                      \
		  "fail where anything became slower by this much; less fails nothing"), \
	CHECK_ROW(base, fail_on_function, "fail-on-function", OPTION_TEXTS,              \
		  "NAME=LIMIT",                                                          \
		  "the same for the functions of this name or glob, or what they may "   \
		  "cost a run: 200ms, 30M; may be given again"),                         \
	CHECK_ROW(base, budget, "budget", OPTION_FILE, "FILE",                           \
		  "limits of functions and modules, a line each"),                       \
	CHECK_ROW(base, allow, "allow", OPTION_TEXTS, "PATTERN",                         \
		  "functions or modules that never fail; may be given again"),           \
	CHECK_ROW_USUAL(base, sensitivity, "sensitivity", OPTION_SHARE, "PERCENT",       \
			"that of --fail-on, else 5%",                                    \
			"inconclusive where so much more in total could not have been "  \
			"found"),                                                        \
	CHECK_ROW_USUAL(base, min_share, "min-share", OPTION_SHARE, "PERCENT", "1%",     \
			"do not judge functions that have less of the total"),           \
	CHECK_ROW_USUAL(base, confidence, "confidence", OPTION_SHARE, "PERCENT", "95%",  \
			"of the intervals that are shown"),                              \
	CHECK_ROW(base, reports, "report", OPTION_FILES, "[FORMAT=]FILE",                \
		  "write the verdict there too, by the ending .txt, .md, .json, .xml, "  \
		  ".sarif or as FORMAT; may be given again"),                            \
	CHECK_ROW(base, picture, "picture", OPTION_TEXT, "LINK",                         \
		  "where the picture will be found; markdown links it"),                 \
	CHECK_ROW_USUAL(base, repository, "repository", OPTION_FILE, "FOLDER",           \
			"the working folder",                                            \
			"annotations name files below this folder")

#endif
