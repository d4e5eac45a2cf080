/* SPDX-License-Identifier: MIT */
/* Which report it is, and the lines above it. */
#include "render/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "render/amount.h"
#include "render/report_parts.h"

#define DOT " \xc2\xb7 "
#define MAX_COMMAND 4096 /* a command line can be megabytes */

static uint64_t truncated_sum(const struct report *report)
{
	const struct profile *p = report->profile;
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_samples; i++)
		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED)
			sum = profile_add_saturating(
				sum, p->values[i * p->n_metrics + report->opts->metric]);
	return sum;
}

/* How many looks gave what is shown; false where the profile does not know. */
static bool find_samples(const struct profile *p, uint64_t *n)
{
	for (size_t i = 0; i < p->n_metrics; i++) {
		if (!strcmp(p->metrics[i].name, "samples") &&
		    !strcmp(p->metrics[i].unit, "count")) {
			*n = profile_total(p, i);
			return true;
		}
	}
	return false;
}

static enum pyprof_status head_recording(const struct report *report, struct pyprof_error *err)
{
	const struct profile_info *info = &report->profile->info;
	_cleanup_(str_deinit) struct str line = STR_INIT;

	if (info->command)
		str_add(&line, info->command, strnlen(info->command, MAX_COMMAND));
	if (info->python_version && *info->python_version)
		str_printf(&line, "%sPython %.100s", line.len ? DOT : "", info->python_version);
	if (info->pid)
		str_printf(&line, "%sPID %" PRIu64, line.len ? DOT : "", info->pid);
	return line.len || line.failed ? report_line(report, INK_BOLD, &line, err) : PYPROF_OK;
}

/* "cpu: 9.98 s in all · 1,234 samples · 0.81% truncated" */
static enum pyprof_status head_values(const struct report *report, struct pyprof_error *err)
{
	const struct profile *p = report->profile;
	const struct profile_metric *metric = &p->metrics[report->opts->metric];
	_cleanup_(str_deinit) struct str line = STR_INIT;
	uint64_t samples, cut = truncated_sum(report);

	str_printf(&line, "%s: ", metric->name);
	scale_value(&line, &report->scale, report->shown);
	if (!report->scale.divisor && strcmp(metric->unit, "count") != 0)
		str_printf(&line, " %s", metric->unit);
	if (report->shown != report->opts->whole) {
		str_add_cstr(&line, ", ");
		scale_share(&line, report->shown, report->opts->whole);
		str_add_cstr(&line, " of ");
		scale_value(&line, &report->scale, report->opts->whole);
	}
	str_add_cstr(&line, " in all");
	if (find_samples(p, &samples) && strcmp(metric->name, "samples") != 0) {
		str_add_cstr(&line, DOT);
		amount_of(&line, samples, "sample", "samples");
	}
	str_add_cstr(&line, DOT);
	scale_share(&line, cut, report->shown);
	str_add_cstr(&line, " truncated");
	return report_line(report, INK_NONE, &line, err);
}

enum pyprof_status report_head(const struct report *report, struct pyprof_error *err)
{
	enum pyprof_status status = head_recording(report, err);

	if (!status)
		status = head_values(report, err);
	if (!status)
		putc('\n', report->out);
	return status;
}

static void json_text_or_null(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  \"%s\": ", name);
	if (text && *text)
		json_write_cstr(out, text);
	else
		fputs("null", out);
	fputs(",\n", out);
}

void report_json_begin(const struct report *report, const char *name)
{
	const struct profile *p = report->profile;
	const struct profile_metric *metric = &p->metrics[report->opts->metric];
	FILE *out = report->out;
	uint64_t samples;

	fprintf(out,
		"{\n  \"schema\": \"pyprof-report\",\n  \"version\": %d,\n  \"report\": \"%s\",\n",
		REPORT_SCHEMA_VERSION, name);
	json_text_or_null(out, "command", p->info.command);
	json_text_or_null(out, "python", p->info.python_version);
	fputs("  \"metric\": {\"name\": ", out);
	json_write_cstr(out, metric->name);
	fputs(", \"unit\": ", out);
	json_write_cstr(out, metric->unit);
	fprintf(out,
		"},\n  \"total\": %" PRIu64 ",\n  \"shown\": %" PRIu64 ",\n  \"truncated\": %" PRIu64
		",\n  \"samples\": ",
		report->opts->whole, report->shown, truncated_sum(report));
	if (find_samples(p, &samples))
		fprintf(out, "%" PRIu64, samples);
	else
		fputs("null", out);
	fputs(",\n", out);
}

void report_json_end(const struct report *report)
{
	fputs("\n}\n", report->out);
}

enum pyprof_status report_write(const struct profile *profile, const struct report_opts *opts,
				FILE *out, struct pyprof_error *err)
{
	struct report report = { .profile = profile, .opts = opts, .out = out };

	report.shown = profile_total(profile, opts->metric);
	report.scale = scale_of(profile->metrics[opts->metric].unit,
				opts->whole > report.shown ? opts->whole : report.shown);
	switch (opts->kind) {
	case REPORT_FLAT:
		return report_flat(&report, err);
	case REPORT_TREE:
		return report_tree(&report, err);
	case REPORT_CALLS:
		return report_calls(&report, err);
	case REPORT_THREADS:
	case REPORT_PROCESSES:
	case REPORT_LABEL:
		return report_values(&report, err);
	}
	return error_set(err, PYPROF_ERR_USAGE, "there is no such report");
}
