/* SPDX-License-Identifier: MIT */
/* What changed, written: a row a format. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/buffer.h"
#include "api/diff.h"
#include "base/cleanup.h"
#include "diff/changes.h"
#include "format/folded.h"
#include "format/output.h"
#include "profile/view.h"

/* The index of what is compared among the pair's metrics. */
static size_t metric_of(const struct pyprof_diff *diff)
{
	/* The head's are the first, and those that all have are there. */
	return profile_find_metric(diff->pair->profile, diff->metric, diff->unit);
}

/* ---- the picture ----------------------------------------------------------------------- */

static enum pyprof_status write_svg(const struct pyprof_diff *diff,
				    const struct pyprof_diff_write_opts *o, FILE *out,
				    struct pyprof_error *err)
{
	const struct diff_svg_opts opts = {
		.metric = metric_of(diff),
		.shares = o->shares,
		.by_function = !o->by_line,
		.by_thread = o->by_thread,
		.by_process = o->by_process,
		.full_path = o->full_path,
		.sides = { diff->said[SIDE_BASE], diff->said[SIDE_HEAD] },
		.warnings = diff->warnings,
		.n_warnings = diff->n_warnings,
	};

	return diff_svg_write(out, diff->pair, &opts, err);
}

/* ---- tables ------------------------------------------------------------------------------ */

static enum pyprof_status write_table(const struct pyprof_diff *diff,
				      const struct pyprof_diff_write_opts *o, FILE *out,
				      enum pyprof_status (*write)(const struct changed *, FILE *,
								  struct pyprof_error *),
				      struct pyprof_error *err)
{
	const struct changed_opts opts = {
		.metric = metric_of(diff),
		.match = diff->match,
		.sides = { diff->said[SIDE_BASE], diff->said[SIDE_HEAD] },
		.warnings = diff->warnings,
		.n_warnings = diff->n_warnings,
		.rows_are = diff->rows_are,
		.picture = o->picture,
		.by_line = o->by_line && diff->by_line,
		.full_path = o->full_path,
		.shares = o->shares,
		.limit = write == changed_json ? 0 : o->limit, /* JSON has all, in one order */
		.color = o->color,
		.width = o->width,
	};
	struct changed changed;
	enum pyprof_status status = changed_init(&changed, diff->pair, &opts, err);

	if (!status)
		status = write(&changed, out, err);
	changed_deinit(&changed);
	return status;
}

static enum pyprof_status write_text(const struct pyprof_diff *diff,
				     const struct pyprof_diff_write_opts *o, FILE *out,
				     struct pyprof_error *err)
{
	return write_table(diff, o, out, changed_text, err);
}

static enum pyprof_status write_markdown(const struct pyprof_diff *diff,
					 const struct pyprof_diff_write_opts *o, FILE *out,
					 struct pyprof_error *err)
{
	return write_table(diff, o, out, changed_markdown, err);
}

static enum pyprof_status write_json(const struct pyprof_diff *diff,
				     const struct pyprof_diff_write_opts *o, FILE *out,
				     struct pyprof_error *err)
{
	return write_table(diff, o, out, changed_json, err);
}

/* ---- folded stacks -------------------------------------------------------------------------- */

/* Sums of so many runs a side that both are of the same number (diff/changes.h). */
static uint64_t times_of(const struct pyprof_diff *diff, int side)
{
	size_t a = diff->runs[SIDE_BASE].n, b = diff->runs[SIDE_HEAD].n;

	while (b) {
		size_t rest = a % b;

		a = b;
		b = rest;
	}
	return diff->runs[!side].n / a;
}

static void add_up(const struct pyprof_diff *diff, const struct view *view, int side, uint64_t *sums)
{
	const struct profile *p = diff->pair->profile;
	const uint32_t *leaves = view_leaves(view);
	size_t metric = pair_metric(diff->pair, metric_of(diff), (enum side)side);
	uint64_t times = times_of(diff, side), value;

	for (size_t i = 0; i < p->n_samples; i++) {
		if (leaves[i] == PROFILE_NONE)
			continue;
		if (__builtin_mul_overflow(p->values[i * p->n_metrics + metric], times, &value))
			value = UINT64_MAX;
		sums[leaves[i]] = profile_add_saturating(sums[leaves[i]], value);
	}
}

static enum pyprof_status write_folded(const struct pyprof_diff *diff,
				       const struct pyprof_diff_write_opts *o, FILE *out,
				       struct pyprof_error *err)
{
	const struct view_opts view_opts = { .by_function = !o->by_line,
					     .by_thread = o->by_thread,
					     .by_process = o->by_process,
					     .full_path = o->full_path,
					     .all_metrics = true };
	struct view *view;
	uint64_t *sums = NULL;
	size_t n;
	enum pyprof_status status = view_create(&view, diff->pair->profile, &view_opts, err);

	if (status)
		return status;
	view_nodes(view, &n);
	sums = calloc(SIDES * n, sizeof(*sums));
	if (sums) {
		add_up(diff, view, SIDE_BASE, sums);
		add_up(diff, view, SIDE_HEAD, sums + n);
		status = folded_write_two(view, sums, sums + n, out, err);
	} else {
		status = error_nomem(err);
	}
	free(sums);
	view_destroy(view);
	return status;
}

/* ---- which -------------------------------------------------------------------------------- */

struct diff_format {
	const char *name, *also;
	const char *endings[3];
	enum pyprof_status (*write)(const struct pyprof_diff *diff,
				    const struct pyprof_diff_write_opts *opts, FILE *out,
				    struct pyprof_error *err);
};

static const struct diff_format formats_of_diffs[] = {
	{ "text", "txt", { ".txt" }, write_text },
	{ "svg", "flamegraph", { ".svg" }, write_svg },
	{ "markdown", "md", { ".md", ".markdown" }, write_markdown },
	{ "json", NULL, { ".json" }, write_json },
	{ "folded", "raw", { ".folded", ".collapsed" }, write_folded },
};

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path), ending_len = strlen(ending);

	return len > ending_len && !strcasecmp(path + len - ending_len, ending);
}

static bool fits(const struct diff_format *format, const char *path, const char *name)
{
	if (name)
		return !strcasecmp(format->name, name) ||
		       (format->also && !strcasecmp(format->also, name));
	for (size_t i = 0; i < ARRAY_SIZE(format->endings) && format->endings[i]; i++)
		if (ends_in(path, format->endings[i]))
			return true;
	return false;
}

/* `path` NULL or "-": text, where no format is named. NULL and *err where neither says. */
static const struct diff_format *choose(const char *path, const char *name,
					struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str known = STR_INIT;

	if (!name && (!path || !strcmp(path, "-")))
		name = "text";
	for (size_t i = 0; i < ARRAY_SIZE(formats_of_diffs); i++) {
		const struct diff_format *format = &formats_of_diffs[i];

		if (fits(format, path, name))
			return format;
		str_printf(&known, "%s%s (%s)", i ? ", " : "", format->name, format->endings[0]);
	}
	if (name)
		error_set(err, PYPROF_ERR_USAGE, "what changed cannot be written as '%.60s'", name);
	else
		error_set(err, PYPROF_ERR_USAGE, "%.100s: its ending does not say as what", path);
	error_hint(err, "formats are: %s", str_cstr(&known));
	return NULL;
}

enum pyprof_status pyprof_diff_output_check(const char *path, const char *format,
					    const char **format_name, struct pyprof_error *err)
{
	const struct diff_format *chosen = choose(path, format, err);

	if (!chosen)
		return PYPROF_ERR_USAGE;
	if (format_name)
		*format_name = chosen->name;
	return output_check(path, err);
}

static struct pyprof_diff_write_opts own_opts(const struct pyprof_diff_write_opts *opts)
{
	struct pyprof_diff_write_opts o = PYPROF_DIFF_WRITE_OPTS_INIT;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	return o;
}

enum pyprof_status pyprof_diff_write(struct pyprof_diff *diff, const char *path,
				     const struct pyprof_diff_write_opts *opts,
				     struct pyprof_error *err)
{
	const struct pyprof_diff_write_opts o = own_opts(opts);
	const struct diff_format *format = choose(path, o.format, err);
	struct output output;
	enum pyprof_status status;

	if (!format)
		return PYPROF_ERR_USAGE;
	status = diff_pair(diff, err);
	if (!status)
		status = output_open(&output, path, err);
	if (status)
		return status;
	status = format->write(diff, &o, output.file, err);
	if (!status)
		status = output_commit(&output, err);
	output_abandon(&output);
	return status;
}

enum pyprof_status pyprof_diff_print(struct pyprof_diff *diff, FILE *out,
				     const struct pyprof_diff_write_opts *opts,
				     struct pyprof_error *err)
{
	const struct pyprof_diff_write_opts o = own_opts(opts);
	const struct diff_format *format = choose(NULL, o.format, err);
	struct buffer buffer;
	enum pyprof_status status;

	if (!format)
		return PYPROF_ERR_USAGE;
	status = diff_pair(diff, err);
	if (!status)
		status = buffer_open(&buffer, err);
	if (status)
		return status;
	status = format->write(diff, &o, buffer.file, err);
	return buffer_close(&buffer, out, status, err);
}
