/* SPDX-License-Identifier: MIT */
/*
 * Errors: a status that functions return, and an object that the caller owns.
 *
 * `err` may be NULL everywhere. Nothing here allocates, so a reader in the
 * sampling path may fail freely; formatting costs, so such a path passes NULL.
 * Messages and hints come out as one line without control characters, cut with "..."
 * where they are too long; the old message may be an argument of the new one.
 */
#ifndef PYPROF_BASE_ERROR_H
#define PYPROF_BASE_ERROR_H

#include "libpyprof.h"

/*
 * Fills *err with the status and a formatted message (what failed, on what, why;
 * no final newline), clears its hint, errno and address. Returns `status`, so
 * that a caller can `return error_set(…)`.
 */
enum pyprof_status error_set(struct pyprof_error *err, enum pyprof_status status,
			     const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set(), with ": " and strerror(os_errno) added to the message. */
enum pyprof_status error_set_errno(struct pyprof_error *err, enum pyprof_status status,
				   int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* As error_set(), about address `address` of the target; " at 0x…" is added. */
enum pyprof_status error_set_address(struct pyprof_error *err, enum pyprof_status status,
				     uint64_t address, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Says what the user can do about the error already in *err. */
void error_hint(struct pyprof_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "what: " before the message already in *err. */
void error_prefix(struct pyprof_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void error_clear(struct pyprof_error *err);

/* "out of memory", as a status to return. */
enum pyprof_status error_nomem(struct pyprof_error *err);

#endif
