/* SPDX-License-Identifier: MIT */
/*
 * Values of one table in one unit, with two decimals, so that they can be compared by eye: times
 * as s, ms, us or ns, by how large all of it is; everything else as it is.
 *
 * Values and shares are those that Go's pprof shows, digit for digit: the same division of doubles,
 * rounded the same way (report.go, measurement.go: "%.2f" of value / factor and of value / total *
 * 100). It shows smaller shares with two digits that count; here they end at the second decimal,
 * and what is less than that is "<0.01".
 */
#ifndef PYPROF_RENDER_SCALE_H
#define PYPROF_RENDER_SCALE_H

#include <stdint.h>

#include "base/str.h"

struct scale {
	const char *unit; /* " s"; "" for what is no time */
	double divisor;	  /* 0: values stay as they are */
};

/* For values of this unit ("nanoseconds", "count"), the largest of which is `largest`. */
struct scale scale_of(const char *unit, uint64_t largest);

/* "12.34 s", "1,234". */
void scale_value(struct str *out, const struct scale *scale, uint64_t value);

/* "12.34%"; of nothing everything is 0%. */
void scale_share(struct str *out, uint64_t part, uint64_t whole);

#endif
