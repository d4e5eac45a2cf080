/* SPDX-License-Identifier: MIT */
/* pyprof compare --base 'CMD' --head 'CMD' */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cmd/check_options.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/filter_options.h"
#include "cmd/message.h"
#include "cmd/number.h"
#include "cmd/signals.h"
#include "cmd/status.h"

struct compare_values {
	struct common_values common;
	const char *command[2], *dir[2], *label[2]; /* base and head */
	uint64_t runs, warmup;
	bool all_runs, no_confirm;
	const char *metric;
	double rate_hz;
	uint64_t duration_ns, timeout_ns;
	bool subprocesses, shell, ignore_failure, show_output, force, quiet;
	const char *hash_seed;
	const char *keep, *output, *format;
	struct filter_values part;
	struct check_values check;
};

#define OUTPUT_LINES 10

/* A compare on its way from the command line to the verdict. */
struct comparing {
	const struct compare_values *values;
	const char *command[2]; /* of the options, or the two operands */
	struct command_line line[2];
	char *shell[2][4]; /* --shell: argv */
	struct pyprof_check_opts check;
	struct filter_values part;
	struct pyprof_compare *compare;
	struct status_line status;
};

static const char *const side_names[] = { "base", "head" };

/* ---- what is asked for ------------------------------------------------------------ */

static enum pyprof_status parse_command(struct comparing *comparing, int side,
					struct pyprof_error *err)
{
	static char sh[] = "/bin/sh", c[] = "-c";
	const char *command = comparing->command[side];
	enum pyprof_status status;

	if (!command) {
		error_set(err, PYPROF_ERR_USAGE, "compare what? --%s 'COMMAND' is missing",
			  side_names[side]);
		error_hint(err, "pyprof compare --base 'python old.py' --head 'python new.py', or the two "
				"commands alone, each in quotes");
		return PYPROF_ERR_USAGE;
	}
	if (comparing->values->shell) {
		char **argv = comparing->shell[side];

		argv[0] = sh;
		argv[1] = c;
		argv[2] = (char *)command; /* execvp(3) does not change it */
		return PYPROF_OK;
	}
	status = command_line_parse(&comparing->line[side], command, err);
	if (status)
		error_prefix(err, "--%s", side_names[side]);
	return status;
}

static enum pyprof_hash_seed find_seed(const char *name)
{
	return !name || name[0] == 'r' ? PYPROF_SEED_RUN :
	       name[0] == 's'	       ? PYPROF_SEED_SAME :
					 PYPROF_SEED_KEEP;
}

static void show_progress(const struct pyprof_compare_progress *progress, void *arg);

static struct pyprof_compare_opts compare_opts(struct comparing *comparing)
{
	const struct compare_values *values = comparing->values;
	struct pyprof_compare_opts opts = PYPROF_COMPARE_OPTS_INIT;

	for (int side = 0; side < 2; side++) {
		opts.argv[side] = values->shell ? comparing->shell[side] :
						  comparing->line[side].argv;
		opts.env[side] = comparing->line[side].env;
		opts.dir[side] = values->dir[side];
		opts.label[side] = values->label[side];
	}
	opts.runs = values->runs;
	opts.warmup = values->warmup;
	opts.all_runs = values->all_runs;
	opts.unconfirmed = values->no_confirm;
	opts.metric = values->metric;
	opts.rate_hz = values->rate_hz;
	opts.duration_ns = values->duration_ns;
	opts.timeout_ns = values->timeout_ns;
	/* The shell may run the program beside itself, and not instead. */
	opts.subprocesses = values->subprocesses || values->shell;
	opts.ignore_failure = values->ignore_failure;
	opts.show_output = values->show_output;
	opts.force = values->force;
	opts.hash_seed = find_seed(values->hash_seed);
	opts.keep = values->keep;
	opts.check = &comparing->check;
	opts.filter = filter_values_any(&comparing->part) ? &comparing->part.filter : NULL;
	opts.progress = show_progress;
	opts.arg = comparing;
	return opts;
}

/* All that can be wrong is said before anything is run. */
static enum pyprof_status prepare(struct comparing *comparing, struct pyprof_error *err)
{
	const struct compare_values *values = comparing->values;
	struct pyprof_compare_opts opts;
	enum pyprof_status status = check_values_finish(&values->check, err);

	for (int side = 0; !status && side < 2; side++)
		status = parse_command(comparing, side, err);
	if (!status && values->output && !strcmp(values->output, "-"))
		status = error_set(err, PYPROF_ERR_USAGE,
				   "standard output has the verdict: -o needs a file");
	if (!status && values->output)
		status = pyprof_diff_output_check(values->output, NULL, NULL, err);
	comparing->part = values->part;
	if (!status)
		status = filter_values_finish(&comparing->part, err);
	if (status)
		return status;
	comparing->check = check_opts(&values->check);
	opts = compare_opts(comparing);
	return pyprof_compare_create(&comparing->compare, &opts, err);
}

/* ---- while it runs ------------------------------------------------------------------ */

static void add_time(struct str *text, const char *before, uint64_t ns, const char *after)
{
	char time[NUMBER_TEXT_MAX];

	str_printf(text, "%s%s%s", before, number_time_text(ns, time), after);
}

static void show_progress(const struct pyprof_compare_progress *progress, void *arg)
{
	static const char *const phases[] = { "warm-up", "run", "confirming, run" };
	struct comparing *comparing = arg;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	str_printf(&text, "%s %llu of %llu: %s", phases[progress->phase],
		   (unsigned long long)progress->run, (unsigned long long)progress->of,
		   side_names[progress->side]);
	add_time(&text, " ", progress->run_ns, "");
	for (int side = 0; side < 2; side++)
		if (progress->mean[side] > 0)
			str_printf(&text, "  %s %.3g s", side_names[side], progress->mean[side]);
	if (progress->mean[0] > 0 && progress->mean[1] > 0)
		str_printf(&text, " (%+.1f%%)",
			   100 * (progress->mean[1] / progress->mean[0] - 1));
	if (progress->left_ns)
		add_time(&text, "  ", progress->left_ns, " left");
	status_show(&comparing->status, str_cstr(&text));
}

static void stop(void *arg)
{
	pyprof_compare_stop(arg);
}

/* What the command wrote last before it failed, a line each. */
static void say_output(const char *text)
{
	const char *end = text + strlen(text);
	_cleanup_free_ char *copy = NULL;
	char *rest = NULL;

	while (end > text && end[-1] == '\n')
		end--;
	for (size_t n = 0; end > text; end--)
		if (end[-1] == '\n' && ++n == OUTPUT_LINES)
			break;
	copy = strdup(end);

	for (char *line = copy ? strtok_r(copy, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		message_note("the command wrote: %s", line);
}

/* ---- what it came to ------------------------------------------------------------------ */

static enum pyprof_status write_all(const struct comparing *comparing, struct pyprof_error *err)
{
	const struct compare_values *values = comparing->values;
	const struct pyprof_verdict *verdict = pyprof_compare_verdict(comparing->compare);
	struct screen screen = screen_find(false);
	struct pyprof_verdict_write_opts out =
		check_write_opts(&values->check, &values->common, values->format, &screen);
	struct pyprof_diff_write_opts picture = PYPROF_DIFF_WRITE_OPTS_INIT;
	enum pyprof_status status = pyprof_verdict_print(verdict, stdout, &out, err);

	if (!status)
		status = check_write_reports(&values->check, &values->common, verdict, err);
	if (!status && values->output)
		status = pyprof_diff_write(pyprof_compare_diff(comparing->compare),
					   values->output, &picture, err);
	return status;
}

static int tell(const struct comparing *comparing)
{
	struct pyprof_error err;

	if (write_all(comparing, &err))
		return check_failed(&err);
	if (message_flush())
		return EXIT_USAGE;
	return check_exit_status(
		pyprof_verdict_outcome(pyprof_compare_verdict(comparing->compare)));
}

static int compare(struct comparing *comparing)
{
	struct pyprof_error err;
	enum pyprof_status status;
	bool stopped;

	if (prepare(comparing, &err))
		return check_failed(&err);
	status_init(&comparing->status, comparing->values->show_output, 0);
	if (comparing->values->quiet)
		comparing->status.on = false;
	signals_call(stop, comparing->compare);
	status = pyprof_compare_run(comparing->compare, &stopped, &err);
	status_erase(&comparing->status);
	signals_call(NULL, NULL);
	if (status) {
		int result = check_failed(&err);

		say_output(pyprof_compare_output(comparing->compare));
		return result;
	}
	if (stopped) {
		message_note("stopped before there was a verdict");
		return 128 + signals_called_by();
	}
	signals_may_end(true);
	return tell(comparing);
}

/* Two operands are the two commands, as other tools have it. */
static enum pyprof_status take_commands(struct comparing *comparing, int argc, char **argv,
					struct pyprof_error *err)
{
	const struct compare_values *values = comparing->values;

	for (int side = 0; side < 2; side++)
		comparing->command[side] = argc == 2 ? argv[side] : values->command[side];
	if (!argc || (argc == 2 && !values->command[0] && !values->command[1]))
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE,
		  argc == 2 ? "the commands are given twice: '%.60s' stands beside --base or --head" :
			      "'%.60s' is one command, and compare needs two, each in quotes",
		  argv[0]);
	error_hint(err, "pyprof compare --base 'python old.py' --head 'python new.py'");
	return PYPROF_ERR_USAGE;
}

static int run(const void *values, int argc, char **argv)
{
	struct comparing comparing = { .values = values };
	struct pyprof_error err;
	int result;

	signals_spare_writes();
	if (take_commands(&comparing, argc, argv, &err))
		return check_failed(&err);
	result = compare(&comparing);
	pyprof_compare_destroy(comparing.compare);
	for (int side = 0; side < 2; side++)
		command_line_deinit(&comparing.line[side]);
	return result;
}

/* ---- the row ---------------------------------------------------------------------------- */

static const struct option_choice seeds[] = {
	{ "run", NULL, "the run's number, the same for both sides" },
	{ "same", NULL, "0 in every run: less noise, of one order of sets only" },
	{ "keep", NULL, "whatever the environment has" },
	{ NULL, NULL, NULL },
};

#define AT(member) offsetof(struct compare_values, member)

static const struct option_row options[] = {
	{ .name = "base",
	  .type = OPTION_TEXT,
	  .argument = "COMMAND",
	  .help = "what is compared with: a command in one argument, in quotes",
	  .offset = AT(command[0]) },
	{ .name = "head",
	  .type = OPTION_TEXT,
	  .argument = "COMMAND",
	  .help = "what is judged",
	  .offset = AT(command[1]) },
	{ .name = "base-dir",
	  .type = OPTION_FILE,
	  .argument = "FOLDER",
	  .help = "run the base there",
	  .offset = AT(dir[0]) },
	{ .name = "head-dir",
	  .type = OPTION_FILE,
	  .argument = "FOLDER",
	  .help = "run the head there",
	  .offset = AT(dir[1]) },
	{ .name = "base-label",
	  .type = OPTION_TEXT,
	  .argument = "TEXT",
	  .default_text = "base",
	  .help = "what the base is called in what is written",
	  .offset = AT(label[0]) },
	{ .name = "head-label",
	  .type = OPTION_TEXT,
	  .argument = "TEXT",
	  .default_text = "head",
	  .help = "what the head is called",
	  .offset = AT(label[1]) },
	{ .short_name = 'n',
	  .name = "runs",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "10",
	  .help = "run each so often at most; fewer where the answer is clear, twice as often "
		  "to confirm what changed",
	  .offset = AT(runs) },
	{ .name = "warmup",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "1",
	  .help = "runs of each before, which do not count",
	  .offset = AT(warmup) },
	{ .name = "all-runs",
	  .type = OPTION_FLAG,
	  .help = "run all of them, also where the answer is clear before",
	  .offset = AT(all_runs) },
	{ .name = "no-confirm",
	  .type = OPTION_FLAG,
	  .help = "believe what changed without running again",
	  .offset = AT(no_confirm) },
	{ .name = "metric",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .default_text = "cpu",
	  .help = "compare this: cpu, wall, or what can be counted: instructions…",
	  .offset = AT(metric) },
	{ .short_name = 'r',
	  .name = "rate",
	  .type = OPTION_RATE,
	  .argument = "HZ",
	  .default_text = "1,000",
	  .help = "look this often a second: 100, 2.5, 10k",
	  .offset = AT(rate_hz) },
	{ .short_name = 'd',
	  .name = "duration",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "until it ends",
	  .help = "end each run after this long; costs are per second then",
	  .offset = AT(duration_ns) },
	{ .name = "timeout",
	  .type = OPTION_DURATION,
	  .argument = "TIME",
	  .default_text = "unlimited",
	  .help = "a run that takes longer has failed",
	  .offset = AT(timeout_ns) },
	{ .short_name = 's',
	  .name = "subprocesses",
	  .type = OPTION_FLAG,
	  .help = "record children too, and their children",
	  .offset = AT(subprocesses) },
	{ .name = "shell",
	  .type = OPTION_FLAG,
	  .help = "run the commands by sh, for pipes, variables and globs; implies "
		  "--subprocesses",
	  .offset = AT(shell) },
	{ .short_name = 'i',
	  .name = "ignore-failure",
	  .type = OPTION_FLAG,
	  .help = "a run that exits with another status than 0 counts, too",
	  .offset = AT(ignore_failure) },
	{ .name = "show-output",
	  .type = OPTION_FLAG,
	  .help = "show what the commands write, on standard error; else only the end of what a "
		  "failed run did",
	  .offset = AT(show_output) },
	{ .name = "hash-seed",
	  .type = OPTION_CHOICE,
	  .argument = "KIND",
	  .choices = seeds,
	  .default_text = "run",
	  .help = "what PYTHONHASHSEED is, where it is not set",
	  .offset = AT(hash_seed) },
	{ .name = "keep",
	  .type = OPTION_FILE,
	  .argument = "FOLDER",
	  .help = "keep the recordings there: pyprof diff --check FOLDER/base FOLDER/head has the "
		  "same costs, judged at one level, without the runs that confirm",
	  .offset = AT(keep) },
	{ .short_name = 'o',
	  .name = "output",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .help = "write what changed there, as pyprof diff does: a picture where it ends in "
		  ".svg",
	  .offset = AT(output) },
	{ .short_name = 'f',
	  .name = "format",
	  .type = OPTION_CHOICE,
	  .argument = "FORMAT",
	  .choices = check_formats,
	  .default_text = "text",
	  .help = "write the verdict to standard output in this format",
	  .offset = AT(format) },
	FILTER_OPTIONS(AT(part)),
	CHECK_OPTIONS(AT(check)),
	{ .name = "force",
	  .type = OPTION_FLAG,
	  .help = "compare what cannot be compared, such as two versions of Python",
	  .offset = AT(force) },
	{ .short_name = 'q',
	  .name = "quiet",
	  .type = OPTION_FLAG,
	  .help = "do not show on the terminal how far it is",
	  .offset = AT(quiet) },
	OPTIONS_END,
};

static const struct compare_values defaults = {
	.runs = 10, .warmup = 1, .rate_hz = 1000, .part = FILTER_VALUES_INIT, .check = CHECK_VALUES_INIT
};

const struct command compare_command = {
	.name = "compare",
	.summary = "run two commands in turn, and judge whether one became slower",
	.synopsis = "[OPTION…] --base COMMAND --head COMMAND\n[OPTION…] COMMAND COMMAND",
	.description =
		"Runs the two commands, each one argument in quotes, in turn, records each run, and judges by CPU time whether the "
		"head is slower than the base: in total, and each function. Ends with 0 where it "
		"passes or became faster, with 1 where it became slower, with 3 where that cannot be "
		"said, and with 2 where anything failed.",
	.options = options,
	.operands = OPERANDS_PAIR,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.judges = true,
	.run = run,
};
