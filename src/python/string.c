/* SPDX-License-Identifier: MIT */
#include "python/string.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/utf8.h"

/* Read at once: the header, and with it most names and paths whole. */
#define HEAD_SIZE 256u

/* A string object: its first bytes, and what they say. */
struct string {
	uint64_t addr;
	uint8_t head[HEAD_SIZE];
	size_t got; /* bytes of head */
	uint64_t data;	 /* address of the characters */
	uint64_t length; /* in units */
	unsigned width;	 /* bytes a unit: 1, 2, 4 */
	bool ascii;	 /* claims to be */
};

static enum pyprof_status corrupt(struct pyprof_error *err, uint64_t addr, const char *what)
{
	return error_set_address(err, PYPROF_ERR_CORRUPT, addr, "%s", what);
}

/* Is the object whose head was read of the type `exact`, or by its flags of that kind? */
static enum pyprof_status check_type(const struct py_runtime *rt, const struct string *s,
				     uint64_t exact, uint64_t kinds, uint64_t *flags,
				     struct pyprof_error *err)
{
	uint64_t type = py_word(s->head, rt->layout.object.ob_type);

	*flags = kinds;
	if (exact && type == exact)
		return PYPROF_OK;
	enum pyprof_status status = py_type_flags(rt, type, flags, err);
	if (status)
		return status;
	if (!(*flags & kinds))
		return corrupt(err, s->addr, "this object is no string");
	return PYPROF_OK;
}

static enum pyprof_status read_head(const struct py_runtime *rt, uint64_t addr, size_t need,
				    struct string *s, struct pyprof_error *err)
{
	*s = (struct string){ .addr = addr };
	if (need > HEAD_SIZE)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "a string's layout makes no sense");
	return py_object_head(rt, addr, s->head, need, HEAD_SIZE, &s->got, err);
}

/* Gets more of the head where a page's end cut it off. */
static enum pyprof_status extend_head(const struct py_runtime *rt, struct string *s,
				      size_t need, struct pyprof_error *err)
{
	if (s->got >= need)
		return PYPROF_OK;
	if (need > HEAD_SIZE)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "a string's layout makes no sense");
	enum pyprof_status status = memory_read(rt->target->memory, s->addr + s->got,
						s->head + s->got, need - s->got, err);
	if (!status)
		s->got = need;
	return status;
}

/*
 * `len` bytes at `addr`: out of the head where it has them, else into *own, which the caller
 * frees. NULL on an error, and *status.
 */
static const uint8_t *get_bytes(const struct py_runtime *rt, const struct string *s,
				uint64_t addr, size_t len, uint8_t **own,
				enum pyprof_status *status, struct pyprof_error *err)
{
	uint64_t from = addr - s->addr;

	*own = NULL;
	*status = PYPROF_OK;
	if (!len)
		return s->head;
	if (from <= s->got && len <= s->got - from)
		return s->head + from;
	*own = malloc(len);
	if (!*own) {
		*status = error_nomem(err);
		return NULL;
	}
	*status = memory_read(rt->target->memory, addr, *own, len, err);
	return *status ? NULL : *own;
}

static enum pyprof_status check_length(const struct string *s, uint64_t limit,
				       struct pyprof_error *err)
{
	if (s->length > INT64_MAX)
		return corrupt(err, s->addr, "a string's length is negative");
	if (s->length > limit)
		return error_set_address(err, PYPROF_ERR_LIMIT, s->addr,
					 "a string of %llu units is longer than %llu",
					 (unsigned long long)s->length,
					 (unsigned long long)limit);
	return PYPROF_OK;
}

/* ---- str, 3.x ------------------------------------------------------------------ */

struct state {
	unsigned kind; /* bytes a character; 0: wchar_t, not ready (to 3.11) */
	bool compact, ascii;
};

/*
 * The state's bits: interned, kind (3), compact, ascii. `interned` has two bits, but in a
 * free-threaded build of 3.14 and later a byte of its own.
 */
static struct state decode_state(const struct py_layout *l, uint32_t word)
{
	bool high = l->string_model == PY_STRINGS_STATE_HIGH && l->free_threaded;

	word >>= high ? 8 : 2;
	return (struct state){
		.kind = word & 7,
		.compact = word >> 3 & 1,
		.ascii = word >> 4 & 1,
	};
}

/*
 * A string that is not compact has its characters elsewhere: a subclass's, and to 3.11 one
 * made by the old interface. One that is not ready has them in wstr, which is the last
 * field of PyASCIIObject, wstr_length that of PyCompactUnicodeObject.
 */
static enum pyprof_status locate_legacy(const struct py_runtime *rt, struct string *s,
					struct state state, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->unicode.legacy_data, l->unicode.ascii_data - 8,
				    l->unicode.compact_data - 8 };
	enum pyprof_status status =
		extend_head(rt, s, py_head_need(fields, ARRAY_SIZE(fields), 8), err);

	if (status)
		return status;
	s->data = py_word(s->head, l->unicode.legacy_data);
	s->width = state.kind;
	s->ascii = state.ascii;
	if (state.kind)
		return PYPROF_OK;
	if (l->unicode.ascii_data != l->unicode.state + 16) /* no wstr behind the state */
		return corrupt(err, s->addr, "a string's state contradicts itself");
	s->data = py_word(s->head, l->unicode.ascii_data - 8);
	s->length = py_word(s->head, l->unicode.compact_data - 8);
	s->width = sizeof(wchar_t);
	return PYPROF_OK;
}

static enum pyprof_status locate(const struct py_runtime *rt, struct string *s,
				 struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	struct state state = decode_state(l, py_half(s->head, l->unicode.state));

	s->length = py_word(s->head, l->unicode.length);
	s->width = state.kind;
	if (state.kind != 0 && state.kind != 1 && state.kind != 2 && state.kind != 4)
		return corrupt(err, s->addr, "a string is of no kind that there is");
	if (!state.compact)
		return locate_legacy(rt, s, state, err);
	if (!state.kind || (state.ascii && state.kind != 1))
		return corrupt(err, s->addr, "a string's state contradicts itself");
	s->ascii = state.ascii;
	s->data = s->addr + (state.ascii ? l->unicode.ascii_data : l->unicode.compact_data);
	return PYPROF_OK;
}

static enum pyprof_status read_located(const struct py_runtime *rt, const struct string *s,
				       struct str *out, struct pyprof_error *err)
{
	enum pyprof_status status = check_length(s, PY_STRING_MAX, err);
	if (status)
		return status;
	_cleanup_free_ uint8_t *own = NULL;
	const uint8_t *units = get_bytes(rt, s, s->data, (size_t)s->length * s->width, &own,
					 &status, err);
	if (!units)
		return status;
	if (s->ascii) {
		if (!utf8_is_ascii(units, (size_t)s->length))
			return corrupt(err, s->addr, "an ASCII string has other characters");
		str_add(out, units, (size_t)s->length);
		return PYPROF_OK;
	}
	if (!utf8_from_units(out, units, (size_t)s->length, s->width, false))
		return corrupt(err, s->addr, "a string has a character above U+10FFFF");
	return PYPROF_OK;
}

static void set_place(struct py_text_place *place, uint64_t addr, uint64_t length,
		      unsigned width)
{
	if (length <= PY_STRING_MAX)
		*place = (struct py_text_place){ addr, (uint32_t)length, (uint8_t)width };
}

static enum pyprof_status read_str(const struct py_runtime *rt, uint64_t addr,
				   struct str *out, struct py_text_place *place,
				   struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->object.ob_type, l->unicode.length, l->unicode.state,
				    l->unicode.ascii_data - 8 };
	struct string s;
	uint64_t flags;
	enum pyprof_status status =
		read_head(rt, addr, py_head_need(fields, ARRAY_SIZE(fields), 8), &s, err);

	if (!status)
		status = check_type(rt, &s, rt->unicode_type, PY_TYPE_STR, &flags, err);
	if (!status)
		status = locate(rt, &s, err);
	if (!status)
		status = read_located(rt, &s, out, err);
	if (!status)
		set_place(place, s.data, s.length, s.width);
	return status;
}

/* ---- bytes, and str of 2.7 -------------------------------------------------------- */

static enum pyprof_status get_contents(const struct py_runtime *rt, struct string *s,
				       uint64_t limit, const uint8_t **bytes, uint8_t **own,
				       struct pyprof_error *err)
{
	s->length = py_word(s->head, rt->layout.bytes.size);
	enum pyprof_status status = check_length(s, limit, err);
	if (!status)
		*bytes = get_bytes(rt, s, s->addr + rt->layout.bytes.data,
				   (size_t)s->length, own, &status, err);
	return status;
}

static size_t bytes_need(const struct py_layout *l)
{
	const uint32_t fields[] = { l->object.ob_type, l->bytes.size };

	return py_head_need(fields, ARRAY_SIZE(fields), 8);
}

/* ---- unicode, 2.7 --------------------------------------------------------------- */

/*
 * Are the units of 32 bits, where the build's symbols did not tell? A buffer ends with a zero
 * unit; 16-bit units taken two by two are no code points, unless every other one is a
 * control character.
 */
static bool units_look_wide(const uint8_t *bytes, size_t got, size_t length)
{
	if (got < 4 * (length + 1) || py_half(bytes, (uint32_t)(4 * length)))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (py_half(bytes, (uint32_t)(4 * i)) > UTF8_MAX)
			return false;
	}
	return true;
}

static enum pyprof_status read_units(const struct py_runtime *rt, const struct string *s,
				     struct str *out, struct pyprof_error *err)
{
	size_t length = (size_t)s->length, got;
	size_t size = (rt->unicode_width == 2 ? 2 : 4) * (length + 1);
	_cleanup_free_ uint8_t *units = malloc(size);

	if (!units)
		return error_nomem(err);
	enum pyprof_status status =
		memory_read_prefix(rt->target->memory, s->data, units, size, &got, err);
	if (status)
		return status;
	bool wide = rt->unicode_width ? rt->unicode_width == 4 :
					units_look_wide(units, got, length);
	if (got < (wide ? 4 : 2) * length)
		return error_set_address(err, PYPROF_ERR_FAULT, s->data,
					 "the memory of a unicode's characters ends");
	if (!utf8_from_units(out, units, length, wide ? 4 : 2, !wide))
		return corrupt(err, s->addr, "a unicode has a character above U+10FFFF");
	return PYPROF_OK;
}

static enum pyprof_status read_unicode(const struct py_runtime *rt, struct string *s,
				       struct str *out, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->unicode.length, l->unicode.ucs2_data };
	enum pyprof_status status =
		extend_head(rt, s, py_head_need(fields, ARRAY_SIZE(fields), 8), err);

	if (status)
		return status;
	s->length = py_word(s->head, l->unicode.length);
	s->data = py_word(s->head, l->unicode.ucs2_data);
	status = check_length(s, PY_STRING_MAX, err);
	return status ? status : read_units(rt, s, out, err);
}

/* A str's bytes are UTF-8 where they can be. */
static void add_old_bytes(struct str *out, const uint8_t *bytes, size_t n)
{
	if (utf8_valid(bytes, n))
		str_add(out, bytes, n);
	else
		utf8_from_units(out, bytes, n, 1, false);
}

static enum pyprof_status read_old_string(const struct py_runtime *rt, uint64_t addr,
					  struct str *out, struct py_text_place *place,
					  struct pyprof_error *err)
{
	struct string s;
	const uint8_t *bytes;
	_cleanup_free_ uint8_t *own = NULL;
	uint64_t flags;
	enum pyprof_status status = read_head(rt, addr, bytes_need(&rt->layout), &s, err);

	if (!status)
		status = check_type(rt, &s, rt->bytes_type, PY_TYPE_BYTES | PY_TYPE_STR, &flags,
				    err);
	if (status)
		return status;
	if (!(flags & PY_TYPE_BYTES))
		return read_unicode(rt, &s, out, err);
	status = get_contents(rt, &s, PY_STRING_MAX, &bytes, &own, err);
	if (status)
		return status;
	add_old_bytes(out, bytes, (size_t)s.length);
	set_place(place, s.addr + rt->layout.bytes.data, s.length, 1);
	return PYPROF_OK;
}

/* ---- strings of any length --------------------------------------------------------- */

static enum pyprof_status unicode_span(const struct py_runtime *rt, struct string *s,
				       struct py_string_span *span, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->unicode.length, l->unicode.ucs2_data };
	enum pyprof_status status =
		extend_head(rt, s, py_head_need(fields, ARRAY_SIZE(fields), 8), err);

	if (status)
		return status;
	span->length = s->length = py_word(s->head, l->unicode.length);
	span->addr = py_word(s->head, l->unicode.ucs2_data);
	span->width = rt->unicode_width ? rt->unicode_width : 4;
	span->pairs = span->width == 2;
	return PYPROF_OK;
}

static enum pyprof_status bytes_span(const struct py_runtime *rt, struct string *s,
				     struct py_string_span *span, struct pyprof_error *err)
{
	enum pyprof_status status = extend_head(rt, s, bytes_need(&rt->layout), err);

	if (status)
		return status;
	span->text = false;
	span->length = s->length = py_word(s->head, rt->layout.bytes.size);
	span->addr = s->addr + rt->layout.bytes.data;
	span->width = 1;
	return PYPROF_OK;
}

static enum pyprof_status str_span(const struct py_runtime *rt, struct string *s,
				   struct py_string_span *span, struct pyprof_error *err)
{
	const struct py_layout *l = &rt->layout;
	const uint32_t fields[] = { l->unicode.length, l->unicode.state,
				    l->unicode.ascii_data - 8 };
	enum pyprof_status status =
		extend_head(rt, s, py_head_need(fields, ARRAY_SIZE(fields), 8), err);

	if (!status)
		status = locate(rt, s, err);
	span->addr = s->data;
	span->length = s->length;
	span->width = s->width;
	return status;
}

enum pyprof_status py_string_span(const struct py_runtime *rt, uint64_t addr,
				  struct py_string_span *span, struct pyprof_error *err)
{
	struct string s;
	uint64_t flags;
	enum pyprof_status status = read_head(rt, addr, rt->layout.object.ob_type + 8, &s, err);

	*span = (struct py_string_span){ .text = true };
	if (!status)
		status = check_type(rt, &s, 0, PY_TYPE_BYTES | PY_TYPE_STR, &flags, err);
	if (!status && flags & PY_TYPE_BYTES)
		status = bytes_span(rt, &s, span, err);
	else if (!status && rt->layout.string_model == PY_STRINGS_BYTES)
		status = unicode_span(rt, &s, span, err);
	else if (!status)
		status = str_span(rt, &s, span, err);
	return status ? status : check_length(&s, INT64_MAX, err);
}

/* ---- a first look at many -------------------------------------------------------- */

size_t py_string_maybe_size(const struct py_layout *l, size_t name_len)
{
	uint32_t data = l->string_model == PY_STRINGS_BYTES ? l->bytes.data :
							      l->unicode.ascii_data;

	return data + name_len;
}

bool py_string_maybe(const struct py_layout *l, const uint8_t *head, const char *name,
		     size_t name_len)
{
	if (l->string_model == PY_STRINGS_BYTES)
		return py_word(head, l->bytes.size) == name_len &&
		       memcmp(head + l->bytes.data, name, name_len) == 0;

	struct state state = decode_state(l, py_half(head, l->unicode.state));
	if (!state.compact) /* a text elsewhere; one that is not ready has its length there */
		return !state.kind || py_word(head, l->unicode.length) == name_len;
	return state.ascii && py_word(head, l->unicode.length) == name_len &&
	       memcmp(head + l->unicode.ascii_data, name, name_len) == 0;
}

/* ---- the interface ---------------------------------------------------------------- */

/* What a failed read appended goes. */
static enum pyprof_status finish(struct str *out, size_t before, enum pyprof_status status,
				 struct pyprof_error *err)
{
	if (!status && out->failed)
		status = error_nomem(err);
	if (status && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	return status;
}

enum pyprof_status py_string_read_place(const struct py_runtime *rt, uint64_t addr,
					struct str *out, struct py_text_place *place,
					struct pyprof_error *err)
{
	const size_t before = out->len;
	enum pyprof_status status;

	*place = (struct py_text_place){ 0 };
	status = rt->layout.string_model == PY_STRINGS_BYTES ?
			 read_old_string(rt, addr, out, place, err) :
			 read_str(rt, addr, out, place, err);
	return finish(out, before, status, err);
}

enum pyprof_status py_string_read(const struct py_runtime *rt, uint64_t addr,
				  struct str *out, struct pyprof_error *err)
{
	struct py_text_place place;

	return py_string_read_place(rt, addr, out, &place, err);
}

size_t py_text_size(const struct py_text_place *place)
{
	return ((size_t)place->length + 1) * place->width;
}

bool py_text_same(const struct py_runtime *rt, const struct py_text_place *place,
		  const uint8_t *bytes, const char *text, size_t len, struct str *scratch)
{
	size_t size = (size_t)place->length * place->width;

	for (unsigned i = 0; i < place->width; i++)
		if (bytes[size + i])
			return false;
	str_clear(scratch);
	if (rt->layout.string_model == PY_STRINGS_BYTES)
		add_old_bytes(scratch, bytes, place->length);
	else if (!utf8_from_units(scratch, bytes, place->length, place->width, false))
		return false;
	return !scratch->failed && scratch->len == len &&
	       memcmp(str_cstr(scratch), text, len) == 0;
}

enum pyprof_status py_bytes_read(const struct py_runtime *rt, uint64_t addr, size_t limit,
				 struct str *out, struct pyprof_error *err)
{
	const size_t before = out->len;
	struct string s;
	const uint8_t *bytes;
	_cleanup_free_ uint8_t *own = NULL;
	uint64_t flags;
	enum pyprof_status status = read_head(rt, addr, bytes_need(&rt->layout), &s, err);

	if (!status)
		status = check_type(rt, &s, rt->bytes_type, PY_TYPE_BYTES, &flags, err);
	if (!status)
		status = get_contents(rt, &s, limit, &bytes, &own, err);
	if (!status)
		str_add(out, bytes, (size_t)s.length);
	return finish(out, before, status, err);
}
