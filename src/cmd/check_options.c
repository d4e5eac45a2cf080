/* SPDX-License-Identifier: MIT */
#include "cmd/check_options.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "cmd/message.h"

#define EXIT_REGRESSION	  1
#define EXIT_INCONCLUSIVE 3

const struct option_choice check_formats[] = {
	{ "text", "txt", "for people" },
	{ "markdown", "md", "for a comment on a pull request" },
	{ "json", NULL, "all of it, for programs" },
	{ "junit", "xml", "a test suite's results" },
	{ "github", NULL, "annotations, as GitHub's workflows print them" },
	{ "gitlab", NULL, "a code quality report of GitLab" },
	{ "sarif", NULL, "results of an analysis" },
	{ NULL, NULL, NULL },
};

/* ---- what is to fail ----------------------------------------------------------- */

bool check_values_any(const struct check_values *values)
{
	return values->fail_on || values->fail_on_function.n || values->allow.n ||
	       values->budget || values->sensitivity >= 0 || values->min_share >= 0 ||
	       values->confidence >= 0 || values->reports.n || values->repository;
}

struct pyprof_check_opts check_opts(const struct check_values *values)
{
	struct pyprof_check_opts opts = PYPROF_CHECK_OPTS_INIT;

	opts.fail_on = values->fail_on;
	opts.budget = values->budget;
	if (values->fail_on_function.n)
		opts.fail_on_function = values->fail_on_function.texts;
	if (values->allow.n)
		opts.allow = values->allow.texts;
	if (values->sensitivity >= 0)
		opts.sensitivity = values->sensitivity;
	if (values->confidence >= 0)
		opts.confidence = values->confidence;
	/* 0 would be the usual one: what is asked for is that all are judged. */
	if (values->min_share >= 0)
		opts.min_share = values->min_share > 1e-9 ? values->min_share : 1e-9;
	return opts;
}

/* ---- where the verdict goes ---------------------------------------------------- */

/* "FORMAT=FILE": the format, and *path behind the "="; NULL: none is named. */
static const char *named_format(const char *report, const char **path)
{
	size_t len = strcspn(report, "=");

	*path = report;
	if (!report[len])
		return NULL;
	for (const struct option_choice *choice = check_formats; choice->name; choice++) {
		if ((strlen(choice->name) == len && !strncmp(choice->name, report, len)) ||
		    (choice->also && strlen(choice->also) == len &&
		     !strncmp(choice->also, report, len))) {
			*path = report + len + 1;
			return choice->name;
		}
	}
	return NULL;
}

/* Nobody means a file called "junitt=p.xml"; with a folder before it, it may be one. */
static enum pyprof_status check_report(const char *report, struct pyprof_error *err)
{
	const char *path, *format = named_format(report, &path);
	size_t word = strspn(report, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	_cleanup_(str_deinit) struct str names = STR_INIT;

	if (format || !word || report[word] != '=')
		return pyprof_verdict_output_check(path, format, NULL, err);
	for (const struct option_choice *choice = check_formats; choice->name; choice++)
		str_printf(&names, "%s%s", choice == check_formats ? "" : ", ", choice->name);
	if (names.failed)
		return error_nomem(err);
	error_set(err, PYPROF_ERR_USAGE, "%.200s: '%.*s' is none of: %s", report,
		  word < 40 ? (int)word : 40, report, str_cstr(&names));
	error_hint(err, "it is FILE or FORMAT=FILE; a file of such a name is ./%.100s", report);
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status check_sensitivity(double share, struct pyprof_error *err)
{
	if (share == CHECK_SHARE_OPEN || (share > 0 && share < 1))
		return PYPROF_OK;
	return error_set(err, PYPROF_ERR_USAGE,
			 "--sensitivity: %.9g%% makes no sense; it can be above 0%% and below 100%%",
			 100 * share);
}

/* As the verdict takes it, which is made when everything has run. */
static enum pyprof_status check_confidence(double share, struct pyprof_error *err)
{
	if (share == CHECK_SHARE_OPEN || (share >= 0.5 && share <= 0.999999))
		return PYPROF_OK;
	return error_set(err, PYPROF_ERR_USAGE,
			 "--confidence: %.9g%% makes no sense; it can be 50%% to 99.9999%%",
			 100 * share);
}

enum pyprof_status check_values_finish(const struct check_values *values,
				       struct pyprof_error *err)
{
	enum pyprof_status status = check_sensitivity(values->sensitivity, err);

	if (!status)
		status = check_confidence(values->confidence, err);
	for (size_t i = 0; !status && i < values->reports.n; i++) {
		status = check_report(values->reports.texts[i], err);
		if (status)
			error_prefix(err, "--report");
	}
	return status;
}

struct pyprof_verdict_write_opts check_write_opts(const struct check_values *values,
						  const struct common_values *common,
						  const char *format, const struct screen *screen)
{
	struct pyprof_verdict_write_opts opts = PYPROF_VERDICT_WRITE_OPTS_INIT;

	opts.format = format ? format : "text";
	opts.picture = values->picture;
	opts.root = values->repository;
	opts.command = common->given;
	if (screen && !strcmp(opts.format, "text")) {
		opts.color = screen->color;
		opts.width = screen->width;
	}
	return opts;
}

enum pyprof_status check_write_reports(const struct check_values *values,
				       const struct common_values *common,
				       const struct pyprof_verdict *verdict,
				       struct pyprof_error *err)
{
	for (size_t i = 0; i < values->reports.n; i++) {
		const char *path;
		struct pyprof_verdict_write_opts opts = check_write_opts(values, common, NULL, NULL);
		enum pyprof_status status;

		opts.format = named_format(values->reports.texts[i], &path);
		status = pyprof_verdict_write(verdict, path, &opts, err);
		if (status)
			return status;
	}
	return PYPROF_OK;
}

/* ---- how it ends --------------------------------------------------------------- */

int check_exit_status(enum pyprof_outcome outcome)
{
	switch (outcome) {
	case PYPROF_OUTCOME_REGRESSION:
		return EXIT_REGRESSION;
	case PYPROF_OUTCOME_INCONCLUSIVE:
		return EXIT_INCONCLUSIVE;
	default:
		return 0;
	}
}

int check_failed(const struct pyprof_error *err)
{
	message_error(err);
	return EXIT_USAGE;
}
