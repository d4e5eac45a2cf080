/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON texts, by jansson, and what it leaves open: lone surrogates.
 *
 * JSON can write a lone surrogate as an escape (Python and our own writer do, JavaScript
 * reads it), but jansson refuses such a text. So each of these escapes is replaced,
 * before jansson sees it, by two characters that take the same six bytes, and put back
 * when the string is taken: a noncharacter U+FDD0 to U+FDEF (five bits) and U+E000 to
 * U+E03F (six). Only where a file has lone surrogates at all, and in it a name that
 * really holds such a pair, is that name read as another.
 *
 * Strings are UTF-8, lone surrogates in their three-byte form; NULs may be in them.
 * Numbers are 64 bits with a sign, or double. Values nest at most 2048 deep, which is
 * jansson's limit. Of equal keys in an object the last one counts, as in JavaScript.
 */
#ifndef PYPROF_BASE_JSON_READ_H
#define PYPROF_BASE_JSON_READ_H

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

#define JSON_READ_MAX ((size_t)512 << 20) /* a tree takes about twenty times its text */

struct json_read {
	json_t *root;	/* the caller's, until json_read_deinit() */
	bool stand_ins; /* may strings hold them? */
};

/*
 * The whole text is one object or array; a byte order mark may stand before it. Errors:
 * CORRUPT (names the byte, from 0, at which it is seen), LIMIT (more than JSON_READ_MAX
 * bytes; a number too large, with its byte), NOMEM; nothing to deinit then. Where memory
 * runs out within a string, jansson says that the text is wrong there (CORRUPT). `what`
 * begins the message.
 */
enum pyprof_status json_read(struct json_read *json, const char *what, const char *bytes,
			     size_t len, struct pyprof_error *err);
void json_read_deinit(struct json_read *json);

/*
 * The bytes of a JSON string. They are the tree's own, or lie in *scratch until it
 * changes, where something had to be put back: ask scratch->failed. `string` is a JSON
 * string.
 */
const char *json_read_text(const struct json_read *json, const json_t *string,
			   struct str *scratch, size_t *len);

#endif
