/* SPDX-License-Identifier: MIT */
#include "render/notes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "profile/revision.h"
#include "render/amount.h"

#define DOT " \xc2\xb7 "

/* Command lines can be megabytes; of more than this nobody reads the end in a picture. */
#define MAX_COMMAND 8192

/* The line that is being written, behind the last of those that are done. */
static struct str *open_line(struct notes *notes)
{
	size_t had = notes->cap;

	if (!array_grow(notes->lines, notes->n, notes->cap)) {
		notes->failed = true;
		return &notes->dropped;
	}
	memset(notes->lines + had, 0, (notes->cap - had) * sizeof(*notes->lines));
	return &notes->lines[notes->n];
}

/* The next line, or more of the last: puts a dot between the items of one line. */
struct str *notes_item(struct notes *notes)
{
	struct str *out = open_line(notes);

	str_add_cstr(out, out->len ? DOT : notes->of);
	return out;
}

void notes_end_line(struct notes *notes)
{
	if (open_line(notes)->len)
		notes->n++;
}

static void note_command(struct notes *notes, const char *command)
{
	size_t len = command ? strnlen(command, MAX_COMMAND) : 0;

	if (!len) {
		str_add_cstr(&notes->title, "Flame graph");
		return;
	}
	str_add(&notes->title, command, len);
	str_add_cstr(notes_item(notes), "Command: ");
	str_add(open_line(notes), command, len);
	notes_end_line(notes);
}

/* "2026-03-01 12:00:00 UTC", whatever the locale and zone. */
static void add_time(struct str *out, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		str_printf(out, "%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void note_process(struct notes *notes, const struct profile_info *info)
{
	if (info->pid)
		str_printf(notes_item(notes), "PID %llu", (unsigned long long)info->pid);
	if (info->python_version && *info->python_version) {
		str_add_cstr(notes_item(notes), "Python ");
		str_add_cstr(open_line(notes), info->python_version);
	}
	if (info->revision && *info->revision) {
		str_add_cstr(notes_item(notes), "revision ");
		revision_short(open_line(notes), info->revision);
	}
	if (info->start_realtime_ns > 0) {
		str_add_cstr(notes_item(notes), "recorded from ");
		add_time(open_line(notes), info->start_realtime_ns);
	}
	if (info->stats.elapsed_ns) {
		str_add_cstr(notes_item(notes), "for ");
		amount_duration(open_line(notes), info->stats.elapsed_ns);
	}
	notes_end_line(notes);
}

static void note_rate(struct notes *notes, const struct pyprof_stats *stats)
{
	if (stats->rate_asked_hz > 0) {
		amount_rate(notes_item(notes), stats->rate_asked_hz);
		str_add_cstr(open_line(notes), " asked");
	}
	if (stats->rate_hz > 0) {
		amount_rate(notes_item(notes), stats->rate_hz);
		str_add_cstr(open_line(notes), " achieved");
	}
	amount_of(notes_item(notes), stats->late_ticks, "late tick", "late ticks");
}

static void note_samples(struct notes *notes, const struct pyprof_stats *stats)
{
	if (!stats->ticks && !stats->samples)
		return;
	amount_of(notes_item(notes), stats->samples, "sample", "samples");
	note_rate(notes, stats);
	notes_end_line(notes);
}

/* "12 samples truncated (10 moved, 2 fault)"; nothing where there are none. */
static void note_causes(struct notes *notes, const uint64_t counts[PYPROF_N_CAUSES],
			const char *one, const char *many)
{
	const char *separator = " (";
	uint64_t sum = 0;
	struct str *line;

	for (unsigned i = 0; i < PYPROF_N_CAUSES; i++)
		sum = profile_add_saturating(sum, counts[i]);
	if (!sum)
		return;
	line = notes_item(notes);
	amount_of(line, sum, one, many);
	for (unsigned i = 0; i < PYPROF_N_CAUSES; i++) {
		if (!counts[i])
			continue;
		str_add_cstr(line, separator);
		amount_of(line, counts[i], pyprof_cause_name((enum pyprof_cause)i),
			  pyprof_cause_name((enum pyprof_cause)i));
		separator = ", ";
	}
	str_add_cstr(line, ")");
}

static void note_missed(struct notes *notes, const struct pyprof_stats *stats)
{
	note_causes(notes, stats->truncated, "sample truncated", "samples truncated");
	if (stats->read_once)
		amount_of(notes_item(notes), stats->read_once, "sample read once", "samples read once");
	note_causes(notes, stats->failed, "look failed", "looks failed");
	if (stats->idle)
		amount_of(notes_item(notes), stats->idle, "look at an idle thread left out",
			  "looks at idle threads left out");
	if (stats->empty)
		amount_of(notes_item(notes), stats->empty, "look found no Python frame",
			  "looks found no Python frame");
	notes_end_line(notes);
}

/* What a width means: "Width: samples (count) · 1,234 samples in all". */
static void note_metric(struct notes *notes)
{
	const struct profile_metric *metric = notes->metric;
	struct str *out = &notes->subtitle;

	str_printf(out, "Width: %s (%s)" DOT, metric->name, metric->unit);
	amount_value(out, notes->total, metric->name, metric->unit);
	str_add_cstr(out, " in all");
}

static void note_empty(struct notes *notes, const struct pyprof_stats *stats)
{
	str_add_cstr(&notes->empty, "No samples.");
	if (!stats->idle)
		return;
	str_add_cstr(&notes->empty, " ");
	amount_of(&notes->empty, stats->idle, "look", "looks");
	str_add_cstr(&notes->empty, " found a thread idle; --idle shows where they wait.");
}

bool notes_failed(const struct notes *notes)
{
	for (size_t i = 0; i < notes->cap; i++)
		if (notes->lines[i].failed)
			return true;
	return notes->failed || notes->title.failed || notes->subtitle.failed ||
	       notes->empty.failed;
}

void notes_recording(struct notes *notes, const struct profile_info *info, const char *of)
{
	notes->of = of;
	note_process(notes, info);
	note_samples(notes, &info->stats);
	note_missed(notes, &info->stats);
	notes->of = "";
}

enum pyprof_status notes_init(struct notes *notes, const struct profile *profile,
			      size_t metric, uint64_t total, struct pyprof_error *err)
{
	const struct profile_info *info = &profile->info;

	*notes = (struct notes){ .metric = &profile->metrics[metric], .total = total, .of = "" };
	note_metric(notes);
	note_empty(notes, &info->stats);
	note_command(notes, info->command);
	notes_recording(notes, info, "");
	return notes_failed(notes) ? error_nomem(err) : PYPROF_OK;
}

void notes_deinit(struct notes *notes)
{
	str_deinit(&notes->title);
	str_deinit(&notes->subtitle);
	str_deinit(&notes->empty);
	str_deinit(&notes->dropped);
	for (size_t i = 0; i < notes->cap; i++)
		str_deinit(&notes->lines[i]);
	free(notes->lines);
	notes->lines = NULL;
	notes->n = notes->cap = 0;
}
