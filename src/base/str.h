/* SPDX-License-Identifier: MIT */
/*
 * A growing string of bytes.
 *
 * Invariant: `data` is NULL (and len 0) or NUL-terminated at data[len]; bytes may
 * hold NULs of their own. Once an allocation failed, `failed` stays set, what is
 * added is dropped, and the owner asks once, at the end. What is added must not lie in
 * the string itself. The owner frees with
 * str_deinit(); str_take() hands the bytes over to the caller's free().
 */
#ifndef PYPROF_BASE_STR_H
#define PYPROF_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
	char *data;
	size_t len;
	size_t cap;
	bool failed;
};

#define STR_INIT { 0 }

void str_deinit(struct str *s);
void str_clear(struct str *s); /* len = 0, storage kept */
void str_add(struct str *s, const void *bytes, size_t len);
void str_add_cstr(struct str *s, const char *text);
void str_add_char(struct str *s, char c);
void str_printf(struct str *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* The text, never NULL ("" when empty); valid until the next change. */
const char *str_cstr(const struct str *s);

/* Hands the storage to the caller (free() it); *s is empty again. NULL on failure. */
char *str_take(struct str *s);

/*
 * Appends all of `fd` (or of the file at `path`), `limit` bytes at most. Returns false
 * and sets errno on failure; EFBIG where there is more than `limit`. What was read
 * before the failure stays.
 */
bool str_read_fd(struct str *s, int fd, size_t limit);
bool str_read_file(struct str *s, const char *path, size_t limit);

/*
 * Makes one clean line of the text that [v]snprintf() just wrote into buf[size] and said
 * was `wanted` bytes long: what was cut off ends in "..." and never inside a UTF-8
 * character, control characters (which a hostile name may bring) become '?'.
 */
void str_one_line(char *buf, size_t size, int wanted);

#endif
