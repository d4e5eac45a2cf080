/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

_Static_assert(sizeof(((struct pyprof_error *)0)->message) ==
		       sizeof(((struct pyprof_error *)0)->hint),
	       "set_text() works in one buffer for both");

const char *pyprof_version(void)
{
	return PYPROF_VERSION;
}

const char *pyprof_cause_name(enum pyprof_cause cause)
{
	static const char *const names[PYPROF_N_CAUSES] = {
		[PYPROF_CAUSE_MOVED] = "moved",	  [PYPROF_CAUSE_FAULT] = "fault",
		[PYPROF_CAUSE_BROKEN] = "broken", [PYPROF_CAUSE_DEPTH] = "depth",
		[PYPROF_CAUSE_CODE] = "code",
	};

	return (unsigned)cause < PYPROF_N_CAUSES ? names[cause] : "unknown";
}

const char *pyprof_status_name(enum pyprof_status status)
{
	switch (status) {
	case PYPROF_OK:
		return "ok";
	case PYPROF_ERR_USAGE:
		return "usage";
	case PYPROF_ERR_NOMEM:
		return "no-memory";
	case PYPROF_ERR_IO:
		return "io";
	case PYPROF_ERR_NO_PROCESS:
		return "no-process";
	case PYPROF_ERR_PERMISSION:
		return "permission";
	case PYPROF_ERR_NOT_PYTHON:
		return "not-python";
	case PYPROF_ERR_UNSUPPORTED:
		return "unsupported";
	case PYPROF_ERR_NOT_READY:
		return "not-ready";
	case PYPROF_ERR_GONE:
		return "gone";
	case PYPROF_ERR_EXEC:
		return "exec";
	case PYPROF_ERR_FAULT:
		return "fault";
	case PYPROF_ERR_CORRUPT:
		return "corrupt";
	case PYPROF_ERR_LIMIT:
		return "limit";
	}
	return "unknown";
}

/*
 * Formats over the text in `buf`, which may itself be among the arguments: so by way of
 * a second buffer. `tail` is what must not be lost where the text is too long.
 */
static void set_text(char *buf, size_t size, const char *tail, const char *format,
		     va_list args) __attribute__((format(printf, 4, 0)));

static void set_text(char *buf, size_t size, const char *tail, const char *format,
		     va_list args)
{
	char text[sizeof(((struct pyprof_error *)0)->message)];
	size_t tail_len = strlen(tail);
	size_t room = size - tail_len; /* tails are short: see the callers */

	str_one_line(text, room, vsnprintf(text, room, format, args));
	memcpy(text + strlen(text), tail, tail_len + 1);
	memcpy(buf, text, strlen(text) + 1);
}

static void reset(struct pyprof_error *err, enum pyprof_status status, int os_errno,
		  uint64_t address)
{
	err->status = status;
	err->os_errno = os_errno;
	err->address = address;
	err->hint[0] = '\0';
}

enum pyprof_status error_set(struct pyprof_error *err, enum pyprof_status status,
			     const char *format, ...)
{
	va_list args;

	if (!err)
		return status;
	va_start(args, format);
	set_text(err->message, sizeof(err->message), "", format, args);
	va_end(args);
	reset(err, status, 0, 0);
	return status;
}

enum pyprof_status error_set_errno(struct pyprof_error *err, enum pyprof_status status,
				   int os_errno, const char *format, ...)
{
	char reason[100], tail[104];
	va_list args;

	if (!err)
		return status;
	/* The GNU strerror_r: may answer with a static text instead of `reason`. */
	snprintf(tail, sizeof(tail), ": %s", strerror_r(os_errno, reason, sizeof(reason)));
	va_start(args, format);
	set_text(err->message, sizeof(err->message), tail, format, args);
	va_end(args);
	reset(err, status, os_errno, 0);
	return status;
}

enum pyprof_status error_set_address(struct pyprof_error *err, enum pyprof_status status,
				     uint64_t address, const char *format, ...)
{
	char tail[32];
	va_list args;

	if (!err)
		return status;
	snprintf(tail, sizeof(tail), " at 0x%" PRIx64, address);
	va_start(args, format);
	set_text(err->message, sizeof(err->message), tail, format, args);
	va_end(args);
	reset(err, status, 0, address);
	return status;
}

void error_hint(struct pyprof_error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	set_text(err->hint, sizeof(err->hint), "", format, args);
	va_end(args);
}

void error_prefix(struct pyprof_error *err, const char *format, ...)
{
	char what[sizeof(err->message)];
	char whole[2 * sizeof(err->message) + 2];
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	set_text(what, sizeof(what), "", format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "%s: %s", what, err->message);
	str_one_line(err->message, sizeof(err->message),
		     snprintf(err->message, sizeof(err->message), "%s", whole));
}

void error_clear(struct pyprof_error *err)
{
	if (!err)
		return;
	err->message[0] = '\0';
	reset(err, PYPROF_OK, 0, 0);
}

enum pyprof_status error_nomem(struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_NOMEM, "out of memory");
}
