/* SPDX-License-Identifier: MIT */
#include "format/marshal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bytes.h"

#define FLAG_REF 0x80 /* the value can be referred to later on */

/* A container whose children are being read. */
struct level {
	uint32_t value, last_child;
	uint32_t left; /* children that are still to come; not of a dict, which has an end
			*/
	bool line_read; /* of a code object: what stands between its children */
};

struct ids {
	uint32_t *ids;
	size_t n, cap;
};

struct reader {
	struct marshal *m;
	struct bytes b;
	struct pyprof_error *err;
	struct level levels[MARSHAL_DEPTH];
	size_t depth;
	struct ids refs, interned; /* what 'r' and 'R' can refer to */
};

static enum pyprof_status fail(const struct reader *r, size_t at, const char *what)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "pstats, byte %zu: %s", at, what);
}

static enum pyprof_status fail_limit(const struct reader *r, size_t at, const char *what)
{
	return error_set(r->err, PYPROF_ERR_LIMIT, "pstats, byte %zu: %s", at, what);
}

static bool remember(struct ids *ids, uint32_t id)
{
	if (!array_grow(ids->ids, ids->n, ids->cap))
		return false;
	ids->ids[ids->n++] = id;
	return true;
}

/* "f": up to 255 characters; what float() reads, whatever the locale. */
static enum pyprof_status read_text_float(struct reader *r, struct marshal_value *v)
{
	size_t len = bytes_u8(&r->b);
	const uint8_t *bytes = bytes_take(&r->b, len);
	char text[256], *end;
	locale_t c;

	if (!bytes)
		return PYPROF_OK;
	memcpy(text, bytes, len);
	text[len] = '\0';
	c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c)
		return error_nomem(r->err);
	v->u.real = strtod_l(text, &end, c);
	freelocale(c);
	v->kind = MARSHAL_FLOAT;
	return len && *end == '\0' && end == text + len ? PYPROF_OK
							: fail(r, v->offset, "no number");
}

static enum pyprof_status read_long(struct reader *r, struct marshal_value *v)
{
	int64_t n = bytes_i32(&r->b);

	v->kind = MARSHAL_INT;
	v->negative = n < 0;
	v->u.number = 0;
	if (n < 0)
		n = -n;
	for (int64_t i = 0; i < n && !r->b.failed; i++) {
		uint64_t digit = bytes_u16(&r->b);

		if (digit > 0x7fff)
			return fail(r, r->b.pos - 2, "no digit of a number");
		if (digit && (i > 4 || (i == 4 && digit > 0xf)))
			return fail_limit(r, v->offset, "a number beyond 64 bits");
		if (i <= 4)
			v->u.number |= digit << 15 * i;
	}
	return PYPROF_OK;
}

static void set_int(struct marshal_value *v, int64_t number)
{
	v->kind = MARSHAL_INT;
	v->negative = number < 0;
	v->u.number = number < 0 ? -(uint64_t)number : (uint64_t)number;
}

static void read_text(struct reader *r, struct marshal_value *v, size_t len)
{
	v->kind = MARSHAL_TEXT;
	v->u.text.start = r->b.pos;
	v->u.text.len = len;
	bytes_take(&r->b, len);
}

/* A value like one that came before. */
static enum pyprof_status copy(struct reader *r, struct marshal_value *v,
			       const struct ids *ids)
{
	uint32_t i = bytes_u32(&r->b);
	size_t offset = v->offset;

	if (r->b.failed)
		return PYPROF_OK;
	if (i >= ids->n)
		return fail(r, offset, "it refers to what is not there");
	for (size_t d = 0; d < r->depth; d++)
		if (r->levels[d].value == ids->ids[i])
			return fail(r, offset, "it refers to what it is in");
	*v = r->m->values[ids->ids[i]];
	v->offset = offset;
	v->next = MARSHAL_NONE;
	return PYPROF_OK;
}

/* A container is begun, its children come next. */
static void open_container(struct marshal_value *v, enum marshal_kind kind, uint32_t n)
{
	v->kind = kind;
	v->n = n;
}

/*
 * The numbers that a code object begins with: 4 in Python 2, 5 in 3.6 and 3.7, 6 from 3.8
 * and 5 from 3.11 on. The bytecode that follows tells: flags of such a value would be
 * those of no code.
 */
static enum pyprof_status open_code(struct reader *r, struct marshal_value *v)
{
	for (size_t numbers = 4; numbers <= 6; numbers++) {
		struct bytes b = r->b;
		char type;

		bytes_take(&b, numbers * 4);
		type = (char)(bytes_u8(&b) & ~FLAG_REF);
		if (b.failed)
			break;
		if (type != 's' || bytes_u32(&b) > bytes_left(&b))
			continue;
		bytes_take(&r->b, numbers * 4);
		open_container(v, MARSHAL_CODE, 8);
		return PYPROF_OK;
	}
	return fail(r, v->offset, "a code object of an unknown kind");
}

static enum pyprof_status read_value(struct reader *r, struct marshal_value *v, char type)
{
	double real;
	const uint8_t *bytes;

	switch (type) {
	case 'N':
	case 'F':
	case 'T':
	case 'S':
	case '.':
		break;
	case 'i':
		set_int(v, bytes_i32(&r->b));
		break;
	case 'I':
		set_int(v, (int64_t)bytes_u64(&r->b));
		break;
	case 'l':
		return read_long(r, v);
	case 'f':
		return read_text_float(r, v);
	case 'g':
		bytes = bytes_take(&r->b, sizeof(real));
		if (bytes) {
			memcpy(&real, bytes, sizeof(real));
			v->kind = MARSHAL_FLOAT;
			v->u.real = real;
		}
		break;
	case 's':
	case 't':
	case 'u':
	case 'a':
	case 'A':
		read_text(r, v, bytes_u32(&r->b));
		break;
	case 'z':
	case 'Z':
		read_text(r, v, bytes_u8(&r->b));
		break;
	case 'R':
		return copy(r, v, &r->interned);
	case 'r':
		return copy(r, v, &r->refs);
	case 'y': /* a complex number, here and below in constants of code */
		bytes_take(&r->b, 16);
		break;
	case 'x':
		bytes_take(&r->b, bytes_u8(&r->b));
		bytes_take(&r->b, bytes_u8(&r->b));
		break;
	case ':': /* a slice */
		open_container(v, MARSHAL_TUPLE, 3);
		break;
	case 'c':
		return open_code(r, v);
	case '(':
	case '[':
	case '<':
	case '>':
		open_container(v, MARSHAL_TUPLE, bytes_u32(&r->b));
		break;
	case ')':
		open_container(v, MARSHAL_TUPLE, bytes_u8(&r->b));
		break;
	case '{':
		open_container(v, MARSHAL_DICT, 0);
		break;
	default:
		return fail(r, v->offset, "a type of value that no profile has");
	}
	return PYPROF_OK;
}

static bool is_container(char type)
{
	return type && strchr("()[{<>:c", type);
}

static void link_child(struct reader *r, uint32_t id)
{
	struct marshal_value *values = r->m->values;
	struct level *level;

	if (!r->depth)
		return;
	level = &r->levels[r->depth - 1];
	if (level->last_child == MARSHAL_NONE)
		values[level->value].first_child = id;
	else
		values[level->last_child].next = id;
	level->last_child = id;
	if (values[level->value].kind == MARSHAL_DICT)
		values[level->value].n++;
	else
		level->left--;
}

/* The next value, or the end of a dict. */
static enum pyprof_status read_next(struct reader *r)
{
	struct marshal_value v = {
		.first_child = MARSHAL_NONE, .next = MARSHAL_NONE, .offset = r->b.pos};
	uint8_t byte = bytes_u8(&r->b);
	char type = (char)(byte & ~FLAG_REF);
	uint32_t id = (uint32_t)r->m->n_values;
	enum pyprof_status status;

	if (type == '0' && r->depth) {
		const struct marshal_value *in =
			&r->m->values[r->levels[r->depth - 1].value];

		if (in->kind != MARSHAL_DICT || in->n % 2)
			return fail(r, v.offset, "nothing, where a value should stand");
		r->depth--;
		return PYPROF_OK;
	}
	status = r->b.failed ? PYPROF_OK : read_value(r, &v, type);
	if (status)
		return status;
	if (r->b.failed)
		return fail(r, r->b.len, "it ends too early");
	if (r->m->n_values == MARSHAL_VALUES_MAX)
		return fail_limit(r, v.offset, "more than 67,108,864 values");
	if (!array_grow(r->m->values, r->m->n_values, r->m->cap_values) ||
	    ((byte & FLAG_REF) && !remember(&r->refs, id)) ||
	    (type == 't' && !remember(&r->interned, id)))
		return error_nomem(r->err);
	r->m->values[r->m->n_values++] = v;
	link_child(r, id);
	if (!is_container(type))
		return PYPROF_OK;
	if (r->depth == MARSHAL_DEPTH)
		return fail_limit(r, v.offset, "nested deeper than 64 containers");
	r->levels[r->depth++] = (struct level){id, MARSHAL_NONE, v.n, false};
	return PYPROF_OK;
}

/*
 * The line between a code object's children, and how many follow: a line table, and
 * from 3.11 on one of exceptions. There the kinds of the variables stand fifth, as bytes;
 * before, a tuple.
 */
static void read_code_line(struct reader *r, struct level *level)
{
	struct marshal_value *values = r->m->values;
	uint32_t child = values[level->value].first_child;

	for (int i = 0; i < 4; i++)
		child = values[child].next;
	values[level->value].is_new_code = values[child].kind == MARSHAL_TEXT;
	values[level->value].u.number = bytes_u32(&r->b);
	level->left = values[level->value].is_new_code ? 2 : 1;
	level->line_read = true;
}

/* Containers that have all their children. */
static void close_full(struct reader *r)
{
	while (r->depth) {
		struct level *level = &r->levels[r->depth - 1];
		enum marshal_kind kind = r->m->values[level->value].kind;

		if (kind == MARSHAL_DICT || level->left)
			return;
		if (kind == MARSHAL_CODE && !level->line_read)
			read_code_line(r, level);
		else
			r->depth--;
	}
}

enum pyprof_status marshal_read(struct marshal *m, const char *bytes, size_t len,
				struct pyprof_error *err)
{
	struct reader r = {.m = m, .b = bytes_of(bytes, len), .err = err};
	enum pyprof_status status;

	*m = (struct marshal){0};
	do {
		status = read_next(&r);
		if (!status)
			close_full(&r);
	} while (!status && r.depth);
	if (!status && bytes_left(&r.b))
		status = fail(&r, r.b.pos, "there is more behind its end");
	free(r.refs.ids);
	free(r.interned.ids);
	return status;
}

void marshal_deinit(struct marshal *m)
{
	free(m->values);
	*m = (struct marshal){0};
}

uint32_t marshal_code_name(const struct marshal *m, uint32_t code)
{
	uint32_t child = m->values[code].first_child;

	for (int i = m->values[code].is_new_code ? 6 : 7; i > 0; i--)
		child = m->values[child].next;
	return child;
}
