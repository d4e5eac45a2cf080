/* SPDX-License-Identifier: MIT */
#include "diff/changes_parts.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/view.h"
#include "render/amount.h"

#define ARROW " \xe2\x86\x92 "

/* ---- numbers --------------------------------------------------------------------------- */

/* A sum of so many runs, of one of them: times in the table's unit, all else to a tenth. */
static void add_mean(struct str *out, const struct changed *changed, uint64_t sum, uint64_t runs)
{
	uint64_t tenths;

	if (runs == 1 || changed->scale.divisor > 0) {
		scale_value(out, &changed->scale, amount_scale(sum, 1, runs));
		return;
	}
	tenths = amount_scale(sum, 10, runs);
	amount_count(out, tenths / 10);
	str_printf(out, ".%u", (unsigned)(tenths % 10));
}

static double share_of(const struct changed *changed, const uint64_t sums[SIDES], enum side side)
{
	return changed->whole[side] ? (double)sums[side] / (double)changed->whole[side] : 0;
}

void changed_value(struct str *out, const struct changed *changed, enum side side, uint64_t sum)
{
	if (changed->opts->shares)
		scale_share(out, sum, changed->whole[side]);
	else
		add_mean(out, changed, sum, changed->runs[side]);
}

/* Hundredths, two decimals behind a point; thousands grouped. */
static void add_hundredths(struct str *out, double hundredths)
{
	uint64_t n = hundredths < 1e18 ? (uint64_t)(hundredths + 0.5) : (uint64_t)1e18;

	amount_count(out, n / 100);
	if (n < 100000) /* of what is ten times as much nobody needs a decimal */
		str_printf(out, ".%02u", (unsigned)(n % 100));
}

static void add_points(struct str *out, double change)
{
	add_hundredths(out, 10000 * change);
	str_add_cstr(out, " pp");
}

double changed_share_delta(const struct changed *changed, const uint64_t sums[SIDES])
{
	return share_of(changed, sums, SIDE_HEAD) - share_of(changed, sums, SIDE_BASE);
}

int changed_sign(const struct changed *changed, const uint64_t sums[SIDES], int64_t delta)
{
	double base, head;

	if (!changed->opts->shares)
		return (delta > 0) - (delta < 0);
	base = share_of(changed, sums, SIDE_BASE);
	head = share_of(changed, sums, SIDE_HEAD);
	return (head > base) - (head < base);
}

static void add_sign(struct str *out, int sign)
{
	if (sign)
		str_add_char(out, sign > 0 ? '+' : '-');
}

void changed_delta(struct str *out, const struct changed *changed, const uint64_t sums[SIDES],
		   int64_t delta)
{
	static const char little[] = "<0.01";
	uint64_t size = delta < 0 ? -(uint64_t)delta : (uint64_t)delta;
	_cleanup_(str_deinit) struct str text = STR_INIT;
	int sign = changed_sign(changed, sums, delta);

	add_sign(out, sign);
	if (changed->opts->shares) {
		add_points(out, sign * changed_share_delta(changed, sums));
		return;
	}
	add_mean(&text, changed, size, changed->delta_runs);
	if (!strncmp(str_cstr(&text), little, strlen(little))) /* the sign says that it is not 0 */
		str_printf(out, "0.00%s", str_cstr(&text) + strlen(little));
	else
		str_add_cstr(out, str_cstr(&text));
	out->failed |= text.failed;
}

/* Is it told as a percentage, where there are enough samples? */
static bool is_percentage(const uint64_t sums[SIDES], uint32_t in)
{
	return sums[SIDE_BASE] && (sums[SIDE_HEAD] || in & 1u << SIDE_HEAD);
}

void changed_relative(struct str *out, const struct changed *changed, const uint64_t sums[SIDES],
		      uint32_t in, bool few)
{
	double base, head;

	if (!sums[SIDE_BASE] && !sums[SIDE_HEAD])
		return;
	if (!sums[SIDE_BASE]) {
		str_add_cstr(out, in & 1u << SIDE_BASE ? "from 0" : "new");
		return;
	}
	if (!is_percentage(sums, in)) {
		str_add_cstr(out, "gone");
		return;
	}
	if (few) {
		str_add_char(out, '~');
		return;
	}
	if (changed->opts->shares) {
		base = share_of(changed, sums, SIDE_BASE);
		head = share_of(changed, sums, SIDE_HEAD);
	} else {
		base = (double)sums[SIDE_BASE] * (double)changed->runs[SIDE_HEAD];
		head = (double)sums[SIDE_HEAD] * (double)changed->runs[SIDE_BASE];
	}
	add_sign(out, (head > base) - (head < base));
	add_hundredths(out, 10000 * (head > base ? head - base : base - head) / base);
	str_add_char(out, '%');
}

size_t changed_sample_metric(const struct pair *pair)
{
	size_t i = 0;

	for (; i < pair->n_metrics; i++) {
		const struct profile_metric *metric = &pair->profile->metrics[i];

		if (!strcmp(metric->name, "samples") && !strcmp(metric->unit, "count"))
			break;
	}
	return i;
}

bool changed_samples(const struct changed *changed, enum side side, uint64_t *n)
{
	const struct pair *pair = changed->pair;
	size_t i = changed->sample_metric;

	if (i == pair->n_metrics)
		return false;
	*n = profile_total(pair->profile, pair_metric(pair, i, side));
	return true;
}

uint64_t changed_truncated(const struct changed *changed, enum side side)
{
	const struct profile *p = changed->pair->profile;
	size_t metric = pair_metric(changed->pair, changed->opts->metric, side);
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_samples; i++)
		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED)
			sum = profile_add_saturating(sum, p->values[i * p->n_metrics + metric]);
	return sum;
}

/* ---- names ------------------------------------------------------------------------------- */

static void add_string(struct str *out, const struct profile *p, uint32_t string)
{
	str_add(out, p->strings[string], p->string_lengths[string]);
}

uint32_t changed_in(const struct changed *changed, uint32_t function)
{
	return function >= CHANGED_NO_FRAME ? (1u << SIDE_BASE | 1u << SIDE_HEAD) :
					      changed->pair->in[function];
}

bool changed_rows_are_functions(const struct changed *changed)
{
	return !strcmp(changed->opts->rows_are, "function");
}

void changed_name(struct str *out, const struct changed *changed, uint32_t function)
{
	const struct profile *p = changed->pair->profile;

	if (function == PROFILE_NONE)
		str_add_cstr(out, "[truncated]");
	else if (function == CHANGED_NO_FRAME)
		str_add_cstr(out, "[unknown]");
	else if (!changed_rows_are_functions(changed) && p->functions[function].file)
		changed_place(out, changed, function, 0);
	else
		add_string(out, p, p->functions[function].name);
}

const char *changed_path(const struct changed *changed, uint32_t function)
{
	const struct pair *pair = changed->pair;
	const struct match *match = changed->opts->match;
	const struct match_function *f;
	const char *path;

	if (!match || pair->match_of[function] >= match->n || !pair->profile->functions[function].file)
		return NULL;
	f = &match->functions[pair->match_of[function]];
	path = f->in[SIDE_HEAD] ? f->path : f->base_path;
	/* What holds a NUL is no path. */
	return *path && strlen(f->file) == f->file_len ? path : NULL;
}

void changed_place(struct str *out, const struct changed *changed, uint32_t function, int32_t line)
{
	const struct profile *p = changed->pair->profile;
	const struct profile_function *fn;

	if (function >= CHANGED_NO_FRAME)
		return;
	fn = &p->functions[function];
	if (!fn->file)
		return;
	if (changed->opts->full_path && changed_path(changed, function))
		str_add_cstr(out, changed_path(changed, function));
	else if (changed->opts->full_path)
		add_string(out, p, fn->file);
	else
		view_short_path(out, profile_str(p, fn->file), p->info.cwd);
	if (line <= 0)
		line = fn->start_line;
	if (line > 0)
		str_printf(out, ":%" PRId32, line);
}

const char *changed_rename_word(const struct changed *changed, const struct pair_rename *rename)
{
	const struct profile *p = changed->pair->profile;

	return p->functions[rename->base].name == p->functions[rename->head].name ? "moved" :
										    "renamed";
}

/* ---- sentences ----------------------------------------------------------------------------- */

void changed_headline(struct str *out, const struct changed *changed)
{
	const struct profile_metric *metric =
		&changed->pair->profile->metrics[changed->opts->metric];
	struct changed_opts values = *changed->opts;
	struct changed own = *changed;

	values.shares = false; /* a total is all of itself */
	own.opts = &values;
	str_printf(out, "%s: ", metric->name);
	changed_value(out, &own, SIDE_BASE, own.whole[SIDE_BASE]);
	str_add_cstr(out, ARROW);
	changed_value(out, &own, SIDE_HEAD, own.whole[SIDE_HEAD]);
	if (!own.scale.divisor && strcmp(metric->unit, "count") != 0)
		str_printf(out, " %s", metric->unit);
	str_add_cstr(out, ", ");
	changed_delta(out, &own, own.whole, own.delta);
	if (own.whole[SIDE_BASE]) {
		str_add_cstr(out, " (");
		changed_relative(out, &own, own.whole, 1u << SIDE_BASE | 1u << SIDE_HEAD,
				 false);
		str_add_char(out, ')');
	}
}

void changed_trust(struct str *out, const struct changed *changed)
{
	const uint64_t *runs = changed->runs;

	if (runs[SIDE_BASE] == 1 && runs[SIDE_HEAD] == 1)
		str_add_cstr(out, "One run a side: differences may be noise. --check judges several "
				  "runs a side");
	else if (runs[SIDE_BASE] == runs[SIDE_HEAD])
		str_printf(out, "Means of %" PRIu64 " runs a side; --check says which differences are "
				"more than noise", runs[SIDE_BASE]);
	else
		str_printf(out, "Means of %" PRIu64 " and %" PRIu64 " runs; --check says which "
				"differences are more than noise", runs[SIDE_BASE], runs[SIDE_HEAD]);
	if (changed->opts->shares)
		str_add_cstr(out, ". Shares are of each side's total, pp is percentage points");
}

size_t changed_shown(const struct changed *changed)
{
	uint64_t limit = changed->opts->limit;
	size_t large = changed->n_changed - changed->n_small;

	return limit && limit < large ? (size_t)limit : large;
}

/* Sums of what became more, and of what became less. */
static void sum_up(const struct changed *changed, size_t from, int64_t sums[2])
{
	for (size_t i = from; i < changed->n_changed; i++) {
		int64_t delta = changed->rows[i].self_delta;
		int64_t *sum = &sums[delta < 0];

		if (__builtin_add_overflow(*sum, delta, sum))
			*sum = delta < 0 ? -INT64_MAX : INT64_MAX;
	}
}

static void add_left_out(struct str *out, const struct changed *changed, size_t from)
{
	static const uint64_t none[SIDES] = { 0 };
	double points[2] = { 0 };
	int64_t sums[2] = { 0 };

	if (!changed->opts->shares) {
		sum_up(changed, from, sums);
		changed_delta(out, changed, none, sums[0]);
		str_add_cstr(out, " and ");
		changed_delta(out, changed, none, sums[1]);
		return;
	}
	for (size_t i = from; i < changed->n_changed; i++) {
		double change = changed_share_delta(changed, changed->rows[i].self);

		points[change < 0] += change;
	}
	add_sign(out, points[0] > 0);
	add_points(out, points[0]);
	str_add_cstr(out, " and ");
	add_sign(out, -(points[1] < 0));
	add_points(out, -points[1]);
}

static void add_count(struct str *out, const struct changed *changed, size_t n)
{
	const char *one = changed->opts->by_line ? "line" : changed->opts->rows_are;

	amount_count(out, n);
	str_printf(out, " %s%s", one, n == 1 ? "" : "s");
}

void changed_left_out(struct str *out, const struct changed *changed, size_t shown,
		      const char *how_to_see)
{
	size_t more = changed->n_changed - shown, same = changed->n - changed->n_changed;

	if (more) {
		str_add_cstr(out, "not shown: ");
		add_count(out, changed, more);
		str_add_cstr(out, " with ");
		add_left_out(out, changed, shown);
		str_printf(out, " self (%s)", how_to_see);
	}
	if (same) {
		str_add_cstr(out, more ? "; " : "");
		add_count(out, changed, same);
		str_add_cstr(out, " without any change");
	}
}

void changed_few(struct str *out, const struct changed *changed, size_t shown, bool totals)
{
	for (size_t i = 0; i < shown; i++) {
		const struct changed_row *row = &changed->rows[i];
		uint32_t in = changed_in(changed, row->function);

		if (!(row->few_self && is_percentage(row->self, in)) &&
		    !(totals && row->few_total && is_percentage(row->total, in)))
			continue;
		str_printf(out, "~: fewer than %d samples on each side, too few for a percentage",
			   CHANGES_FEW);
		return;
	}
}
