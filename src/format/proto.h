/* SPDX-License-Identifier: MIT */
/*
 * The wire format of protocol buffers, as much of it as pprof's files have: messages, varints and
 * texts. https://protobuf.dev/programming-guides/encoding/
 */
#ifndef PYPROF_FORMAT_PROTO_H
#define PYPROF_FORMAT_PROTO_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* ---- writing: into a str, which says at the end whether memory was enough ------------- */

void proto_add_varint(struct str *out, uint64_t number);

/* A field that is a number; 0, the default, is not written. */
void proto_add_number(struct str *out, unsigned field, uint64_t number);

/* A field of bytes: a text, a message, packed numbers. */
void proto_add_bytes(struct str *out, unsigned field, const void *bytes, size_t len);

/* The head of such a field alone, into bytes that have room for it; returns its length. */
#define PROTO_HEAD_MAX 20
size_t proto_put_head(uint8_t head[PROTO_HEAD_MAX], unsigned field, size_t len);

/* ---- reading --------------------------------------------------------------------------- */

/* Bytes of a message, and where they lie in the file, for errors. */
struct proto {
	const uint8_t *at, *end;
	const uint8_t *file; /* its first byte */
};

struct proto_field {
	unsigned number;
	bool is_bytes;
	uint64_t value;	    /* of a number, else 0 */
	struct proto bytes; /* of bytes, else none */
};

/*
 * The next field of the message, those of other wire types passed over. False at the end, or
 * (*status is not OK) where there is none: CORRUPT, with the byte.
 */
bool proto_next(struct proto *message, struct proto_field *field, enum pyprof_status *status,
		struct pyprof_error *err);

/*
 * The same in a message whose fields up to PROTO_KNOWN are numbers: one of these that is not is
 * CORRUPT, and what is above it is passed over.
 */
#define PROTO_KNOWN 10
bool proto_next_number(struct proto *message, struct proto_field *field,
		       enum pyprof_status *status, struct pyprof_error *err);

/* The next of packed numbers. False as above. */
bool proto_next_packed(struct proto *packed, uint64_t *number, enum pyprof_status *status,
		       struct pyprof_error *err);

/* CORRUPT: "byte N: what". */
enum pyprof_status proto_error(const struct proto *at, struct pyprof_error *err,
			       const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
