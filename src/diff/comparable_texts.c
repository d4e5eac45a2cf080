/* SPDX-License-Identifier: MIT */
/* What recordings answer in words: metrics, rate, Python, machine, how they ended. */
#include <string.h>

#include "base/cleanup.h"
#include "diff/comparable_ask.h"
#include "profile/machine.h"
#include "render/amount.h"

/* Rates, and durations, that differ by less are the same. */
#define RATE_SAME     0.01
#define DURATION_SAME 0.1

/* ---- metric -------------------------------------------------------------------------------- */

static void answer_metrics(struct str *out, const struct profile *profile)
{
	str_add_cstr(out, "with ");
	for (size_t i = 0; i < profile->n_metrics; i++)
		str_printf(out, "%s%s/%s", i ? ", " : "", profile->metrics[i].name,
			   profile->metrics[i].unit);
}

/* That there is none was found out before. */
static enum severity metrics_differ(const struct question *q, const char *a, const char *b)
{
	(void)q, (void)a, (void)b;
	return SEVERITY_REFUSE;
}

bool comparable_ask_metric(struct comparable *c, const struct question *q)
{
	_cleanup_(str_deinit) struct str tail = STR_INIT;
	const char *why[3] = { NULL, NULL, "there is no metric that all of them have" };

	if (q->metric || !(q->sides[SIDE_BASE].n + q->sides[SIDE_HEAD].n))
		return true;
	if (q->asked) {
		str_printf(&tail, "not all of them have %s, in one unit", q->asked);
		if (tail.failed)
			return false;
		why[SEVERITY_REFUSE] = str_cstr(&tail);
	}
	return comparable_ask_all(c, q, REASON_METRIC, answer_metrics, metrics_differ, why);
}

/* ---- rate ----------------------------------------------------------------------------------- */

/* 0: not known. */
static double rate_of(const struct profile_info *info)
{
	if (info->stats.rate_asked_hz > 0)
		return info->stats.rate_asked_hz;
	if (info->period && info->period_unit && !strcmp(info->period_unit, "nanoseconds"))
		return 1e9 / (double)info->period;
	return 0;
}

static void answer_rate(struct str *out, const struct profile *profile)
{
	double rate = rate_of(&profile->info);

	if (!(rate > 0))
		return;
	str_add_cstr(out, "at ");
	amount_rate(out, rate);
}

/* Samples are counted: a rate makes them more. Times, and what the kernel counts, it does not. */
bool comparable_counts_samples(const struct profile_metric *metric)
{
	return metric && !strcmp(metric->unit, "count") &&
	       (!strcmp(metric->name, "samples") || !strcmp(metric->name, "sample"));
}

static enum severity rates_differ(const struct question *q, const char *a, const char *b)
{
	if (!strcmp(a, b))
		return SEVERITY_NONE;
	return comparable_counts_samples(q->metric) ? SEVERITY_REFUSE : SEVERITY_WARN;
}

/* 100.001 Hz is no other rate than 100 Hz. */
static bool rates_are_close(const struct match_side sides[SIDES])
{
	double low = 0, high = 0;

	for (size_t s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < sides[s].n; i++) {
			double rate = rate_of(&sides[s].profiles[i]->info);

			if (!(rate > 0))
				continue;
			low = !(low > 0) || rate < low ? rate : low;
			high = rate > high ? rate : high;
		}
	}
	return high - low <= high * RATE_SAME;
}

bool comparable_ask_rate(struct comparable *c, const struct question *q)
{
	static const char *const why[3] = {
		[SEVERITY_WARN] = "times do not depend on it, but how much they scatter does",
		[SEVERITY_REFUSE] = "numbers of samples grow with the rate (--metric cpu or wall "
				    "compares times, where both have them)",
	};

	return rates_are_close(q->sides) ||
	       comparable_ask_all(c, q, REASON_RATE, answer_rate, rates_differ, why);
}

/* ---- Python ---------------------------------------------------------------------------------- */

static void answer_python(struct str *out, const struct profile *profile)
{
	const char *version = profile->info.python_version;

	if (version && *version)
		str_printf(out, "with Python %.60s", version);
}

/* The length of "with Python 3.13" in "with Python 3.13.0"; of what is none, all of it. */
static size_t minor_length(const char *answer)
{
	const char *dot = strchr(answer, '.');

	return dot ? (size_t)(dot - answer) + 1 + strspn(dot + 1, "0123456789") : strlen(answer);
}

static enum severity pythons_differ(const struct question *q, const char *a, const char *b)
{
	size_t n = minor_length(a);

	(void)q;
	if (!strcmp(a, b))
		return SEVERITY_NONE;
	return n == minor_length(b) && !memcmp(a, b, n) ? SEVERITY_WARN : SEVERITY_REFUSE;
}

bool comparable_ask_python(struct comparable *c, const struct question *q)
{
	static const char *const why[3] = {
		[SEVERITY_WARN] = "a change may be that of Python",
		[SEVERITY_REFUSE] = "other versions run the same code at another speed",
	};

	return comparable_ask_all(c, q, REASON_PYTHON, answer_python, pythons_differ, why);
}

/* ---- machine ---------------------------------------------------------------------------------- */

static void answer_machine(struct str *out, const struct profile *profile)
{
	if (profile->info.machine && *profile->info.machine)
		str_printf(out, "on %.300s", profile->info.machine);
}

static enum severity machines_differ(const struct question *q, const char *a, const char *b)
{
	struct machine_parts x, y;

	(void)q;
	if (!strcmp(a, b))
		return SEVERITY_NONE;
	if (!machine_parse(&x, a) || !machine_parse(&y, b))
		return SEVERITY_WARN;
	if (!machine_part_equal(x.arch, y.arch) || x.cpus != y.cpus ||
	    (x.model.len && y.model.len && !machine_part_equal(x.model, y.model)))
		return SEVERITY_REFUSE;
	return SEVERITY_WARN;
}

bool comparable_ask_machine(struct comparable *c, const struct question *q)
{
	static const char *const why[3] = {
		[SEVERITY_WARN] = "a change may be that of the machine",
		[SEVERITY_REFUSE] = "times of one machine say nothing about those of another",
	};

	return comparable_ask_all(c, q, REASON_MACHINE, answer_machine, machines_differ, why);
}

/* ---- window ------------------------------------------------------------------------------------ */

/* Their order: first those that the program ended, then those that it did not. */
static const struct end {
	const char *name, *text;
	bool cut;
} ends[] = {
	{ "exit", "until its program ended", false },
	{ "exec", "until its program became another one", false },
	{ "duration", "for a time that was set", true },
	{ "stopped", "until it was stopped", true },
};

static const struct end *end_of(const struct profile *profile)
{
	const char *ended = profile->info.ended;

	for (size_t i = 0; ended && i < ARRAY_SIZE(ends); i++)
		if (!strcmp(ends[i].name, ended))
			return &ends[i];
	return NULL;
}

static void answer_end(struct str *out, const struct profile *profile)
{
	const struct end *end = end_of(profile);

	if (end)
		str_add_cstr(out, end->text);
}

static const struct end *end_said(const char *answer)
{
	const struct end *end = ends;

	while (strcmp(end->text, answer) != 0)
		end++;
	return end;
}

static enum severity ends_differ(const struct question *q, const char *a, const char *b)
{
	const struct end *x = end_said(a), *y = end_said(b);

	(void)q;
	if (x->cut != y->cut)
		return SEVERITY_REFUSE;
	return x != y && !x->cut ? SEVERITY_WARN : SEVERITY_NONE;
}

/* Of those that were cut: how long they are. */
static void answer_duration(struct str *out, const struct profile *profile)
{
	const struct end *end = end_of(profile);

	if (!end || !end->cut || !profile->info.stats.elapsed_ns)
		return;
	str_add_cstr(out, "for ");
	amount_duration(out, profile->info.stats.elapsed_ns);
}

static enum severity durations_differ(const struct question *q, const char *a, const char *b)
{
	(void)q;
	return strcmp(a, b) ? SEVERITY_WARN : SEVERITY_NONE;
}

static bool durations_are_close(const struct match_side sides[SIDES])
{
	uint64_t low = UINT64_MAX, high = 0;

	for (size_t s = 0; s < SIDES; s++) {
		for (size_t i = 0; i < sides[s].n; i++) {
			const struct end *end = end_of(sides[s].profiles[i]);
			uint64_t ns = sides[s].profiles[i]->info.stats.elapsed_ns;

			if (!end || !end->cut || !ns)
				continue;
			low = ns < low ? ns : low;
			high = ns > high ? ns : high;
		}
	}
	return !high || (double)(high - low) <= (double)high * DURATION_SAME;
}

bool comparable_ask_window(struct comparable *c, const struct question *q)
{
	static const char *const ended[3] = {
		[SEVERITY_WARN] = "they may have seen other parts of it",
		[SEVERITY_REFUSE] = "a whole run and a part of one are not the same work",
	};
	static const char *const lasted[3] = {
		[SEVERITY_WARN] = "what lasts longer costs more: compare shares (--shares); --check "
				  "judges costs per second",
	};
	size_t n = c->n;

	if (!comparable_ask_all(c, q, REASON_WINDOW, answer_end, ends_differ, ended))
		return false;
	if (c->n > n || durations_are_close(q->sides))
		return true;
	return comparable_ask_all(c, q, REASON_WINDOW, answer_duration, durations_differ, lasted);
}
