/* SPDX-License-Identifier: MIT */
/* pyprof convert IN… -o OUT */
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/formats.h"
#include "cmd/message.h"
#include "cmd/signals.h"

struct convert_values {
	struct common_values common;
	const char *output, *format, *from, *metric, *base, *diff_base;
	bool threads, processes, full_path;
	struct filter_values part;
};

/*
 * Without -o the last of several files is the output, where nothing is there yet: what exists may
 * be one more input, and is not overwritten by a slip.
 */
static enum pyprof_status find_output(const struct convert_values *values, int *argc, char **argv,
				      const char **output, struct pyprof_error *err)
{
	struct stat st;

	*output = values->output;
	if (*argc == 0) {
		error_set(err, PYPROF_ERR_USAGE, "convert what? Name a profile");
		error_hint(err, "see 'pyprof convert --help'");
		return PYPROF_ERR_USAGE;
	}
	if (*output)
		return PYPROF_OK;
	if (*argc > 1 && stat(argv[*argc - 1], &st) < 0 &&
	    !pyprof_output_check(argv[*argc - 1], values->format, NULL, NULL)) {
		*output = argv[--*argc];
		return PYPROF_OK;
	}
	if (*argc == 1 && values->format) {
		*output = "-";
		return PYPROF_OK;
	}
	error_set(err, PYPROF_ERR_USAGE, "where to? Give -o FILE");
	error_hint(err, "-o - and -f FORMAT write to standard output");
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status take_base(const struct convert_values *values,
				    struct pyprof_open_opts *in, struct pyprof_error *err)
{
	if (values->base && values->diff_base)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--base and --diff-base: one of them; both subtract a profile");
	in->label_base = values->diff_base != NULL;
	in->base = in->label_base ? &values->diff_base : &values->base;
	in->n_base = values->base || values->diff_base;
	return PYPROF_OK;
}

static enum pyprof_status convert(struct convert_values *values, int argc, char **argv,
				  struct pyprof_error *err)
{
	struct pyprof_open_opts in = PYPROF_OPEN_OPTS_INIT;
	struct pyprof_write_opts out = PYPROF_WRITE_OPTS_INIT;
	struct pyprof_profile *profile;
	const char *output;
	enum pyprof_status status = filter_values_finish(&values->part, err);

	if (!status)
		status = take_base(values, &in, err);
	if (!status)
		status = find_output(values, &argc, argv, &output, err);
	if (!status)
		status = pyprof_output_check(output, values->format, NULL, err);
	if (status)
		return status;
	in.format = values->from;
	in.metric = values->metric;
	out.format = values->format;
	out.metric = values->metric;
	out.by_thread = values->threads;
	out.by_process = values->processes;
	out.full_path = values->full_path;
	out.filter = &values->part.filter;
	status = pyprof_profile_open(&profile, (const char *const *)argv, (size_t)argc, &in, err);
	if (status)
		return status;
	status = pyprof_profile_write(profile, output, &out, err);
	pyprof_profile_destroy(profile);
	return status;
}

static int run(const void *values, int argc, char **argv)
{
	struct convert_values convert_values = *(const struct convert_values *)values;
	struct pyprof_error err;

	signals_spare_writes();
	if (convert(&convert_values, argc, argv, &err))
		return message_error(&err);
	return EXIT_SUCCESS;
}

#define AT(member) offsetof(struct convert_values, member)

static const struct option_row options[] = {
	{ .short_name = 'o',
	  .name = "output",
	  .type = OPTION_FILE,
	  .argument = "FILE",
	  .help = "write there; - is standard output",
	  .offset = AT(output) },
	OPTION_ROW_FORMAT(AT(format)),
	OPTION_ROW_FROM(AT(from)),
	OPTION_ROW_METRIC(AT(metric)),
	{ .name = "base",
	  .type = OPTION_FILE,
	  .argument = "BASE",
	  .help = "subtract that profile, as pprof's option does",
	  .offset = AT(base) },
	{ .name = "diff-base",
	  .type = OPTION_FILE,
	  .argument = "BASE",
	  .help = "the same, shares are of the base",
	  .offset = AT(diff_base) },
	FILTER_OPTIONS(AT(part)),
	GRANULARITY_OPTIONS(AT(part)),
	OPTION_ROW_THREADS(AT(threads)),
	OPTION_ROW_PROCESSES(AT(processes)),
	OPTION_ROW_FULL_PATH(AT(full_path)),
	OPTIONS_END,
};

static const struct convert_values defaults = { .part = FILTER_VALUES_INIT };

const struct command convert_command = {
	.name = "convert",
	.summary = "turn profiles into another format, add them up, take parts of them",
	.synopsis = "[OPTION…] IN… -o OUT",
	.description =
		"Reads profiles of any format it knows, its own or other tools', adds "
		"them up, and writes them in another one: as a flame graph, for pprof, "
		"speedscope, KCachegrind and others. Regular expressions are Perl's; what "
		"they choose is what pprof's options of the same names choose. What "
		"changed between two profiles is shown by pyprof diff.",
	.options = options,
	.operands = OPERANDS_FILES,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
