/* SPDX-License-Identifier: MIT */
/* Changes in words, appended to a string; the page's script writes them in the same form. */
#ifndef PYPROF_RENDER_DIFF_TEXT_H
#define PYPROF_RENDER_DIFF_TEXT_H

#include "render/diff_tree.h"

/* What a change is told in: of which metric, and the sides' totals in parts of its unit. */
struct diff_terms {
	const char *metric, *unit;
	uint64_t parts;
	uint64_t sum[SIDES];
};

/* A value of so many parts: "1.25 s", "12.4 samples". */
void diff_text_value(struct str *out, const struct diff_terms *terms, uint64_t value);

/*
 * "1.2 s → 1.5 s, +300 ms (+25.00%)"; from a hundred times as much on "(×100)"; where a side has
 * nothing, "(only in BASE)" and "(only in HEAD)".
 */
void diff_text_change(struct str *out, const struct diff_terms *terms, uint64_t base,
		      uint64_t head);

/* As shares of the sides' totals: "12.00% → 15.01%, +3.01 points". */
void diff_text_shares(struct str *out, const struct diff_terms *terms, uint64_t base,
		      uint64_t head);

#endif
