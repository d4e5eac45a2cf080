/* SPDX-License-Identifier: MIT */
/* What the runs of a compare say: the verdict of those so far, and of fresh ones. */
#include <stdlib.h>
#include <string.h>

#include "api/compare.h"

static const char *const side_names[SIDES] = { "base", "head" };

static char *run_name(enum side side, size_t number)
{
	struct str name = STR_INIT;

	str_printf(&name, "%s-%02zu", side_names[side], number);
	return str_take(&name);
}

/* The profiles stay the side's. */
static enum pyprof_status make_runs(struct diff_runs *runs, const struct pyprof_compare *compare,
				    const struct compare_side *from, enum side side,
				    size_t first_number, struct pyprof_error *err)
{
	const char *label = compare->opts.label[side];

	*runs = (struct diff_runs){ .profiles = from->profiles, .n = from->n, .borrowed = true,
				    .n_empty = from->n_empty };
	runs->label = strdup(label ? label : side_names[side]);
	runs->names = calloc(from->n, sizeof(*runs->names));
	if (!runs->label || !runs->names)
		return error_nomem(err);
	for (size_t i = 0; i < from->n; i++)
		if (!(runs->names[i] = run_name(side, first_number + i)))
			return error_nomem(err);
	return PYPROF_OK;
}

/* Drops what was said of fewer of them. */
static void forget(struct pyprof_compare *compare, int set)
{
	pyprof_verdict_destroy(compare->verdicts[set]);
	compare->verdicts[set] = NULL;
	pyprof_diff_destroy(compare->diffs[set]);
	compare->diffs[set] = NULL;
}

/*
 * Both sides were recorded by us in the same way, so how well that went is for a warning; what was
 * run may be too different all the same.
 */
static enum pyprof_status check_comparable(const struct pyprof_compare *compare,
					   const struct comparable *comparable,
					   struct pyprof_error *err)
{
	for (size_t i = 0; !compare->opts.force && i < comparable->n; i++) {
		const struct reason *reason = &comparable->reasons[i];

		if (reason->refuses && reason->kind != REASON_TRUNCATED &&
		    reason->kind != REASON_LOST)
			return comparable_refuse(comparable, err);
	}
	return PYPROF_OK;
}

enum pyprof_status compare_make_diff(struct pyprof_compare *compare, int set,
				     struct pyprof_error *err)
{
	struct pyprof_diff_opts opts = PYPROF_DIFF_OPTS_INIT;
	struct diff_runs runs[SIDES] = { 0 };
	enum pyprof_status status = PYPROF_OK;
	size_t first = set == COMPARE_AGAIN ? compare->sides[COMPARE_FIRST][SIDE_BASE].n + 1 : 1;

	forget(compare, set);
	opts.metric = compare->opts.metric;
	opts.filter = compare->opts.filter;
	opts.force = true;
	for (int side = 0; !status && side < SIDES; side++)
		status = make_runs(&runs[side], compare, &compare->sides[set][side],
				   (enum side)side, first, err);
	if (!status)
		status = diff_check_empty(runs, err);
	if (!status)
		status = diff_of_runs(&compare->diffs[set], runs, &opts, err);
	for (int side = 0; side < SIDES; side++)
		diff_runs_deinit(&runs[side]);
	if (!status)
		status = check_comparable(compare, &compare->diffs[set]->comparable, err);
	return status;
}

enum pyprof_status compare_judge(struct pyprof_compare *compare, int set,
				 const struct verdict_opts *usual, struct pyprof_error *err)
{
	enum pyprof_status status = compare_make_diff(compare, set, err);

	return status ? status :
			diff_judge(&compare->verdicts[set], compare->diffs[set],
				   &compare->check, usual, err);
}

enum pyprof_status compare_confirm(struct pyprof_compare *compare, struct pyprof_error *err)
{
	return verdict_confirm(compare->verdicts[COMPARE_FIRST]->verdict,
			       compare->verdicts[COMPARE_AGAIN]->verdict, err);
}
