/* SPDX-License-Identifier: MIT */
/* Which functions, in which order, with which values. */
#include "render/annotate.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/regex.h"
#include "profile/graph.h"
#include "render/annotate_block.h"
#include "render/report_parts.h"

/* Where a function of the profile begins. */
struct start {
	uint32_t file;
	int32_t line;
};

struct annotation {
	const struct annotate_opts *opts;
	struct report_opts report_opts;
	struct report report;
	struct graph *functions, *lines;
	struct annotate_block *blocks;
	size_t n, cap;
	struct annotate_line *all; /* lines with values, by function and number */
	size_t n_all;
	struct start *starts; /* by file and line */
	size_t n_starts;
	uint64_t *file_self; /* by string id: of the blocks in that file */
};

static uint32_t file_of(const struct profile *p, uint32_t function)
{
	return p->functions[function].file;
}

/* ---- which ---------------------------------------------------------------------- */

static bool ends_in_path(const char *file, size_t len, const char *wanted)
{
	size_t n = strlen(wanted);

	return n && n <= len && !memcmp(file + len - n, wanted, n) &&
	       (n == len || wanted[0] == '/' || file[len - n - 1] == '/');
}

/* Is the file the one that is named? */
static bool is_file(const struct annotation *a, uint32_t file)
{
	const struct profile *p = a->report.profile;
	const char *wanted = a->opts->what;
	size_t len = p->string_lengths[file];

	while (!strncmp(wanted, "./", 2))
		wanted += 2;
	if (ends_in_path(p->strings[file], len, wanted))
		return true;
	return a->opts->path && strlen(a->opts->path) == len &&
	       !memcmp(a->opts->path, p->strings[file], len);
}

static bool add_block(struct annotation *a, uint32_t node)
{
	const struct graph_node *n = &a->functions->nodes[node];
	size_t metric = a->opts->metric;

	if (!array_grow(a->blocks, a->n, a->cap))
		return false;
	a->blocks[a->n++] = (struct annotate_block){ .function = n->function,
						     .self = n->self[metric],
						     .total = n->total[metric] };
	return true;
}

typedef bool choose_fn(const struct annotation *a, uint32_t function, void *arg);

static bool choose(struct annotation *a, choose_fn *fn, void *arg)
{
	for (uint32_t i = 0; i < a->functions->n_nodes; i++) {
		const struct graph_node *node = &a->functions->nodes[i];

		if (node->function != PROFILE_NONE && node->total[a->opts->metric] &&
		    fn(a, node->function, arg) && !add_block(a, i))
			return false;
	}
	return true;
}

static bool in_file(const struct annotation *a, uint32_t function, void *arg)
{
	uint32_t file = file_of(a->report.profile, function);

	(void)arg;
	return file && is_file(a, file);
}

static bool of_name(const struct annotation *a, uint32_t function, void *arg)
{
	const struct profile *p = a->report.profile;
	uint32_t name = p->functions[function].name;

	return regex_matches(arg, p->strings[name], p->string_lengths[name]);
}

static bool in_any_file(const struct annotation *a, uint32_t function, void *arg)
{
	(void)arg;
	return file_of(a->report.profile, function) != 0;
}

static enum pyprof_status choose_by_name(struct annotation *a, struct pyprof_error *err)
{
	struct regex *regex;
	enum pyprof_status status = regex_create(&regex, a->opts->what, "FUNCTION", err);

	if (status)
		return status;
	if (!choose(a, of_name, regex))
		status = error_nomem(err);
	else if (regex_gave_up(regex))
		status = error_set(err, PYPROF_ERR_LIMIT,
				   "'%.60s' does not come to an end on some names", a->opts->what);
	else if (!a->n)
		status = error_set(err, PYPROF_ERR_USAGE,
				   "no file and no function of the profile matches '%.60s'",
				   a->opts->what);
	regex_destroy(regex);
	return status;
}

static int by_self(const void *x, const void *y, void *arg)
{
	const struct annotate_block *a = x, *b = y;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return report_compare_functions(arg, a->function, b->function);
}

/* Those that most was seen in, and not what was seen in none. */
static bool choose_hot(struct annotation *a)
{
	size_t n = 0;

	if (!choose(a, in_any_file, NULL))
		return false;
	if (a->n)
		qsort_r(a->blocks, a->n, sizeof(*a->blocks), by_self,
			(void *)(uintptr_t)a->report.profile);
	while (n < a->n && a->blocks[n].self && (!a->opts->limit || n < a->opts->limit))
		n++;
	a->n = n;
	return true;
}

static enum pyprof_status choose_blocks(struct annotation *a, struct pyprof_error *err)
{
	if (!a->opts->what)
		return choose_hot(a) ? PYPROF_OK : error_nomem(err);
	if (!choose(a, in_file, NULL))
		return error_nomem(err);
	return a->n ? PYPROF_OK : choose_by_name(a, err);
}

/* ---- their lines -------------------------------------------------------------------- */

static int by_function_and_line(const void *x, const void *y)
{
	const struct annotate_line *a = x, *b = y;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static bool find_lines(struct annotation *a)
{
	size_t metric = a->opts->metric;

	a->all = calloc(a->lines->n_nodes + 1, sizeof(*a->all));
	if (!a->all)
		return false;
	for (size_t i = 0; i < a->lines->n_nodes; i++) {
		const struct graph_node *node = &a->lines->nodes[i];

		if (node->function != PROFILE_NONE && node->total[metric])
			a->all[a->n_all++] = (struct annotate_line){ node->function, node->line,
								     node->self[metric],
								     node->total[metric] };
	}
	qsort(a->all, a->n_all, sizeof(*a->all), by_function_and_line);
	return true;
}

/* The block's part of all lines. */
static void give_lines(const struct annotation *a, struct annotate_block *block)
{
	size_t first = array_bound(a->n_all, i, a->all[i].function < block->function);

	block->lines = a->all + first;
	while (first + block->n < a->n_all &&
	       a->all[first + block->n].function == block->function)
		block->n++;
}

/* ---- where functions begin ------------------------------------------------------------ */

static int by_file_and_line(const void *x, const void *y)
{
	const struct start *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static bool find_starts(struct annotation *a)
{
	const struct profile *p = a->report.profile;

	a->starts = calloc(p->n_functions + 1, sizeof(*a->starts));
	if (!a->starts)
		return false;
	for (size_t i = 0; i < p->n_functions; i++)
		if (p->functions[i].start_line > 0)
			a->starts[a->n_starts++] =
				(struct start){ p->functions[i].file, p->functions[i].start_line };
	qsort(a->starts, a->n_starts, sizeof(*a->starts), by_file_and_line);
	return true;
}

/* The line at which the next function of the file begins that the profile knows; 0: none. */
static int32_t next_start(const struct annotation *a, const struct annotate_block *block)
{
	const struct profile_function *fn = &a->report.profile->functions[block->function];
	const struct start wanted = {
		fn->file, block->n ? block->lines[block->n - 1].line : fn->start_line
	};
	size_t next = array_bound(a->n_starts, i, by_file_and_line(&a->starts[i], &wanted) <= 0);

	return next < a->n_starts && a->starts[next].file == fn->file ? a->starts[next].line : 0;
}

/* ---- their order: the hottest file first, in it from top to bottom --------------------- */

static int by_place(const void *x, const void *y, void *arg)
{
	const struct annotate_block *b = x, *c = y;
	const struct annotation *a = arg;
	const struct profile *p = a->report.profile;
	uint32_t file_b = file_of(p, b->function), file_c = file_of(p, c->function);

	if (a->file_self[file_b] != a->file_self[file_c])
		return a->file_self[file_b] < a->file_self[file_c] ? 1 : -1;
	if (file_b != file_c)
		return file_b < file_c ? -1 : 1;
	if (b->first != c->first)
		return b->first < c->first ? -1 : 1;
	return report_compare_functions(p, b->function, c->function);
}

static bool sort_blocks(struct annotation *a)
{
	const struct profile *p = a->report.profile;

	a->file_self = calloc(p->n_strings, sizeof(*a->file_self));
	if (!a->file_self)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		struct annotate_block *block = &a->blocks[i];
		uint64_t *sum = &a->file_self[file_of(p, block->function)];

		*sum = profile_add_saturating(*sum, block->self);
		give_lines(a, block);
		annotate_block_range(block, p->functions[block->function].start_line,
				     next_start(a, block));
	}
	if (a->n)
		qsort_r(a->blocks, a->n, sizeof(*a->blocks), by_place, a);
	return true;
}

/* ---- all of it ---------------------------------------------------------------------- */

static enum pyprof_status write_blocks(struct annotation *a, const struct source_reader *sources,
				       struct pyprof_error *err)
{
	const struct profile *p = a->report.profile;
	struct annotate_source source = { .file = PROFILE_NONE };
	enum pyprof_status status = report_head(&a->report, err);

	for (size_t i = 0; !status && i < a->n; i++) {
		uint32_t file = file_of(p, a->blocks[i].function);

		status = annotate_source_read(&source, sources, p, file, err);
		if (!status && i)
			putc('\n', a->report.out);
		if (!status)
			status = annotate_block_write(&a->report, &a->blocks[i], &source,
						      a->opts->every_line, err);
	}
	annotate_source_deinit(&source);
	return status;
}

enum pyprof_status annotate_write(const struct profile *profile, const struct annotate_opts *opts,
				  const struct source_reader *sources, FILE *out,
				  struct pyprof_error *err)
{
	const struct graph_opts by_line = { .by_line = true };
	struct annotation a = { .opts = opts };
	enum pyprof_status status;

	a.report_opts = (struct report_opts){ .metric = opts->metric,
					      .whole = opts->whole,
					      .full_path = opts->full_path,
					      .color = opts->color,
					      .width = opts->width };
	a.report = (struct report){ .profile = profile, .opts = &a.report_opts, .out = out };
	a.report.shown = profile_total(profile, opts->metric);
	a.report.scale = scale_of(profile->metrics[opts->metric].unit,
				  opts->whole > a.report.shown ? opts->whole : a.report.shown);
	status = graph_create(&a.functions, profile, NULL, err);
	if (!status)
		status = graph_create(&a.lines, profile, &by_line, err);
	if (!status)
		status = choose_blocks(&a, err);
	if (!status && !(find_lines(&a) && find_starts(&a) && sort_blocks(&a)))
		status = error_nomem(err);
	if (!status)
		status = write_blocks(&a, sources, err);
	graph_destroy(a.functions);
	graph_destroy(a.lines);
	free(a.blocks);
	free(a.all);
	free(a.starts);
	free(a.file_self);
	return status;
}
