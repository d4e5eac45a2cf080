/* SPDX-License-Identifier: MIT */
#include "format/proto.h"

#include <stdarg.h>
#include <stdio.h>

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

/* ---- writing ----------------------------------------------------------------------- */

#define VARINT_MAX 10 /* bytes */

static size_t put_varint(uint8_t *to, uint64_t number)
{
	size_t n = 0;

	for (; number > 0x7f; number >>= 7)
		to[n++] = (uint8_t)(number | 0x80);
	to[n++] = (uint8_t)number;
	return n;
}

void proto_add_varint(struct str *out, uint64_t number)
{
	uint8_t bytes[VARINT_MAX];

	str_add(out, bytes, put_varint(bytes, number));
}

void proto_add_number(struct str *out, unsigned field, uint64_t number)
{
	uint8_t bytes[2 * VARINT_MAX];
	size_t n;

	if (!number)
		return;
	n = put_varint(bytes, (uint64_t)field << 3 | WIRE_VARINT);
	n += put_varint(bytes + n, number);
	str_add(out, bytes, n);
}

size_t proto_put_head(uint8_t head[PROTO_HEAD_MAX], unsigned field, size_t len)
{
	size_t n = put_varint(head, (uint64_t)field << 3 | WIRE_BYTES);

	return n + put_varint(head + n, len);
}

void proto_add_bytes(struct str *out, unsigned field, const void *bytes, size_t len)
{
	uint8_t head[PROTO_HEAD_MAX];

	str_add(out, head, proto_put_head(head, field, len));
	str_add(out, bytes, len);
}

/* ---- reading ------------------------------------------------------------------------ */

enum pyprof_status proto_error(const struct proto *at, struct pyprof_error *err,
			       const char *format, ...)
{
	char what[200];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return error_set(err, PYPROF_ERR_CORRUPT, "byte %zu: %s", (size_t)(at->at - at->file),
			 what);
}

static bool read_varint(struct proto *p, uint64_t *number)
{
	const uint8_t *at = p->at;
	uint64_t result = 0;

	if (at < p->end && *at < 0x80) { /* most are that short */
		*number = *at;
		p->at = at + 1;
		return true;
	}
	for (unsigned shift = 0; at < p->end && shift < 64; shift += 7) {
		uint8_t byte = *at++;

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			return false;
		result |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*number = result;
			p->at = at;
			return true;
		}
	}
	return false;
}

/* Takes `len` bytes of the message as a part of their own. */
static bool take(struct proto *p, uint64_t len, struct proto *part)
{
	if (len > (uint64_t)(p->end - p->at))
		return false;
	*part = (struct proto){ p->at, p->at + len, p->file };
	p->at += len;
	return true;
}

static bool read_value(struct proto *p, enum wire_type type, struct proto_field *field)
{
	uint64_t len;

	switch (type) {
	case WIRE_VARINT:
		return read_varint(p, &field->value);
	case WIRE_BYTES:
		return read_varint(p, &len) && take(p, len, &field->bytes);
	case WIRE_FIXED64:
		return take(p, 8, &field->bytes);
	case WIRE_FIXED32:
		return take(p, 4, &field->bytes);
	}
	return false;
}

bool proto_next(struct proto *message, struct proto_field *field, enum pyprof_status *status,
		struct pyprof_error *err)
{
	*status = PYPROF_OK;
	while (message->at < message->end) {
		struct proto start = *message;
		uint64_t key;
		enum wire_type type;

		if (!read_varint(message, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff) {
			*status = proto_error(&start, err, "no field of a message begins here");
			return false;
		}
		type = key & 7;
		field->number = (unsigned)(key >> 3);
		field->is_bytes = type == WIRE_BYTES;
		field->value = 0;
		field->bytes = (struct proto){ message->at, message->at, message->file };
		if (!read_value(message, type, field)) {
			*status = proto_error(&start, err, "field %u is cut short or no field",
					      field->number);
			return false;
		}
		if (type == WIRE_VARINT || type == WIRE_BYTES)
			return true;
	}
	return false;
}

bool proto_next_number(struct proto *message, struct proto_field *field,
		       enum pyprof_status *status, struct pyprof_error *err)
{
	struct proto start = *message;

	while (proto_next(message, field, status, err)) {
		if (field->number > PROTO_KNOWN) {
			start = *message;
			continue;
		}
		if (!field->is_bytes)
			return true;
		*status = proto_error(&start, err, "field %u is of another type", field->number);
		return false;
	}
	return false;
}

bool proto_next_packed(struct proto *packed, uint64_t *number, enum pyprof_status *status,
		       struct pyprof_error *err)
{
	*status = PYPROF_OK;
	if (packed->at == packed->end)
		return false;
	if (read_varint(packed, number))
		return true;
	*status = proto_error(packed, err, "a number is cut short");
	return false;
}
