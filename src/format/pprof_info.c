/* SPDX-License-Identifier: MIT */
#include "format/pprof_info.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

enum kind { KIND_TEXT, KIND_U64, KIND_U32, KIND_DOUBLE };

#define STATS(member) offsetof(struct profile_info, stats.member)
#define CAUSE(member, cause) STATS(member) + sizeof(uint64_t) * (cause)

/* One row a comment. What is 0 or not there is not written. */
static const struct row {
	const char *key;
	enum kind kind;
	size_t offset;
} rows[] = {
	{ "command", KIND_TEXT, offsetof(struct profile_info, command) },
	{ "python", KIND_TEXT, offsetof(struct profile_info, python_version) },
	{ "directory", KIND_TEXT, offsetof(struct profile_info, cwd) },
	{ "pid", KIND_U64, offsetof(struct profile_info, pid) },
	{ "revision", KIND_TEXT, offsetof(struct profile_info, revision) },
	{ "machine", KIND_TEXT, offsetof(struct profile_info, machine) },
	{ "ended", KIND_TEXT, offsetof(struct profile_info, ended) },
};

/* The same for the counters, which share one comment: "recording: ticks=746 samples=741". */
static const struct row counters[] = {
	{ "rate-asked-hz", KIND_DOUBLE, STATS(rate_asked_hz) },
	{ "rate-hz", KIND_DOUBLE, STATS(rate_hz) },
	{ "lowest-rate-hz", KIND_DOUBLE, STATS(lowest_rate_hz) },
	{ "ticks", KIND_U64, STATS(ticks) },
	{ "late-ticks", KIND_U64, STATS(late_ticks) },
	{ "samples", KIND_U64, STATS(samples) },
	{ "idle", KIND_U64, STATS(idle) },
	{ "empty", KIND_U64, STATS(empty) },
	{ "truncated-moved", KIND_U64, CAUSE(truncated, PYPROF_CAUSE_MOVED) },
	{ "truncated-fault", KIND_U64, CAUSE(truncated, PYPROF_CAUSE_FAULT) },
	{ "truncated-broken", KIND_U64, CAUSE(truncated, PYPROF_CAUSE_BROKEN) },
	{ "truncated-depth", KIND_U64, CAUSE(truncated, PYPROF_CAUSE_DEPTH) },
	{ "truncated-code", KIND_U64, CAUSE(truncated, PYPROF_CAUSE_CODE) },
	{ "failed-moved", KIND_U64, CAUSE(failed, PYPROF_CAUSE_MOVED) },
	{ "failed-fault", KIND_U64, CAUSE(failed, PYPROF_CAUSE_FAULT) },
	{ "failed-broken", KIND_U64, CAUSE(failed, PYPROF_CAUSE_BROKEN) },
	{ "failed-depth", KIND_U64, CAUSE(failed, PYPROF_CAUSE_DEPTH) },
	{ "failed-code", KIND_U64, CAUSE(failed, PYPROF_CAUSE_CODE) },
	{ "lost-frames", KIND_U64, STATS(lost_frames) },
	{ "read-once", KIND_U64, STATS(read_once) },
	{ "paused", KIND_U64, STATS(paused) },
	{ "paused-ns", KIND_U64, STATS(paused_ns) },
	{ "unpaused-budget", KIND_U64, STATS(unpaused_budget) },
	{ "unpaused-refused", KIND_U64, STATS(unpaused_refused) },
	{ "profiler-cpu-ns", KIND_U64, STATS(cpu_ns) },
	{ "run-cpu-ns", KIND_U64, STATS(run_cpu_ns) },
	{ "run-wall-ns", KIND_U64, STATS(run_wall_ns) },
	{ "threads", KIND_U32, STATS(threads) },
	{ "processes", KIND_U32, STATS(processes) },
	{ "processes-missed", KIND_U32, STATS(processes_missed) },
};

static const char first[] = "pyprof ", recording[] = "recording: ";

/* To the last digit, and with a point in every locale. */
static void add_double(struct str *out, double value)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before;

	if (!c) {
		out->failed = true;
		return;
	}
	before = uselocale(c);
	str_printf(out, "%.17g", value);
	uselocale(before);
	freelocale(c);
}

/* What is no number, or none that a rate can be, is 0. */
static double read_double(const char *text)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double value = c ? strtod_l(text, NULL, c) : 0;

	if (c)
		freelocale(c);
	return value >= 0 && value < 1e12 ? value : 0;
}

/* The value as text; *out stays empty where there is none. */
static void add_value(struct str *out, const struct row *row, const struct profile_info *info)
{
	const void *at = (const char *)info + row->offset;

	switch (row->kind) {
	case KIND_TEXT:
		if (*(char *const *)at)
			str_add_cstr(out, *(char *const *)at);
		break;
	case KIND_U64:
		if (*(const uint64_t *)at)
			str_printf(out, "%" PRIu64, *(const uint64_t *)at);
		break;
	case KIND_U32:
		if (*(const uint32_t *)at)
			str_printf(out, "%" PRIu32, *(const uint32_t *)at);
		break;
	case KIND_DOUBLE:
		if (*(const double *)at > 0)
			add_double(out, *(const double *)at);
		break;
	}
}

static void write_rows(const struct profile_info *info, struct str *text,
		       pprof_comment_fn *add, void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t head;

		str_clear(text);
		str_printf(text, "%s: ", rows[i].key);
		head = text->len;
		add_value(text, &rows[i], info);
		if (text->len > head && !text->failed)
			add(arg, str_cstr(text), text->len);
	}
}

static void write_counters(const struct profile_info *info, struct str *text,
			   pprof_comment_fn *add, void *arg)
{
	struct str value = STR_INIT;

	str_clear(text);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		str_clear(&value);
		add_value(&value, &counters[i], info);
		if (value.len)
			str_printf(text, "%s%s=%s", text->len ? " " : recording,
				   counters[i].key, str_cstr(&value));
	}
	if (text->len)
		add(arg, str_cstr(text), text->len);
	text->failed |= value.failed;
	str_deinit(&value);
}

bool pprof_info_write(const struct profile_info *info, pprof_comment_fn *add, void *arg)
{
	struct str text = STR_INIT;
	const char *line = info->comments;
	bool ok;

	str_printf(&text, "%s%s", first, PYPROF_VERSION);
	add(arg, str_cstr(&text), text.len);
	write_rows(info, &text, add, arg);
	write_counters(info, &text, add, arg);
	ok = !text.failed;
	str_deinit(&text);
	while (line && *line) {
		size_t len = strcspn(line, "\n");

		add(arg, line, len);
		line += len + (line[len] == '\n');
	}
	return ok;
}

bool pprof_info_is_ours(const char *comment)
{
	return strncmp(comment, first, strlen(first)) == 0;
}

/* The row whose key the text begins with, and `separator` behind it. */
static const struct row *find_row(const struct row *table, size_t n, const char *text,
				  const char *separator, const char **value)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(table[i].key);

		if (!strncmp(text, table[i].key, len) &&
		    !strncmp(text + len, separator, strlen(separator))) {
			*value = text + len + strlen(separator);
			return &table[i];
		}
	}
	return NULL;
}

static bool take_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to != NULL;
}

/* A number that is none is none: the counters are for people. */
static bool take_value(struct profile_info *info, const struct row *row, const char *value)
{
	void *at = (char *)info + row->offset;

	switch (row->kind) {
	case KIND_TEXT:
		return take_text(at, value);
	case KIND_U64:
		*(uint64_t *)at = strtoull(value, NULL, 10);
		break;
	case KIND_U32:
		*(uint32_t *)at = (uint32_t)strtoull(value, NULL, 10);
		break;
	case KIND_DOUBLE:
		*(double *)at = read_double(value);
		break;
	}
	return true;
}

static bool add_line(struct str *lines, const char *text)
{
	if (lines->len)
		str_add_char(lines, '\n');
	str_add_cstr(lines, text);
	return !lines->failed;
}

static void take_counters(struct profile_info *info, const char *text)
{
	while (*text) {
		const char *value;
		const struct row *row =
			find_row(counters, ARRAY_SIZE(counters), text, "=", &value);

		if (row)
			take_value(info, row, value);
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
}

bool pprof_info_read(struct profile_info *info, const char *comment, bool ours,
		     struct str *others)
{
	const char *value;
	const struct row *row;

	if (!ours)
		return add_line(others, comment);
	if (pprof_info_is_ours(comment))
		return true;
	if (!strncmp(comment, recording, strlen(recording))) {
		take_counters(info, comment + strlen(recording));
		return true;
	}
	row = find_row(rows, ARRAY_SIZE(rows), comment, ": ", &value);
	return row ? take_value(info, row, value) : add_line(others, comment);
}
