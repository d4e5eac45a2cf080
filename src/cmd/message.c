/* SPDX-License-Identifier: MIT */
#include "cmd/message.h"

#include <errno.h>
#include <stdarg.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

int message_error(const struct pyprof_error *err)
{
	fprintf(stderr, "pyprof: %s\n", err->message);
	if (err->hint[0])
		fprintf(stderr, "  %s\n", err->hint);
	return err->status == PYPROF_ERR_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

/* Does nobody read the pipe any more? Where an earlier write failed errno does not tell. */
static bool is_unread(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return errno == EPIPE || (poll(&out, 1, 0) > 0 && out.revents & POLLERR);
}

int message_flush(void)
{
	struct pyprof_error err;

	errno = EIO; /* where an earlier write failed, its reason is lost */
	if (!ferror(stdout) && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	/* As with head(1): whoever asked has seen enough. */
	if (is_unread()) {
		clearerr(stdout);
		return EXIT_FAILURE;
	}
	error_set_errno(&err, PYPROF_ERR_IO, errno, "cannot write standard output");
	clearerr(stdout);
	return message_error(&err);
}

void message_note(const char *format, ...)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	if (text.len > 0)
		str_one_line(text.data, text.len + 1, (int)text.len);
	fprintf(stderr, "pyprof: %s\n", str_cstr(&text));
}
