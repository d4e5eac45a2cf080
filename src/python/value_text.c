/* SPDX-License-Identifier: MIT */
/*
 * str, bytes and bytearray, quoted and escaped as the version's repr() does it.
 *
 * Sources: unicode_repr(), PyBytes_Repr(), bytearray_repr() of each release; 2.7: string_repr()
 * and PyUnicode_EncodeUnicodeEscape(). Of a long text only what is shown is read. The password of
 * a URL ("://user:password@") is withheld, where anything is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "python/printable.h"
#include "python/value_parts.h"


/* Units of a string that were read. */
struct units {
	const uint8_t *bytes;
	size_t n;
	unsigned width;
	bool text, pairs;
	bool cut;	 /* more of the string follows */
	bool escape_one; /* bytearray, to 3.14: a ' is escaped whatever the quotes are */
	size_t secret_from, secret_to; /* what is withheld; none: both 0 */
};

static uint32_t unit(const struct units *u, size_t i)
{
	uint16_t half;

	if (u->width == 1)
		return u->bytes[i];
	if (u->width == 4)
		return py_half(u->bytes, (uint32_t)(4 * i));
	memcpy(&half, u->bytes + 2 * i, sizeof(half));
	return half;
}

static bool printable(const struct value_read *v, uint32_t c)
{
	size_t i = array_bound(py_n_printable_rows, k, py_printable_rows[k].to < c);

	return i < py_n_printable_rows && py_printable_rows[i].from <= c &&
	       py_printable_rows[i].since <= v->minor;
}

static bool add_escape(struct value_read *v, uint32_t c, bool text)
{
	switch (c) {
	case '\t':
		return value_add(v, "\\t");
	case '\n':
		return value_add(v, "\\n");
	case '\r':
		return value_add(v, "\\r");
	}
	if (!text || c < 0x100)
		return value_printf(v, "\\x%02x", c);
	return c < 0x10000 ? value_printf(v, "\\u%04x", c) : value_printf(v, "\\U%08x", c);
}

static bool add_char(struct value_read *v, uint32_t c, uint32_t quote, const struct units *u)
{
	bool text = u->text;
	char utf8[4];
	size_t n = 0;

	if (c == (u->escape_one ? '\'' : quote) || c == '\\')
		return value_printf(v, "\\%c", (char)c);
	if (c >= 0x20 && c < 0x7f)
		return value_add_bytes(v, &(char){ (char)c }, 1);
	if (c < 0xa0 || !text || v->ways & PY_REPR_2 || !printable(v, c))
		return add_escape(v, c, text);
	if (c < 0x800) {
		utf8[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		utf8[n++] = (char)(0xe0 | c >> 12);
		utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		utf8[n++] = (char)(0xf0 | c >> 18);
		utf8[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	utf8[n++] = (char)(0x80 | (c & 0x3f));
	return value_add_bytes(v, utf8, n);
}

/* ' unless there is one and no " in it. 2.7's u'' does the same. */
static uint32_t choose_quote(const struct units *u)
{
	bool one = false;

	for (size_t i = 0; i < u->n; i++) {
		uint32_t c = unit(u, i);

		if (c == '"')
			return '\'';
		one |= c == '\'';
	}
	return one ? '"' : '\'';
}

/* ---- passwords in URLs --------------------------------------------------------------- */

/* From behind "://": a ':' and later a '@' before anything that ends the place. */
static bool find_password(struct units *u, size_t from)
{
	size_t colon = 0, at = 0, i;

	for (i = from; i < u->n; i++) {
		uint32_t c = unit(u, i);

		if (c <= ' ' || c == '/' || c == '?' || c == '#' || c == '"' || c == '\'')
			break;
		if (c == ':' && !colon)
			colon = i;
		if (c == '@')
			at = i;
	}
	/* The '@' may stand in what is cut off. */
	if (u->cut && colon && i == u->n)
		at = u->n;
	if (!colon || at <= colon + 1)
		return false;
	u->secret_from = colon + 1;
	u->secret_to = at;
	return true;
}

/* The next one at or behind `from`. */
static void find_secret(struct units *u, size_t from)
{
	u->secret_from = u->secret_to = 0;
	for (size_t i = from; i + 3 < u->n; i++) {
		if (unit(u, i) == ':' && unit(u, i + 1) == '/' && unit(u, i + 2) == '/' &&
		    find_password(u, i + 3))
			return;
	}
}

/* ---- the whole ------------------------------------------------------------------------ */

/* A surrogate pair of two units is one character in 2.7's narrow builds. */
static uint32_t join_pair(const struct units *u, size_t *i)
{
	uint32_t c = unit(u, *i), low;

	if (!u->pairs || c < 0xd800 || c > 0xdbff || *i + 1 >= u->n)
		return c;
	low = unit(u, *i + 1);
	if (low < 0xdc00 || low > 0xdfff)
		return c;
	++*i;
	return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
}

static bool add_units(struct value_read *v, struct units *u)
{
	uint32_t quote = choose_quote(u);
	bool seek = v->values->redact != NULL;

	if (seek)
		find_secret(u, 0);
	if (!value_add_bytes(v, &(char){ (char)quote }, 1))
		return false;
	for (size_t i = 0; i < u->n; i++) {
		if (u->secret_to && i == u->secret_from) {
			value_redacted(v);
			i = u->secret_to;
			if (i == u->n)
				break;
			find_secret(u, i);
		}
		if (!add_char(v, join_pair(u, &i), quote, u))
			return false;
	}
	return value_add_bytes(v, &(char){ (char)quote }, 1);
}

static bool sane(const struct units *u)
{
	for (size_t i = 0; u->width == 4 && i < u->n; i++) {
		if (unit(u, i) > UTF8_MAX)
			return false;
	}
	return true;
}

/* What is shown of a string. What is behind is not read; a mark stands for it. */
static bool add_span(struct value_read *v, const struct py_string_span *span,
		     const char *prefix, bool escape_one)
{
	bool cut = span->length > v->limits.text;
	size_t n = cut ? v->limits.text : (size_t)span->length;
	size_t len = n * span->width;
	_cleanup_free_ uint8_t *bytes = calloc(len ? len : 1, 1);
	struct units u = { .bytes = bytes, .n = n, .width = span->width, .text = span->text,
			   .pairs = span->pairs, .escape_one = escape_one, .cut = cut };

	if (!bytes) {
		v->status = PYPROF_ERR_NOMEM;
		return false;
	}
	if ((len && !value_bytes(v, span->addr, bytes, len)) || !sane(&u))
		return value_unreadable(v, "unreadable string");
	if (!value_add(v, prefix) || !add_units(v, &u))
		return false;
	return !cut || value_cut(v);
}

bool value_string(struct value_read *v, uint64_t addr, bool unicode)
{
	struct py_string_span span;
	bool old = v->ways & PY_REPR_2;

	if (py_string_span(v->rt, addr, &span, NULL))
		return value_unreadable(v, "unreadable string");
	return add_span(v, &span, unicode ? (old ? "u" : "") : (old ? "" : "b"), false);
}

bool value_bytearray(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	struct py_string_span span = { .width = 1 };

	if (!value_field(v, addr, v->l->object.size, &span.length) ||
	    !value_field(v, addr, v->l->value.bytearray_start, &span.addr) ||
	    span.length > INT64_MAX)
		return value_unreadable(v, "unreadable bytearray");
	return value_printf(v, "%s(", v->ways & PY_REPR_CLASS_NAMES ? value_type_short(type) :
								      "bytearray") &&
	       add_span(v, &span, "b", !(v->ways & PY_REPR_BYTEARRAY_AS_BYTES)) && value_add(v, ")");
}
