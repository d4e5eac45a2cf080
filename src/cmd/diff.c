/* SPDX-License-Identifier: MIT */
/* pyprof diff BASE… -- HEAD… */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/check_options.h"
#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/formats.h"
#include "cmd/message.h"
#include "cmd/pager.h"
#include "cmd/signals.h"

#define ROWS_IN_A_FILE	  40
#define ROWS_IN_A_COMMENT 20
#define LEAST_ROWS	  10
#define LINES_AROUND	  12 /* above and below a table, and the last line, which less keeps */

struct diff_values {
	struct common_values common;
	const char *output, *format, *from, *metric, *by, *base_label, *head_label;
	bool check, force, lines, shares, threads, processes, full_path, no_pager;
	uint64_t limit; /* LIMIT_OPEN: not given */
	struct filter_values part;
	struct check_values judging;
};

#define LIMIT_OPEN UINT64_MAX

/* The two lists that the operands are. */
struct operand_sides {
	const char *const *base, *const *head;
	size_t n_base, n_head;
};

/* ---- what is asked for ------------------------------------------------------------------ */

static enum pyprof_status say_which(const char *message, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE, "%s", message);
	error_hint(err, "pyprof diff BASE HEAD; of several runs a side: pyprof diff BASE… -- HEAD…, or "
			"a folder a side: pyprof diff base/ head/");
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status find_sides(struct operand_sides *sides, int divider, int argc, char **argv,
				     struct pyprof_error *err)
{
	size_t from_input = 0;

	if (argc == 0)
		return say_which("compare what? Name a base and a head", err);
	if (divider == argc)
		return say_which("there is no head: nothing stands behind --", err);
	if (divider <= 0 && argc == 1)
		return say_which("there is no head: name what the base is to be compared with", err);
	if (divider <= 0 && argc > 2) {
		error_set(err, PYPROF_ERR_USAGE, "of %d files, which are the base's and which the "
						 "head's? Put -- between them", argc);
		error_hint(err, "pyprof diff BASE… -- HEAD…; or a folder a side: pyprof diff base/ head/");
		return PYPROF_ERR_USAGE;
	}
	if (divider <= 0)
		divider = 1;
	for (int i = 0; i < argc; i++)
		from_input += !strcmp(argv[i], "-");
	if (from_input > 1)
		return error_set(err, PYPROF_ERR_USAGE, "standard input, -, can be read only once");
	*sides = (struct operand_sides){ (const char *const *)argv,
					 (const char *const *)argv + divider, (size_t)divider,
					 (size_t)(argc - divider) };
	return PYPROF_OK;
}

/* As what the diff is written: NULL where only the verdict is. Errors: as its check's. */
static enum pyprof_status find_format(const struct diff_values *values, const char **format,
				      struct pyprof_error *err)
{
	*format = NULL;
	if (values->check)
		return values->output ?
			       pyprof_diff_output_check(values->output, NULL, format, err) :
			       PYPROF_OK;
	return pyprof_diff_output_check(values->output ? values->output : "-", values->format, format,
					err);
}

/* Options that would do nothing are refused, not passed over. */
static enum pyprof_status check_usage(const struct diff_values *values, const char *format,
				      struct pyprof_error *err)
{
	const struct {
		bool given;
		const char *name, *formats;
	} uses[] = {
		{ values->shares, "--shares", "text markdown svg" },
		{ values->limit != LIMIT_OPEN, "--limit (-n)", "text markdown" },
		{ values->lines, "--lines", "text markdown json folded svg" },
		{ values->by != NULL, "--by", "text markdown json folded svg" },
		{ values->threads, "--threads (-t)", "svg folded" },
		{ values->processes, "--processes", "svg folded" },
		{ values->full_path, "--full-path", "text markdown folded svg" },
		{ values->judging.picture && !values->check, "--picture", "markdown" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (!uses[i].given || (format && strstr(uses[i].formats, format)))
			continue;
		if (!format)
			return error_set(err, PYPROF_ERR_USAGE,
					 "%s is for what changed, and --check tells the verdict: give "
					 "-o FILE too, or no --check", uses[i].name);
		return error_set(err, PYPROF_ERR_USAGE, "%s means nothing to %s: it is for %s",
				 uses[i].name, format, uses[i].formats);
	}
	if (values->by && values->lines)
		return error_set(err, PYPROF_ERR_USAGE, "--by and --lines contradict each other");
	if (values->by && values->check)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--by and --check: what is judged are functions, and modules too");
	if (!values->check && check_values_any(&values->judging)) {
		error_set(err, PYPROF_ERR_USAGE, "what is to fail, and where the verdict goes, is a "
						 "matter of --check, which is not given");
		error_hint(err, "pyprof diff --check BASE… -- HEAD…");
		return PYPROF_ERR_USAGE;
	}
	if (values->check && values->output && !strcmp(values->output, "-"))
		return error_set(err, PYPROF_ERR_USAGE,
				 "with --check standard output has the verdict: -o needs a file");
	return PYPROF_OK;
}

static enum pyprof_status check_format(const struct diff_values *values, struct pyprof_error *err)
{
	for (const struct option_choice *choice = check_formats; choice->name; choice++)
		if (!values->check || !values->format || !strcmp(choice->name, values->format))
			return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE, "a verdict cannot be written as %s", values->format);
	error_hint(err, "with --check, -f is the verdict's format: text, markdown, json, …; the picture "
			"goes to -o FILE.svg");
	return PYPROF_ERR_USAGE;
}

/* ---- what is done ---------------------------------------------------------------------------- */

static struct pyprof_diff_opts open_opts(struct diff_values *values)
{
	struct pyprof_diff_opts opts = PYPROF_DIFF_OPTS_INIT;
	struct pyprof_filter *filter = &values->part.filter;

	/* Lines become functions where it is written: that is cheaper, and the page can show both. */
	if (values->by && !strcmp(values->by, "module"))
		filter->granularity = PYPROF_MODULES;
	else if (values->by && !strcmp(values->by, "file"))
		filter->granularity = PYPROF_FILES;
	opts.format = values->from;
	opts.metric = values->metric;
	opts.filter = filter;
	opts.force = values->force;
	opts.base_label = values->base_label;
	opts.head_label = values->head_label;
	return opts;
}

static uint64_t find_limit(const struct diff_values *values, const char *format,
			   const struct screen *screen)
{
	if (values->limit != LIMIT_OPEN)
		return values->limit;
	if (!strcmp(format, "markdown"))
		return ROWS_IN_A_COMMENT;
	if (values->output || !screen->terminal || screen->height > ROWS_IN_A_FILE + LINES_AROUND)
		return ROWS_IN_A_FILE;
	return screen->height < LEAST_ROWS + LINES_AROUND ? LEAST_ROWS :
							    screen->height - LINES_AROUND;
}

static struct pyprof_diff_write_opts write_opts(const struct diff_values *values, const char *format,
						const struct screen *screen)
{
	struct pyprof_diff_write_opts opts = PYPROF_DIFF_WRITE_OPTS_INIT;

	opts.format = format;
	opts.by_line = values->lines;
	opts.by_thread = values->threads;
	opts.by_process = values->processes;
	opts.full_path = values->full_path;
	opts.shares = values->shares;
	opts.limit = find_limit(values, format, screen);
	opts.picture = values->judging.picture;
	if (!values->output && !strcmp(format, "text")) {
		opts.color = screen->color;
		opts.width = screen->width;
	}
	return opts;
}

struct told {
	struct pyprof_diff *diff;
	struct pyprof_verdict *verdict; /* NULL: what changed is told */
	struct pyprof_rules *rules;
	struct pyprof_diff_write_opts diff_opts;
	struct pyprof_verdict_write_opts verdict_opts;
};

static enum pyprof_status write_told(void *arg, FILE *out, struct pyprof_error *err)
{
	const struct told *told = arg;

	return told->verdict ?
		       pyprof_verdict_print(told->verdict, out, &told->verdict_opts, err) :
		       pyprof_diff_print(told->diff, out, &told->diff_opts, err);
}

/* To standard output; only what is for people goes through a pager. */
static enum pyprof_status show(const struct diff_values *values, const struct screen *screen,
			       const char *format, struct told *told, int *exit_status,
			       struct pyprof_error *err)
{
	bool pager = !values->no_pager && (!format || !strcmp(format, "text"));
	int written = EXIT_SUCCESS;
	enum pyprof_status status = pager_show(screen, pager, write_told, told, &written, err);

	if (!status && written)
		*exit_status = EXIT_USAGE;
	return status;
}

static enum pyprof_status judge(const struct diff_values *values, const struct screen *screen,
				struct told *told, int *exit_status, struct pyprof_error *err)
{
	struct pyprof_check_opts opts = check_opts(&values->judging);
	enum pyprof_status status;

	opts.rules = told->rules;
	status = pyprof_diff_check(&told->verdict, told->diff, &opts, err);
	if (status)
		return status;
	*exit_status = check_exit_status(pyprof_verdict_outcome(told->verdict));
	told->verdict_opts =
		check_write_opts(&values->judging, &values->common, values->format, screen);
	status = show(values, screen, values->format, told, exit_status, err);
	return status ? status : check_write_reports(&values->judging, &values->common,
						     told->verdict, err);
}

/* What is written to standard output as text or markdown says it itself. */
static void warn(const struct diff_values *values, const struct pyprof_diff *diff, const char *format)
{
	const char *shown = values->check ? values->format : values->output ? "" : format;
	const char *warning;

	if (!shown || !strcmp(shown, "text") || !strcmp(shown, "markdown"))
		return;
	for (size_t i = 0; (warning = pyprof_diff_warning(diff, i)) != NULL; i++)
		message_note("warning: %s", warning);
}

/* All that can be wrong is said before anything is read; the budget is, once: it may be a pipe. */
static enum pyprof_status prepare(struct diff_values *values, const char **format,
				  struct pyprof_rules **rules, struct pyprof_error *err)
{
	const struct pyprof_check_opts opts = check_opts(&values->judging);
	enum pyprof_status status = check_format(values, err);

	if (!status)
		status = find_format(values, format, err);
	if (!status)
		status = check_usage(values, *format, err);
	if (!status && values->check)
		status = check_values_finish(&values->judging, err);
	if (!status)
		status = filter_values_finish(&values->part, err);
	return status || !values->check ? status : pyprof_rules_read(rules, &opts, err);
}

/* All that is asked for; `format` is that of what changed, NULL: only the verdict is asked for. */
static enum pyprof_status tell(const struct diff_values *values, const char *format,
			       struct told *told, int *exit_status, struct pyprof_error *err)
{
	struct screen screen = screen_find(!values->no_pager);
	enum pyprof_status status = PYPROF_OK;

	warn(values, told->diff, format);
	if (format)
		told->diff_opts = write_opts(values, format, &screen);
	if (values->output)
		status = pyprof_diff_write(told->diff, values->output, &told->diff_opts, err);
	if (!status && values->check)
		status = judge(values, &screen, told, exit_status, err);
	else if (!status && !values->output)
		status = show(values, &screen, format, told, exit_status, err);
	return status;
}

static enum pyprof_status diff(struct diff_values *values, int argc, char **argv, int *exit_status,
			       struct pyprof_error *err)
{
	struct operand_sides sides = { 0 };
	struct told told = { 0 };
	struct pyprof_diff_opts in;
	const char *format;
	enum pyprof_status status = find_sides(&sides, values->common.divider, argc, argv, err);

	if (!status)
		status = prepare(values, &format, &told.rules, err);
	if (status)
		return status;
	in = open_opts(values);
	status = pyprof_diff_open(&told.diff, sides.base, sides.n_base, sides.head, sides.n_head, &in,
				  err);
	if (!status)
		status = tell(values, format, &told, exit_status, err);
	pyprof_verdict_destroy(told.verdict);
	pyprof_diff_destroy(told.diff);
	pyprof_rules_destroy(told.rules);
	return status;
}

static int run(const void *values, int argc, char **argv)
{
	struct diff_values diff_values = *(const struct diff_values *)values;
	int exit_status = EXIT_SUCCESS;
	struct pyprof_error err;

	signals_spare_writes();
	if (diff(&diff_values, argc, argv, &exit_status, &err))
		return check_failed(&err);
	return exit_status;
}

/* ---- the row ------------------------------------------------------------------------------ */

static const struct option_choice diff_formats[] = {
	{ "text", "txt", "for people" },
	{ "svg", "flamegraph", "a flame graph of what changed" },
	{ "markdown", "md", "for a comment on a pull request" },
	{ "json", NULL, "all of it, for programs" },
	{ "folded", "raw", "stacks with two counts, for flamegraph.pl" },
	{ "junit", "xml", "with --check: a test suite's results" },
	{ "github", NULL, "with --check: annotations" },
	{ "gitlab", NULL, "with --check: a code quality report" },
	{ "sarif", NULL, "with --check: results of an analysis" },
	{ NULL, NULL, NULL },
};

static const struct option_choice bys[] = {
	{ "function", NULL, "a row a function" },
	{ "file", NULL, "a row a file" },
	{ "module", NULL, "a row a module or package" },
	{ NULL, NULL, NULL },
};

#define AT(member) offsetof(struct diff_values, member)

static const struct option_row options[] = {
	{ .short_name = 'o',
	  .name = "output",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .help = "write what changed there: a picture where it ends in .svg; - is standard output",
	  .offset = AT(output) },
	{ .short_name = 'f',
	  .name = "format",
	  .type = OPTION_CHOICE,
	  .argument = "FORMAT",
	  .choices = diff_formats,
	  .default_text = "by FILE's ending; text for standard output",
	  .help = "write in this format; with --check, the verdict on standard output",
	  .offset = AT(format) },
	{ .short_name = 'm',
	  .name = "metric",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .default_text = "what record --metric chose where all agree, else cpu where all have it, "
			  "else the head's own",
	  .help = "compare this one: samples, wall, cpu, gil…",
	  .offset = AT(metric) },
	{ .name = "shares",
	  .type = OPTION_FLAG,
	  .help = "shares of each side's total, not values",
	  .offset = AT(shares) },
	{ .short_name = 'n',
	  .name = "limit",
	  .also = "nodecount",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "what fits the screen, 40 in a pipe, 20 in markdown",
	  .help = "show so many rows; 0: all",
	  .offset = AT(limit) },
	{ .name = "lines",
	  .type = OPTION_FLAG,
	  .help = "lines of a function apart",
	  .offset = AT(lines) },
	{ .name = "by",
	  .type = OPTION_CHOICE,
	  .argument = "KEY",
	  .choices = bys,
	  .default_text = "function",
	  .help = "a row, or a frame, for each of these instead",
	  .offset = AT(by) },
	FILTER_OPTIONS(AT(part)),
	OPTION_ROW_THREADS(AT(threads)),
	OPTION_ROW_PROCESSES(AT(processes)),
	OPTION_ROW_FULL_PATH(AT(full_path)),
	{ .name = "base-label",
	  .type = OPTION_TEXT,
	  .argument = "TEXT",
	  .default_text = "the file's name",
	  .help = "what the base is called in what is written",
	  .offset = AT(base_label) },
	{ .name = "head-label",
	  .type = OPTION_TEXT,
	  .argument = "TEXT",
	  .default_text = "the file's name",
	  .help = "what the head is called",
	  .offset = AT(head_label) },
	{ .name = "force",
	  .type = OPTION_FLAG,
	  .help = "compare what cannot be compared, such as two versions of Python",
	  .offset = AT(force) },
	OPTION_ROW_FROM(AT(from)),
	{ .name = "check",
	  .type = OPTION_FLAG,
	  .help = "judge: is the head slower? Exit status 0: no, 1: yes, 3: these runs cannot tell",
	  .offset = AT(check) },
	CHECK_OPTIONS(AT(judging)),
	OPTION_ROW_NO_PAGER(AT(no_pager)),
	OPTIONS_END,
};

static const struct diff_values defaults = { .limit = LIMIT_OPEN,
					     .part = FILTER_VALUES_INIT,
					     .judging = CHECK_VALUES_INIT };

const struct command diff_command = {
	.name = "diff",
	.summary = "show what changed between two recordings, and judge it",
	.synopsis = "[OPTION…] BASE HEAD\n[OPTION…] BASE… -- HEAD…",
	.description =
		"Compares profiles of any format: which functions took more or less than before, as "
		"a table, a flame graph or for programs. Each file is a run, and of a folder each "
		"profile in it. With --check it says whether the head is slower than the base; for "
		"that several runs a side are needed.",
	.options = options,
	.operands = OPERANDS_FILES,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.judges = true,
	.run = run,
};
