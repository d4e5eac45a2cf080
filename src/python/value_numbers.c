/* SPDX-License-Identifier: MIT */
/*
 * int, float and complex as repr() writes them.
 *
 * Sources: Objects/longobject.c, floatobject.c, complexobject.c; a float is written with the fewest
 * digits that read back the same (Python/dtoa.c, mode 0), and with an exponent where that is below
 * -4 or not below 16 (Python/pystrtod.c).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define DIGITS_MAX  480u /* of 30 bits: some more than the 4,300 decimal ones that repr() gives */
#define DIGITS_SANE (UINT64_C(1) << 40) /* more do not fit any memory */
#define BILLION	    1000000000u
#define LIMBS_MAX   (DIGITS_MAX * 31 / 29 + 2) /* of nine decimal digits */
#define DOUBLE_DIGITS 17

/* ---- int --------------------------------------------------------------------------- */

/* An int's digits, lowest first; n is what the object says. */
struct digits {
	uint64_t n;
	bool negative;
	unsigned bits;
	uint32_t digit[2 * DIGITS_MAX];
};

static bool read_digits(struct value_read *v, uint64_t addr, struct digits *d)
{
	const struct py_layout *l = v->l;
	uint64_t tag;

	d->bits = l->value.digit_bits;
	if (!value_field(v, addr, l->integer.tag, &tag))
		return false;
	if (l->attr_model == PY_ATTRS_VALUES_312 || l->attr_model == PY_ATTRS_INLINE) {
		d->negative = (tag & 3) == 2;
		d->n = tag & 1 ? 0 : tag >> 3; /* the sign of zero is 1 */
		if ((tag & 3) == 3)
			return false;
	} else {
		d->negative = (int64_t)tag < 0;
		d->n = d->negative ? -tag : tag;
	}
	if (d->n > 2 * DIGITS_MAX || d->n * d->bits > DIGITS_MAX * 30)
		return true; /* it is said how many there are, but they are not read */
	if (d->bits == 30)
		return value_bytes(v, addr + l->integer.digits, d->digit, d->n * 4);

	uint16_t halves[2 * DIGITS_MAX];
	if (!value_bytes(v, addr + l->integer.digits, halves, d->n * 2))
		return false;
	for (size_t i = 0; i < d->n; i++)
		d->digit[i] = halves[i];
	return true;
}

/* In base a billion, lowest first: Horner from the highest digit down. */
static size_t to_billions(const struct digits *d, uint32_t *limbs)
{
	size_t n = 0;

	for (size_t i = d->n; i--;) {
		uint64_t carry = d->digit[i] & ((1u << d->bits) - 1);

		for (size_t k = 0; k < n; k++) {
			carry += (uint64_t)limbs[k] << d->bits;
			limbs[k] = (uint32_t)(carry % BILLION);
			carry /= BILLION;
		}
		while (carry) {
			limbs[n++] = (uint32_t)(carry % BILLION);
			carry /= BILLION;
		}
	}
	return n;
}

static bool add_decimal(struct value_read *v, const struct digits *d, bool is_long)
{
	uint32_t limbs[LIMBS_MAX];
	char text[9 * LIMBS_MAX + 8];
	size_t n = to_billions(d, limbs), len = 0;

	if (d->negative)
		text[len++] = '-';
	len += (size_t)snprintf(text + len, 10, "%u", n ? limbs[n - 1] : 0);
	for (size_t i = n; i-- > 1;)
		len += (size_t)snprintf(text + len, 10, "%09u", limbs[i - 1]);
	if (len > v->limits.text)
		return value_add_bytes(v, text, v->limits.text) && value_cut(v);
	if (is_long)
		text[len++] = 'L';
	return value_add_bytes(v, text, len);
}

bool value_int(struct value_read *v, uint64_t addr, bool is_long)
{
	const struct value_type *type = value_type_of(v, addr);
	struct digits d;
	uint64_t word;

	/* 2.7: an int is a C long; only a long has digits. */
	if (v->ways & PY_REPR_2 && !is_long && type && !(type->flags & PY_TYPE_INT)) {
		if (!value_field(v, addr, v->l->integer.small, &word))
			return value_unreadable(v, "unreadable int");
		return value_printf(v, "%lld", (long long)word);
	}
	if (!read_digits(v, addr, &d))
		return value_unreadable(v, "unreadable int");
	if (d.n > DIGITS_SANE)
		return value_unreadable(v, "unreadable int");
	if (d.n > 2 * DIGITS_MAX || d.n * d.bits > DIGITS_MAX * 30) {
		v->flags |= PY_VALUE_OWN | PY_VALUE_CUT;
		uint64_t bits = d.n * d.bits;
		return value_printf(v, "<int of %" PRIu64 " bits>", bits);
	}
	return add_decimal(v, &d, is_long);
}

bool value_int128(struct value_read *v, uint64_t addr, unsigned __int128 *out)
{
	const struct value_type *type = value_type_of(v, addr);
	struct digits d = { 0 };
	uint64_t word;

	*out = 0;
	if (!type || !(type->flags & (PY_TYPE_INT | PY_TYPE_SMALL_INT)))
		return false;
	if (!(type->flags & PY_TYPE_INT)) {
		if (!value_field(v, addr, v->l->integer.small, &word))
			return false;
		*out = word;
		return (int64_t)word >= 0;
	}
	if (!read_digits(v, addr, &d) || d.negative || d.n * d.bits > 150)
		return false;
	for (size_t i = 0; i < d.n; i++)
		*out |= (unsigned __int128)d.digit[i] << (d.bits * i);
	return true;
}

/* ---- float -------------------------------------------------------------------------- */

/* Digits and exponent: 0.DIGITS times ten to the power `point`. */
struct decimal {
	char digits[DOUBLE_DIGITS + 4];
	int point;
};

/* Without a decimal point, which depends on the locale. */
static bool reads_back(const struct decimal *d, double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%se%d", d->digits, d->point - (int)strlen(d->digits));
	return strtod(text, NULL) == number;
}

/* `number`, positive and finite, rounded to so many digits. */
static void round_to(double number, int digits, struct decimal *d)
{
	char text[64];
	size_t n = 0;

	snprintf(text, sizeof(text), "%.*e", digits - 1, number);
	const char *e = strchr(text, 'e');
	for (const char *p = text; p < e; p++) {
		if (*p >= '0' && *p <= '9')
			d->digits[n++] = *p;
	}
	d->digits[n] = '\0';
	d->point = atoi(e + 1) + 1;
}

/* The next decimal of as many digits. */
static void next_up(struct decimal *d)
{
	size_t i = strlen(d->digits);

	while (i && d->digits[i - 1] == '9')
		d->digits[--i] = '0';
	if (i) {
		d->digits[i - 1]++;
	} else {
		d->digits[0] = '1';
		d->point++;
	}
}

/*
 * The fewest digits that read back the same. At a power of two what reads back reaches further
 * up than down, so there the decimal above may do where the nearest one, below, does not.
 */
static void shortest(double number, struct decimal *d)
{
	for (int digits = 1; digits <= DOUBLE_DIGITS; digits++) {
		round_to(number, digits, d);
		if (reads_back(d, number))
			break;
		next_up(d);
		if (reads_back(d, number))
			break;
	}
	for (size_t n = strlen(d->digits); n > 1 && d->digits[n - 1] == '0'; n--)
		d->digits[n - 1] = '\0';
}

static void write_plain(const struct decimal *d, bool point, char *out)
{
	int n = (int)strlen(d->digits);

	if (d->point <= 0)
		sprintf(out, "0.%.*s%s", -d->point, "0000", d->digits);
	else if (d->point < n)
		sprintf(out, "%.*s.%s", d->point, d->digits, d->digits + d->point);
	else
		sprintf(out, "%s%.*s%s", d->digits, d->point - n, "0000000000000000",
			point ? ".0" : "");
}

static void write_exponent(const struct decimal *d, char *out)
{
	int exponent = d->point - 1;
	const char *rest = d->digits + 1;

	sprintf(out, "%c%s%se%c%02d", d->digits[0], *rest ? "." : "", rest,
		exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

const char *value_double_text(double number, bool point, char *buf)
{
	struct decimal d;
	char *out = buf;

	if (isnan(number))
		return strcpy(buf, "nan");
	if (signbit(number))
		*out++ = '-';
	number = fabs(number);
	if (isinf(number)) {
		strcpy(out, "inf");
		return buf;
	}
	if (number == 0) {
		strcpy(out, point ? "0.0" : "0");
		return buf;
	}
	shortest(number, &d);
	if (d.point > -4 && d.point <= 16)
		write_plain(&d, point, out);
	else
		write_exponent(&d, out);
	return buf;
}

bool value_float(struct value_read *v, uint64_t addr)
{
	char buf[48];
	double number;

	if (!value_bytes(v, addr + v->l->floating.value, &number, sizeof(number)))
		return value_unreadable(v, "unreadable float");
	return value_add(v, value_double_text(number, true, buf));
}

/* ---- complex ------------------------------------------------------------------------ */

/* The real part is left out where it is zero, but not where that has a sign. */
bool value_complex(struct value_read *v, uint64_t addr)
{
	char real[48], imaginary[48];
	double z[2];

	if (!value_bytes(v, addr + v->l->value.complex_real, z, sizeof(z)))
		return value_unreadable(v, "unreadable complex");
	value_double_text(z[1], false, imaginary);
	if (z[0] == 0 && !signbit(z[0]))
		return value_printf(v, "%sj", imaginary);
	value_double_text(z[0], false, real);
	return value_printf(v, "(%s%s%sj)", real, imaginary[0] == '-' ? "" : "+", imaginary);
}
