/* SPDX-License-Identifier: MIT */
#include "diff/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diff/runs_source.h"
#include "diff/start.h"

/* Up to this part of a recording Python's start is left out of it where costs are per second. */
#define START_MOST 4

/* ---- the metric ------------------------------------------------------------------- */

/* The one to compare, of the first head's; NULL: there is none. */
static const struct profile_metric *choose_metric(const struct match_side sides[SIDES],
						  const char *metric)
{
	const struct profile *first = sides[SIDE_HEAD].profiles[0];
	const struct profile_metric *usual = &first->metrics[first->default_metric];
	const struct profile_metric *found = match_metric(sides, first, metric ? metric : "cpu");

	if (found || metric)
		return found;
	return match_all_have(sides, usual->name, usual->unit) ? usual :
								 match_metric(sides, first, NULL);
}

static enum pyprof_status set_metric(struct runs *runs, const char *metric,
				     struct pyprof_error *err)
{
	struct runs_source *s = runs->source;
	const struct profile_metric *found = choose_metric(s->sides, metric);

	if (!found && metric)
		return error_set(err, PYPROF_ERR_USAGE,
				 "not all profiles have a metric '%.60s' of one unit", metric);
	if (!found)
		return error_set(err, PYPROF_ERR_USAGE, "no metric is in all profiles");
	runs->metric = found->name;
	runs->unit = found->unit;
	s->unit_is = 1;
	if (!strcmp(found->unit, "nanoseconds")) {
		runs->unit = "seconds";
		s->unit_is = 1e-9;
	}
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < s->sides[side].n; i++)
			s->metric[side][i] = profile_find_metric(
				s->sides[side].profiles[i], found->name, found->unit);
	return PYPROF_OK;
}

/* ---- the runs ---------------------------------------------------------------------- */

/* Did it end before the program did? */
static bool is_cut(const struct profile *p)
{
	return p->info.ended && (!strcmp(p->info.ended, "duration") ||
				 !strcmp(p->info.ended, "stopped"));
}

static void set_per_second(struct runs *runs)
{
	const struct match_side *sides = runs->source->sides;
	bool cut = false, known = true;

	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++) {
			cut |= is_cut(sides[side].profiles[i]);
			known &= sides[side].profiles[i]->info.stats.elapsed_ns > 0;
		}
	}
	runs->per_second = cut && known;
}

/* What all samples of Python's start have of a metric; of cut stacks nobody knows. */
static uint64_t start_value(const struct runs_source *s, enum side side, size_t run, size_t metric)
{
	const struct profile *p = s->sides[side].profiles[run];
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_samples; i++)
		if (s->start[side][run][p->samples[i].node] &&
		    !(p->samples[i].marks & PROFILE_MARK_TRUNCATED))
			sum += p->values[i * p->n_metrics + metric];
	return sum;
}

/* Are all samples of Python's start of one thread? */
static bool starts_once(const struct runs_source *s, enum side side, size_t run)
{
	const struct profile *p = s->sides[side].profiles[run];
	const struct profile_sample *first = NULL;

	for (size_t i = 0; i < p->n_samples; i++) {
		if (!s->start[side][run][p->samples[i].node])
			continue;
		if (first && p->samples[i].thread != first->thread)
			return false;
		first = &p->samples[i];
	}
	return p->n_processes <= 1;
}

/*
 * For how long a run did what its costs are, behind Python's start, of which the longer of two recordings
 * has the smaller part. 0: not known. Several processes or threads that start do so beside each other,
 * and what is most of a recording is no mere start.
 */
static uint64_t worked_ns(const struct runs_source *s, enum side side, size_t run)
{
	const struct profile *p = s->sides[side].profiles[run];
	uint64_t elapsed = p->info.stats.elapsed_ns, start;
	size_t wall = profile_find_metric(p, "wall", "nanoseconds");

	if (wall == SIZE_MAX || !starts_once(s, side, run))
		return 0;
	start = start_value(s, side, run, wall);
	return start < elapsed / START_MOST ? elapsed - start : 0;
}

/* Of all runs or of none: with and without the start they are no more alike than whole and cut ones. */
static void set_without_start(struct runs *runs)
{
	bool known = runs->per_second;

	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; known && i < runs->n_runs[side]; i++)
			known = worked_ns(runs->source, (enum side)side, i) > 0;
	runs->without_start = known;
}

static void describe_runs(struct runs *runs)
{
	struct runs_source *s = runs->source;

	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < runs->n_runs[side]; i++) {
			const struct profile_info *info = &s->sides[side].profiles[i]->info;
			char *label = s->labels[side][i];

			snprintf(label, sizeof(s->labels[side][i]), "run %zu", i + 1);
			runs->run[side][i] = (struct runs_run){
				.label = label,
				.start_realtime_ns = info->start_realtime_ns,
				.elapsed_ns = info->stats.elapsed_ns,
			};
			s->scale[side][i] = s->unit_is;
			if (runs->per_second)
				s->scale[side][i] *=
					1e9 / (double)(runs->without_start ?
							       worked_ns(s, (enum side)side, i) :
							       info->stats.elapsed_ns);
		}
	}
}

/* ---- what one sample is worth -------------------------------------------------------- */

/* The smallest value that is not 0; 0: all are. */
static uint64_t smallest_value(const struct profile *p, size_t metric)
{
	uint64_t least = 0;

	for (size_t i = 0; i < p->n_samples; i++) {
		uint64_t value = p->values[i * p->n_metrics + metric];

		if (value && (!least || value < least))
			least = value;
	}
	return least;
}

/* Of one run, in its own unit. */
static double worth(const struct runs *runs, enum side side, size_t i)
{
	const struct profile *p = runs->source->sides[side].profiles[i];
	const struct pyprof_stats *stats = &p->info.stats;
	size_t metric = runs->source->metric[side][i];
	double rate = stats->rate_asked_hz > 0 ? stats->rate_asked_hz : stats->rate_hz;

	if (!strcmp(runs->unit, "count") && !strcmp(runs->metric, "samples"))
		return 1;
	if (!strcmp(runs->unit, "seconds") && rate > 0)
		return 1e9 / rate;
	/* Of what comes in thousands a sample, instructions or bytes, 1 is no more than nothing. */
	if (strcmp(runs->unit, "seconds") != 0 && stats->samples)
		return (double)profile_total(p, metric) / (double)stats->samples;
	return (double)smallest_value(p, metric);
}

/* A run's own, since runs of other rates see other amounts; who has none takes the least. */
static void set_grain(struct runs *runs)
{
	const struct runs_source *s = runs->source;
	double grain = 0;

	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < runs->n_runs[side]; i++) {
			double own = worth(runs, (enum side)side, i) * s->scale[side][i];

			/* A file may say any rate. */
			if (!(own < HUGE_VAL))
				own = 0;
			runs->run[side][i].grain = own;
			if (own > 0 && (!grain || own < grain))
				grain = own;
		}
	}
	runs->grain = grain > 0 ? grain : s->unit_is;
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < runs->n_runs[side]; i++)
			if (!(runs->run[side][i].grain > 0))
				runs->run[side][i].grain = runs->grain;
}

/* ---- items ----------------------------------------------------------------------------- */

static int compare_modules(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The match's modules but for "", in order. */
static size_t sort_modules(const struct match *match, const char **modules)
{
	size_t n = 0;

	for (size_t i = 0; i < match->n_modules; i++)
		if (*match->modules[i])
			modules[n++] = match->modules[i];
	qsort(modules, n, sizeof(*modules), compare_modules);
	return n;
}

/* Of no function, and in no module. */
static struct runs_item item_of_nobody(enum item_kind kind, const char *name)
{
	return (struct runs_item){ .kind = kind,
				   .function = PROFILE_NONE,
				   .name = name,
				   .file = "",
				   .path = "",
				   .module = "" };
}

static void fill_functions(struct runs *runs)
{
	const struct match *match = runs->source->match;

	runs->items[0] = item_of_nobody(ITEM_TOTAL, "");
	for (size_t i = 0; i < match->n; i++) {
		const struct match_function *f = &match->functions[i];

		runs->items[1 + i] = (struct runs_item){
			.kind = ITEM_FUNCTION,
			.function = (uint32_t)i,
			.name = f->name,
			.file = f->file,
			.path = f->path,
			.module = f->module,
			.line = f->in[SIDE_HEAD] ? f->line[SIDE_HEAD] : f->line[SIDE_BASE],
		};
	}
}

static void fill_modules(struct runs *runs, const char *const *modules, size_t n)
{
	size_t at = 1 + runs->source->match->n;

	for (size_t i = 0; i < n; i++)
		runs->items[at++] = (struct runs_item){ .kind = ITEM_MODULE,
							.function = PROFILE_NONE,
							.name = modules[i],
							.file = "",
							.path = "",
							.module = modules[i] };
	runs->items[at++] = item_of_nobody(ITEM_START, "[start]");
	runs->items[at++] = item_of_nobody(ITEM_UNKNOWN, "[unknown]");
	runs->n_items = at;
}

/* By function of the match the item of its module; 0: none. */
static void place_functions(struct runs *runs, const char *const *modules, size_t n)
{
	struct runs_source *s = runs->source;

	for (size_t i = 0; i < s->match->n; i++) {
		const char *module = s->match->functions[i].module;
		size_t at = array_bound(n, k, strcmp(modules[k], module) < 0);

		s->module_item[i] =
			*module ? (uint32_t)(1 + s->match->n + at) : 0;
	}
}

static bool make_items(struct runs *runs)
{
	struct runs_source *s = runs->source;
	const char **modules = calloc(s->match->n_modules + 1, sizeof(*modules));
	size_t n = 0;

	if (modules) {
		n = sort_modules(s->match, modules);
		runs->items = calloc(s->match->n + n + 3, sizeof(*runs->items));
		s->module_item = calloc(s->match->n + 1, sizeof(*s->module_item));
	}
	if (runs->items && s->module_item) {
		fill_functions(runs);
		fill_modules(runs, modules, n);
		place_functions(runs, modules, n);
	}
	free(modules);
	return runs->items && s->module_item;
}

/* ---- costs ------------------------------------------------------------------------------ */

static void add_costs(struct runs *runs, enum side side, size_t run)
{
	const struct runs_source *s = runs->source;
	const struct profile *p = s->sides[side].profiles[run];
	double *cost = runs->cost[side] + run * runs->n_items;
	double scale = s->scale[side][run];

	for (size_t i = 0; i < p->n_samples; i++) {
		uint64_t value = p->values[i * p->n_metrics + s->metric[side][run]];
		size_t item = runs_item_of_sample(runs, side, run, i);
		uint32_t function = runs->items[item].function;

		if (runs->without_start && runs->items[item].kind == ITEM_START)
			continue;
		cost[0] += (double)value;
		cost[item] += (double)value;
		if (function != PROFILE_NONE && s->module_item[function])
			cost[s->module_item[function]] += (double)value;
	}
	/* Whole numbers so far, the same in whatever order they came. */
	for (size_t i = 0; i < runs->n_items; i++)
		cost[i] *= scale;
}

/* The kernel's account of a run, in the runs' unit. */
static double exact_total(const struct runs *runs, enum side side, size_t run, double seconds)
{
	const struct runs_source *s = runs->source;
	double total = seconds * 1e9;

	if (runs->without_start)
		total -= (double)start_value(s, side, run, s->metric[side][run]);
	return fmax(0, total) * s->scale[side][run];
}

static bool make_costs(struct runs *runs, const double *const exact_totals[SIDES])
{
	for (size_t side = 0; side < SIDES; side++) {
		runs->cost[side] = calloc(runs->n_runs[side] * runs->n_items + 1,
					  sizeof(*runs->cost[side]));
		if (!runs->cost[side])
			return false;
		for (size_t i = 0; i < runs->n_runs[side]; i++) {
			add_costs(runs, (enum side)side, i);
			if (exact_totals && exact_totals[side] && !strcmp(runs->unit, "seconds")) {
				runs->total_exact = true;
				runs->cost[side][i * runs->n_items] = exact_total(
					runs, (enum side)side, i, exact_totals[side][i]);
			}
		}
	}
	return true;
}

/* ---- making them -------------------------------------------------------------------------- */

static bool mark_starts(struct runs_source *s, enum side side)
{
	const struct match_side *of = &s->sides[side];
	bool ok = true;

	s->start[side] = calloc(of->n, sizeof(*s->start[side]));
	for (size_t i = 0; s->start[side] && ok && i < of->n; i++) {
		s->start[side][i] = calloc(of->profiles[i]->n_nodes, sizeof(*s->start[side][i]));
		ok = s->start[side][i] && (of->cut || start_mark(of->profiles[i], s->start[side][i]));
	}
	return s->start[side] && ok;
}

static bool make_source(struct runs *runs, const struct match *match,
			const struct match_side sides[SIDES])
{
	struct runs_source *s = calloc(1, sizeof(*s));
	bool ok = s != NULL;

	runs->source = s;
	for (size_t side = 0; ok && side < SIDES; side++) {
		size_t n = sides[side].n;

		runs->n_runs[side] = n;
		runs->run[side] = calloc(n, sizeof(*runs->run[side]));
		s->sides[side] = sides[side];
		s->metric[side] = calloc(n, sizeof(*s->metric[side]));
		s->scale[side] = calloc(n, sizeof(*s->scale[side]));
		s->labels[side] = calloc(n, sizeof(*s->labels[side]));
		ok = runs->run[side] && s->metric[side] && s->scale[side] && s->labels[side] &&
		     mark_starts(s, (enum side)side);
	}
	if (ok)
		s->match = match;
	return ok;
}

enum pyprof_status runs_create(struct runs **out, const struct match *match,
			       const struct match_side sides[SIDES], const char *metric,
			       const double *const exact_totals[SIDES], struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	struct runs *runs;

	*out = NULL;
	for (size_t side = 0; side < SIDES; side++)
		if (!sides[side].n)
			return error_set(err, PYPROF_ERR_USAGE, "the %s has no runs",
					 side == SIDE_BASE ? "base" : "head");
	runs = calloc(1, sizeof(*runs));
	if (!runs || !make_source(runs, match, sides))
		status = error_nomem(err);
	if (!status)
		status = set_metric(runs, metric, err);
	if (!status) {
		set_per_second(runs);
		set_without_start(runs);
		describe_runs(runs);
		set_grain(runs);
		if (!make_items(runs) || !make_costs(runs, exact_totals) || !runs_find_turns(runs))
			status = error_nomem(err);
	}
	if (status)
		runs_destroy(runs);
	else
		*out = runs;
	return status;
}

static void destroy_source(struct runs_source *s)
{
	if (!s)
		return;
	for (size_t side = 0; side < SIDES; side++) {
		for (size_t i = 0; s->start[side] && i < s->sides[side].n; i++)
			free(s->start[side][i]);
		free(s->start[side]);
		free(s->metric[side]);
		free(s->scale[side]);
		free(s->labels[side]);
	}
	free(s->module_item);
	free(s);
}

void runs_destroy(struct runs *runs)
{
	if (!runs)
		return;
	destroy_source(runs->source);
	for (size_t side = 0; side < SIDES; side++) {
		free(runs->run[side]);
		free(runs->cost[side]);
		free(runs->turn[side]);
	}
	free(runs->items);
	free(runs);
}
