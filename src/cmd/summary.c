/* SPDX-License-Identifier: MIT */
#include "cmd/summary.h"

#include "cmd/number.h"

static void add_count(struct str *out, uint64_t n, const char *one, const char *many)
{
	char number[NUMBER_TEXT_MAX];

	str_printf(out, "%s %s", number_count_text(n, number), n == 1 ? one : many);
}

/* "12 truncated (moved)", "12 truncated (9 moved, 3 fault)". */
static void add_causes(struct str *out, const uint64_t *counts, const char *what)
{
	char number[NUMBER_TEXT_MAX];
	uint64_t total = 0;
	int n_causes = 0, listed = 0;

	for (int i = 0; i < PYPROF_N_CAUSES; i++) {
		total += counts[i];
		n_causes += counts[i] > 0;
	}
	add_count(out, total, what, what);
	for (int i = 0; i < PYPROF_N_CAUSES; i++) {
		if (counts[i] == 0)
			continue;
		str_add_cstr(out, listed++ ? ", " : " (");
		if (n_causes > 1)
			str_printf(out, "%s ", number_count_text(counts[i], number));
		str_add_cstr(out, pyprof_cause_name((enum pyprof_cause)i));
	}
	if (listed)
		str_add_char(out, ')');
}

/* ", 210 paused (22 us each), 800 not paused (795 budget, 5 refused)". */
static void add_pauses(struct str *out, const struct pyprof_stats *stats)
{
	char number[NUMBER_TEXT_MAX];
	uint64_t not_paused = stats->unpaused_budget + stats->unpaused_refused;

	if (stats->paused) {
		str_add_cstr(out, ", ");
		add_count(out, stats->paused, "paused", "paused");
		str_printf(out, " (%.0f us each)",
			   (double)stats->paused_ns / (double)stats->paused / 1e3);
	}
	if (!not_paused)
		return;
	str_add_cstr(out, ", ");
	add_count(out, not_paused, "not paused", "not paused");
	if (stats->unpaused_budget && stats->unpaused_refused)
		str_printf(out, " (%s budget, ", number_count_text(stats->unpaused_budget, number));
	else
		str_add_cstr(out, stats->unpaused_budget ? " (budget)" : " (");
	if (stats->unpaused_budget && stats->unpaused_refused)
		str_printf(out, "%s ", number_count_text(stats->unpaused_refused, number));
	if (stats->unpaused_refused)
		str_add_cstr(out, "refused)");
}

/* " of 9 processes", " of 9 processes (7 others without Python)"; nothing of one alone. */
static void add_processes(struct str *out, const struct pyprof_stats *stats)
{
	if (stats->processes > 1 || stats->processes_missed) {
		str_add_cstr(out, " of ");
		add_count(out, stats->processes, "process", "processes");
	}
	if (stats->processes_missed) {
		str_add_cstr(out, " (");
		add_count(out, stats->processes_missed, "other", "others");
		str_add_cstr(out, " without Python)");
	}
}

/* ", times of 1 look in 4"; nothing where all are there, or none were asked for. */
static void add_times(struct str *out, const struct pyprof_stats *stats)
{
	char number[NUMBER_TEXT_MAX];

	if (stats->timeline_every > 1)
		str_printf(out, ", times of 1 look in %s",
			   number_count_text(stats->timeline_every, number));
	if (stats->timeline_lost)
		str_printf(out, ", no room for the times of %s",
			   number_count_text(stats->timeline_lost, number));
}

static const char *end_text(enum pyprof_end end)
{
	switch (end) {
	case PYPROF_END_RUNNING:
	case PYPROF_END_DURATION:
		break;
	case PYPROF_END_STOPPED:
		return "; stopped";
	case PYPROF_END_EXIT:
		return "; target exited";
	case PYPROF_END_EXEC:
		return "; target replaced itself (exec)";
	}
	return "";
}

void summary_text(struct str *out, const struct pyprof_stats *stats, enum pyprof_end end)
{
	char text[NUMBER_TEXT_MAX];

	add_count(out, stats->samples, "sample", "samples");
	add_processes(out, stats);
	str_printf(out, " in %s", number_time_text(stats->elapsed_ns, text));
	str_printf(out, " at %s Hz", number_rate_text(stats->rate_hz, text));
	str_printf(out, " (asked %s", number_rate_text(stats->rate_asked_hz, text));
	if (stats->lowest_rate_hz > 0)
		str_printf(out, "; slowed to %s by --max-cpu",
			   number_rate_text(stats->lowest_rate_hz, text));
	str_add_cstr(out, "), ");
	add_count(out, stats->late_ticks, "late tick", "late ticks");
	str_add_cstr(out, ", ");
	add_causes(out, stats->truncated, "truncated");
	if (stats->lost_frames) {
		str_add_cstr(out, ", ");
		add_count(out, stats->lost_frames, "frame lost", "frames lost");
	}
	if (stats->read_once) {
		str_add_cstr(out, ", ");
		add_count(out, stats->read_once, "read once", "read once");
	}
	str_add_cstr(out, ", ");
	add_causes(out, stats->failed, "failed");
	add_pauses(out, stats);
	add_times(out, stats);
	str_add_cstr(out, end_text(end));
}

const char *summary_why_empty(const struct pyprof_stats *stats, bool include_idle)
{
	if (stats->samples > 0)
		return NULL;
	if (stats->ticks == 0)
		return "the target ended before the first look at it";
	for (size_t i = 0; i < PYPROF_N_CAUSES; i++)
		if (stats->failed[i] > 0)
			return "none of the looks at a running thread gave a stack that could be "
			       "proven";
	if (stats->idle > 0 && !include_idle)
		return "no thread was on a CPU whenever we looked: --idle includes such threads";
	if (stats->empty > 0)
		return "no thread ran Python code whenever we looked";
	return NULL;
}
