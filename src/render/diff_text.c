/* SPDX-License-Identifier: MIT */
#include "render/diff_text.h"

#include <string.h>

#include "render/amount.h"
#include "render/diff_scale.h"

#define ARROW " \xe2\x86\x92 "
#define MINUS "\xe2\x88\x92"

/* From so many times as much on nobody reads percents. */
#define TIMES 100

void diff_text_value(struct str *out, const struct diff_terms *terms, uint64_t value)
{
	uint64_t whole = value / terms->parts;
	bool count = strcmp(terms->unit, "count") == 0;

	/* A tenth of a sample is something; of a nanosecond it is not. */
	if (value % terms->parts == 0 || whole >= 1000 ||
	    strcmp(terms->unit, "nanoseconds") == 0) {
		amount_value(out, amount_scale(value, 1, terms->parts), terms->metric, terms->unit);
		return;
	}
	amount_hundredths(out, amount_scale(value, 100, terms->parts));
	str_add_char(out, ' ');
	str_add_cstr(out, count ? terms->metric : terms->unit);
}

static void add_sign(struct str *out, uint64_t base, uint64_t head)
{
	if (head != base)
		str_add_cstr(out, head > base ? "+" : MINUS);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

void diff_text_change(struct str *out, const struct diff_terms *terms, uint64_t base,
		      uint64_t head)
{
	diff_text_value(out, terms, base);
	str_add_cstr(out, ARROW);
	diff_text_value(out, terms, head);
	if (base == head)
		return;
	str_add_cstr(out, ", ");
	add_sign(out, base, head);
	diff_text_value(out, terms, distance(base, head));
	str_add_cstr(out, " (");
	if (base && head / base >= TIMES) {
		str_add_cstr(out, "\xc3\x97");
		amount_count(out, amount_scale(head, 1, base));
	} else if (base && head) {
		add_sign(out, base, head);
		amount_percent(out, distance(base, head), base);
	} else {
		str_add_cstr(out, head ? "only in HEAD" : "only in BASE");
	}
	str_add_cstr(out, ")");
}

void diff_text_shares(struct str *out, const struct diff_terms *terms, uint64_t base,
		      uint64_t head)
{
	struct diff_fraction change = diff_of_shares(terms->sum, base, head);
	uint64_t hundredths = (uint64_t)((change.part * 10000 + change.whole / 2) / change.whole);

	amount_percent(out, base, terms->sum[SIDE_BASE]);
	str_add_cstr(out, ARROW);
	amount_percent(out, head, terms->sum[SIDE_HEAD]);
	str_add_cstr(out, ", ");
	if (hundredths)
		str_add_cstr(out, change.more ? "+" : MINUS);
	str_printf(out, "%llu.%02u points", (unsigned long long)(hundredths / 100),
		   (unsigned)(hundredths % 100));
}
