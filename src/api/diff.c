/* SPDX-License-Identifier: MIT */
/* What changed between two sides: read, matched, made one. */
#include "api/diff.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/diff_files.h"
#include "api/diff_fold.h"
#include "api/diff_same.h"
#include "base/cleanup.h"

static const char *const side_names[SIDES] = { [SIDE_BASE] = "the base", [SIDE_HEAD] = "the head" };

void diff_runs_deinit(struct diff_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->profiles && !runs->borrowed)
			profile_destroy(runs->profiles[i]);
		if (runs->names)
			free(runs->names[i]);
	}
	if (!runs->borrowed)
		free(runs->profiles);
	free(runs->names);
	free(runs->totals);
	free(runs->label);
	free(runs->passed);
	*runs = (struct diff_runs){ 0 };
}

/* ---- the metric ---------------------------------------------------------------------- */

static struct match_side side_of(const struct diff_runs *runs, const struct pyprof_filter *filter)
{
	return (struct match_side){
		.profiles = (const struct profile *const *)runs->profiles,
		.n = runs->n,
		.cut = filter && (filter->hide || filter->root),
	};
}

/* Never cut within a word. */
static void list_metrics(struct str *out, const struct profile *profile)
{
	size_t most = 80, i = 0;

	for (; i < profile->n_metrics && (!i || out->len < most); i++)
		str_printf(out, "%s%.60s/%.60s", i ? ", " : "", profile->metrics[i].name,
			   profile->metrics[i].unit);
	if (i < profile->n_metrics)
		str_printf(out, " and %zu more", profile->n_metrics - i);
}

static bool counts_samples(const struct profile *profile)
{
	return profile_find_metric(profile, "samples", "count") != SIZE_MAX &&
	       profile->n_metrics == 1;
}

/* The first run that has not what the first of the base has, or has not `name`. */
static enum pyprof_status say_none(const struct diff_runs runs[SIDES], const char *name,
				   struct pyprof_error *err)
{
	const struct profile *first = runs[SIDE_HEAD].profiles[0];
	_cleanup_(str_deinit) struct str in_first = STR_INIT;
	_cleanup_(str_deinit) struct str in_other = STR_INIT;

	for (int side = 0; name && side < SIDES; side++)
		for (size_t i = 0; i < runs[side].n; i++) {
			if (profile_find_metric(runs[side].profiles[i], name, NULL) != SIZE_MAX)
				continue;
			list_metrics(&in_other, runs[side].profiles[i]);
			error_set(err, PYPROF_ERR_USAGE, "%.100s: '%.60s' was not recorded",
				  runs[side].names[i], name);
			error_hint(err, "recorded were: %s", str_cstr(&in_other));
			return PYPROF_ERR_USAGE;
		}
	list_metrics(&in_first, first);
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < runs[side].n; i++) {
			const struct profile *other = runs[side].profiles[i];
			bool common = false;

			for (size_t m = 0; m < first->n_metrics; m++)
				common |= profile_find_metric(other, first->metrics[m].name,
							      first->metrics[m].unit) != SIZE_MAX;
			if (common && (side != SIDE_BASE || i + 1 < runs[side].n))
				continue;
			list_metrics(&in_other, other);
			error_set(err, PYPROF_ERR_USAGE,
				  "no metric is in all of them: %.100s has %s, %.100s has %s",
				  runs[side].names[i], str_cstr(&in_other), runs[SIDE_HEAD].names[0],
				  str_cstr(&in_first));
			error_hint(err, counts_samples(first) || counts_samples(other) ?
						"samples and times cannot be compared: write both in "
						"one format, and at one rate" :
						"what is compared has to be measured in the same way "
						"on both sides: write both in one format");
			return PYPROF_ERR_USAGE;
		}
	return error_set(err, PYPROF_ERR_USAGE, "no metric is in all of them");
}

/*
 * Were all recorded with the same --metric? Our own recordings show samples, the first of their
 * metrics, where nobody chose another.
 */
static bool is_chosen(const struct diff_runs runs[SIDES])
{
	const struct profile *head = runs[SIDE_HEAD].profiles[0];
	const struct profile_metric *usual = &head->metrics[head->default_metric];

	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < runs[side].n; i++) {
			const struct profile *p = runs[side].profiles[i];

			if (!p->default_metric || !p->info.pid ||
			    strcmp(p->metrics[0].name, "samples") != 0 ||
			    strcmp(p->metrics[p->default_metric].name, usual->name) != 0 ||
			    strcmp(p->metrics[p->default_metric].unit, usual->unit) != 0)
				return false;
		}
	return true;
}

/* NULL: there is none that all have. */
static const struct profile_metric *choose_metric(const struct diff_runs runs[SIDES], const char *name)
{
	const struct profile *head = runs[SIDE_HEAD].profiles[0];
	const struct profile_metric *usual = &head->metrics[head->default_metric];
	struct match_side sides[SIDES];

	for (int side = 0; side < SIDES; side++)
		sides[side] = side_of(&runs[side], NULL);
	if (name)
		return match_metric(sides, head, name);
	if (is_chosen(runs))
		return usual;
	if (match_all_have(sides, "cpu", "nanoseconds"))
		return &head->metrics[profile_find_metric(head, "cpu", "nanoseconds")];
	return match_all_have(sides, usual->name, usual->unit) ? usual :
								 match_metric(sides, head, NULL);
}

enum pyprof_status diff_find_metric(const struct diff_runs runs[SIDES], const char *name,
				    const struct profile_metric **metric, struct pyprof_error *err)
{
	*metric = choose_metric(runs, name);
	return *metric ? PYPROF_OK : say_none(runs, name, err);
}

/* ---- what each side is ----------------------------------------------------------------- */

/* The text that all runs of a side have at this offset of their info; NULL: they differ, or have none. */
static const char *common_text(const struct match_side *side, size_t offset)
{
	const char *first = NULL;

	for (size_t i = 0; i < side->n; i++) {
		const char *info = (const char *)&side->profiles[i]->info;
		const char *own = *(char *const *)(info + offset);

		if (!own || (first && strcmp(own, first) != 0))
			return NULL;
		first = own;
	}
	return first;
}

static bool find_label(struct diff_runs *runs)
{
	struct str label = STR_INIT;

	if (runs->label)
		return true;
	if (runs->n > 1)
		str_printf(&label, "%s and %zu more", runs->names[0], runs->n - 1);
	else
		str_add_cstr(&label, runs->names[0]);
	runs->label = str_take(&label);
	return runs->label;
}

static void find_side(struct pyprof_diff *diff, int side)
{
	const struct match_side *runs = &diff->sides[side];
	const struct profile_info *info = &runs->profiles[0]->info;

	diff->said[side] = (struct diff_side){
		.label = diff->runs[side].label,
		.command = common_text(runs, offsetof(struct profile_info, command)),
		.revision = common_text(runs, offsetof(struct profile_info, revision)),
		.python = common_text(runs, offsetof(struct profile_info, python_version)),
		.machine = common_text(runs, offsetof(struct profile_info, machine)),
		.runs = runs->n,
		.info = runs->n == 1 ? info : NULL,
	};
}

/* ---- what the runs took in all ----------------------------------------------------------- */

static bool is_part(const struct pyprof_filter *f)
{
	return f && (f->focus || f->ignore || f->hide || f->prune_from || f->thread || f->process);
}

static uint64_t run_total(const struct profile *profile, const char *metric)
{
	const struct pyprof_stats *stats = &profile->info.stats;

	return !strcmp(metric, "cpu")  ? stats->run_cpu_ns :
	       !strcmp(metric, "wall") ? stats->run_wall_ns :
					 0;
}

/*
 * Of programs that were launched the kernel knows more than their samples: also what they did before
 * the first look.
 */
static enum pyprof_status find_totals(struct pyprof_diff *diff, struct pyprof_error *err)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < diff->runs[side].n; i++)
			if (!run_total(diff->runs[side].profiles[i], diff->metric))
				return PYPROF_OK;
	for (int side = 0; side < SIDES; side++) {
		struct diff_runs *runs = &diff->runs[side];

		runs->totals = calloc(runs->n, sizeof(*runs->totals));
		if (!runs->totals)
			return error_nomem(err);
		for (size_t i = 0; i < runs->n; i++)
			runs->totals[i] = (double)run_total(runs->profiles[i], diff->metric) / 1e9;
	}
	return PYPROF_OK;
}

/* ---- making it ------------------------------------------------------------------------- */

static enum pyprof_status find_warnings(struct pyprof_diff *diff, struct pyprof_error *err)
{
	const struct comparable *comparable = &diff->comparable;

	diff->warnings = calloc(comparable->n + 2 * SIDES + 1, sizeof(*diff->warnings));
	if (!diff->warnings || !diff_find_same(diff))
		return error_nomem(err);
	if (diff->same.len)
		diff->warnings[diff->n_warnings++] = str_cstr(&diff->same);
	for (int side = 0; side < SIDES; side++) {
		if (diff->runs[side].passed)
			diff->warnings[diff->n_warnings++] = diff->runs[side].passed;
		if (!diff->runs[side].n_empty)
			continue;
		str_printf(&diff->empty[side], "nothing of what is asked for is in %zu of the %zu "
					       "runs of %s",
			   diff->runs[side].n_empty, diff->runs[side].n, side_names[side]);
		if (diff->empty[side].failed)
			return error_nomem(err);
		diff->warnings[diff->n_warnings++] = str_cstr(&diff->empty[side]);
	}
	for (size_t i = 0; i < comparable->n; i++)
		diff->warnings[diff->n_warnings++] = str_cstr(&comparable->reasons[i].text);
	return PYPROF_OK;
}

/* `fold`: of the sides, where rows are files or modules; or NULL. */
static enum pyprof_status fill(struct pyprof_diff *diff, struct match_fold *fold,
			       const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	static const char *const rows[] = { [PYPROF_LINES] = "function",
					    [PYPROF_FUNCTIONS] = "function",
					    [PYPROF_FILES] = "file",
					    [PYPROF_MODULES] = "module" };
	enum pyprof_granularity granularity =
		opts->filter ? opts->filter->granularity : PYPROF_LINES;
	const struct profile_metric *metric;
	enum pyprof_status status;

	for (int side = 0; side < SIDES; side++) {
		if (!diff->runs[side].n)
			return error_set(err, PYPROF_ERR_USAGE, "%s has no profile",
					 side_names[side]);
		diff->sides[side] = side_of(&diff->runs[side], opts->filter);
		if (!find_label(&diff->runs[side]))
			return error_nomem(err);
		find_side(diff, side);
	}
	diff->by_line = granularity == PYPROF_LINES;
	diff->rows_are = rows[(unsigned)granularity < ARRAY_SIZE(rows) ? granularity : 0];
	status = diff_find_metric(diff->runs, opts->metric, &metric, err);
	if (status)
		return status;
	diff->metric = strdup(metric->name);
	diff->unit = metric->unit;
	if (!diff->metric)
		return error_nomem(err);
	status = is_part(opts->filter) ? PYPROF_OK : find_totals(diff, err);
	if (status)
		return status;
	status = comparable_init(&diff->comparable, diff->sides, diff->metric, err);
	if (!status && diff->comparable.refused && !opts->force)
		status = comparable_refuse(&diff->comparable, err);
	if (!status)
		status = find_warnings(diff, err);
	if (status)
		return status;
	return fold ? match_folded(&diff->match, fold, diff->sides, err) :
		      match_create(&diff->match, diff->sides, err);
}

static enum pyprof_status of_runs(struct pyprof_diff **out, struct diff_runs runs[SIDES],
				  struct match_fold *fold, const struct pyprof_diff_opts *opts,
				  struct pyprof_error *err)
{
	struct pyprof_diff *diff = calloc(1, sizeof(*diff));
	enum pyprof_status status;

	*out = NULL;
	for (int side = 0; side < SIDES; side++) {
		if (diff)
			diff->runs[side] = runs[side];
		else
			diff_runs_deinit(&runs[side]);
		runs[side] = (struct diff_runs){ 0 };
	}
	if (!diff)
		return error_nomem(err);
	status = fill(diff, fold, opts, err);
	if (status)
		pyprof_diff_destroy(diff);
	else
		*out = diff;
	return status;
}

enum pyprof_status diff_of_runs(struct pyprof_diff **out, struct diff_runs runs[SIDES],
				const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	return of_runs(out, runs, NULL, opts, err);
}

enum pyprof_status diff_pair(struct pyprof_diff *diff, struct pyprof_error *err)
{
	return diff->pair ? PYPROF_OK : pair_create(&diff->pair, diff->match, diff->sides, err);
}

enum pyprof_status diff_check_empty(const struct diff_runs runs[SIDES], struct pyprof_error *err)
{
	for (int side = 0; side < SIDES; side++)
		if (runs[side].n_empty < runs[side].n)
			return PYPROF_OK;
	return error_set(err, PYPROF_ERR_USAGE,
			 "nothing of what is asked for is in any of the recordings");
}

static enum pyprof_status take_label(struct diff_runs *runs, const char *label,
				     const char *const *paths, size_t n, struct pyprof_error *err)
{
	if (!label && n == 1)
		label = paths[0]; /* a folder is called by its own name */
	if (label && !(runs->label = strdup(label)))
		return error_nomem(err);
	return PYPROF_OK;
}

static enum pyprof_status read_side(struct diff_runs *runs, const char *const *paths, size_t n,
				    const char *label, const struct pyprof_diff_opts *opts,
				    struct pyprof_error *err)
{
	struct diff_files files;
	enum pyprof_status status = diff_files_find(&files, paths, n, err);

	if (!status)
		status = diff_files_read(runs, &files, opts, err);
	if (!status)
		status = take_label(runs, label, paths, n, err);
	diff_files_deinit(&files);
	return status;
}

enum pyprof_status pyprof_diff_open(struct pyprof_diff **out, const char *const *base,
				    size_t n_base, const char *const *head, size_t n_head,
				    const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	struct pyprof_diff_opts o = PYPROF_DIFF_OPTS_INIT;
	struct diff_runs runs[SIDES] = { 0 };
	struct match_fold *fold = NULL;
	enum pyprof_status status;

	*out = NULL;
	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	status = o.filter ? pyprof_filter_check(o.filter, err) : PYPROF_OK;
	if (!status)
		status = read_side(&runs[SIDE_BASE], base, n_base, o.base_label, &o, err);
	if (!status)
		status = read_side(&runs[SIDE_HEAD], head, n_head, o.head_label, &o, err);
	if (!status && diff_folds(o.filter))
		status = diff_fold(&fold, runs, o.filter, err);
	if (!status)
		status = diff_check_empty(runs, err);
	if (!status)
		status = of_runs(out, runs, fold, &o, err);
	match_fold_destroy(fold);
	for (int side = 0; side < SIDES; side++)
		diff_runs_deinit(&runs[side]);
	return status;
}

void pyprof_diff_destroy(struct pyprof_diff *diff)
{
	if (!diff)
		return;
	pair_destroy(diff->pair);
	match_destroy(diff->match);
	comparable_deinit(&diff->comparable);
	for (int side = 0; side < SIDES; side++) {
		str_deinit(&diff->empty[side]);
		diff_runs_deinit(&diff->runs[side]);
	}
	str_deinit(&diff->same);
	free(diff->warnings);
	free(diff->metric);
	free(diff);
}

const char *pyprof_diff_warning(const struct pyprof_diff *diff, size_t i)
{
	return i < diff->n_warnings ? diff->warnings[i] : NULL;
}
