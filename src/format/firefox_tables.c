/* SPDX-License-Identifier: MIT */
#include "format/firefox_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "profile/module.h"

/* A category of color grey has to be there: it is what nothing else is. */
static const struct category {
	const char *name, *color;
} categories[] = {
	{ "Other", "grey" },	       { "own code", "yellow" },
	{ "library", "blue" },	       { "standard library", "green" },
	{ "native", "orange" },	       { "kernel", "red" },
	{ "truncated", "darkgrey" },
};

static const unsigned category_of_kind[MODULE_KINDS] = {
	[MODULE_OWN] = 1,    [MODULE_LIBRARY] = 2, [MODULE_STANDARD] = 3,
	[MODULE_NATIVE] = 4, [MODULE_KERNEL] = 5,
};
#define CATEGORY_TRUNCATED 6u

/* ---- making -------------------------------------------------------------------- */

static void find_truncations(struct firefox_tables *t)
{
	const struct profile *p = t->profile;

	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t node = p->samples[i].node;

		if (!(p->samples[i].marks & PROFILE_MARK_TRUNCATED) ||
		    t->truncated[node] != PROFILE_NONE)
			continue;
		t->truncated[node] = (uint32_t)(p->n_nodes - 1 + t->n_truncations);
		t->truncations[t->n_truncations++] = node;
	}
}

/* Each file is a source, and belongs to a module. */
static bool add_file(struct firefox_tables *t, uint32_t file, struct str *name)
{
	uint32_t module;

	if (!file || t->source_of_file[file] != PROFILE_NONE)
		return true;
	str_clear(name);
	module_of_file(name, profile_str(t->profile, file), t->profile->info.cwd);
	module = profile_string(t->modules, str_cstr(name), name->len);
	t->resource_of_file[file] = module;
	t->source_of_file[file] = (uint32_t)t->n_sources;
	t->sources[t->n_sources++] = file;
	return module != PROFILE_NONE && !name->failed;
}

static bool add_files(struct firefox_tables *t)
{
	struct str name = STR_INIT;
	bool ok = true;

	for (size_t i = 0; ok && i < t->profile->n_functions; i++)
		ok = add_file(t, t->profile->functions[i].file, &name);
	str_deinit(&name);
	return ok;
}

enum pyprof_status firefox_tables_init(struct firefox_tables *t, const struct profile *profile,
				       struct pyprof_error *err)
{
	static const struct profile_metric metric = { "", "" };
	enum pyprof_status status;

	*t = (struct firefox_tables){ .profile = profile };
	status = profile_create(&t->modules, &metric, 1, err);
	if (status)
		return status;
	t->truncated = profile_id_table(profile->n_nodes);
	t->truncations = profile_id_table(profile->n_nodes);
	t->resource_of_file = profile_id_table(profile->n_strings);
	t->source_of_file = profile_id_table(profile->n_strings);
	t->sources = profile_id_table(profile->n_strings);
	if (!t->truncated || !t->truncations || !t->resource_of_file || !t->source_of_file ||
	    !t->sources || !add_files(t))
		return error_nomem(err);
	find_truncations(t);
	return PYPROF_OK;
}

void firefox_tables_deinit(struct firefox_tables *t)
{
	profile_destroy(t->modules);
	free(t->truncated);
	free(t->truncations);
	free(t->resource_of_file);
	free(t->source_of_file);
	free(t->sources);
}

uint32_t firefox_stack(const struct firefox_tables *t, const struct profile_sample *sample)
{
	if (sample->marks & PROFILE_MARK_TRUNCATED)
		return t->truncated[sample->node];
	return sample->node == PROFILE_ROOT ? PROFILE_NONE : sample->node - 1;
}

/* ---- columns: a number, or null, a row ----------------------------------------- */

typedef int64_t column_fn(const struct firefox_tables *t, size_t row); /* below 0: null */

static void write_column(const struct firefox_tables *t, const char *name, size_t n,
			 column_fn *value, const char *null, FILE *out)
{
	fprintf(out, "\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		int64_t number = value ? value(t, i) : -1;

		if (i)
			putc(',', out);
		if (number < 0)
			fputs(null, out);
		else
			fprintf(out, "%" PRId64, number);
	}
	fputs("],\n", out);
}

static void write_length(size_t n, FILE *out)
{
	fprintf(out, "\"length\":%zu}", n);
}

/* Frames and functions: those of the profile, and one for what is missing. */

static size_t n_frames(const struct firefox_tables *t)
{
	return t->profile->n_locations + 1;
}

static size_t n_functions(const struct firefox_tables *t)
{
	return t->profile->n_functions + 1;
}

static size_t n_stacks(const struct firefox_tables *t)
{
	return t->profile->n_nodes - 1 + t->n_truncations;
}

static int64_t stack_frame(const struct firefox_tables *t, size_t row)
{
	return row < t->profile->n_nodes - 1 ? (int64_t)t->profile->nodes[row + 1].location :
					       (int64_t)t->profile->n_locations;
}

static int64_t stack_prefix(const struct firefox_tables *t, size_t row)
{
	size_t own = t->profile->n_nodes - 1;
	uint32_t parent = row < own ? t->profile->nodes[row + 1].parent :
				      t->truncations[row - own];

	return (int64_t)parent - 1; /* the root is none */
}

static int64_t frame_function(const struct firefox_tables *t, size_t row)
{
	return row < t->profile->n_locations ? (int64_t)t->profile->locations[row].function :
					       (int64_t)t->profile->n_functions;
}

static int64_t frame_line(const struct firefox_tables *t, size_t row)
{
	int32_t line = row < t->profile->n_locations ? t->profile->locations[row].line : 0;

	return line > 0 ? line : -1;
}

static int64_t frame_column(const struct firefox_tables *t, size_t row)
{
	int32_t column = row < t->profile->n_locations ? t->profile->locations[row].column : 0;

	return column > 0 ? column : -1;
}

static int64_t frame_category(const struct firefox_tables *t, size_t row)
{
	const struct profile *p = t->profile;
	const struct profile_function *f;

	if (row == p->n_locations)
		return CATEGORY_TRUNCATED;
	f = &p->functions[p->locations[row].function];
	return category_of_kind[module_kind(p->strings[f->file], p->strings[f->name])];
}

static int64_t zero(const struct firefox_tables *t, size_t row)
{
	(void)t;
	(void)row;
	return 0;
}

static int64_t function_name(const struct firefox_tables *t, size_t row)
{
	return row < t->profile->n_functions ? (int64_t)t->profile->functions[row].name :
					       (int64_t)t->profile->n_strings;
}

static uint32_t file_of(const struct firefox_tables *t, size_t row)
{
	return row < t->profile->n_functions ? t->profile->functions[row].file : 0;
}

static int64_t function_resource(const struct firefox_tables *t, size_t row)
{
	uint32_t file = file_of(t, row);

	return file ? (int64_t)t->resource_of_file[file] : -1;
}

static int64_t function_source(const struct firefox_tables *t, size_t row)
{
	uint32_t file = file_of(t, row);

	return file ? (int64_t)t->source_of_file[file] : -1;
}

static int64_t function_line(const struct firefox_tables *t, size_t row)
{
	int32_t line = row < t->profile->n_functions ? t->profile->functions[row].start_line : 0;

	return line > 0 ? line : -1;
}

static int64_t source_name(const struct firefox_tables *t, size_t row)
{
	return t->sources[row];
}

/* Names of modules stand behind the strings of the profile and the one for what is missing. */
static int64_t resource_name(const struct firefox_tables *t, size_t row)
{
	return (int64_t)(t->profile->n_strings + 1 + row);
}

static int64_t resource_type(const struct firefox_tables *t, size_t row)
{
	(void)t;
	(void)row;
	return 1; /* a library */
}

/* ---- the tables ---------------------------------------------------------------- */

static void write_stacks(const struct firefox_tables *t, FILE *out)
{
	fputs("\"stackTable\":{", out);
	write_column(t, "frame", n_stacks(t), stack_frame, "null", out);
	write_column(t, "prefix", n_stacks(t), stack_prefix, "null", out);
	write_length(n_stacks(t), out);
}

static void write_frames(const struct firefox_tables *t, FILE *out)
{
	size_t n = n_frames(t);

	fputs(",\n\"frameTable\":{", out);
	write_column(t, "address", n, NULL, "-1", out);
	write_column(t, "inlineDepth", n, zero, "null", out);
	write_column(t, "category", n, frame_category, "null", out);
	write_column(t, "subcategory", n, zero, "null", out);
	write_column(t, "func", n, frame_function, "null", out);
	write_column(t, "nativeSymbol", n, NULL, "null", out);
	write_column(t, "innerWindowID", n, NULL, "null", out);
	write_column(t, "line", n, frame_line, "null", out);
	write_column(t, "column", n, frame_column, "null", out);
	write_length(n, out);
}

static void write_functions(const struct firefox_tables *t, FILE *out)
{
	size_t n = n_functions(t);

	fputs(",\n\"funcTable\":{", out);
	write_column(t, "name", n, function_name, "null", out);
	write_column(t, "isJS", n, NULL, "false", out);
	write_column(t, "relevantForJS", n, NULL, "false", out);
	write_column(t, "resource", n, function_resource, "-1", out);
	write_column(t, "source", n, function_source, "null", out);
	write_column(t, "lineNumber", n, function_line, "null", out);
	write_column(t, "columnNumber", n, NULL, "null", out);
	write_length(n, out);
}

static void write_files(const struct firefox_tables *t, FILE *out)
{
	size_t n = t->modules->n_strings;

	fputs(",\n\"resourceTable\":{", out);
	write_column(t, "lib", n, NULL, "null", out);
	write_column(t, "name", n, resource_name, "null", out);
	write_column(t, "host", n, NULL, "null", out);
	write_column(t, "type", n, resource_type, "null", out);
	write_length(n, out);
	fputs(",\n\"nativeSymbols\":{\"libIndex\":[],\"address\":[],\"name\":[],"
	      "\"functionSize\":[],\"length\":0},\n\"sources\":{",
	      out);
	write_column(t, "uuid", t->n_sources, NULL, "null", out);
	write_column(t, "filename", t->n_sources, source_name, "null", out);
	write_length(t->n_sources, out);
}

static void write_strings(const struct firefox_tables *t, FILE *out)
{
	const struct profile *p = t->profile, *m = t->modules;

	fputs(",\n\"stringArray\":[", out);
	for (size_t i = 0; i < p->n_strings; i++) {
		json_write_plain(out, p->strings[i], p->string_lengths[i]);
		fputs(",\n", out);
	}
	fputs("\"[truncated]\"", out);
	for (size_t i = 0; i < m->n_strings; i++) {
		fputs(",\n", out);
		json_write_plain(out, m->strings[i], m->string_lengths[i]);
	}
	fputs("]", out);
}

void firefox_write_shared(const struct firefox_tables *t, FILE *out)
{
	fputs("\"shared\":{\n", out);
	write_stacks(t, out);
	write_frames(t, out);
	write_functions(t, out);
	write_files(t, out);
	write_strings(t, out);
	fputs("}", out);
}

void firefox_write_categories(FILE *out)
{
	fputs("\"categories\":[", out);
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		fprintf(out, "%s{\"name\":\"%s\",\"color\":\"%s\",\"subcategories\":[\"Other\"]}",
			i ? "," : "", categories[i].name, categories[i].color);
	fputs("]", out);
}
