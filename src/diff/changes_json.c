/* SPDX-License-Identifier: MIT */
/* The table for programs: every row, every value exact. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "diff/changes_parts.h"

static void text_or_null(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	if (text && *text)
		json_write_plain_cstr(out, text);
	else
		fputs("null", out);
}

static void write_side(const struct changed *changed, enum side side, FILE *out)
{
	const struct diff_side *said = &changed->opts->sides[side];
	uint64_t samples;

	fprintf(out, "  \"%s\": {", side == SIDE_BASE ? "base" : "head");
	text_or_null(out, "label", said->label);
	fputs(", ", out);
	text_or_null(out, "command", said->command);
	fputs(", ", out);
	text_or_null(out, "revision", said->revision);
	fputs(", ", out);
	text_or_null(out, "python", said->python);
	fputs(", ", out);
	text_or_null(out, "machine", said->machine);
	fprintf(out,
		", \"runs\": %" PRIu64 ", \"total\": %" PRIu64 ", \"truncated\": %" PRIu64
		", \"samples\": ",
		changed->runs[side], changed->whole[side], changed_truncated(changed, side));
	if (changed_samples(changed, side, &samples))
		fprintf(out, "%" PRIu64 "},\n", samples);
	else
		fputs("null},\n", out);
}

static void write_string(FILE *out, const char *name, const struct profile *p, uint32_t string)
{
	fprintf(out, "\"%s\": ", name);
	if (string)
		json_write_plain(out, p->strings[string], p->string_lengths[string]);
	else
		fputs("null", out);
}

static void write_line(FILE *out, const char *name, int32_t line)
{
	if (line > 0)
		fprintf(out, "\"%s\": %" PRId32, name, line);
	else
		fprintf(out, "\"%s\": null", name);
}

/* Is it a row that is called by its path? */
static bool is_file(const struct changed *changed, uint32_t function)
{
	return !strcmp(changed->opts->rows_are, "file") && changed_path(changed, function);
}

static void write_file(const struct changed *changed, uint32_t function, FILE *out)
{
	const struct profile *p = changed->pair->profile;
	const char *path = changed_path(changed, function);

	if (path)
		text_or_null(out, "file", path);
	else
		write_string(out, "file", p, p->functions[function].file);
}

/* "function", "file", "line", "base_line": where it is in the head, and where in the base. */
static void write_function(const struct changed *changed, uint32_t function, int32_t line, FILE *out)
{
	const struct pair *pair = changed->pair;
	const struct profile *p = pair->profile;
	const struct profile_function *fn;
	int32_t base_line = 0;

	if (function >= CHANGED_NO_FRAME) {
		fprintf(out, "\"function\": %s, \"file\": null, \"line\": null, \"base_line\": null",
			function == PROFILE_NONE ? "\"[truncated]\"" : "null");
		return;
	}
	fn = &p->functions[function];
	/* An empty name is a name. */
	fputs("\"function\": ", out);
	if (is_file(changed, function))
		json_write_plain_cstr(out, changed_path(changed, function));
	else
		json_write_plain(out, p->strings[fn->name], p->string_lengths[fn->name]);
	fputs(", ", out);
	write_file(changed, function, out);
	fputs(", ", out);
	if (line > 0) {
		write_line(out, "line", line);
		fputs(", \"base_line\": null", out);
		return;
	}
	if (changed->opts->match && pair->match_of[function] < changed->opts->match->n)
		base_line = changed->opts->match->functions[pair->match_of[function]].line[SIDE_BASE];
	write_line(out, "line", fn->start_line);
	fputs(", ", out);
	write_line(out, "base_line", base_line);
}

/* "file" or "module", or else null and the function: what has no file stays what it is. */
static void write_place(const struct changed *changed, uint32_t function, FILE *out)
{
	const struct profile *p = changed->pair->profile;
	const char *rows_are = changed->opts->rows_are;

	if (function < CHANGED_NO_FRAME && is_file(changed, function)) {
		text_or_null(out, rows_are, changed_path(changed, function));
		return;
	}
	if (function < CHANGED_NO_FRAME &&
	    (p->functions[function].file || strcmp(rows_are, "file") != 0)) {
		write_string(out, rows_are, p, p->functions[function].name);
		return;
	}
	fprintf(out, "\"%s\": null, \"function\": ", rows_are);
	if (function == PROFILE_NONE)
		fputs("\"[truncated]\"", out);
	else if (function == CHANGED_NO_FRAME)
		fputs("null", out);
	else
		json_write_plain(out, p->strings[p->functions[function].name],
				 p->string_lengths[p->functions[function].name]);
}

static void write_values(FILE *out, const char *name, const uint64_t sums[SIDES], int64_t delta)
{
	fprintf(out,
		", \"%s\": {\"base\": %" PRIu64 ", \"head\": %" PRIu64 ", \"delta\": %" PRId64 "}",
		name, sums[SIDE_BASE], sums[SIDE_HEAD], delta);
}

static void write_row(const struct changed *changed, const struct changed_row *row, FILE *out)
{
	static const char *const ins[] = { "both", "base", "head", "both" };

	if (changed_rows_are_functions(changed))
		write_function(changed, row->function, row->line, out);
	else
		write_place(changed, row->function, out);
	fprintf(out, ", \"in\": \"%s\"", ins[changed_in(changed, row->function) & 3]);
	write_values(out, "self", row->self, row->self_delta);
	write_values(out, "total", row->total, row->total_delta);
	putc('}', out);
}

static void write_renames(const struct changed *changed, FILE *out)
{
	const struct pair *pair = changed->pair;

	fputs("  \"renames\": [", out);
	for (size_t i = 0; i < pair->n_renames; i++) {
		const struct pair_rename *rename = &pair->renames[i];

		fputs(i ? ",\n    {\"base\": {" : "\n    {\"base\": {", out);
		write_function(changed, rename->base, 0, out);
		fputs("}, \"head\": {", out);
		write_function(changed, rename->head, 0, out);
		/* In hundredths, as a locale may have another point. */
		fprintf(out, "}, \"likeness_percent\": %d}", (int)(100 * rename->likeness + 0.5));
	}
	fputs(pair->n_renames ? "\n  ],\n" : "],\n", out);
}

enum pyprof_status changed_json(const struct changed *changed, FILE *out, struct pyprof_error *err)
{
	const struct changed_opts *opts = changed->opts;
	const struct profile_metric *metric = &changed->pair->profile->metrics[opts->metric];

	(void)err;
	fprintf(out,
		"{\n  \"schema\": \"pyprof-diff\",\n  \"version\": %d,\n  \"rows_are\": \"%s\",\n",
		CHANGES_SCHEMA_VERSION, opts->by_line ? "line" : opts->rows_are);
	fputs("  \"metric\": {\"name\": ", out);
	json_write_plain_cstr(out, metric->name);
	fputs(", \"unit\": ", out);
	json_write_plain_cstr(out, metric->unit);
	fputs("},\n", out);
	write_side(changed, SIDE_BASE, out);
	write_side(changed, SIDE_HEAD, out);
	fprintf(out, "  \"delta\": %" PRId64 ",\n  \"delta_runs\": %" PRIu64 ",\n  \"warnings\": [",
		changed->delta, changed->delta_runs);
	for (size_t i = 0; i < opts->n_warnings; i++) {
		fputs(i ? ", " : "", out);
		json_write_plain_cstr(out, opts->warnings[i]);
	}
	fputs("],\n", out);
	write_renames(changed, out);
	fprintf(out, "  \"rows_in_all\": %zu,\n  \"rows\": [", changed->n);
	for (size_t i = 0; i < changed->n && !ferror(out); i++) {
		fputs(i ? ",\n    {" : "\n    {", out);
		write_row(changed, &changed->rows[i], out);
	}
	fputs("\n  ]\n}\n", out);
	return PYPROF_OK;
}
