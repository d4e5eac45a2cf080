/* SPDX-License-Identifier: MIT */
/*
 * decimal.Decimal of 3.x, which libmpdec keeps as words of 19 decimal digits, the lowest first.
 *
 * Sources: Modules/_decimal/_decimal.c, libmpdec/mpdecimal.h, and the specification's
 * to-scientific-string. An exponent is written with a capital E unless the thread's context says
 * otherwise, which is not known here: such a text is said to be ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define WORD_DIGITS 19u
#define WORDS_MAX   256u
#define WORD_MAX    UINT64_C(9999999999999999999)

enum { DEC_NEGATIVE = 1, DEC_INFINITE = 2, DEC_NAN = 4, DEC_SIGNALLING = 8 };

bool value_add_scientific(struct value_read *v, bool negative, const char *digits, size_t n,
			  int64_t exponent)
{
	int64_t point = (int64_t)n + exponent; /* digits in front of it */

	if (negative)
		value_add(v, "-");
	if (exponent <= 0 && point > -6) {
		if (point <= 0)
			value_printf(v, "0.%.*s", (int)-point, "000000");
		else
			value_add_bytes(v, digits, (size_t)point);
		if (exponent < 0 && point > 0)
			value_add(v, ".");
		return exponent == 0 ? !v->full :
				       value_add_bytes(v, digits + (point > 0 ? point : 0),
						       n - (size_t)(point > 0 ? point : 0));
	}
	value_add_bytes(v, digits, 1);
	if (n > 1) {
		value_add(v, ".");
		value_add_bytes(v, digits + 1, n - 1);
	}
	v->flags |= PY_VALUE_OWN;
	return value_printf(v, "E%+lld", (long long)(point - 1));
}

/* The digits, highest first, without zeros in front; NULL where they make no sense. */
static char *join_words(const uint64_t *words, uint64_t len, uint64_t n_digits)
{
	char *text = malloc(len * WORD_DIGITS + 2);
	size_t at = 0;

	for (uint64_t i = len; text && i--;) {
		if (words[i] > WORD_MAX) {
			free(text);
			return NULL;
		}
		snprintf(text + at, WORD_DIGITS + 1, "%0*llu", (int)WORD_DIGITS,
			 (unsigned long long)words[i]);
		at += WORD_DIGITS;
	}
	if (text && at >= n_digits)
		memmove(text, text + (at - n_digits), n_digits + 1);
	return text;
}

/* The digits that a NaN may carry are left out. */
static bool add_special(struct value_read *v, uint64_t addr, uint8_t flags)
{
	uint64_t n;

	if (!(flags & DEC_INFINITE) && (!value_field(v, addr, v->l->value.decimal_digits, &n) || n))
		v->flags |= PY_VALUE_OWN;
	return value_printf(v, "%s%s", flags & DEC_NEGATIVE ? "-" : "",
			    flags & DEC_INFINITE   ? "Infinity" :
			    flags & DEC_SIGNALLING ? "sNaN" :
						     "NaN");
}

static bool add_digits(struct value_read *v, uint64_t addr, uint8_t flags)
{
	const struct py_layout *l = v->l;
	uint64_t exponent, n, len, data, words[WORDS_MAX];

	if (!value_field(v, addr, l->value.decimal_exp, &exponent) ||
	    !value_field(v, addr, l->value.decimal_digits, &n) ||
	    !value_field(v, addr, l->value.decimal_len, &len) ||
	    !value_field(v, addr, l->value.decimal_data, &data))
		return value_unreadable(v, "unreadable");
	if (len > WORDS_MAX && len < INT64_MAX / WORD_DIGITS)
		return value_cut(v);
	if (!len || len > WORDS_MAX || n > len * WORD_DIGITS ||
	    n + WORD_DIGITS <= len * WORD_DIGITS || !n || !value_bytes(v, data, words, 8 * len) ||
	    (int64_t)exponent > INT64_MAX / 4 || (int64_t)exponent < INT64_MIN / 4)
		return value_unreadable(v, "unreadable");
	_cleanup_free_ char *digits = join_words(words, len, n);
	if (!digits)
		return value_unreadable(v, "unreadable");
	return value_add_scientific(v, flags & DEC_NEGATIVE, digits, n, (int64_t)exponent);
}

bool value_decimal(struct value_read *v, uint64_t addr)
{
	uint8_t flags;

	if (v->l->value.decimal_flags == PY_ABSENT ||
	    !value_bytes(v, addr + v->l->value.decimal_flags, &flags, 1))
		return value_unreadable(v, "unreadable Decimal");
	if (!value_add(v, "Decimal('"))
		return false;
	if (flags & (DEC_INFINITE | DEC_NAN | DEC_SIGNALLING))
		add_special(v, addr, flags);
	else
		add_digits(v, addr, flags);
	return value_add(v, "')");
}
