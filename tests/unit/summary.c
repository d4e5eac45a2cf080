/* SPDX-License-Identifier: MIT */
/* What the terminal is told: the summary, and the status line at every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The commands are no part of the library that tests are linked with. */
#include "cmd/number.c"
#include "cmd/status.c"

#define add_count summary_add_count
#include "cmd/summary.c"
#undef add_count

static struct pyprof_stats some_stats(void)
{
	return (struct pyprof_stats){ .ticks = 2997,
				      .samples = 2998,
				      .elapsed_ns = 30000000000,
				      .rate_asked_hz = 100,
				      .rate_hz = 99.9 };
}

static void check_summary(const struct pyprof_stats *stats, enum pyprof_end end,
			  const char *expected)
{
	struct str text = STR_INIT;

	summary_text(&text, stats, end);
	assert_string_equal(str_cstr(&text), expected);
	str_deinit(&text);
}

static void summaries(void **state)
{
	struct pyprof_stats stats = some_stats();

	(void)state;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
		      "0 truncated, 0 failed");
	stats.late_ticks = 1;
	stats.truncated[PYPROF_CAUSE_MOVED] = 12;
	check_summary(&stats, PYPROF_END_EXIT,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 1 late tick, "
		      "12 truncated (moved), 0 failed; target exited");
	stats.truncated[PYPROF_CAUSE_DEPTH] = 1000;
	stats.failed[PYPROF_CAUSE_FAULT] = 3;
	stats.failed[PYPROF_CAUSE_BROKEN] = 2;
	stats.failed[PYPROF_CAUSE_CODE] = 1;
	stats.samples = 1;
	check_summary(&stats, PYPROF_END_STOPPED,
		      "1 sample in 30.0 s at 99.9 Hz (asked 100), 1 late tick, "
		      "1,012 truncated (12 moved, 1,000 depth), "
		      "6 failed (3 fault, 2 broken, 1 code); stopped");
	check_summary(&stats, PYPROF_END_EXEC,
		      "1 sample in 30.0 s at 99.9 Hz (asked 100), 1 late tick, "
		      "1,012 truncated (12 moved, 1,000 depth), "
		      "6 failed (3 fault, 2 broken, 1 code); target replaced itself (exec)");
}

static void lost_frames(void **state)
{
	struct pyprof_stats stats = some_stats();

	(void)state;
	stats.truncated[PYPROF_CAUSE_MOVED] = 12;
	stats.lost_frames = 1516;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
		      "12 truncated (moved), 1,516 frames lost, 0 failed");
	stats.read_once = 7;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
		      "12 truncated (moved), 1,516 frames lost, 7 read once, 0 failed");
}

static void times(void **state)
{
	struct pyprof_stats stats = some_stats();

	(void)state;
	stats.timeline_every = 1;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
		      "0 truncated, 0 failed");
	stats.timeline_every = 4;
	stats.timeline_lost = 1000;
	check_summary(&stats, PYPROF_END_EXIT,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, 0 truncated, "
		      "0 failed, times of 1 look in 4, no room for the times of 1,000; "
		      "target exited");
}

static void processes(void **state)
{
	struct pyprof_stats stats = some_stats();

	(void)state;
	stats.processes = 1;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
		      "0 truncated, 0 failed");
	stats.processes_missed = 1;
	check_summary(&stats, PYPROF_END_DURATION,
		      "2,998 samples of 1 process (1 other without Python) in 30.0 s at 99.9 Hz "
		      "(asked 100), 0 late ticks, 0 truncated, 0 failed");
	stats.processes = 32;
	stats.processes_missed = 0;
	stats.lowest_rate_hz = 42;
	check_summary(&stats, PYPROF_END_EXIT,
		      "2,998 samples of 32 processes in 30.0 s at 99.9 Hz (asked 100; slowed to 42 by "
		      "--max-cpu), 0 late ticks, 0 truncated, 0 failed; target exited");
}

static void pauses(void **state)
{
	struct pyprof_stats stats = some_stats();
	const char *const before = "2,998 samples in 30.0 s at 99.9 Hz (asked 100), 0 late ticks, "
				   "0 truncated, 0 failed";
	char expected[300];

	(void)state;
	stats.paused = 210;
	stats.paused_ns = 210 * 22000;
	snprintf(expected, sizeof(expected), "%s, 210 paused (22 us each)", before);
	check_summary(&stats, PYPROF_END_DURATION, expected);
	stats.unpaused_budget = 1795;
	snprintf(expected, sizeof(expected),
		 "%s, 210 paused (22 us each), 1,795 not paused (budget); stopped", before);
	check_summary(&stats, PYPROF_END_STOPPED, expected);
	stats.unpaused_refused = 5;
	stats.paused = 0;
	snprintf(expected, sizeof(expected), "%s, 1,800 not paused (1,795 budget, 5 refused)",
		 before);
	check_summary(&stats, PYPROF_END_DURATION, expected);
	stats.unpaused_budget = 0;
	snprintf(expected, sizeof(expected), "%s, 5 not paused (refused)", before);
	check_summary(&stats, PYPROF_END_DURATION, expected);
}

static void reasons_for_nothing(void **state)
{
	struct pyprof_stats stats = some_stats();

	(void)state;
	assert_null(summary_why_empty(&stats, false));
	stats.samples = 0;
	assert_null(summary_why_empty(&stats, false));
	stats.empty = 5;
	assert_non_null(strstr(summary_why_empty(&stats, false), "no thread ran Python code"));
	stats.idle = 5;
	assert_non_null(strstr(summary_why_empty(&stats, false), "--idle"));
	assert_null(strstr(summary_why_empty(&stats, true), "--idle"));
	stats.ticks = 0;
	assert_non_null(strstr(summary_why_empty(&stats, false), "before the first look"));
}

/* Columns that a terminal would need for it. */
static size_t visible_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++) {
		if (*text == '\033')
			text = strchr(text, 'm');
		else
			width++;
	}
	return width;
}

static void never_wider_than_asked(void **state)
{
	struct pyprof_stats stats = some_stats();
	struct str text = STR_INIT, longest = STR_INIT;

	(void)state;
	stats.late_ticks = 3;
	stats.failed[PYPROF_CAUSE_FAULT] = 1234567;
	status_text(&longest, &stats, 4242, 60000000000, 200, false);
	assert_string_equal(str_cstr(&longest),
			    "recording 4242  30.0 s of 1m00s  2,998 samples  99.9 Hz  3 late  "
			    "0 truncated  1,234,567 failed  (Ctrl-C ends)");
	for (size_t columns = 0; columns <= 200; columns++) {
		for (int colours = 0; colours <= 1; colours++) {
			size_t width;

			str_clear(&text);
			width = status_text(&text, &stats, 4242, 60000000000, columns, colours);
			assert_true(visible_width(str_cstr(&text)) <= columns);
			assert_true(width >= visible_width(str_cstr(&text)));
			/* What is left out is left out at the end, whole. */
			if (!colours)
				assert_memory_equal(str_cstr(&text), str_cstr(&longest),
						    text.len);
		}
	}
	str_deinit(&text);
	str_deinit(&longest);
}

static void colours_only_what_matters(void **state)
{
	struct pyprof_stats stats = some_stats();
	struct str text = STR_INIT;

	(void)state;
	status_text(&text, &stats, 1, 0, 200, true);
	assert_null(strchr(str_cstr(&text), '\033'));
	stats.late_ticks = 1;
	str_clear(&text);
	status_text(&text, &stats, 1, 0, 200, true);
	assert_non_null(strstr(str_cstr(&text), "\033[33m1 late\033[m"));
	str_clear(&text);
	status_text(&text, &stats, 1, 0, 200, false);
	assert_null(strchr(str_cstr(&text), '\033'));
	str_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summaries),
		cmocka_unit_test(lost_frames),
		cmocka_unit_test(pauses),
		cmocka_unit_test(times),
		cmocka_unit_test(processes),
		cmocka_unit_test(reasons_for_nothing),
		cmocka_unit_test(never_wider_than_asked),
		cmocka_unit_test(colours_only_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
