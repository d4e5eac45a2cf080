/* SPDX-License-Identifier: MIT */
#include "render/notes.h"

#include <string.h>
#include <time.h>

#include "render/amount.h"

#define DOT " \xc2\xb7 "

/* Command lines can be megabytes; of more than this nobody reads the end in a picture. */
#define MAX_COMMAND 8192

/* The next line, or more of the last: puts a dot between the items of one line. */
static struct str *item(struct notes *notes)
{
	struct str *line = &notes->lines[notes->n];

	if (line->len)
		str_add_cstr(line, DOT);
	return line;
}

static void end_line(struct notes *notes)
{
	if (notes->lines[notes->n].len)
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
	str_add_cstr(item(notes), "Command: ");
	str_add(&notes->lines[notes->n], command, len);
	end_line(notes);
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
		str_printf(item(notes), "PID %llu", (unsigned long long)info->pid);
	if (info->python_version && *info->python_version) {
		str_add_cstr(item(notes), "Python ");
		str_add_cstr(&notes->lines[notes->n], info->python_version);
	}
	if (info->start_realtime_ns > 0) {
		str_add_cstr(item(notes), "recorded from ");
		add_time(&notes->lines[notes->n], info->start_realtime_ns);
	}
	if (info->stats.elapsed_ns) {
		str_add_cstr(item(notes), "for ");
		amount_duration(&notes->lines[notes->n], info->stats.elapsed_ns);
	}
	end_line(notes);
}

static void note_rate(struct notes *notes, const struct pyprof_stats *stats)
{
	if (stats->rate_asked_hz > 0) {
		amount_rate(item(notes), stats->rate_asked_hz);
		str_add_cstr(&notes->lines[notes->n], " asked");
	}
	if (stats->rate_hz > 0) {
		amount_rate(item(notes), stats->rate_hz);
		str_add_cstr(&notes->lines[notes->n], " achieved");
	}
	amount_of(item(notes), stats->late_ticks, "late tick", "late ticks");
}

static void note_samples(struct notes *notes, const struct pyprof_stats *stats)
{
	if (!stats->ticks && !stats->samples)
		return;
	amount_of(item(notes), stats->samples, "sample", "samples");
	note_rate(notes, stats);
	end_line(notes);
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
	line = item(notes);
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
		amount_of(item(notes), stats->read_once, "sample read once", "samples read once");
	note_causes(notes, stats->failed, "look failed", "looks failed");
	if (stats->idle)
		amount_of(item(notes), stats->idle, "look at an idle thread left out",
			  "looks at idle threads left out");
	if (stats->empty)
		amount_of(item(notes), stats->empty, "look found no Python frame",
			  "looks found no Python frame");
	end_line(notes);
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

static bool any_failed(const struct notes *notes)
{
	for (size_t i = 0; i < NOTES_MAX; i++)
		if (notes->lines[i].failed)
			return true;
	return notes->title.failed || notes->subtitle.failed || notes->empty.failed;
}

enum pyprof_status notes_init(struct notes *notes, const struct profile *profile,
			      size_t metric, uint64_t total, struct pyprof_error *err)
{
	const struct profile_info *info = &profile->info;

	*notes = (struct notes){ .metric = &profile->metrics[metric], .total = total };
	note_metric(notes);
	note_empty(notes, &info->stats);
	note_command(notes, info->command);
	note_process(notes, info);
	note_samples(notes, &info->stats);
	note_missed(notes, &info->stats);
	return any_failed(notes) ? error_nomem(err) : PYPROF_OK;
}

void notes_deinit(struct notes *notes)
{
	str_deinit(&notes->title);
	str_deinit(&notes->subtitle);
	str_deinit(&notes->empty);
	for (size_t i = 0; i < NOTES_MAX; i++)
		str_deinit(&notes->lines[i]);
}
