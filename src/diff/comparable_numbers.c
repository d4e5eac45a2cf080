/* SPDX-License-Identifier: MIT */
/* What recordings answer in numbers: shares of truncated stacks and of lost ticks, when they began. */
#include <time.h>

#include "diff/comparable_ask.h"
#include "render/amount.h"

/* Shares of truncated stacks may differ by so many points. */
#define TRUNCATED_POINTS 0.05
/* So many ticks lost are worth a word. */
#define LOST_SHARE 0.1

/* ---- truncated --------------------------------------------------------------------------------- */

struct share {
	double part, whole; /* whole 0: not known */
};

static double share_of(struct share share)
{
	return share.whole > 0 ? share.part / share.whole : 0;
}

/* Of what the profile holds, in samples where it counts them. */
static struct share marked(const struct profile *p)
{
	struct share share = { 0 };
	size_t metric = p->default_metric;
	bool known = false;

	for (size_t i = 0; i < p->n_metrics; i++)
		if (comparable_counts_samples(&p->metrics[i]))
			metric = i;
	for (size_t i = 0; i < p->n_samples; i++) {
		double value = (double)p->values[i * p->n_metrics + metric];

		share.whole += value;
		if (p->samples[i].marks & PROFILE_MARK_TRUNCATED) {
			share.part += value;
			known = true;
		}
	}
	/* Without a mark nobody knows whether there would be any. */
	return known ? share : (struct share){ 0 };
}

static struct share truncated(const struct profile *p)
{
	struct share share = { 0, (double)p->info.stats.samples };

	if (!(share.whole > 0))
		return marked(p);
	for (int i = 0; i < PYPROF_N_CAUSES; i++)
		share.part += (double)p->info.stats.truncated[i];
	if (share.part > share.whole) /* a file may say anything */
		share.part = share.whole;
	return share;
}

/* Of a side all together, and of its recordings the lowest and the highest. */
struct spread {
	struct share all;
	double low, high;
};

static struct spread spread_of(const struct match_side *side,
			       struct share (*ask_share)(const struct profile *))
{
	struct spread spread = { 0 };

	for (size_t i = 0; i < side->n; i++) {
		struct share share = ask_share(side->profiles[i]);

		if (!(share.whole > 0))
			continue;
		if (!(spread.all.whole > 0) || share_of(share) < spread.low)
			spread.low = share_of(share);
		if (share_of(share) > spread.high)
			spread.high = share_of(share);
		spread.all.part += share.part;
		spread.all.whole += share.whole;
	}
	return spread;
}

/* To a tenth of a percent. */
static void add_percent(struct str *out, double share)
{
	amount_hundredths(out, (uint64_t)(share * 1000 + 0.5) * 10);
	str_add_char(out, '%');
}

bool comparable_ask_truncated(struct comparable *c, const struct question *q)
{
	struct spread of[SIDES];
	double apart;

	for (size_t s = 0; s < SIDES; s++)
		of[s] = spread_of(&q->sides[s], truncated);
	apart = share_of(of[SIDE_HEAD].all) - share_of(of[SIDE_BASE].all);
	if (of[SIDE_BASE].all.whole > 0 && of[SIDE_HEAD].all.whole > 0 &&
	    (apart > TRUNCATED_POINTS || apart < -TRUNCATED_POINTS)) {
		struct str text = STR_INIT;

		for (size_t s = 0; s < SIDES; s++) {
			str_add_cstr(&text, s ? ", of HEAD " : "of the stacks of BASE ");
			add_percent(&text, share_of(of[s].all));
			str_add_cstr(&text, s ? "" : " are truncated");
		}
		str_add_cstr(&text, ": what was cut off counts for its callers");
		return comparable_add(c, REASON_TRUNCATED, true, &text);
	}
	for (size_t s = 0; s < SIDES; s++) {
		struct str text = STR_INIT;

		if (!(of[s].high - of[s].low > TRUNCATED_POINTS))
			continue;
		str_printf(&text, "of the stacks of %s ", comparable_sides[s]);
		add_percent(&text, of[s].low);
		str_add_cstr(&text, " to ");
		add_percent(&text, of[s].high);
		str_add_cstr(&text, " are truncated, by run: what was cut off counts for its callers");
		if (!comparable_add(c, REASON_TRUNCATED, false, &text))
			return false;
	}
	return true;
}

/* ---- lost ---------------------------------------------------------------------------------------- */

static struct share lost(const struct profile *p)
{
	double late = (double)p->info.stats.late_ticks;

	return (struct share){ late, late + (double)p->info.stats.ticks };
}

/* The lowest rate that --max-cpu made it; 0: none. */
static double lowered(const struct match_side *side)
{
	double lowest = 0;

	for (size_t i = 0; i < side->n; i++) {
		double hz = side->profiles[i]->info.stats.lowest_rate_hz;

		if (hz > 0 && (!(lowest > 0) || hz < lowest))
			lowest = hz;
	}
	return lowest;
}

bool comparable_ask_lost(struct comparable *c, const struct question *q)
{
	struct str text = STR_INIT;
	struct spread of[SIDES];
	double hz[SIDES];

	for (size_t s = 0; s < SIDES; s++) {
		of[s] = spread_of(&q->sides[s], lost);
		hz[s] = lowered(&q->sides[s]);
	}
	if (of[SIDE_BASE].high > LOST_SHARE || of[SIDE_HEAD].high > LOST_SHARE) {
		str_add_cstr(&text, "the machine was too busy for the rate that was asked for: ");
		add_percent(&text, share_of(of[SIDE_BASE].all));
		str_add_cstr(&text, " of the looks at BASE, ");
		add_percent(&text, share_of(of[SIDE_HEAD].all));
		str_add_cstr(&text, " of those at HEAD came too late, and were lost: a lower --rate, "
				    "or a quieter machine, loses fewer");
		if (!comparable_add(c, REASON_LOST, false, &text))
			return false;
	}
	if (!(hz[SIDE_BASE] > 0) && !(hz[SIDE_HEAD] > 0))
		return true;
	str_add_cstr(&text, "--max-cpu lowered the rate: of ");
	for (size_t s = 0; s < SIDES; s++) {
		str_printf(&text, "%s%s ", s ? ", of " : "", comparable_sides[s]);
		if (hz[s] > 0) {
			str_add_cstr(&text, "to ");
			amount_rate(&text, hz[s]);
		} else {
			str_add_cstr(&text, "not at all");
		}
	}
	return comparable_add(c, REASON_LOST, false, &text);
}

/* ---- order ----------------------------------------------------------------------------------------- */

/* When its first and its last recording began; false: some do not say. */
static bool begins(const struct match_side *side, int64_t *first, int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t i = 0; i < side->n; i++) {
		int64_t ns = side->profiles[i]->info.start_realtime_ns;

		if (ns <= 0)
			return false;
		*first = ns < *first ? ns : *first;
		*last = ns > *last ? ns : *last;
	}
	return true;
}

static void add_time(struct str *out, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		str_printf(out, "%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

bool comparable_ask_order(struct comparable *c, const struct question *q)
{
	int64_t first[SIDES], last[SIDES];
	struct str text = STR_INIT;
	enum side early;

	for (size_t s = 0; s < SIDES; s++)
		if (q->sides[s].n < 2 || !begins(&q->sides[s], &first[s], &last[s]))
			return true;
	early = last[SIDE_HEAD] < first[SIDE_BASE] ? SIDE_HEAD : SIDE_BASE;
	if (last[early] >= first[SIDE_HEAD - early])
		return true;
	str_printf(&text, "all runs of %s (the last began ", comparable_sides[early]);
	add_time(&text, last[early]);
	str_printf(&text, ") were recorded before those of %s (the first began ",
		   comparable_sides[SIDE_HEAD - early]);
	add_time(&text, first[SIDE_HEAD - early]);
	str_add_cstr(&text, "): how the machine changed meanwhile counts as a change; interleave "
			    "them");
	return comparable_add(c, REASON_ORDER, false, &text);
}
