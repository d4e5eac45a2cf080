/* SPDX-License-Identifier: MIT */
#include "cmd/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/number.h"

#define WARNING "\033[33m"
#define PLAIN	"\033[m"

static uint64_t sum(const uint64_t *counts)
{
	uint64_t total = 0;

	for (int i = 0; i < PYPROF_N_CAUSES; i++)
		total += counts[i];
	return total;
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] != '\0';
}

void status_init(struct status_line *status, bool shared, uint64_t duration_ns)
{
	const char *term = getenv("TERM");
	bool dumb = !term || !term[0] || !strcmp(term, "dumb");

	*status = (struct status_line){
		.on = isatty(STDERR_FILENO) && !(shared && isatty(STDOUT_FILENO)),
		.colours = !dumb && !is_set("NO_COLOR"),
		.escapes = !dumb,
		.duration_ns = duration_ns,
	};
}

/* One part of the line, where it still fits. Parts are ASCII: a byte is a column. */
static void add_part(struct str *out, size_t *used, size_t columns, const char *colour,
		     const char *text)
{
	size_t len = strlen(text);
	size_t gap = *used ? 2 : 0;

	if (*used + gap + len > columns) {
		*used = columns; /* nor what comes behind it: a gap would be misread */
		return;
	}
	str_printf(out, "%*s%s%s%s", (int)gap, "", colour, text, colour[0] ? PLAIN : "");
	*used += gap + len;
}

static void add_count(struct str *out, size_t *used, size_t columns, bool colours,
		      uint64_t n, const char *what)
{
	char number[NUMBER_TEXT_MAX], part[NUMBER_TEXT_MAX + 16];

	snprintf(part, sizeof(part), "%s %s", number_count_text(n, number), what);
	add_part(out, used, columns, colours && n > 0 ? WARNING : "", part);
}

size_t status_text(struct str *out, const struct pyprof_stats *stats, pid_t pid,
		   uint64_t duration_ns, size_t columns, bool colours)
{
	char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX], part[3 * NUMBER_TEXT_MAX];
	size_t used = 0, taken;

	snprintf(part, sizeof(part), "recording %d", (int)pid);
	add_part(out, &used, columns, "", part);
	number_time_text(stats->elapsed_ns, a);
	if (duration_ns)
		snprintf(part, sizeof(part), "%s of %s", a, number_time_text(duration_ns, b));
	else
		snprintf(part, sizeof(part), "%s", a);
	add_part(out, &used, columns, "", part);
	add_count(out, &used, columns, false, stats->samples, "samples");
	snprintf(part, sizeof(part), "%s Hz", number_rate_text(stats->rate_hz, a));
	add_part(out, &used, columns, "", part);
	add_count(out, &used, columns, colours, stats->late_ticks, "late");
	add_count(out, &used, columns, colours, sum(stats->truncated), "truncated");
	add_count(out, &used, columns, colours, sum(stats->failed), "failed");
	taken = used;
	add_part(out, &used, columns, "", "(Ctrl-C ends)");
	return taken > used ? taken : used;
}

/* Columns of the terminal; 80 where it does not say. */
static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

/* In the background a line of ours would run into what the shell shows. */
static bool in_front(void)
{
	pid_t front = tcgetpgrp(STDERR_FILENO);

	return front == -1 || front == getpgrp();
}

/* The last column stays free: some terminals wrap as soon as it is taken. */
static size_t usable_columns(void)
{
	return terminal_columns() - 1;
}

/* Over what is drawn: `line` begins with a carriage return, and takes `width` columns. */
static void draw(struct status_line *status, struct str *line, size_t width, size_t columns)
{
	if (status->escapes)
		str_add_cstr(line, "\033[K");
	else if (status->width > width && status->width <= columns)
		str_printf(line, "%*s", (int)(status->width - width), "");
	fwrite(str_cstr(line), 1, line->len, stderr);
	fflush(stderr);
	status->drawn = true;
	status->width = width;
}

void status_draw(struct status_line *status, pid_t pid, const struct pyprof_stats *stats)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;
	size_t width, columns;

	if (!status->on || !in_front())
		return;
	columns = usable_columns();
	str_add_char(&line, '\r');
	width = status_text(&line, stats, pid, status->duration_ns, columns, status->colours);
	draw(status, &line, width, columns);
}

void status_show(struct status_line *status, const char *text)
{
	_cleanup_(str_deinit) struct str line = STR_INIT;
	size_t width = strlen(text), columns;

	if (!status->on || !in_front())
		return;
	columns = usable_columns();
	if (width > columns)
		width = columns;
	str_printf(&line, "\r%.*s", (int)width, text);
	draw(status, &line, width, columns);
}

void status_erase(struct status_line *status)
{
	if (!status->drawn || !in_front())
		return;
	if (status->escapes)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\r%*s\r", (int)status->width, "");
	fflush(stderr);
	status->drawn = false;
}
