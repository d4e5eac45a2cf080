/* SPDX-License-Identifier: MIT */
#include "render/scale.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/amount.h"

/* What pprof files call their units, and how many nanoseconds each is. */
static const struct {
	const char *name;
	double ns;
} times[] = {
	{ "nanoseconds", 1 }, { "nanosecond", 1 }, { "ns", 1 },
	{ "microseconds", 1e3 }, { "microsecond", 1e3 }, { "us", 1e3 },
	{ "milliseconds", 1e6 }, { "millisecond", 1e6 }, { "ms", 1e6 },
	{ "seconds", 1e9 }, { "second", 1e9 }, { "s", 1e9 },
};

static const struct {
	const char *unit;
	double ns;
} shown[] = { { " s", 1e9 }, { " ms", 1e6 }, { " us", 1e3 }, { " ns", 1 } };

struct scale scale_of(const char *unit, uint64_t largest)
{
	struct scale scale = { .unit = "" };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		size_t k = 0;

		if (strcmp(times[i].name, unit) != 0)
			continue;
		while (k + 1 < ARRAY_SIZE(shown) && (double)largest * times[i].ns < shown[k].ns)
			k++;
		scale.unit = shown[k].unit;
		scale.divisor = shown[k].ns / times[i].ns;
		break;
	}
	return scale;
}

/* Two decimals behind a point, whatever the locale has there. */
static void add_decimal(struct str *out, double value, bool nothing)
{
	char text[400];
	int len = snprintf(text, sizeof(text), "%.2f", value);
	size_t whole = strspn(text, "0123456789");

	if (!nothing && whole == 1 && text[0] == '0' && !strcmp(text + len - 2, "00")) {
		str_add_cstr(out, "<0.01");
		return;
	}
	str_printf(out, "%.*s.%s", (int)whole, text, text + len - 2);
}

void scale_value(struct str *out, const struct scale *scale, uint64_t value)
{
	if (scale->divisor == 0 || (scale->divisor <= 1 && scale->unit[0] == ' ' &&
				    scale->unit[1] == 'n'))
		amount_count(out, value);
	else
		add_decimal(out, (double)value / scale->divisor, !value);
	str_add_cstr(out, scale->unit);
}

void scale_share(struct str *out, uint64_t part, uint64_t whole)
{
	add_decimal(out, whole ? (double)part / (double)whole * 100 : 0, !part || !whole);
	str_add_char(out, '%');
}
