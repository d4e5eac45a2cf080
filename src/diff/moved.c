/* SPDX-License-Identifier: MIT */
#include "diff/moved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diff/places.h"
#include "diff/runs_source.h"

#define USUALLY_SURE 3.0
#define MOST 0.9	/* of f's change has to be where its callers are looked for */
#define MAX_CALLERS 8
#define HALF 0.5	/* of f's change may be left unexplained */
#define QUARTER 0.25	/* …below the main function */
#define ROUNDING 1e-6
#define MAIN_SHARE 0.8	/* of all cost */

/* A difference of means, head's minus base's, and its standard error. */
struct change {
	double mean, error;
};

/* The function that is asked about. */
struct asked {
	uint32_t function, partner; /* partner: perhaps its other name; PROFILE_NONE */
	double sign, size;	    /* of its change: 1 or -1, and above 0 */
	bool one_side;		    /* only one side has it */
	uint32_t callee; /* the one that changed most the other way; PROFILE_NONE */
	uint32_t callers[MAX_CALLERS]; /* the one with most of the change first */
	size_t n_callers;
};

enum group { RENAMED, OWN, ONE_CALLEE, CALLERS_OWN, CALLERS, GROUPS };

struct find {
	const struct runs *runs;
	const struct match *match;
	struct moved_opts opts;
	struct places places;
	uint32_t *partner;	/* by function: of the match */
	/* By function: the change that was found and has not moved, as far as is known; 0: none. */
	double *found;
	bool set_aside;		/* such changes elsewhere need no explanation here */
	double *changes;	/* by function, of the group that is looked at */
	double *sums[SIDES];	/* by run, the same */
	bool *without;		/* by function: what has to explain itself */
	const struct moved *out;
};

/* ---- changes and their noise ---------------------------------------------------------- */

static double mean_of(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum / (double)n;
}

static struct change change_of(const double *const values[SIDES], const size_t n[SIDES])
{
	double mean[SIDES], error = 0;

	for (size_t side = 0; side < SIDES; side++) {
		double squares = 0;

		mean[side] = mean_of(values[side], n[side]);
		for (size_t i = 0; i < n[side]; i++)
			squares += (values[side][i] - mean[side]) * (values[side][i] - mean[side]);
		if (n[side] > 1)
			error += squares / (double)(n[side] - 1) / (double)n[side];
	}
	return (struct change){ mean[SIDE_HEAD] - mean[SIDE_BASE], sqrt(error) };
}

static struct change change_of_sums(const struct find *f)
{
	return change_of((const double *const[SIDES]){ f->sums[SIDE_BASE], f->sums[SIDE_HEAD] },
			 f->runs->n_runs);
}

static double item_cost(const struct runs *runs, size_t side, size_t run, size_t item)
{
	return runs->cost[side][run * runs->n_items + item];
}

/* Sets the sums to what an item cost. */
static void take_item(struct find *f, size_t item)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < f->runs->n_runs[side]; i++)
			f->sums[side][i] = item_cost(f->runs, side, i, item);
}

static void add_item(struct find *f, size_t item, double times)
{
	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < f->runs->n_runs[side]; i++)
			f->sums[side][i] += times * item_cost(f->runs, side, i, item);
}

/* Did it change by no more than is noise (or rounding), in the direction that f's change has? */
static bool is_still(const struct find *f, const struct asked *a, struct change change)
{
	return a->sign * change.mean <=
	       fmax(f->opts.still * change.error, f->opts.floor) + ROUNDING * a->size;
}

/* Is what is left, `change`, as if f's change were made up for? `share`: of it that may be left. */
static bool makes_up(const struct find *f, const struct asked *a, struct change change,
		     double share, bool either_way)
{
	double left = a->sign * change.mean;

	return is_still(f, a, change) && left <= share * a->size &&
	       a->size - left >= f->opts.sure * change.error &&
	       (!either_way || left >= -share * a->size);
}

/* ---- callers ---------------------------------------------------------------------------- */

/* The callers that most of the change is below; none where that cannot be said of a few. */
static void find_callers(const struct find *f, struct asked *a)
{
	const struct places *places = &f->places;
	double covered = 0;

	a->n_callers = 0;
	while (covered < MOST * a->size) {
		size_t best = SIZE_MAX;
		double most = 0;

		for (size_t i = 0; i < places->n; i++) {
			double change;
			bool taken = places->items[i].function != a->function;

			for (size_t k = 0; !taken && k < a->n_callers; k++)
				taken = a->callers[k] == places->items[i].caller;
			if (taken)
				continue;
			change = a->sign * places_change(places, i);
			if (change > most) {
				most = change;
				best = i;
			}
		}
		if (best == SIZE_MAX || a->n_callers == MAX_CALLERS ||
		    places->items[best].caller == PROFILE_NONE) {
			a->n_callers = 0;
			return;
		}
		a->callers[a->n_callers++] = places->items[best].caller;
		covered += most;
	}
}

static bool is_caller(const struct asked *a, uint32_t function)
{
	for (size_t i = 0; i < a->n_callers; i++)
		if (a->callers[i] == function)
			return true;
	return false;
}

static bool is_in(const struct asked *a, enum group group, const struct place *place)
{
	bool own = place->function == a->function;

	switch (group) {
	case RENAMED:
		return own || place->function == a->partner;
	case OWN:
		return own || place->caller == a->function;
	case ONE_CALLEE:
		return own || (place->function == a->callee && place->caller == a->function);
	case CALLERS_OWN:
		return is_caller(a, place->function) || (own && is_caller(a, place->caller));
	case CALLERS:
		return is_caller(a, place->function) || is_caller(a, place->caller);
	case GROUPS:
		break;
	}
	return false;
}

/* Sets the sums, and the changes by function, to those of a group. */
static void take_group(struct find *f, const struct asked *a, enum group group)
{
	const struct places *places = &f->places;

	memset(f->changes, 0, f->match->n * sizeof(*f->changes));
	for (size_t side = 0; side < SIDES; side++)
		memset(f->sums[side], 0, f->runs->n_runs[side] * sizeof(*f->sums[side]));
	for (size_t p = 0; p < places->n; p++) {
		if (!is_in(a, group, &places->items[p]))
			continue;
		f->changes[places->items[p].function] += places_change(places, p);
		for (size_t side = 0; side < SIDES; side++)
			for (size_t i = 0; i < places->n_runs[side]; i++)
				f->sums[side][i] +=
					places->cost[side][p * places->n_runs[side] + i];
	}
}

/* The function of the group that changed most the other way; PROFILE_NONE: none did. */
static uint32_t counterpart(const struct find *f, const struct asked *a)
{
	uint32_t found = PROFILE_NONE;
	double most = 0;

	for (size_t i = 0; i < f->match->n; i++) {
		if (i != a->function && -a->sign * f->changes[i] > most) {
			most = -a->sign * f->changes[i];
			found = (uint32_t)i;
		}
	}
	return found;
}

/* ---- what they are below ------------------------------------------------------------------ */

static bool is_main_name(const struct match_function *function)
{
	return !strcmp(function->name, "<module>") || !strcmp(function->name, "main");
}

static double sum_of_means(const struct find *f)
{
	return mean_of(f->sums[SIDE_BASE], f->runs->n_runs[SIDE_BASE]) +
	       mean_of(f->sums[SIDE_HEAD], f->runs->n_runs[SIDE_HEAD]);
}

/* Is it f that the group is below, or f's callers? */
static bool is_below_itself(enum group group)
{
	return group == OWN || group == ONE_CALLEE;
}

/*
 * What was found to change as f did, and has not moved, is told by itself: it need not be made up for
 * here. But not what is near enough to have the same to make up for it as f.
 */
static void set_aside(struct find *f, const struct asked *a, enum group group)
{
	const struct places *places = &f->places;

	for (size_t i = 0; i < f->match->n; i++)
		f->without[i] = f->set_aside && a->sign * f->found[i] > 0;
	for (size_t p = 0; p < places->n; p++)
		if (is_in(a, is_below_itself(group) ? OWN : CALLERS, &places->items[p]))
			f->without[places->items[p].function] = false;
}

/* Asks for the stacks through the callers, or through f: did they stay as they were, all in all? */
static enum pyprof_status ask_below(struct find *f, const struct asked *a, enum group group,
				    bool *still, bool *is_main, struct pyprof_error *err)
{
	const uint32_t *functions = is_below_itself(group) ? &a->function : a->callers;
	size_t n = is_below_itself(group) ? 1 : a->n_callers;
	double through, total;
	struct change change;
	enum pyprof_status status;

	*still = *is_main = false;
	set_aside(f, a, group);
	take_item(f, 0);
	total = sum_of_means(f);
	status = runs_inclusive(f->runs, functions, n, f->sums, err);
	if (status)
		return status;
	through = sum_of_means(f);
	status = runs_inclusive_without(f->runs, functions, n, f->without, f->sums, err);
	if (status)
		return status;
	change = change_of_sums(f);
	*still = is_still(f, a, change);
	/* Two functions of many: what the others did must not be what makes it look still. */
	change.mean = -change.mean;
	if (group == ONE_CALLEE || group == CALLERS_OWN)
		*still &= is_still(f, a, change);
	*is_main = through > MAIN_SHARE * total;
	for (size_t i = 0; i < n; i++)
		*is_main |= is_main_name(&f->match->functions[functions[i]]);
	return PYPROF_OK;
}

/* ---- functions ------------------------------------------------------------------------------ */

static enum pyprof_status ask_group(struct find *f, struct asked *a, enum group group,
				    struct moved *out, struct pyprof_error *err)
{
	struct change change;
	enum pyprof_status status;
	bool still, is_main;
	uint32_t with;

	if ((group == RENAMED && a->partner == PROFILE_NONE) ||
	    (group == ONE_CALLEE && a->callee == PROFILE_NONE) ||
	    (group >= CALLERS_OWN && !a->n_callers))
		return PYPROF_OK;
	take_group(f, a, group);
	change = change_of_sums(f);
	with = counterpart(f, a);
	if (group == OWN)
		a->callee = with;
	if (with == PROFILE_NONE || !makes_up(f, a, change, HALF, !a->one_side))
		return PYPROF_OK;
	*out = (struct moved){ .with = 1 + with, .ancestor = PROFILE_NONE };
	if (group == RENAMED) {
		out->moved = true;
		return PYPROF_OK;
	}
	out->ancestor = is_below_itself(group) ? a->function : a->callers[0];
	status = ask_below(f, a, group, &still, &is_main, err);
	if (status)
		return status;
	out->moved = still && (group != CALLERS || !is_main ||
			       makes_up(f, a, change, QUARTER, true));
	return PYPROF_OK;
}

static enum pyprof_status ask_function(struct find *f, uint32_t item, struct moved *out,
				       struct pyprof_error *err)
{
	struct asked a = { .function = f->runs->items[item].function };
	const struct match_function *function = &f->match->functions[a.function];
	enum pyprof_status status = PYPROF_OK;
	double mean;

	take_item(f, item);
	mean = change_of_sums(f).mean;
	if (mean == 0)
		return PYPROF_OK;
	a.sign = mean > 0 ? 1 : -1;
	a.size = fabs(mean);
	a.one_side = function->in[SIDE_BASE] != function->in[SIDE_HEAD];
	a.partner = f->partner[a.function];
	a.callee = PROFILE_NONE;
	find_callers(f, &a);
	for (int group = 0; !status && !out->moved && group < GROUPS; group++)
		status = ask_group(f, &a, (enum group)group, out, err);
	if (!out->moved)
		*out = (struct moved){ .with = PROFILE_NONE, .ancestor = PROFILE_NONE };
	return status;
}

/* ---- modules --------------------------------------------------------------------------------- */

/*
 * Takes out of the sums what functions of the module did that have moved, and puts the other names
 * of those that were renamed in their place. Returns the function that changed most, of those.
 */
static uint32_t take_out_moved(struct find *f, uint32_t item, const uint32_t *moved_item,
			       double sign)
{
	const struct runs_source *s = f->runs->source;
	uint32_t found = PROFILE_NONE;
	double most = 0;

	for (size_t i = 0; i < f->match->n; i++) {
		const struct moved *out = moved_item[i] == PROFILE_NONE ? NULL :
									  &f->out[moved_item[i]];
		bool has_moved = out && out->moved;
		double change = 0;

		if (s->module_item[i] != item || (!has_moved && f->partner[i] == PROFILE_NONE))
			continue;
		if (has_moved)
			add_item(f, 1 + i, -1);
		else if (s->module_item[f->partner[i]] != item)
			add_item(f, 1 + f->partner[i], 1);
		for (size_t side = 0; side < SIDES; side++)
			for (size_t k = 0; k < f->runs->n_runs[side]; k++)
				change += (side == SIDE_HEAD ? sign : -sign) *
					  item_cost(f->runs, side, k, 1 + i) /
					  (double)f->runs->n_runs[side];
		if (change > most) {
			most = change;
			found = has_moved ? out->with - 1 : f->partner[i];
		}
	}
	return found;
}

static void ask_module(struct find *f, uint32_t item, const uint32_t *moved_item,
		       struct moved *out)
{
	struct asked a = { 0 };
	struct change change;
	uint32_t with;

	take_item(f, item);
	change = change_of_sums(f);
	if (change.mean == 0)
		return;
	a.sign = change.mean > 0 ? 1 : -1;
	a.size = fabs(change.mean);
	with = take_out_moved(f, item, moved_item, a.sign);
	if (with == PROFILE_NONE)
		return;
	out->moved = makes_up(f, &a, change_of_sums(f), HALF, false);
	with = f->runs->source->module_item[with];
	if (out->moved && with && with != item)
		out->with = with;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void find_deinit(struct find *f)
{
	places_deinit(&f->places);
	free(f->partner);
	free(f->found);
	free(f->changes);
	free(f->without);
	free(f->sums[SIDE_BASE]);
	free(f->sums[SIDE_HEAD]);
}

static bool find_init(struct find *f, const struct pair *pair)
{
	f->partner = profile_id_table(f->match->n);
	f->found = calloc(f->match->n + 1, sizeof(*f->found));
	f->changes = calloc(f->match->n + 1, sizeof(*f->changes));
	f->without = calloc(f->match->n + 1, sizeof(*f->without));
	for (size_t side = 0; side < SIDES; side++)
		f->sums[side] = calloc(f->runs->n_runs[side] + 1, sizeof(*f->sums[side]));
	if (!f->partner || !f->found || !f->changes || !f->without || !f->sums[SIDE_BASE] ||
	    !f->sums[SIDE_HEAD])
		return false;
	for (size_t i = 0; pair && i < pair->n_renames; i++) {
		uint32_t base = pair->match_of[pair->renames[i].base];
		uint32_t head = pair->match_of[pair->renames[i].head];

		f->partner[base] = head;
		f->partner[head] = base;
	}
	return places_init(&f->places, f->runs);
}

struct order {
	const struct find *f;
	const uint32_t *items;
};

static int compare_sizes(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	double x = fabs(order->f->found[order->f->runs->items[order->items[i]].function]);
	double y = fabs(order->f->found[order->f->runs->items[order->items[k]].function]);

	if (x != y)
		return x > y ? -1 : 1;
	return (i > k) - (i < k);
}

/* The functions among the items, as indexes of these, what changed most first; how many. */
static size_t sort_functions(struct find *f, const uint32_t *items, size_t n, uint32_t *order)
{
	struct order by = { f, items };
	size_t n_functions = 0;

	for (size_t i = 0; i < n; i++) {
		if (f->runs->items[items[i]].kind != ITEM_FUNCTION)
			continue;
		take_item(f, items[i]);
		f->found[f->runs->items[items[i]].function] = change_of_sums(f).mean;
		order[n_functions++] = (uint32_t)i;
	}
	qsort_r(order, n_functions, sizeof(*order), compare_sizes, &by);
	return n_functions;
}

/*
 * Twice: first everything below has to stay as it was. What has not moved then is told, and no
 * ancestor of another has to make up for it.
 */
static enum pyprof_status ask_functions(struct find *f, struct moved *out, const uint32_t *items,
					const uint32_t *order, size_t n, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	for (int pass = 0; pass < 2; pass++) {
		f->set_aside = pass > 0;
		for (size_t i = 0; !status && i < n; i++) {
			struct moved *one = &out[order[i]];

			if (!one->moved)
				status = ask_function(f, items[order[i]], one, err);
			if (one->moved)
				f->found[f->runs->items[items[order[i]]].function] = 0;
		}
	}
	return status;
}

enum pyprof_status moved_find(struct moved *out, const struct runs *runs,
			      const struct pair *pair, const uint32_t *items, size_t n,
			      const struct moved_opts *opts, struct pyprof_error *err)
{
	struct find f = { .runs = runs, .opts = *opts, .out = out };
	enum pyprof_status status = PYPROF_OK;
	uint32_t *moved_item, *order;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct moved){ .with = PROFILE_NONE, .ancestor = PROFILE_NONE };
	if (!runs->source || !n)
		return PYPROF_OK;
	f.match = runs->source->match;
	if (f.opts.still <= 0)
		f.opts.still = USUALLY_SURE;
	if (f.opts.sure <= 0)
		f.opts.sure = USUALLY_SURE;
	moved_item = profile_id_table(f.match->n);
	order = profile_id_table(n);
	if (!moved_item || !order || !find_init(&f, pair))
		status = error_nomem(err);
	for (size_t i = 0; !status && i < n; i++)
		if (runs->items[items[i]].kind == ITEM_FUNCTION)
			moved_item[runs->items[items[i]].function] = (uint32_t)i;
	if (!status)
		status = ask_functions(&f, out, items, order, sort_functions(&f, items, n, order),
				       err);
	for (size_t i = 0; !status && i < n; i++)
		if (runs->items[items[i]].kind == ITEM_MODULE)
			ask_module(&f, items[i], moved_item, &out[i]);
	find_deinit(&f);
	free(order);
	free(moved_item);
	return status;
}
