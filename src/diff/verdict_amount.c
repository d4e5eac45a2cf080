/* SPDX-License-Identifier: MIT */
#include "diff/verdict_amount.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/amount.h"
#include "render/text.h"

#define ARROW	   " \xe2\x86\x92 "
#define MAX_CHANGE 100

/* 2 decimals at most, half away from zero, thousands in groups: "1,234.56". Not negative. */
static void add_decimal(struct str *out, double value, unsigned decimals)
{
	const unsigned powers[] = { 1, 10, 100 };
	unsigned power = powers[decimals];
	uint64_t scaled;

	if (isnan(value)) {
		str_add_cstr(out, "?");
		return;
	}
	if (value >= 1e15) {
		str_add_cstr(out, "\xe2\x88\x9e");
		return;
	}
	scaled = (uint64_t)(value * power + 0.5);
	amount_count(out, scaled / power);
	if (decimals)
		str_printf(out, ".%0*u", (int)decimals, (unsigned)(scaled % power));
}

/* Three digits that count. */
static void add_three_digits(struct str *out, double value)
{
	add_decimal(out, value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

/* ---- costs -------------------------------------------------------------------------- */

struct unit {
	double size;
	const char *name;
};

/* The largest first; `size` is where one begins to be used, but for rounding. */
static const struct unit times[] = {
	{ 1, " s" },
	{ 1e-3, " ms" },
	{ 1e-6, " \xc2\xb5s" },
	{ 1e-9, " ns" },
};
static const struct unit counts[] = {
	{ 1e18, " E" }, { 1e15, " P" }, { 1e12, " T" }, { 1e9, " G" }, { 1e6, " M" }, { 1, "" },
};

static bool is_time(const struct runs *runs)
{
	return strcmp(runs->unit, "seconds") == 0;
}

static const struct unit *unit_of(const struct runs *runs, double cost)
{
	const struct unit *units = is_time(runs) ? times : counts;
	size_t n = is_time(runs) ? ARRAY_SIZE(times) : ARRAY_SIZE(counts);

	/* What is nothing at all is so many of the largest unit. */
	if (is_time(runs) && !(cost > 0))
		return &units[0];
	for (size_t i = 0; i + 1 < n; i++)
		if (cost >= units[i].size * (is_time(runs) ? 0.9995 : 0.1))
			return &units[i];
	return &units[n - 1];
}

static void add_cost(struct str *out, double cost, const struct unit *unit)
{
	if (unit->size == 1 && !*unit->name) /* a count: samples are whole */
		add_decimal(out, cost, cost > 0 && cost < 99.95 && cost != floor(cost) ? 1 : 0);
	else if (cost > 0)
		add_three_digits(out, cost / unit->size);
	else
		str_add_char(out, isnan(cost) ? '?' : '0');
}

void amount_cost(struct str *out, const struct runs *runs, double cost)
{
	const struct unit *unit = unit_of(runs, cost);

	add_cost(out, cost, unit);
	str_add_cstr(out, unit->name);
}

void amount_costs(struct str *out, const struct runs *runs, double base, double head)
{
	const struct unit *unit = unit_of(runs, fmax(base, head));

	add_cost(out, base, unit);
	str_add_cstr(out, ARROW);
	add_cost(out, head, unit);
	str_add_cstr(out, unit->name);
}

void amount_metric(struct str *out, const struct runs *runs)
{
	if (strcmp(runs->metric, "cpu") == 0)
		str_add_cstr(out, "CPU");
	else if (strcmp(runs->metric, "wall") == 0)
		str_add_cstr(out, "wall time");
	else
		text_visible(out, runs->metric, strnlen(runs->metric, 100));
}

const char *amount_per(const struct runs *runs)
{
	return runs->per_second ? "a second" : "a run";
}

/* ---- changes and shares ------------------------------------------------------------- */

/* One decimal while that says something; what rounds to nothing has no sign. */
static void add_signed(struct str *out, double percent)
{
	double size = fabs(percent);

	if (size >= 0.05)
		str_add_char(out, percent < 0 ? '-' : '+');
	add_decimal(out, size, size >= 99.95 ? 0 : 1);
}

void amount_change(struct str *out, double change)
{
	if (isinf(change)) {
		str_add_cstr(out, change > 0 ? "new" : "gone");
	} else if (change <= -1) {
		str_add_cstr(out, "gone");
	} else if (change > MAX_CHANGE) {
		str_add_cstr(out, ">10,000%");
	} else {
		add_signed(out, change * 100);
		str_add_char(out, '%');
	}
}

void amount_interval(struct str *out, double low, double high)
{
	if (isnan(low) || isnan(high) || !(low > -1) || !(high < INFINITY))
		return;
	add_signed(out, low * 100);
	str_add_cstr(out, " to ");
	add_signed(out, high * 100);
	str_add_char(out, '%');
}

static void add_percent(struct str *out, double share)
{
	double percent = share * 100;

	if (percent > 0 && percent < 0.05)
		str_add_cstr(out, "<0.1");
	else
		add_decimal(out, percent > 0 || isnan(percent) ? percent : 0,
			    percent >= 99.95 || percent == floor(percent) ? 0 : 1);
}

void amount_share(struct str *out, double share)
{
	add_percent(out, share);
	str_add_char(out, '%');
}

void amount_setting(struct str *out, double share)
{
	/* 12% in doubles may be a little less. */
	if (share >= 0 && share < 1e9)
		amount_hundredths(out, (uint64_t)(share * 10000 + 0.5));
	else
		str_add_char(out, '?');
	str_add_char(out, '%');
}

void amount_shares(struct str *out, double base, double head)
{
	add_percent(out, base);
	str_add_cstr(out, ARROW);
	add_percent(out, head);
	str_add_char(out, '%');
}

void amount_chance(struct str *out, double chance)
{
	if (isnan(chance))
		str_add_char(out, '?');
	else if (chance < 0.0005)
		str_add_cstr(out, "<0.001");
	else
		str_printf(out, "%u.%03u", chance >= 0.9995,
			   chance >= 0.9995 ? 0 : (unsigned)(chance * 1000 + 0.5));
}

void amount_seconds(struct str *out, double seconds)
{
	uint64_t us = (uint64_t)(seconds * 1e6 + 0.5);

	str_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

/* ---- exact -------------------------------------------------------------------------- */

void amount_exact(struct str *out, double value)
{
	char text[40] = "";
	locale_t c, before;

	if (!isfinite(value)) {
		str_add_cstr(out, "null");
		return;
	}
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c) {
		out->failed = true;
		return;
	}
	before = uselocale(c);
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	uselocale(before);
	freelocale(c);
	str_add_cstr(out, text);
}
