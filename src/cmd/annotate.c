/* SPDX-License-Identifier: MIT */
/* pyprof annotate FILE [FUNCTION|PATH] */
#include <stdlib.h>

#include "base/cleanup.h"
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
	opts.filter = values->part.filter;
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

static enum pyprof_status annotate(const struct annotate_values *values, const char *file,
				   const char *what, int *exit_status,
				   struct pyprof_error *err)
{
	struct pyprof_open_opts in = PYPROF_OPEN_OPTS_INIT;
	struct screen screen = screen_find(!values->no_pager);
	struct pyprof_annotate_opts opts = annotate_opts(values, what, &screen);
	struct pyprof_profile *profile;
	_cleanup_free_ char *text = NULL;
	enum pyprof_status status;
	size_t len;
	FILE *out;

	in.format = values->from;
	status = pyprof_profile_open(&profile, &file, 1, &in, err);
	if (status)
		return status;
	out = open_memstream(&text, &len);
	status = out ? pyprof_profile_annotate(profile, out, &opts, err) : error_nomem(err);
	pyprof_profile_destroy(profile);
	if (out) {
		bool failed = fflush(out) || ferror(out);

		if ((fclose(out) || failed || !text) && !status)
			status = error_nomem(err);
	}
	if (!status)
		*exit_status = pager_write(&screen, !values->no_pager, text, len);
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
	{ .name = "metric",
	  .type = OPTION_TEXT,
	  .argument = "NAME",
	  .default_text = "the file's own",
	  .help = "show this one: samples, wall, cpu, gil…",
	  .offset = AT(metric) },
	FILTER_OPTIONS(AT(part)),
	{ .name = "relative",
	  .also = "relative_percentages",
	  .type = OPTION_FLAG,
	  .help = "shares of the part that is shown, not of the whole recording",
	  .offset = AT(relative) },
	{ .name = "full-path",
	  .also = "full-filenames",
	  .type = OPTION_FLAG,
	  .help = "show whole file names, not only what is below the library or working folder",
	  .offset = AT(full_path) },
	{ .name = "from",
	  .type = OPTION_CHOICE,
	  .argument = "FORMAT",
	  .choices = formats_to_read,
	  .default_text = "found out from the file",
	  .help = "the profile is in this format",
	  .offset = AT(from) },
	{ .name = "no-pager",
	  .type = OPTION_FLAG,
	  .help = "do not send it through $PAGER or less",
	  .offset = AT(no_pager) },
	OPTIONS_END,
};

static const struct annotate_values defaults = { .limit = 10 };

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
