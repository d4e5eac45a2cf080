/* SPDX-License-Identifier: MIT */
/*
 * Amounts for people and for markup, appended to a string.
 *
 * Integers all the way: a picture must not change with the locale's decimal comma, nor with
 * how a machine rounds. flame-text.js writes values and shares in the same form.
 */
#ifndef PYPROF_RENDER_AMOUNT_H
#define PYPROF_RENDER_AMOUNT_H

#include <stdint.h>

#include "base/str.h"

/* round(a * b / c) without overflow on the way; 0 where c is 0, UINT64_MAX where too big. */
uint64_t amount_scale(uint64_t a, uint64_t b, uint64_t c);

/* "1,234,567" */
void amount_count(struct str *out, uint64_t n);

/* "1 box", "2,345 boxes" */
void amount_of(struct str *out, uint64_t n, const char *one, const char *many);

/* Hundredths as a decimal number without idle zeros: 1250 is "12.5", 1200 is "12". */
void amount_hundredths(struct str *out, uint64_t hundredths);

/* part of whole, "12.34%"; "<0.01%" where there is something, but less. */
void amount_percent(struct str *out, uint64_t part, uint64_t whole);

/* A time: "850 ns", "12.3 ms", "59.9 s", "12 min 5 s", "3 h 20 min". */
void amount_duration(struct str *out, uint64_t ns);

/* A rate per second: "99.8 Hz", "1,000 Hz"; "0 Hz" for what is no number above 0. */
void amount_rate(struct str *out, double hz);

/* A value of a metric with its unit: "1,234 samples" (count), "1.25 s" (nanoseconds). */
void amount_value(struct str *out, uint64_t value, const char *name, const char *unit);

#endif
