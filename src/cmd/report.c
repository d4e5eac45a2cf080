/* SPDX-License-Identifier: MIT */
/* pyprof report FILE… */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/formats.h"
#include "cmd/message.h"
#include "cmd/pager.h"
#include "cmd/signals.h"

#define ROWS_IN_A_FILE 40
#define LEAST_ROWS     10
#define LINES_AROUND   7 /* above and below a table, and the last line, which less keeps */

struct report_values {
	struct common_values common;
	const char *from, *metric, *sort, *callers, *callees, *by;
	bool tree, lines, all, threads, processes, full_path, relative, json, no_pager;
	uint64_t limit; /* LIMIT_OPEN: not given */
	double min_share; /* MIN_OPEN: not given */
	struct filter_values part;
};

#define LIMIT_OPEN UINT64_MAX
#define MIN_OPEN   (-1.0)

/* A table fits the screen; of a tree, or of what a program reads, nothing is left out. */
static uint64_t find_limit(const struct report_values *values, const struct screen *screen)
{
	if (values->limit != LIMIT_OPEN)
		return values->limit;
	if (values->tree || values->json)
		return 0;
	if (!screen->terminal || screen->height > ROWS_IN_A_FILE + LINES_AROUND)
		return ROWS_IN_A_FILE;
	if (screen->height < LEAST_ROWS + LINES_AROUND)
		return LEAST_ROWS;
	return screen->height - LINES_AROUND;
}

static enum pyprof_report_sort find_sort(const char *name)
{
	return !name || name[0] == 's' ? PYPROF_SORT_SELF :
	       name[0] == 't'	       ? PYPROF_SORT_TOTAL :
					 PYPROF_SORT_NAME;
}

static struct pyprof_report_opts report_opts(const struct report_values *values,
					     const struct screen *screen)
{
	struct pyprof_report_opts opts = PYPROF_REPORT_OPTS_INIT;

	opts.kind = values->tree ? PYPROF_REPORT_TREE : PYPROF_REPORT_FLAT;
	opts.sort = find_sort(values->sort);
	opts.callers = values->callers;
	opts.callees = values->callees;
	opts.by = values->by;
	opts.metric = values->metric;
	opts.filter = &values->part.filter;
	opts.limit = find_limit(values, screen);
	if (values->min_share >= 0)
		opts.min_share = values->min_share;
	opts.by_line = values->lines;
	opts.every_frame = values->all;
	opts.by_thread = values->threads;
	opts.by_process = values->processes;
	opts.full_path = values->full_path;
	opts.relative = values->relative;
	opts.json = values->json;
	opts.color = screen->color && !values->json;
	opts.width = values->json ? 0 : screen->width;
	return opts;
}

struct told {
	struct pyprof_profile *profile;
	struct pyprof_report_opts opts;
};

static enum pyprof_status write_report(void *arg, FILE *out, struct pyprof_error *err)
{
	const struct told *told = arg;

	return pyprof_profile_report(told->profile, out, &told->opts, err);
}

static enum pyprof_status report(const struct report_values *values, int argc, char **argv,
				 int *exit_status, struct pyprof_error *err)
{
	struct pyprof_open_opts in = PYPROF_OPEN_OPTS_INIT;
	struct screen screen = screen_find(!values->no_pager);
	struct told told = { .opts = report_opts(values, &screen) };
	enum pyprof_status status;

	in.format = values->from;
	in.metric = values->metric;
	status = pyprof_profile_open(&told.profile, (const char *const *)argv, (size_t)argc, &in,
				     err);
	if (status)
		return status;
	status = pager_show(&screen, !values->no_pager, write_report, &told, exit_status, err);
	pyprof_profile_destroy(told.profile);
	return status;
}

/* Options that would do nothing are refused, not passed over. */
static enum pyprof_status check_usage(const struct report_values *values,
				      struct pyprof_error *err)
{
	bool values_by = values->by && strcmp(values->by, "module") != 0 &&
			 strcmp(values->by, "file") != 0;
	const struct {
		bool given;
		const char *why;
	} of_tree[] = {
		{ values->threads, "--threads (-t) shows threads apart in the tree: with --tree "
				   "only; --by thread is a table of them" },
		{ values->processes, "--processes shows processes apart in the tree: with --tree "
				     "only; --by process is a table of them" },
		{ values->min_share >= 0, "--min folds branches of the tree: with --tree only" },
		{ values->all, "--all (-a) shows every frame of the tree: with --tree only" },
	};

	for (size_t i = 0; !values->tree && i < ARRAY_SIZE(of_tree); i++)
		if (of_tree[i].given)
			return error_set(err, PYPROF_ERR_USAGE, "%s", of_tree[i].why);
	if (values->sort && (values->tree || values->callers || values->callees || values_by))
		return error_set(err, PYPROF_ERR_USAGE,
				 "--sort is for tables of functions, lines, modules and files: all "
				 "else is by total");
	return PYPROF_OK;
}

static int run(const void *values, int argc, char **argv)
{
	struct pyprof_error err;
	int exit_status = EXIT_SUCCESS;

	signals_spare_writes();
	if (argc == 0) {
		error_set(&err, PYPROF_ERR_USAGE, "report on what? Name a profile");
		error_hint(&err, "see 'pyprof report --help'");
		return message_error(&err);
	}
	if (check_usage(values, &err) || report(values, argc, argv, &exit_status, &err))
		return message_error(&err);
	return exit_status;
}

static const struct option_choice sorts[] = {
	{ "self", NULL, "what was seen in the function itself" },
	{ "total", "cum", "with what it called" },
	{ "name", NULL, "its name" },
	{ NULL, NULL, NULL },
};

static const struct option_choice bys[] = {
	{ "module", NULL, "a row a module or package" },
	{ "file", NULL, "a row a file" },
	{ "thread", NULL, "a row a thread" },
	{ "process", NULL, "a row a process" },
	{ "label=", NULL, "a row a value of the label of this name: label=route" },
	{ NULL, NULL, NULL },
};

#define AT(member) offsetof(struct report_values, member)

static const struct option_row options[] = {
	{ .name = "sort",
	  .type = OPTION_CHOICE,
	  .argument = "KEY",
	  .choices = sorts,
	  .default_text = "self",
	  .help = "sort the table of functions by",
	  .offset = AT(sort) },
	{ .short_name = 'n',
	  .name = "limit",
	  .also = "nodecount",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "what fits the screen, 40 in a pipe; all of a tree and in JSON",
	  .help = "show so many rows; 0: all",
	  .offset = AT(limit) },
	{ .name = "tree",
	  .type = OPTION_FLAG,
	  .help = "the tree of calls instead, from the top down",
	  .offset = AT(tree) },
	{ .name = "min",
	  .type = OPTION_SHARE,
	  .argument = "PERCENT",
	  .default_text = "1%",
	  .help = "fold the tree's branches that have less",
	  .offset = AT(min_share) },
	{ .short_name = 'a',
	  .name = "all",
	  .type = OPTION_FLAG,
	  .help = "every frame in the tree, also those of libraries, which are one line else",
	  .offset = AT(all) },
	{ .name = "callers",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .help = "who calls the function instead; a regular expression where no function is "
		  "called just so",
	  .offset = AT(callers) },
	{ .name = "callees",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .help = "what it calls; both may be given",
	  .offset = AT(callees) },
	{ .name = "by",
	  .type = OPTION_CHOICE,
	  .argument = "KEY",
	  .choices = bys,
	  .help = "a row for each of these instead",
	  .offset = AT(by) },
	{ .name = "lines",
	  .type = OPTION_FLAG,
	  .help = "lines of a function apart; of callers, the lines that call",
	  .offset = AT(lines) },
	OPTION_ROW_METRIC(AT(metric)),
	FILTER_OPTIONS(AT(part)),
	OPTION_ROW_RELATIVE(AT(relative)),
	{ .short_name = 't',
	  .name = "threads",
	  .type = OPTION_FLAG,
	  .help = "in the tree, each thread apart",
	  .offset = AT(threads) },
	{ .name = "processes",
	  .type = OPTION_FLAG,
	  .help = "in the tree, each process apart",
	  .offset = AT(processes) },
	OPTION_ROW_FULL_PATH(AT(full_path)),
	{ .name = "json",
	  .type = OPTION_FLAG,
	  .help = "the same for programs, all values exact",
	  .offset = AT(json) },
	OPTION_ROW_FROM(AT(from)),
	OPTION_ROW_NO_PAGER(AT(no_pager)),
	OPTIONS_END,
};

static const struct report_values defaults = {
	.limit = LIMIT_OPEN, .min_share = MIN_OPEN, .part = FILTER_VALUES_INIT
};

const struct command report_command = {
	.name = "report",
	.summary = "show where the time went, as a table or a tree",
	.synopsis = "[OPTION…] FILE…",
	.description =
		"Shows a profile of any format in words: which functions the time went to, "
		"who called them, by threads or modules, or the tree of calls. Several files are "
		"added up. Shares are of the whole recording.",
	.options = options,
	.operands = OPERANDS_FILES,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
