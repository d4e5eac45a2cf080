/* SPDX-License-Identifier: MIT */
#include "render/amount.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t amount_scale(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 wide;

	if (c == 0)
		return 0;
	wide = ((unsigned __int128)a * b + c / 2) / c;
	return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
}

void amount_count(struct str *out, uint64_t n)
{
	char digits[32], grouped[48];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), k = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			grouped[k++] = ',';
		grouped[k++] = digits[i];
	}
	str_add(out, grouped, (size_t)k);
}

void amount_of(struct str *out, uint64_t n, const char *one, const char *many)
{
	amount_count(out, n);
	str_add_char(out, ' ');
	str_add_cstr(out, n == 1 ? one : many);
}

void amount_hundredths(struct str *out, uint64_t hundredths)
{
	unsigned rest = (unsigned)(hundredths % 100);

	str_printf(out, "%" PRIu64, hundredths / 100);
	if (rest % 10)
		str_printf(out, ".%02u", rest);
	else if (rest)
		str_printf(out, ".%u", rest / 10);
}

void amount_percent(struct str *out, uint64_t part, uint64_t whole)
{
	uint64_t hundredths = amount_scale(part, 10000, whole);

	if (part && !hundredths) {
		str_add_cstr(out, "<0.01%");
		return;
	}
	str_printf(out, "%" PRIu64 ".%02u%%", hundredths / 100, (unsigned)(hundredths % 100));
}

/* Three digits that count, of ns in a unit of `unit_ns`: "1.23", "12.3", "123". */
static void add_three_digits(struct str *out, uint64_t ns, uint64_t unit_ns)
{
	uint64_t hundredths = amount_scale(ns, 100, unit_ns);

	if (hundredths >= 10000)
		amount_count(out, amount_scale(ns, 1, unit_ns));
	else if (hundredths >= 1000)
		amount_hundredths(out, amount_scale(ns, 10, unit_ns) * 10);
	else
		amount_hundredths(out, hundredths);
}

void amount_duration(struct str *out, uint64_t ns)
{
	uint64_t s = amount_scale(ns, 1, 1000000000);

	if (ns < 1000) {
		str_printf(out, "%" PRIu64 " ns", ns);
	} else if (ns < 999500) {
		add_three_digits(out, ns, 1000);
		str_add_cstr(out, " \xc2\xb5s");
	} else if (ns < 999500000) {
		add_three_digits(out, ns, 1000000);
		str_add_cstr(out, " ms");
	} else if (s < 120) {
		add_three_digits(out, ns, 1000000000);
		str_add_cstr(out, " s");
	} else if (s < 7200) {
		str_printf(out, "%" PRIu64 " min", s / 60);
		if (s % 60)
			str_printf(out, " %u s", (unsigned)(s % 60));
	} else {
		amount_count(out, s / 3600);
		str_add_cstr(out, " h");
		if (s / 60 % 60)
			str_printf(out, " %u min", (unsigned)(s / 60 % 60));
	}
}

void amount_rate(struct str *out, double hz)
{
	uint64_t hundredths = hz > 0 && hz < 1e15 ? (uint64_t)(hz * 100 + 0.5) : 0;

	if (hundredths >= 100000 || hundredths % 100 == 0)
		amount_count(out, (hundredths + 50) / 100);
	else
		amount_hundredths(out, hundredths);
	str_add_cstr(out, " Hz");
}

/* "samples" of which there is one is a "sample". */
static void add_unit_name(struct str *out, uint64_t value, const char *name)
{
	size_t len = strlen(name);

	if (value == 1 && len > 1 && name[len - 1] == 's' && name[len - 2] != 's')
		len--;
	str_add(out, name, len);
}

void amount_value(struct str *out, uint64_t value, const char *name, const char *unit)
{
	if (strcmp(unit, "nanoseconds") == 0) {
		amount_duration(out, value);
		return;
	}
	amount_count(out, value);
	str_add_char(out, ' ');
	add_unit_name(out, value, strcmp(unit, "count") == 0 ? name : unit);
}
