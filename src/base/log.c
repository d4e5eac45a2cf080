/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/str.h"

#define LINE_MAX_BYTES 1024

static atomic_int current_level;

void log_set_level(int level)
{
	atomic_store_explicit(&current_level, level, memory_order_relaxed);
}

int log_level(void)
{
	return atomic_load_explicit(&current_level, memory_order_relaxed);
}

void log_at(int level, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	if (level > log_level())
		return;
	va_start(args, format);
	str_one_line(text, sizeof(text), vsnprintf(text, sizeof(text), format, args));
	va_end(args);
	fprintf(stderr, "pyprof: %s\n", text);
}
