/* SPDX-License-Identifier: MIT */
#include "render/report_parts.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "profile/view.h"
#include "render/text.h"

static const char truncated[] = "[truncated]";

static void add_string(struct str *out, const struct profile *p, uint32_t string)
{
	str_add(out, p->strings[string], p->string_lengths[string]);
}

void report_name(struct str *out, const struct report *report, uint32_t function)
{
	const struct profile *p = report->profile;

	if (function == PROFILE_NONE)
		str_add_cstr(out, truncated);
	else
		add_string(out, p, p->functions[function].name);
}

void report_place(struct str *out, const struct report *report, uint32_t function, int32_t line)
{
	const struct profile *p = report->profile;
	const struct profile_function *fn;

	if (function == PROFILE_NONE)
		return;
	fn = &p->functions[function];
	if (!fn->file)
		return;
	if (report->opts->full_path)
		add_string(out, p, fn->file);
	else
		view_short_path(out, profile_str(p, fn->file), p->info.cwd);
	if (line <= 0)
		line = fn->start_line;
	if (line > 0)
		str_printf(out, ":%" PRId32, line);
}

static int compare_strings(const struct profile *p, uint32_t a, uint32_t b)
{
	uint32_t len_a = p->string_lengths[a], len_b = p->string_lengths[b];
	int order;

	if (a == b)
		return 0;
	order = memcmp(p->strings[a], p->strings[b], len_a < len_b ? len_a : len_b);
	return order ? order : (len_a > len_b) - (len_a < len_b);
}

int report_compare_functions(const struct profile *p, uint32_t a, uint32_t b)
{
	const struct profile_function *x, *y;
	int order;

	if (a == PROFILE_NONE || b == PROFILE_NONE)
		return (a == PROFILE_NONE) - (b == PROFILE_NONE);
	x = &p->functions[a];
	y = &p->functions[b];
	order = compare_strings(p, x->name, y->name);
	if (!order)
		order = compare_strings(p, x->file, y->file);
	if (!order)
		order = (x->start_line > y->start_line) - (x->start_line < y->start_line);
	return order ? order : (a > b) - (a < b);
}

enum pyprof_status report_line(const struct report *report, enum ink ink, const struct str *text,
			       struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT, line = STR_INIT;

	text_visible(&visible, str_cstr(text), text->len);
	if (!report->opts->color)
		ink = INK_NONE;
	ink_on(&line, ink);
	text_fit(&line, str_cstr(&visible), visible.len,
		 report->opts->width ? report->opts->width : SIZE_MAX);
	ink_off(&line, ink);
	str_add_char(&line, '\n');
	if (text->failed || visible.failed || line.failed)
		return error_nomem(err);
	fwrite(line.data, 1, line.len, report->out);
	return PYPROF_OK;
}

/* ---- JSON ---------------------------------------------------------------------- */

void report_json_text(const struct report *report, const char *name, const char *bytes,
		      size_t len)
{
	fprintf(report->out, "\"%s\": ", name);
	json_write_text(report->out, bytes, len);
}

void report_json_string(const struct report *report, const char *name, uint32_t string)
{
	const struct profile *p = report->profile;

	report_json_text(report, name, p->strings[string], p->string_lengths[string]);
}

void report_json_function(const struct report *report, uint32_t function)
{
	if (function == PROFILE_NONE)
		fprintf(report->out, "\"function\": \"%s\"", truncated);
	else
		report_json_string(report, "function", report->profile->functions[function].name);
}

void report_json_frame(const struct report *report, uint32_t function, int32_t line)
{
	const struct profile_function *fn;

	report_json_function(report, function);
	if (function == PROFILE_NONE) {
		fputs(", \"file\": null, \"line\": null", report->out);
		return;
	}
	fn = &report->profile->functions[function];
	fputs(", ", report->out);
	if (fn->file)
		report_json_string(report, "file", fn->file);
	else
		fputs("\"file\": null", report->out);
	if (line <= 0)
		line = fn->start_line;
	if (line > 0)
		fprintf(report->out, ", \"line\": %" PRId32, line);
	else
		fputs(", \"line\": null", report->out);
}
