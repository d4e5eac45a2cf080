/* SPDX-License-Identifier: MIT */
/* pyprof annotate FILE [FUNCTION|PATH] */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/filter_options.h"
#include "cmd/formats.h"
#include "cmd/message.h"
#include "cmd/pager.h"
#include "cmd/signals.h"

struct annotate_values {
	struct common_values common;
	const char *from, *metric, *source;
	pid_t pid;
	uint64_t limit;
	bool all, full_path, relative, no_pager;
	struct filter_values part;
};

static struct pyprof_annotate_opts annotate_opts(const struct annotate_values *values,
						 const char *what, const struct screen *screen)
{
	struct pyprof_annotate_opts opts = PYPROF_ANNOTATE_OPTS_INIT;

	opts.what = what;
	opts.metric = values->metric;
	opts.filter = &values->part.filter;
	opts.source = values->source;
	opts.pid = values->pid;
	opts.limit = values->limit;
	opts.every_line = values->all;
	opts.full_path = values->full_path;
	opts.relative = values->relative;
	opts.color = screen->color;
	opts.width = screen->width;
	return opts;
}

struct annotation {
	struct pyprof_profile *profile;
	struct pyprof_annotate_opts opts;
};

static enum pyprof_status write_annotation(void *arg, FILE *out, struct pyprof_error *err)
{
	const struct annotation *annotation = arg;

	return pyprof_profile_annotate(annotation->profile, out, &annotation->opts, err);
}

static enum pyprof_status annotate(const struct annotate_values *values, const char *file,
				   const char *what, int *exit_status,
				   struct pyprof_error *err)
{
	struct pyprof_open_opts in = PYPROF_OPEN_OPTS_INIT;
	struct screen screen = screen_find(!values->no_pager);
	struct annotation annotation = { .opts = annotate_opts(values, what, &screen) };
	enum pyprof_status status;

	in.format = values->from;
	status = pyprof_profile_open(&annotation.profile, &file, 1, &in, err);
	if (status)
		return status;
	status = pager_show(&screen, !values->no_pager, write_annotation, &annotation,
			    exit_status, err);
	pyprof_profile_destroy(annotation.profile);
	return status;
}

static int run(const void *values, int argc, char **argv)
{
	struct pyprof_error err;
	int exit_status = EXIT_SUCCESS;

	signals_spare_writes();
	if (argc == 0 || argc > 2) {
		if (argc == 0)
			error_set(&err, PYPROF_ERR_USAGE, "annotate from what? Name a profile");
		else
			error_set(&err, PYPROF_ERR_USAGE,
				  "annotate: '%.60s' is one argument too many", argv[2]);
		error_hint(&err, "see 'pyprof annotate --help'");
		return message_error(&err);
	}
	if (annotate(values, argv[0], argc > 1 ? argv[1] : NULL, &exit_status, &err))
		return message_error(&err);
	return exit_status;
}

#define AT(member) offsetof(struct annotate_values, member)

static const struct option_row options[] = {
	{ .name = "source",
	  .also = "source_path",
	  .type = OPTION_FILE,
	  .argument = "DIR",
	  .default_text = "where the profile says, on this machine",
	  .help = "look for sources below this folder first: by their whole path, then without "
		  "its first folders",
	  .offset = AT(source) },
	{ .short_name = 'p',
	  .name = "pid",
	  .type = OPTION_PID,
	  .argument = "PID",
	  .help = "the sources are those that this process sees, in a container as well",
	  .offset = AT(pid) },
	{ .short_name = 'n',
	  .name = "limit",
	  .type = OPTION_NUMBER,
	  .argument = "N",
	  .default_text = "10",
	  .help = "show so many functions where none is named; 0: all",
	  .offset = AT(limit) },
	{ .short_name = 'a',
	  .name = "all",
	  .type = OPTION_FLAG,
	  .help = "also long stretches of lines in which nothing was seen",
	  .offset = AT(all) },
	OPTION_ROW_METRIC(AT(metric)),
	FILTER_OPTIONS(AT(part)),
	OPTION_ROW_RELATIVE(AT(relative)),
	OPTION_ROW_FULL_PATH(AT(full_path)),
	OPTION_ROW_FROM(AT(from)),
	OPTION_ROW_NO_PAGER(AT(no_pager)),
	OPTIONS_END,
};

static const struct annotate_values defaults = { .limit = 10, .part = FILTER_VALUES_INIT };

const struct command annotate_command = {
	.name = "annotate",
	.summary = "show source with the time of each line beside it",
	.synopsis = "[OPTION…] FILE [FUNCTION|PATH]",
	.description =
		"Shows the source of functions with what was seen in each line: in itself, and "
		"with what it called. FUNCTION is a regular expression, PATH a file or its last "
		"folders; without either, the functions that most of the time went to.",
	.options = options,
	.operands = OPERANDS_FILES,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
